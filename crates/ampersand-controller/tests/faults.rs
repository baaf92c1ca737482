//! Everything around the controller that can go wrong, each with words, and nothing lost.

use std::sync::Arc;

use ampersand_controller::Controller;
use ampersand_core::{Message, MessageBody, MessageId, ReplyState};
use ampersand_protocol::UpdateBody;
use ampersand_store::Conversation;
use ampersand_testkit::model_server::{ModelServer, Reply, Script, Step, When};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::world::{Orchestrator, World, connect, options};

async fn check(reply: Reply, code: &str, kept: &str) {
    let script = Script::new().rule(When::anything(), reply);
    let mut world = World::with(script).await;
    world.say("hello").await;
    let done = world.done().await;
    let UpdateBody::MessageDone {
        text,
        state: ReplyState::Broken { failure },
        ..
    } = done
    else {
        panic!("{code}: {done:?}");
    };
    assert_eq!(
        (failure.code.as_str(), text.as_str()),
        (code, kept),
        "{failure:?}"
    );
    assert!(!failure.hint.is_empty());
    assert_eq!(world.kinds().await, ["said", "reply"]);
}

#[tokio::test]
async fn every_fault_of_a_model_ends_the_reply_with_its_name() {
    check(Reply::status(401, Value::Null), "unauthorized", "").await;
    check(
        Reply::new().step(Step::Html("<html>hi</html>".into())),
        "web_page",
        "",
    )
    .await;
    check(
        Reply::new()
            .step(Step::Words("so far so".into()))
            .step(Step::Cut),
        "cut",
        "so far so",
    )
    .await;
    check(
        Reply::says("half an ans").step(Step::EndEarly),
        "cut",
        "half an ans",
    )
    .await;
    check(Reply::new(), "model_silent", "").await;
    check(
        Reply::says("long").step(Step::Finish("length".into())),
        "model_length",
        "long",
    )
    .await;
}

#[tokio::test]
async fn faults_that_may_pass_are_waited_out_and_then_named() {
    let later = Step::Status {
        code: 429,
        body: Value::Null,
        retry_after: Some("3600".into()),
    };
    tokio::join!(
        check(Reply::new().step(later), "rate_limited", ""),
        check(Reply::status(500, Value::Null), "server_error", ""),
        check(Reply::new().step(Step::HangUp), "cut", ""),
    );
}

#[tokio::test]
async fn an_endpoint_that_refuses_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let address = ModelServer::refusing_base_url().await.unwrap();
    connect(folder.path(), &address, "");
    let mut world = World::open(folder, Orchestrator::new(), None).await;
    world.say("hello").await;
    let done = world.done().await;
    assert!(
        matches!(done, UpdateBody::MessageDone { state: ReplyState::Broken { ref failure }, .. } if failure.code == "connection_refused"),
        "{done:?}"
    );
}

#[tokio::test]
async fn what_a_kill_cut_off_is_marked_and_nothing_is_answered_twice() {
    let folder = tempfile::tempdir().unwrap();
    let conversation = Conversation::open(&folder.path().join("conversation.db"))
        .await
        .unwrap();
    let entry = |n: u128, position, body| Message {
        id: MessageId::new(Uuid::from_u128(n)),
        position,
        at: Timestamp::now(),
        body,
    };
    let said = |text: &str| MessageBody::Said {
        text: text.to_owned(),
        understood: None,
    };
    let reply = MessageBody::Reply {
        text: "Half a".to_owned(),
        to: MessageId::new(Uuid::from_u128(1)),
        state: ReplyState::Streaming,
        left_out: None,
    };
    let entries = [
        entry(1, 1024, said("one")),
        entry(2, 1025, reply),
        entry(3, 2048, said("two")),
    ];
    conversation.put(&entries).await.unwrap();
    conversation.close().await;
    let mut world = World::open(folder, Orchestrator::new(), None).await;
    world
        .until(|body| matches!(body, UpdateBody::Message { .. }).then_some(()))
        .await;
    let states: Vec<_> = world
        .history()
        .await
        .into_iter()
        .filter_map(|message| match message.body {
            MessageBody::Reply {
                text,
                state: ReplyState::Broken { failure },
                ..
            } => Some((text, failure.code)),
            _ => None,
        })
        .collect();
    let interrupted = |text: &str| (text.to_owned(), "interrupted".to_owned());
    assert_eq!(states, [interrupted("Half a"), interrupted("")]);
    assert_eq!(world.kinds().await, ["said", "reply", "said", "reply"]);
}

#[tokio::test]
async fn a_missing_key_is_named_and_the_message_kept() {
    let folder = tempfile::tempdir().unwrap();
    connect(
        folder.path(),
        "http://127.0.0.1:9/v1",
        "api_key_env = \"NO_SUCH_KEY_ANYWHERE\"",
    );
    let mut world = World::open(folder, Orchestrator::new(), None).await;
    world.say("hello").await;
    let done = world.done().await;
    assert!(
        matches!(done, UpdateBody::MessageDone { state: ReplyState::Broken { ref failure }, .. } if failure.code == "model_key_missing" && failure.message.contains("NO_SUCH_KEY_ANYWHERE"))
    );
}

#[tokio::test]
async fn a_broken_settings_file_names_its_line_and_the_old_model_stays() {
    let model = ModelServer::start(Script::always(Reply::says("Still here.")))
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    connect(folder.path(), &model.base_url(), "");
    let mut world = World::open(folder, Orchestrator::new(), Some(model)).await;
    std::fs::write(
        world.folder.path().join("ampersand.toml"),
        "[slots]\ntier = \"gold\"\n",
    )
    .unwrap();
    let failure = world
        .until(|body| match body {
            UpdateBody::Notice { failure } => Some(failure.clone()),
            _ => None,
        })
        .await;
    assert!(
        failure.message.contains("ampersand.toml, line 2, tier"),
        "{failure:?}"
    );
    world.say("are you there?").await;
    assert!(
        matches!(world.done().await, UpdateBody::MessageDone { ref text, .. } if text == "Still here.")
    );
    assert_eq!(world.kinds().await, ["notice", "said", "reply"]);
}

#[tokio::test]
async fn a_second_controller_is_told_who_holds_the_conversation() {
    let world = World::offline().await;
    let second =
        Controller::open_with(options(world.folder.path()), Arc::new(Orchestrator::new())).await;
    let Err(failure) = second else {
        panic!("two controllers hold one conversation")
    };
    assert_eq!(failure.code, "conversation_open");
    assert!(failure.message.contains(&std::process::id().to_string()));
    world.controller.close().await;
}

#[tokio::test]
async fn an_orchestrator_that_cannot_start_says_why_and_the_chat_goes_on() {
    let model = ModelServer::start(Script::always(Reply::says("I am here.")))
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    connect(folder.path(), &model.base_url(), "");
    let orchestrator = Orchestrator::new();
    orchestrator.die();
    orchestrator.cannot_start();
    let mut world = World::open(folder, orchestrator, Some(model)).await;
    let failure = world
        .until(|body| match body {
            UpdateBody::Error { failure } => Some(failure.clone()),
            _ => None,
        })
        .await;
    assert_eq!(failure.code, "orchestrator_cannot_start");
    world.say("hello").await;
    assert!(matches!(
        world.done().await,
        UpdateBody::MessageDone {
            state: ReplyState::Done,
            ..
        }
    ));
    world.idle().await;
    assert_eq!(world.kinds().await, ["said", "reply"]);
}

#[tokio::test]
async fn a_reply_that_closing_cut_off_says_so() {
    let script = Script::new().rule(When::anything(), Reply::says("Once upon").gate("never"));
    let mut world = World::with(script).await;
    world.say("tell me a story").await;
    world.delta().await;
    let world = world.reopen().await;
    let reply = world.history().await.pop().unwrap();
    assert!(
        matches!(reply.body, MessageBody::Reply { ref text, state: ReplyState::Broken { ref failure }, .. } if text == "Once upon" && failure.code == "interrupted")
    );
}
