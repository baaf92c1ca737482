//! Turns: words at once, acts in order, nothing that should not be seen.

use ampersand_core::{
    Actor, AttemptId, EventBody, Failure, FrozenTask, MessageBody, Narrowing, ReplyState, TaskId,
    TaskState,
};
use ampersand_protocol::{Activity, Command, UpdateBody};
use ampersand_testkit::model_server::{Reply, Script, Step, When};
use serde_json::json;

use crate::world::{World, text_of};

#[tokio::test]
async fn a_message_gets_its_own_turn_while_another_is_still_written() {
    let script = Script::new()
        .rule(
            When::user("first"),
            Reply::says("One").gate("one").text(" done."),
        )
        .rule(When::user("second"), Reply::says("Two done."));
    let mut world = World::with(script).await;
    world.say("the first thing").await;
    assert_eq!(world.delta().await, "One");
    world.say("the second thing").await;
    let done = world.done().await;
    assert!(
        matches!(done, UpdateBody::MessageDone { ref text, state: ReplyState::Done, .. } if text == "Two done.")
    );
    let seen = text_of(&world.server().requests()[1]);
    assert!(
        seen.contains("One") && seen.contains("still being written"),
        "{seen}"
    );
    world.server().gate("one").release();
    world.done().await;
    world.idle().await;
    let history = world.history().await;
    let texts: Vec<&str> = history
        .iter()
        .filter_map(|message| match &message.body {
            MessageBody::Said { text, .. } | MessageBody::Reply { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(
        texts,
        [
            "the first thing",
            "One done.",
            "the second thing",
            "Two done."
        ]
    );
}

#[tokio::test]
async fn a_window_that_begins_to_look_in_the_middle_of_a_reply_misses_no_word_and_reads_none_twice()
{
    let script = Script::new().rule(
        When::anything(),
        Reply::says("One").gate("one").text(" and two."),
    );
    let mut world = World::with(script).await;
    world.say("count").await;
    world.delta().await;
    world.updates = world.controller.subscribe().await;
    let begun = world
        .until(|body| match body {
            UpdateBody::Message { message } => match &message.body {
                MessageBody::Reply { text, .. } => Some(text.clone()),
                _ => None,
            },
            _ => None,
        })
        .await;
    world.server().gate("one").release();
    assert_eq!(begun + &world.delta().await, "One and two.");
}

#[tokio::test]
async fn a_correction_takes_the_place_of_the_reply_under_way() {
    let script = Script::new()
        .rule(
            When::user("I meant"),
            Reply::says("The session module, then."),
        )
        .rule(
            When::anything(),
            Reply::says("The auth module").gate("never"),
        );
    let mut world = World::with(script).await;
    world.say("explain the auth module").await;
    world.delta().await;
    world.say("no, I meant the session module").await;
    let first = world.done().await;
    assert!(matches!(
        first,
        UpdateBody::MessageDone {
            state: ReplyState::Superseded,
            ..
        }
    ));
    let second = world.done().await;
    assert!(matches!(
        second,
        UpdateBody::MessageDone {
            state: ReplyState::Done,
            ..
        }
    ));
    world.idle().await;
}

fn dispatch(title: &str) -> serde_json::Value {
    json!({"reason": "It is asked for.", "tasks": [
        {"key": "a", "title": title, "role": "worker", "kind": "brief", "brief": "Do it.", "reason": "It writes."},
        {"key": "b", "title": format!("Check {title}"), "role": "explorer", "kind": "brief", "brief": "Look.",
         "reason": "It reads.", "inputs": ["a"]},
    ]})
}

#[tokio::test]
async fn tasks_are_dispatched_with_their_order_and_not_twice() {
    let script = Script::new()
        .rule(
            When::user("refactor").after_results(0),
            Reply::says("Two tasks.").call("dispatch", dispatch("Refactor")),
        )
        .rule(When::anything(), Reply::says("Under way."));
    let mut world = World::with(script).await;
    world.say("refactor it").await;
    world.done().await;
    let tasks = world.orchestrator.tasks();
    assert_eq!(tasks.len(), 2);
    assert_eq!(tasks[1].inputs, [tasks[0].id]);
    assert_eq!(world.kinds().await, ["said", "reply", "plan"]);
    world.say("refactor it again").await;
    world.done().await;
    assert_eq!(world.orchestrator.tasks().len(), 2);
    let last = world.server().requests().pop().unwrap();
    assert!(
        text_of(&last).contains("under way already as t1"),
        "{}",
        text_of(&last)
    );
}

#[tokio::test]
async fn what_a_model_calls_wrongly_comes_back_as_words_and_the_turn_goes_on() {
    let raw = |arguments: &str| {
        let call = json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "c1",
            "function": {"name": "pause", "arguments": arguments}}]}}]});
        Reply::new().step(Step::Event(call.to_string()))
    };
    let cycle = json!({"reason": "r", "tasks": [
        {"key": "a", "title": "A", "role": "worker", "kind": "brief", "brief": "x", "reason": "r", "after": ["b"]},
        {"key": "b", "title": "B", "role": "worker", "kind": "brief", "brief": "x", "reason": "r", "after": ["a"]},
    ]});
    let cases: Vec<(Reply, &str)> = vec![
        (raw("{\"tasks\": "), "not JSON"),
        (
            Reply::calls("pause", json!({"tasks": ["the login"]})),
            "there is no task",
        ),
        (Reply::calls("fly", json!({})), "there is no tool"),
        (Reply::calls("steer", json!({"task": 3})), "do not fit"),
        (Reply::calls("dispatch", cycle), "wait for each other"),
        (
            Reply::calls("dispatch", json!({"reason": "r", "tasks": []})),
            "no tasks",
        ),
        (
            Reply::calls("look", json!({"what": "read", "path": "../../etc/passwd"})),
            "does not lie",
        ),
    ];
    for (call, said) in cases {
        let script = Script::new()
            .rule(When::anything().after_results(0), call)
            .rule(When::anything(), Reply::says("Then not."));
        let mut world = World::with(script).await;
        world.say("do something").await;
        let done = world.done().await;
        assert!(
            matches!(done, UpdateBody::MessageDone { ref text, state: ReplyState::Done, .. } if text == "Then not."),
            "{said}: {done:?}"
        );
        let last = text_of(&world.server().requests()[1]);
        assert!(
            last.contains(said) && last.contains("Not done"),
            "{said}: {last}"
        );
        assert!(world.orchestrator.tasks().is_empty());
    }
}

#[tokio::test]
async fn the_model_can_take_from_a_task_too_and_is_told_what_can_be_taken() {
    let take = |what: &str| Reply::calls("narrow", json!({"tasks": "t1", "what": what}));
    let script = Script::new()
        .rule(
            When::user("start").after_results(0),
            Reply::calls("dispatch", dispatch("Refactor")),
        )
        .rule(When::user("searching").after_results(0), take("everything"))
        .rule(When::user("searching").after_results(1), take("web_search"))
        .rule(When::anything(), Reply::says("So it is."));
    let mut world = World::with(script).await;
    world.say("start").await;
    world.done().await;
    let task = world.orchestrator.tasks()[0].id;
    world.say("I think it wastes its time searching").await;
    world.done().await;
    let asked = world
        .orchestrator
        .asked(|command| match command {
            Command::Narrow { tasks, what, by } => Some((tasks.clone(), *what, *by)),
            _ => None,
        })
        .await;
    let expected = (vec![task], Narrowing::WebSearch, Actor::Controller);
    assert_eq!(asked, expected);
    let last = text_of(world.server().requests().last().unwrap());
    for told in ["do not fit", "Without the web from now on"] {
        assert!(last.contains(told), "{last}");
    }
}

/// Lets the orchestrator tell of things that are none of the model's business.
async fn plant(world: &mut World, task: TaskId) -> AttemptId {
    let attempt = AttemptId::new(uuid::Uuid::from_u128(0x5ec2_e7a7_7e39));
    world.orchestrator.write([
        EventBody::TaskGiven {
            task,
            attempt,
            given: "lease-test-runner".into(),
        },
        EventBody::OverrideConfirmed {
            frozen: vec![FrozenTask {
                task,
                processes: 31_337,
            }],
            took_ms: 40_404,
        },
        EventBody::Noticed {
            task: Some(task),
            failure: Failure::new("queue_jam", "queue-place-7 at port-51999", "pid-51234"),
        },
    ]);
    let line = "waits for lease-test-runner on port-51999, pid-51234".to_owned();
    let activity = Activity {
        task: Some(task),
        line,
        ..Activity::default()
    };
    world.orchestrator.activities.send(activity).unwrap();
    world
        .orchestrator
        .move_to(task, TaskState::Running { attempt });
    world
        .until(|body| matches!(body, UpdateBody::Activity { .. }).then_some(()))
        .await;
    attempt
}

#[tokio::test]
async fn the_model_sees_nothing_of_how_tasks_are_run() {
    let script = Script::new()
        .rule(
            When::user("start").after_results(0),
            Reply::calls("dispatch", dispatch("Refactor")),
        )
        .rule(
            When::user("waiting").after_results(0),
            Reply::calls("show", json!({"task": "Refactor"})),
        )
        .rule(
            When::user("pause the").after_results(0),
            Reply::calls("pause", json!({"tasks": ["t1"]})),
        )
        .rule(When::anything(), Reply::says("So it is."));
    let mut world = World::with(script).await;
    world.say("start").await;
    world.done().await;
    let task = world.orchestrator.tasks()[0].id;
    let attempt = plant(&mut world, task).await;
    world.say("why is it waiting?").await;
    let shown = world
        .until(|body| match body {
            UpdateBody::Show { task } => Some(*task),
            _ => None,
        })
        .await;
    assert_eq!(shown, task);
    world.done().await;
    world
        .say("please pause the refactoring when you think it is right")
        .await;
    world.done().await;
    for planted in [
        "lease-test-runner",
        "51999",
        "51234",
        "queue-place",
        "31337",
        "40404",
        "4711",
        &attempt.to_string(),
        &task.to_string(),
    ] {
        for request in world.server().requests() {
            assert!(
                !text_of(&request).contains(planted),
                "{planted} in {}",
                text_of(&request)
            );
        }
    }
}

#[tokio::test]
async fn results_are_explained_once_and_only_if_there_is_something_to_add() {
    let script = Script::new()
        .rule(
            When::system("ended"),
            Reply::says("It means that tokens never expire."),
        )
        .rule(
            When::user("start").after_results(0),
            Reply::calls("dispatch", dispatch("Refactor")),
        )
        .rule(When::anything(), Reply::says("Started."));
    let mut world = World::with(script).await;
    world.say("start").await;
    world.done().await;
    for task in world.orchestrator.tasks() {
        world.orchestrator.finish(task.id, "tokens never expire");
    }
    // Whoever waits for the end waits for what is said of it too.
    world.idle().await;
    let text = world
        .until(|body| match body {
            UpdateBody::Explanation { text, .. } => Some(text.clone()),
            _ => None,
        })
        .await;
    assert_eq!(text, "It means that tokens never expire.");
    let card = world.history().await.pop().unwrap();
    assert!(matches!(
        card.body,
        MessageBody::Result {
            explanation: Some(_),
            ..
        }
    ));
    let requests = world.server().requests();
    let explained: Vec<_> = requests
        .iter()
        .filter(|request| text_of(request).contains("has ended"))
        .collect();
    assert_eq!(explained.len(), 1);
    let asked = text_of(explained[0]);
    assert!(
        asked.matches("The report of").count() == 2 && asked.contains("> tokens never expire"),
        "{asked}"
    );
    assert!(
        explained[0].body["tools"]
            .as_array()
            .is_none_or(Vec::is_empty)
    );
    assert_eq!(world.kinds().await, ["said", "reply", "plan", "result"]);
}

#[tokio::test]
async fn what_did_not_fit_is_said() {
    let script = Script::always(Reply::says(&"word ".repeat(800)));
    let model = ampersand_testkit::model_server::ModelServer::start(script)
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    crate::world::connect(folder.path(), &model.base_url(), "context_tokens = 5000");
    let mut world = World::open(folder, crate::world::Orchestrator::new(), Some(model)).await;
    let mut left_out = None;
    for _ in 0..4 {
        world.say("tell me more").await;
        if let UpdateBody::MessageDone { left_out: said, .. } = world.done().await {
            left_out = said;
        }
    }
    let left_out = left_out.unwrap();
    assert!(left_out.contains("left out"), "{left_out}");
    let last = world.server().requests().pop().unwrap();
    assert!(text_of(&last).contains(&left_out));
}

#[tokio::test]
async fn whoever_was_overtaken_thinks_again() {
    let script = Script::new()
        .times(
            1,
            When::user("start"),
            Reply::says("Let me see")
                .gate("think")
                .call("dispatch", dispatch("Refactor")),
        )
        .rule(When::user("start"), Reply::says("Then I leave it."));
    let mut world = World::with(script).await;
    world.say("start").await;
    world.delta().await;
    world
        .controller
        .command(Command::Pause {
            tasks: vec![],
            by: Actor::Person,
        })
        .await
        .unwrap();
    world.server().gate("think").release();
    world.done().await;
    let last = text_of(&world.server().requests()[1]);
    assert!(
        last.contains("the plan changed while you were thinking"),
        "{last}"
    );
    assert!(world.orchestrator.tasks().is_empty());
}
