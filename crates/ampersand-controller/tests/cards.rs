//! Cards: each line of the journal exactly once, whatever breaks in between.

use std::sync::atomic::Ordering;

use ampersand_core::{
    AttemptId, Doing, EventBody, Failure, Message, MessageBody, OverrideOutcome, Restorable,
    TaskState, Verdict,
};
use ampersand_protocol::{Command, UpdateBody};
use jiff::Timestamp;
use uuid::Uuid;

use crate::world::World;

#[tokio::test]
async fn a_command_without_an_answer_is_asked_again_under_its_id() {
    let mut world = World::offline().await;
    world.orchestrator.deaf.send_replace(true);
    world.say("scan").await;
    let submitted = |command: &Command| matches!(command, Command::SubmitPlan { .. }).then_some(());
    world.orchestrator.asked(submitted).await;
    world.orchestrator.die();
    world.orchestrator.deaf.send_replace(false);
    let tasks = world.plan().await;
    assert_eq!(world.orchestrator.tasks().len(), 1);
    world.orchestrator.finish(tasks[0], "done");
    world.idle().await;
    let ids: Vec<_> = world
        .orchestrator
        .commands()
        .into_iter()
        .filter(|(_, command)| submitted(command).is_some())
        .map(|(id, _)| id)
        .collect();
    assert!(
        ids.len() >= 2 && ids.iter().all(|id| *id == ids[0]),
        "{ids:?}"
    );
    assert_eq!(world.orchestrator.starts.load(Ordering::SeqCst), 1);
    assert_eq!(world.kinds().await, ["said", "plan", "result"]);
}

#[tokio::test]
async fn a_plan_said_to_nobody_is_submitted_by_the_next_run() {
    let world = World::offline().await;
    world.orchestrator.deaf.send_replace(true);
    world.say("scan").await;
    world
        .orchestrator
        .asked(|command| matches!(command, Command::SubmitPlan { .. }).then_some(()))
        .await;
    world.controller.close().await;
    world.orchestrator.die();
    world.orchestrator.deaf.send_replace(false);
    let mut world = World::open(world.folder, world.orchestrator, None).await;
    world.plan().await;
    assert_eq!(world.orchestrator.tasks().len(), 1);
    assert_eq!(world.kinds().await, ["said", "plan"]);
}

#[tokio::test]
async fn what_happened_while_nobody_looked_is_there_once_on_reopening() {
    let mut world = World::offline().await;
    world.say("scan").await;
    let first = world.plan().await;
    world.say("find TODO").await;
    let second = world.plan().await;
    world.controller.close().await;
    world.orchestrator.finish(first[0], "one");
    world.orchestrator.finish(second[0], "two");
    let mut world = World::open(world.folder, world.orchestrator, None).await;
    let mut results = Vec::new();
    world
        .until(|body| {
            if let UpdateBody::Result { report, .. } = body {
                results.push(report.headline.clone());
            }
            (results.len() == 2).then_some(())
        })
        .await;
    let world = world.reopen().await;
    world.idle().await;
    // They came together, so they share a card.
    assert_eq!(
        world.kinds().await,
        ["said", "plan", "said", "plan", "result"]
    );
    let card = world.history().await.pop().unwrap();
    let MessageBody::Result { results, .. } = card.body else {
        panic!()
    };
    assert_eq!(results.len(), 2);
}

#[tokio::test]
async fn a_landing_that_is_refused_makes_no_second_result() {
    let mut world = World::offline().await;
    world.say("run make").await;
    let task = world.plan().await[0];
    let verdict = Verdict::Unchecked;
    let attempt = ampersand_core::AttemptId::new(uuid::Uuid::now_v7());
    world
        .orchestrator
        .move_to(task, TaskState::Running { attempt });
    world
        .orchestrator
        .move_to(task, TaskState::Ready { verdict });
    world
        .orchestrator
        .move_to(task, TaskState::Landing { verdict });
    let failure = Failure::new("dirty", "Your changes are in the way.", "Commit them.");
    world.orchestrator.write([EventBody::LandingRefused {
        task,
        failure,
        conflicts: Vec::new(),
    }]);
    world
        .orchestrator
        .move_to(task, TaskState::Ready { verdict });
    world
        .until(|body| matches!(body, UpdateBody::Landing { .. }).then_some(()))
        .await;
    world.idle().await;
    assert_eq!(world.kinds().await, ["said", "plan", "result", "landing"]);
}

#[tokio::test]
async fn a_window_that_begins_to_look_hears_what_follows_and_asks_for_the_rest() {
    let mut world = World::offline().await;
    world.say("scan").await;
    let task = world.plan().await[0];
    world.controller.set_draft("half a thou").await.unwrap();
    world.updates = world.controller.subscribe().await;
    let mut passed = Vec::new();
    world
        .until_with(
            |body| matches!(body, UpdateBody::Counts { .. }).then_some(()),
            &mut passed,
        )
        .await;
    let entries = passed
        .iter()
        .filter(|update| matches!(update.body, UpdateBody::Message { .. }))
        .count();
    assert_eq!(entries, 0);
    assert!(matches!(passed[0].body, UpdateBody::Ready { .. }));
    let asked = world.controller.history(None, 10).await.unwrap();
    assert_eq!((asked.len(), world.controller.tasks().len()), (2, 1));
    world.orchestrator.finish(task, "done");
    world
        .until(|body| matches!(body, UpdateBody::Result { .. }).then_some(()))
        .await;
    assert_eq!(world.controller.draft().await.unwrap(), "half a thou");
}

#[tokio::test]
async fn a_cancel_that_was_taken_back_says_so_whatever_becomes_of_its_tasks_later() {
    let mut world = World::offline().await;
    world.say("run sleep 60").await;
    world.say("run sleep 61").await;
    let tasks = [world.plan().await[0], world.plan().await[0]];
    let attempt = AttemptId::new(Uuid::now_v7());
    let running = || TaskState::Running { attempt };
    let stopping = || TaskState::Stopping {
        was: Restorable::Active {
            attempt,
            doing: Doing::Working,
        },
        processes: Some(1),
        kills_at: Timestamp::now(),
    };
    let cancelled = || TaskState::Cancelled {
        processes: 1,
        files_kept: 0,
    };
    for task in tasks {
        world.orchestrator.move_to(task, running());
    }
    let mut run = 0;
    world
        .until(|body| {
            run +=
                usize::from(matches!(body, UpdateBody::Task { task } if task.state == "running"));
            (run == 2).then_some(())
        })
        .await;
    world.say("cancel everything").await;
    let stands =
        |message: &Message| (outcome(message) == Some(&OverrideOutcome::Stands)).then_some(());
    world.until(|body| entry(body).and_then(stands)).await;
    for state in [stopping(), running(), stopping(), cancelled()] {
        world.orchestrator.move_to(tasks[0], state);
    }
    world.orchestrator.move_to(tasks[1], stopping());
    world.orchestrator.move_to(tasks[1], cancelled());
    let mut ended = 0;
    world
        .until(|body| {
            ended += usize::from(matches!(body, UpdateBody::Result { .. }));
            (ended == 2).then_some(())
        })
        .await;
    let world = world.reopen().await;
    let history = world.history().await;
    let outcomes: Vec<_> = history.iter().filter_map(outcome).collect();
    let undone = OverrideOutcome::Undone {
        tasks: vec![tasks[0]],
    };
    assert_eq!(outcomes, [&undone]);
}

fn entry(body: &UpdateBody) -> Option<&Message> {
    match body {
        UpdateBody::Message { message } => Some(message),
        _ => None,
    }
}

fn outcome(message: &Message) -> Option<&OverrideOutcome> {
    match &message.body {
        MessageBody::Override { outcome, .. } => Some(outcome),
        _ => None,
    }
}
