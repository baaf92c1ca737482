//! The journal alone: how many events a second it makes durable, and how long overrides wait behind them.

use std::{
    fs::File,
    io::{Seek, Write},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use ampersand_core::{
    Actor, AttemptId, Doing, EventBody, Failure, FrozenTask, Held, NewTask, Pause, PlanId, Role,
    Task, TaskId, TaskState, Work,
};
use ampersand_store::{Batch, Journal};
use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use tokio::{task::JoinSet, time::MissedTickBehavior};
use uuid::Uuid;

use crate::figures::{Figure, Limit, Samples, talk};

/// As many writers as there are busy agents.
const WRITERS: usize = 64;

/// Events one writer hands in at a time, and waits for.
const HANDED_IN: usize = 32;

/// The length of an event on the disk, in bytes.
const EVENT_BYTES: usize = 300;

/// An override every so often, whether or not the one before is done.
const OVERRIDES_EVERY: Duration = Duration::from_millis(20);

/// How long each alternative is measured.
const ALTERNATIVE_FOR: Duration = Duration::from_secs(2);

/// Measures in `folder`, with as many overrides as `samples`.
pub(super) async fn measure(folder: &Path, samples: usize) -> Result<Vec<Figure>> {
    let path = folder.join("journal.db");
    let journal = Journal::open(&path).await?;
    let run = flood(&journal, samples).await?;
    verify(&journal, &run).await?;
    journal.close().await;
    let single = one_by_one(&folder.join("single.db")).await?;
    let disk = disk_alone(&folder.join("disk"))?;
    let floor = syncs_alone(&folder.join("syncs"), samples)?;
    let written: u64 = run.acknowledged.iter().sum();
    let durable = written as f64 / run.took.as_secs_f64();
    talk(format_args!(
        "journal: {written} events of {EVENT_BYTES} bytes durable in {:.1} s; one at a time {single:.0} events/s; \
         the disk alone, {} events to a sync, {disk:.0} events/s",
        run.took.as_secs_f64(),
        WRITERS * HANDED_IN
    ));
    talk(format_args!("overrides meanwhile: {}", run.overrides));
    talk(format_args!(
        "the disk alone, an override's bytes to a sync: {floor}"
    ));
    Ok(vec![
        Figure {
            name: "link.journal_durable",
            value: durable,
            unit: "events/s",
            limit: Limit::AtLeast(50_000.0),
        },
        Figure {
            name: "link.override_journal_p99",
            value: run.overrides.p99(),
            unit: "ms",
            limit: Limit::AtMost(100.0),
        },
    ])
}

struct Run {
    /// By writer.
    acknowledged: Vec<u64>,
    overrides: Samples,
    took: Duration,
}

/// Every writer hands in the next events when the last are durable, while overrides come at their own pace.
async fn flood(journal: &Journal, samples: usize) -> Result<Run> {
    let stop = Arc::new(AtomicBool::new(false));
    let began = Instant::now();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (journal, stop) = (journal.clone(), Arc::clone(&stop));
        writers.spawn(async move {
            let mut acknowledged = 0;
            while !stop.load(Ordering::Relaxed) {
                let bodies = (0..HANDED_IN as u64).map(|of| event(writer, acknowledged + of));
                let batch = Batch::new(Timestamp::now(), bodies.collect());
                acknowledged += journal.append(batch).await?.len() as u64;
            }
            anyhow::Ok((writer, acknowledged))
        });
    }
    let overrides = overrides(journal, samples).await;
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = vec![0; WRITERS];
    while let Some(ended) = writers.join_next().await {
        let (writer, events) = ended??;
        acknowledged[writer] = events;
    }
    Ok(Run {
        acknowledged,
        overrides: overrides?,
        took: began.elapsed(),
    })
}

/// Pauses of 64 tasks, as the orchestrator writes them.
async fn overrides(journal: &Journal, samples: usize) -> Result<Samples> {
    let tasks: Vec<Task> = (0..WRITERS).map(paused).collect();
    let mut ticks = tokio::time::interval(OVERRIDES_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut writing = JoinSet::new();
    for _ in 0..samples {
        let due = ticks.tick().await;
        let (journal, tasks) = (journal.clone(), tasks.clone());
        writing.spawn(async move {
            journal.append(pause(tasks)).await?;
            anyhow::Ok(due.elapsed())
        });
    }
    let mut overrides = Samples::default();
    while let Some(written) = writing.join_next().await {
        overrides.push(written??);
    }
    Ok(overrides)
}

fn pause(tasks: Vec<Task>) -> Batch {
    let moved = tasks.iter().map(|task| EventBody::TaskMoved {
        task: task.id,
        state: task.state.clone(),
        by: Actor::Person,
    });
    let frozen = tasks.iter().map(|task| FrozenTask {
        task: task.id,
        processes: 1,
    });
    let confirmed = EventBody::OverrideConfirmed {
        frozen: frozen.collect(),
        took_ms: 10,
    };
    Batch {
        bodies: moved.chain([confirmed]).collect(),
        tasks,
        urgent: true,
        ..Batch::new(Timestamp::now(), Vec::new())
    }
}

fn paused(number: usize) -> Task {
    let work = Work::Command {
        line: "cargo test".to_owned(),
    };
    let id = TaskId::new(Uuid::now_v7());
    let new = NewTask {
        reason: "it was asked for".to_owned(),
        ..NewTask::new(id, format!("Busy {number}"), Role::Worker, work)
    };
    let held = Held::Frozen {
        attempt: AttemptId::new(Uuid::now_v7()),
        doing: Doing::Working,
        processes: Some(1),
    };
    let plan = PlanId::new(Uuid::now_v7());
    Task {
        state: TaskState::Paused {
            why: Pause::Asked,
            held,
        },
        ..Task::planned(new, plan, "/home/person/payments-api", Timestamp::now())
    }
}

/// The `number`th event of a writer, which says so.
pub(super) fn event(writer: usize, number: u64) -> EventBody {
    let with = |message: String| EventBody::Noticed {
        task: None,
        failure: Failure::new("note", message, "None."),
    };
    let words = format!("{writer:03} {number:010} ");
    let bare = serde_json::to_string(&with(words.clone())).map_or(0, |text| text.len());
    with(words + &".".repeat(EVENT_BYTES.saturating_sub(bare)))
}

/// What was acknowledged is there, without gaps, each writer's in its order.
async fn verify(journal: &Journal, run: &Run) -> Result<()> {
    let mut found = vec![0_u64; WRITERS];
    let mut after = 0;
    loop {
        let events = journal.events_after(after, 10_000).await?;
        if events.is_empty() {
            break;
        }
        for event in events {
            ensure!(event.seq == after + 1, "a gap after event {after}");
            after = event.seq;
            if let EventBody::Noticed { failure, .. } = event.body {
                let mut words = failure.message.split(' ');
                let mut number = || words.next()?.parse::<u64>().ok();
                let writer = number().context("an event names no writer")? as usize;
                ensure!(
                    number() == Some(found[writer]),
                    "event {after} is out of order"
                );
                found[writer] += 1;
            }
        }
    }
    ensure!(found == run.acknowledged, "not what was acknowledged");
    Ok(())
}

/// The alternative without grouping: one event, one commit, one caller.
async fn one_by_one(path: &Path) -> Result<f64> {
    let journal = Journal::open(path).await?;
    let began = Instant::now();
    let mut events = 0;
    while began.elapsed() < ALTERNATIVE_FOR {
        let batch = Batch::new(Timestamp::now(), vec![event(0, events)]);
        journal.append(batch).await?;
        events += 1;
    }
    let took = began.elapsed();
    journal.close().await;
    Ok(events as f64 / took.as_secs_f64())
}

/// What the disk can do at best: the same bytes to a plain file, synced as often.
fn disk_alone(path: &Path) -> Result<f64> {
    let mut file = File::create(path)?;
    let group = vec![b'.'; EVENT_BYTES * WRITERS * HANDED_IN];
    let began = Instant::now();
    let mut events = 0;
    while began.elapsed() < ALTERNATIVE_FOR {
        file.write_all(&group)?;
        file.sync_data()?;
        events += WRITERS * HANDED_IN;
    }
    Ok(events as f64 / began.elapsed().as_secs_f64())
}

/// What the disk takes at best for one override, without anything else on it: its bytes written over what is there,
/// and one sync.
fn syncs_alone(path: &Path, samples: usize) -> Result<Samples> {
    let batch = pause((0..WRITERS).map(paused).collect());
    let bytes = serde_json::to_vec(&(&batch.bodies, &batch.tasks))?;
    let mut file = File::create(path)?;
    let mut syncs = Samples::default();
    for _ in 0..samples {
        file.rewind()?;
        let began = Instant::now();
        file.write_all(&bytes)?;
        file.sync_data()?;
        syncs.push(began.elapsed());
    }
    Ok(syncs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_as_long_as_promised() {
        for number in [0, 7, 1_000_000] {
            let text = serde_json::to_string(&event(63, number)).unwrap();
            assert_eq!(text.len(), EVENT_BYTES);
        }
    }
}
