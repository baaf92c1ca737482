//! What an agent tells while it works: shown at once, kept beside the journal, written into it only where it counts.

use std::time::Duration;

use ampersand_agent::AgentEvent;
use ampersand_core::{AttemptId, QuotaWindow, Task, TaskId};
use ampersand_protocol::Activity;
use jiff::Timestamp;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::World;
use crate::{input::Said, visible::visible};

/// How much of a line a card shows.
const LINE_BYTES_SHOWN: usize = 200;

/// How often a card changes its line at most: nobody reads faster, and whoever floods shall not drown the others, nor
/// take the processors from the person at the keyboard.
const SHOWN_EVERY: Duration = Duration::from_millis(200);

/// Events taken in together: an agent that prints a flood costs one write and one line on its card for each batch.
const TAKEN_AT_ONCE: usize = 256;

/// Passes on everything until the agent has no more to tell. Says whether its model answered, as far as it told.
pub(super) async fn listen(
    world: &World,
    task: &Task,
    attempt: AttemptId,
    mut told: mpsc::Receiver<AgentEvent>,
    at: At,
) -> bool {
    let (agent, task) = (task.agent.vendor(), task.id);
    // What another of its tasks told stands there from its first line.
    let known = agent.map(|agent| world.quotas.of(agent, Timestamp::now()));
    let mut card = Card::new(task, known.unwrap_or_default(), at);
    let mut events = Vec::new();
    loop {
        let taken = tokio::select! {
            taken = told.recv_many(&mut events, TAKEN_AT_ONCE) => taken,
            () = sleep_until(card.next), if !card.is_shown => {
                card.show(world);
                continue;
            }
        };
        if taken == 0 {
            break;
        }
        let mut printed = String::new();
        for event in events.drain(..) {
            card.is_shown = false;
            if let (AgentEvent::Quota { windows }, Some(agent)) = (&event, agent) {
                let now = Timestamp::now();
                world.quotas.keep(agent, windows.clone(), now);
            }
            if let Some(text) = card.take_in(event, &mut printed) {
                world.tell(task, attempt, Said::Heard { text }).await;
            }
        }
        if !printed.is_empty()
            && let Err(error) = world.output.append(task, printed.into_bytes()).await
        {
            tracing::warn!(%task, %error, "what an agent printed is not kept");
        }
    }
    if !card.is_shown {
        card.show(world);
    }
    card.has_answered
}

/// What an agent does for the task whose card it is.
#[derive(Clone, Copy)]
pub(super) enum At {
    /// The work.
    Work,
    /// It reads the work, on top of so many tokens.
    Review { tokens: u64 },
}

impl At {
    fn line(self, line: &str) -> String {
        match self {
            Self::Work => visible(line),
            Self::Review { .. } => format!("Reviewing: {}", visible(line)),
        }
    }

    const fn tokens(self, used: u64) -> u64 {
        match self {
            Self::Work => used,
            Self::Review { tokens } => tokens.saturating_add(used),
        }
    }
}

/// The line on a task's card.
struct Card {
    at: At,
    newest: Activity,
    is_shown: bool,
    /// When it may be shown again.
    next: Instant,
    has_answered: bool,
}

impl Card {
    fn new(task: TaskId, quota: Vec<QuotaWindow>, at: At) -> Self {
        Self {
            at,
            newest: Activity {
                task: Some(task),
                quota,
                ..Activity::default()
            },
            is_shown: true,
            next: Instant::now(),
            has_answered: false,
        }
    }

    /// Takes in what was told. What the agent was told and took in comes back.
    fn take_in(&mut self, event: AgentEvent, printed: &mut String) -> Option<String> {
        let (newest, at) = (&mut self.newest, self.at);
        match event {
            AgentEvent::Activity(activity) => {
                newest.line = at.line(&activity.line);
                newest.steps_done = activity.steps_done;
                newest.steps = activity.steps;
                newest.files = newest.files.max(activity.files);
                newest.tokens = newest.tokens.max(at.tokens(activity.tokens));
            }
            AgentEvent::Usage(usage) => {
                self.has_answered = true;
                let used = usage.input_tokens.saturating_add(usage.output_tokens);
                newest.tokens = at.tokens(used);
            }
            AgentEvent::Said { text } | AgentEvent::Output { text } => {
                if let Some(line) = last_line(&text) {
                    newest.line = at.line(line);
                }
                printed.push_str(&text);
            }
            AgentEvent::SteeringDelivered { text } => return Some(text),
            AgentEvent::Quota { windows } => newest.quota = windows,
        }
        None
    }

    fn show(&mut self, world: &World) {
        self.is_shown = true;
        self.next = Instant::now() + SHOWN_EVERY;
        // Nobody may be watching.
        world.activities.send(self.newest.clone()).ok();
    }
}

/// The last line that says something, bounded.
fn last_line(text: &str) -> Option<&str> {
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
    line.get(..line.floor_char_boundary(LINE_BYTES_SHOWN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(used_percent: u8) -> Vec<QuotaWindow> {
        vec![QuotaWindow {
            used_percent,
            minutes: None,
            resets_at: None,
        }]
    }

    #[test]
    fn what_is_left_of_an_account_stands_on_the_card_as_it_was_told_last() {
        let mut card = Card::new(TaskId::new(uuid::Uuid::nil()), used(10), At::Work);
        let mut printed = String::new();
        let said = AgentEvent::Said { text: "a".into() };
        card.take_in(said, &mut printed);
        assert_eq!(card.newest.quota, used(10), "what others of it told");
        card.take_in(AgentEvent::Quota { windows: used(20) }, &mut printed);
        assert_eq!((card.newest.quota, printed), (used(20), "a".to_owned()));
        assert_eq!(card.newest.line, "a");
    }

    #[test]
    fn a_reading_says_so_and_counts_on_from_the_work() {
        let at = At::Review { tokens: 100 };
        let mut card = Card::new(TaskId::new(uuid::Uuid::nil()), Vec::new(), at);
        let mut printed = String::new();
        let text = "a.rs\n".into();
        card.take_in(AgentEvent::Said { text }, &mut printed);
        let usage = ampersand_core::Usage {
            input_tokens: 7,
            ..ampersand_core::Usage::default()
        };
        card.take_in(AgentEvent::Usage(usage), &mut printed);
        assert_eq!(card.newest.line, "Reviewing: a.rs");
        assert_eq!(card.newest.tokens, 107);
    }
}
