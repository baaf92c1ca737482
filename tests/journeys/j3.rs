//! J3: sending never waits, and each reply stays under its question.

use ampersand_testkit::{
    Desk,
    model_server::{ModelServer, Reply, Script},
};

use crate::scripts::controller;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_question_is_answered_while_the_first_still_streams() {
    let model = ModelServer::start(
        Script::new()
            .rule(
                controller("first question"),
                Reply::says("One ").gate("hold").text("two."),
            )
            .rule(controller("HS256"), Reply::says("HMAC with SHA-256.")),
    )
    .await
    .unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let mut chat = desk.chat().await;
    chat.say("my first question").await;
    chat.wait_for("first words", |line| {
        line["type"] == "message.delta" && line["text"] == "One "
    })
    .await;
    chat.say("What does HS256 mean?").await;
    let second = chat.wait_for_type("message.done").await;
    assert_eq!(second["text"], "HMAC with SHA-256.");
    let request = model.requests().last().unwrap().body.to_string();
    assert!(
        request.contains("One "),
        "the new turn sees the unfinished reply: {request}"
    );
    model.gate("hold").release();
    let first = chat.wait_for_type("message.done").await;
    assert_eq!(first["text"], "One two.");
    assert_eq!(first["state"]["name"], "done");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_supersedes_the_turn_before_it() {
    let model = ModelServer::start(
        Script::new()
            .rule(
                controller("the parser"),
                Reply::says("About the parser ").gate("hold"),
            )
            .rule(
                controller("I meant the printer"),
                Reply::says("About the printer."),
            ),
    )
    .await
    .unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let mut chat = desk.chat().await;
    chat.say("explain the parser").await;
    chat.wait_for_type("message.delta").await;
    chat.say("no, I meant the printer").await;
    let old = chat
        .wait_for("superseded", |line| {
            line["type"] == "message.done" && line["state"]["name"] == "superseded"
        })
        .await;
    assert_eq!(old["text"], "About the parser ");
    chat.wait_for("the new reply", |line| {
        line["type"] == "message.done" && line["text"] == "About the printer."
    })
    .await;
    assert_eq!(chat.end().await.0, 0);
}
