//! What results mean, for results an earlier run had no time for.

use ampersand_core::{Message, MessageBody, MessageId, Report, TaskId, TaskResult};
use ampersand_protocol::UpdateBody;
use ampersand_store::Conversation;
use ampersand_testkit::model_server::{ModelServer, Reply, Script, When};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use crate::world::{Orchestrator, World, connect, text_of};

fn explanation(message: &Message) -> Option<&str> {
    match &message.body {
        MessageBody::Result { explanation, .. } => explanation.as_deref(),
        _ => None,
    }
}

#[tokio::test]
async fn an_explanation_that_closing_cut_off_is_asked_for_again_and_once() {
    let task = json!({"reason": "r", "tasks": [{"title": "Look", "role": "explorer", "kind": "brief", "brief": "b", "reason": "r"}]});
    let script = Script::new()
        .times(1, When::system("ended"), Reply::says("It m").gate("never"))
        .rule(When::system("ended"), Reply::says("It means little."))
        .rule(
            When::user("start").after_results(0),
            Reply::calls("dispatch", task),
        )
        .rule(When::anything(), Reply::says("Started."));
    let mut world = World::with(script).await;
    world.say("start").await;
    world.done().await;
    for task in world.orchestrator.tasks() {
        world.orchestrator.finish(task.id, "little");
    }
    world.server().wait_for_requests(3).await;
    let mut world = world.reopen().await;
    let text = world
        .until(|body| match body {
            UpdateBody::Explanation { text, .. } => Some(text.clone()),
            _ => None,
        })
        .await;
    assert_eq!(text, "It means little.");
    let world = world.reopen().await;
    world.idle().await;
    let history = world.history().await;
    assert_eq!(
        history.iter().find_map(explanation),
        Some("It means little.")
    );
    assert_eq!(world.server().requests().len(), 4);
}

/// A conversation with one result that is five minutes old and was not explained.
async fn left_behind(folder: &std::path::Path) {
    let task = TaskId::new(Uuid::from_u128(1));
    let report = Report {
        headline: "tokens never expire".to_owned(),
        ..Report::default()
    };
    let result = TaskResult {
        task,
        title: "Look".to_owned(),
        state: "done".to_owned(),
        report,
        seq: 1,
    };
    let card = Message {
        id: MessageId::new(Uuid::from_u128(2)),
        position: 1024,
        at: Timestamp::now() - SignedDuration::from_mins(5),
        body: MessageBody::Result {
            results: vec![result],
            explanation: None,
            unexplained: vec![task],
        },
    };
    let conversation = Conversation::open(&folder.join("conversation.db"))
        .await
        .unwrap();
    conversation.put(&[card]).await.unwrap();
    conversation.close().await;
}

async fn reopened(says: &str) -> (World, Vec<UpdateBody>) {
    let script = Script::always(Reply::says(says));
    let model = ModelServer::start(script).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    connect(folder.path(), &model.base_url(), "");
    left_behind(folder.path()).await;
    let mut world = World::open(folder, Orchestrator::new(), Some(model)).await;
    world.idle().await;
    world.controller.close().await;
    let mut seen = Vec::new();
    while let Some(update) = world.updates.next().await {
        seen.push(update.body);
    }
    let world = World::open(world.folder, world.orchestrator, world.model).await;
    world.idle().await;
    assert_eq!(world.server().requests().len(), 1, "it was asked twice");
    (world, seen)
}

#[tokio::test]
async fn an_old_result_is_explained_on_its_card_and_not_announced() {
    let (world, seen) = reopened("They live for ever.").await;
    assert!(text_of(&world.server().requests()[0]).contains("tokens never expire"));
    let history = world.history().await;
    assert_eq!(
        history.iter().find_map(explanation),
        Some("They live for ever.")
    );
    assert!(
        !seen
            .iter()
            .any(|body| matches!(body, UpdateBody::Explanation { .. })),
        "{seen:?}"
    );
    let shown = |body: &UpdateBody| matches!(body, UpdateBody::Message { message } if explanation(message).is_some());
    assert!(seen.iter().any(shown), "{seen:?}");
}

#[tokio::test]
async fn a_result_with_nothing_to_add_is_looked_at_once() {
    let (world, _) = reopened("NOTHING TO ADD").await;
    assert_eq!(world.history().await.iter().find_map(explanation), None);
}
