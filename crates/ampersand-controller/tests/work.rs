//! Work without a model, and overrides with or without one.

use ampersand_core::{
    Actor, Approval, ApprovalId, AttemptId, Capability, EventBody, MessageBody, Narrowing,
    Question, TaskState,
};
use ampersand_protocol::{Command, UpdateBody};
use ampersand_testkit::model_server::{Reply, Script, When};
use jiff::Timestamp;
use uuid::Uuid;

use crate::world::World;

#[tokio::test]
async fn a_command_without_a_model_becomes_a_plan_a_result_and_quiet() {
    let mut world = World::offline().await;
    let ready = world.updates.next().await.unwrap();
    assert!(matches!(ready.body, UpdateBody::Ready { model: None, .. }));
    world.say("scan this repo").await;
    let tasks = world.plan().await;
    assert_eq!(tasks.len(), 1);
    world.orchestrator.finish(tasks[0], "4 findings");
    let headline = world
        .until(|body| match body {
            UpdateBody::Result { report, .. } => Some(report.headline.clone()),
            _ => None,
        })
        .await;
    assert_eq!(headline, "4 findings");
    world.idle().await;
    assert_eq!(world.kinds().await, ["said", "plan", "result"]);
    let world = world.reopen().await;
    world.idle().await;
    assert_eq!(world.kinds().await, ["said", "plan", "result"]);
}

#[tokio::test]
async fn what_needs_a_model_is_kept_with_the_closest_command() {
    let world = World::offline().await;
    world.say("refactor the auth module").await;
    world.idle().await;
    assert_eq!(world.kinds().await, ["said", "kept"]);
    let history = world.history().await;
    let kept = history.last().unwrap();
    let refused = world
        .controller
        .choose(kept.id, "refactor the auth module")
        .await;
    assert_eq!(refused.unwrap_err().code, "no_model");
}

#[tokio::test]
async fn what_was_kept_starts_with_one_click_once_there_is_a_model() {
    let world = World::offline().await;
    world.say("refactor the auth module").await;
    world.idle().await;
    let server =
        ampersand_testkit::model_server::ModelServer::start(Script::always(Reply::says("On it.")))
            .await
            .unwrap();
    crate::world::connect(world.folder.path(), &server.base_url(), "");
    let mut world = world.reopen().await;
    let kept = world.history().await.pop().unwrap();
    let chosen = world
        .controller
        .choose(kept.id, "refactor the auth module")
        .await;
    chosen.unwrap();
    world.done().await;
    assert_eq!(world.kinds().await, ["said", "reply"]);
}

#[tokio::test]
async fn an_override_is_carried_out_without_a_model_and_confirmed() {
    let mut world = World::offline().await;
    world.say("scan").await;
    let tasks = world.plan().await;
    let attempt = AttemptId::new(Uuid::now_v7());
    world
        .orchestrator
        .move_to(tasks[0], TaskState::Running { attempt });
    world
        .until(|body| {
            matches!(body, UpdateBody::Task { task } if task.state == "running").then_some(())
        })
        .await;
    world.say("pause that task").await;
    let (text, processes) = world
        .until(|body| match body {
            UpdateBody::Understood {
                text, processes, ..
            } => Some((text.clone(), *processes)),
            _ => None,
        })
        .await;
    assert_eq!((text.as_str(), processes), ("pause Scan the repository", 3));
    let paused = world
        .orchestrator
        .asked(|command| match command {
            Command::Pause { tasks, .. } => Some(tasks.clone()),
            _ => None,
        })
        .await;
    assert_eq!(paused, tasks);
}

#[tokio::test]
async fn what_is_taken_by_a_sentence_is_taken_without_a_model_and_stands_on_the_card() {
    let mut world = World::offline().await;
    world.say("scan").await;
    let tasks = world.plan().await;
    world.say("No network for that one.").await;
    let understood = |body: &UpdateBody| match body {
        UpdateBody::Understood { text, verb, .. } => Some((text.clone(), verb.clone())),
        _ => None,
    };
    let left = |body: &UpdateBody| match body {
        UpdateBody::Task { task } if task.taken == [Narrowing::Network] => {
            Some(task.capabilities.clone())
        }
        _ => None,
    };
    let (mut words, mut granted) = (None, None);
    world
        .until(|body| {
            words = words.take().or_else(|| understood(body));
            granted = granted.take().or_else(|| left(body));
            (words.is_some() && granted.is_some()).then_some(())
        })
        .await;
    let expected = (
        "no network for Scan the repository".to_owned(),
        "narrow".to_owned(),
    );
    assert_eq!(words, Some(expected));
    assert_eq!(granted, Some(vec![Capability::Read, Capability::Search]));
    let asked = world
        .orchestrator
        .asked(|command| match command {
            Command::Narrow { tasks, what, by } => Some((tasks.clone(), *what, *by)),
            _ => None,
        })
        .await;
    assert_eq!(asked, (tasks, Narrowing::Network, Actor::Person));
}

#[tokio::test]
async fn what_was_taken_is_not_undone_and_nothing_older_is_in_its_place() {
    let mut world = World::offline().await;
    world.say("scan").await;
    world.plan().await;
    for (said, done) in [
        ("cancel that one", "cancel"),
        ("No network for that one.", "narrow"),
    ] {
        world.say(said).await;
        let is_on_a_card = |body: &UpdateBody| match body {
            UpdateBody::Message { message } => match &message.body {
                MessageBody::Override { verb, .. } => (verb == done).then_some(()),
                _ => None,
            },
            _ => None,
        };
        world.until(is_on_a_card).await;
    }
    world.say("undo").await;
    let code = world
        .until(|body| match body {
            UpdateBody::Notice { failure, .. } => Some(failure.code.clone()),
            UpdateBody::Understood { verb, .. } if verb == "undo" => panic!("it was undone"),
            _ => None,
        })
        .await;
    assert_eq!(code, "not_given_back");
    let commands = world.orchestrator.commands();
    let undoes = |(_, command): &(_, Command)| matches!(command, Command::Undo { .. });
    assert!(!commands.iter().any(undoes), "{commands:?}");
}

#[tokio::test]
async fn a_destructive_word_without_a_referent_freezes_and_asks() {
    let mut world = World::offline().await;
    world.say("scan, then find TODO").await;
    let tasks = world.plan().await;
    for task in &tasks {
        let attempt = AttemptId::new(Uuid::now_v7());
        world
            .orchestrator
            .move_to(*task, TaskState::Running { attempt });
    }
    let mut running = 0;
    world
        .until(|body| {
            running +=
                usize::from(matches!(body, UpdateBody::Task { task } if task.state == "running"));
            (running == 2).then_some(())
        })
        .await;
    world.say("cancel the task").await;
    let (card, options) = world
        .until(|body| match body {
            UpdateBody::Choice {
                message, options, ..
            } => Some((*message, options.clone())),
            UpdateBody::Understood { .. } => panic!("nothing may be done"),
            _ => None,
        })
        .await;
    let commands = world.orchestrator.commands();
    assert!(
        commands
            .iter()
            .all(|(_, command)| !matches!(command, Command::Cancel { .. }))
    );
    let chosen = options
        .iter()
        .find(|option| option.label.contains("Scan"))
        .unwrap();
    world.controller.choose(card, &chosen.says).await.unwrap();
    let cancelled = world
        .orchestrator
        .asked(|command| match command {
            Command::Cancel {
                tasks, now: false, ..
            } => Some(tasks.clone()),
            _ => None,
        })
        .await;
    assert_eq!(cancelled, tasks[..1]);
}

#[tokio::test]
async fn a_typed_allow_counts_for_the_one_open_question_only() {
    let script = Script::always(Reply::says("What do you mean?"));
    let mut world = World::with(script).await;
    let question = |task| Approval {
        id: ApprovalId::new(Uuid::now_v7()),
        task,
        question: Question::Host {
            host: "docs.rs".to_owned(),
            url: "https://docs.rs/".to_owned(),
        },
        asked_at: Timestamp::now(),
    };
    let task = ampersand_core::TaskId::new(Uuid::now_v7());
    let (first, second) = (question(task), question(task));
    let ask = |approval: &Approval| EventBody::ApprovalAsked {
        approval: approval.clone(),
    };
    world.orchestrator.write([ask(&first), ask(&second)]);
    let mut asked = 0;
    world
        .until(|body| {
            asked += usize::from(matches!(body, UpdateBody::Approval { .. }));
            (asked == 2).then_some(())
        })
        .await;
    world.say("allow").await;
    world
        .until(|body| match body {
            UpdateBody::Notice { failure } => Some(failure.code == "several_open_questions"),
            _ => None,
        })
        .await;
    world.say("which one is it about").await;
    world.done().await;
    world.orchestrator.write([EventBody::ApprovalWithdrawn {
        approval: second.id,
        task,
    }]);
    world
        .until(|body| {
            matches!(
                body,
                UpdateBody::Approval {
                    answered: Some(_),
                    ..
                }
            )
            .then_some(())
        })
        .await;
    // The reply ended with a question of its own.
    world.say("allow").await;
    world.done().await;
    let answers = |world: &World| {
        let commands = world.orchestrator.commands();
        commands
            .iter()
            .filter(|(_, command)| matches!(command, Command::Answer { .. }))
            .count()
    };
    assert_eq!(answers(&world), 0);
    let world = world.reopen().await;
    world.say("yes, allow").await;
    let approval = world
        .orchestrator
        .asked(|command| match command {
            Command::Answer { approval, .. } => Some(*approval),
            _ => None,
        })
        .await;
    assert_eq!(approval, first.id);
}

#[tokio::test]
async fn stop_ends_the_reply_and_offers_the_tasks() {
    let script = Script::new().rule(
        When::user("explain"),
        Reply::says("A long story").gate("never"),
    );
    let mut world = World::with(script).await;
    let question = world.say("explain it all").await;
    world.delta().await;
    world.say("stop").await;
    let done = world.done().await;
    assert!(
        matches!(done, UpdateBody::MessageDone { ref text, state: ampersand_core::ReplyState::Stopped, .. } if text == "A long story")
    );
    world.idle().await;
    let history = world.history().await;
    assert!(
        history.iter().any(
            |message| matches!(&message.body, MessageBody::Reply { to, .. } if *to == question)
        )
    );
    assert_eq!(world.server().requests().len(), 1);
}
