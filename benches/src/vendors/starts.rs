//! From handing out to the agent's first request, beyond what the agent itself and the checkout take.

use std::{collections::HashMap, fs, time::Duration};

use ampersand_core::{EventBody, TaskId, TaskState};
use ampersand_protocol::Home;
use ampersand_store::Journal;
use ampersand_testkit::model_server::{Reply, Script};
use anyhow::{Context, Result};

use super::{bare, stand::Stand};
use crate::{
    figures::{Figure, Limit, Samples, millis, talk},
    moment::Moment,
};

/// Beyond its own start and the checkout, in milliseconds.
const AT_MOST: f64 = 150.0;

/// One start through Ampersand.
struct Start {
    task: TaskId,
    handed_out: Moment,
    /// Its checkout was ready to work in.
    ready: Moment,
    asked: Moment,
    /// What the agent alone, right after it, took from its start to its first request.
    own: Duration,
}

/// Each start through Ampersand has one of the agent alone beside it.
pub(super) async fn measure(samples: usize) -> Result<Figure> {
    let script = Script::always(Reply::says("Done\n\nNothing was to be done."));
    let mut stand = Stand::new(script, 2).await?;
    let mut starts = Vec::new();
    // The first of each finds nothing in the system's caches.
    for sample in 0..=samples {
        let brief = format!("through-{sample}-");
        let (handed_out, tasks) = stand.hand_out(std::slice::from_ref(&brief)).await?;
        stand.reported(&tasks).await?;
        let asked = first_asked(&stand, &brief)?;
        let (brief, home) = (format!("alone-{sample}-"), format!("alone-{sample}"));
        let alone = bare::run(&stand, &home, &brief).await?;
        if sample > 0 {
            starts.push(Start {
                task: tasks[0],
                handed_out,
                ready: ready(&stand, tasks[0])?,
                asked,
                own: first_asked(&stand, &brief)?.since(alone.began),
            });
        }
    }
    let (_folder, home) = stand.end().await?;
    tell(&starts, &slots(&home).await?)
}

/// When the checkout of a task was ready: the last thing written about it says so.
fn ready(stand: &Stand, task: TaskId) -> Result<Moment> {
    let books = format!(".git/worktrees/ampersand-{task}/locked");
    let written = fs::metadata(stand.checkout().join(&books)).with_context(|| books)?;
    Ok(Moment::from(written.modified()?))
}

fn first_asked(stand: &Stand, brief: &str) -> Result<Moment> {
    let asked = stand.asked_about(brief)?;
    Ok(Moment::from(asked[0].at))
}

/// What is left of each start is held against the one beside it, so that what slows both down counts for neither. It may
/// be less than nothing: the agent's own start varies by more than ours takes.
fn tell(starts: &[Start], slots: &HashMap<TaskId, Moment>) -> Result<Figure> {
    let [mut whole, mut made, mut own, mut ours] = [const { Samples::new() }; 4];
    for start in starts {
        let slot = slots.get(&start.task);
        let slot = *slot.context("a task that asked had a slot")?;
        let checkout = start.ready.since(slot);
        let took = start.asked.since(start.handed_out);
        whole.push(took);
        made.push(checkout);
        own.push(start.own);
        ours.push_millis(millis(took) - millis(checkout) - millis(start.own));
    }
    for (part, samples) in [
        ("handed out to first request", &whole),
        ("of which the checkout", &made),
        ("the agent alone, start to first request", &own),
        ("what is left, pair by pair", &ours),
    ] {
        talk(format_args!(
            "{part}: {samples}, p95 {:.2} ms",
            samples.percentile(95)
        ));
    }
    Ok(Figure {
        name: "agents.overhead_p95",
        value: ours.percentile(95),
        unit: "ms",
        limit: Limit::AtMost(AT_MOST),
    })
}

/// When each task got its slot, by the journal: its checkout is what comes next.
async fn slots(home: &Home) -> Result<HashMap<TaskId, Moment>> {
    let journal = Journal::open(&home.journal()).await?;
    let mut slots = HashMap::new();
    let mut after = 0;
    loop {
        let events = journal.events_after(after, 1000).await?;
        let Some(last) = events.last() else { break };
        after = last.seq;
        for event in events {
            if let EventBody::TaskMoved {
                task,
                state: TaskState::Running { .. },
                ..
            } = event.body
            {
                slots.insert(task, Moment::from(event.at));
            }
        }
    }
    journal.close().await;
    Ok(slots)
}
