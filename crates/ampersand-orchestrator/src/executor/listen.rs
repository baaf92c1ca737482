//! What an agent tells while it works: shown at once, kept beside the journal, written into it only where it counts.

use ampersand_agent::AgentEvent;
use ampersand_core::{AttemptId, TaskId};
use ampersand_protocol::Activity;
use tokio::sync::mpsc;

use super::World;
use crate::{input::Said, visible::visible};

/// How much of a line a card shows.
const LINE_BYTES_SHOWN: usize = 200;

/// Events taken in together: an agent that prints a flood costs one write and one line on its card for each batch.
const TAKEN_AT_ONCE: usize = 256;

/// Passes on everything until the agent has no more to tell.
pub(super) async fn listen(
    world: &World,
    task: TaskId,
    attempt: AttemptId,
    mut told: mpsc::Receiver<AgentEvent>,
) {
    let mut newest = Activity {
        task: Some(task),
        ..Activity::default()
    };
    let mut events = Vec::new();
    while told.recv_many(&mut events, TAKEN_AT_ONCE).await > 0 {
        let mut printed = String::new();
        for event in events.drain(..) {
            match event {
                AgentEvent::Activity(activity) => {
                    newest.line = visible(&activity.line);
                    newest.steps_done = activity.steps_done;
                    newest.steps = activity.steps;
                    newest.files = newest.files.max(activity.files);
                    newest.tokens = newest.tokens.max(activity.tokens);
                }
                AgentEvent::Usage(usage) => {
                    newest.tokens = usage.input_tokens.saturating_add(usage.output_tokens);
                }
                AgentEvent::Said { text } | AgentEvent::Output { text } => {
                    if let Some(line) = last_line(&text) {
                        newest.line = visible(line);
                    }
                    printed.push_str(&text);
                }
                AgentEvent::SteeringDelivered { text } => {
                    world.tell(task, attempt, Said::Heard { text }).await;
                }
            }
        }
        show(world, &newest);
        if !printed.is_empty()
            && let Err(error) = world.output.append(task, printed.into_bytes()).await
        {
            tracing::warn!(%task, %error, "what an agent printed is not kept");
        }
    }
}

/// The last line that says something, bounded.
fn last_line(text: &str) -> Option<&str> {
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
    line.get(..line.floor_char_boundary(LINE_BYTES_SHOWN))
}

fn show(world: &World, activity: &Activity) {
    // Nobody may be watching.
    world.activities.send(activity.clone()).ok();
}
