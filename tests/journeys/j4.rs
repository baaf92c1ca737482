//! J4: what is said to a task reaches the agent that works on it.

use ampersand_testkit::{
    Desk,
    model_server::{ModelServer, Reply, Script, When},
};
use serde_json::json;

use crate::scripts::{agent, brief, controller, dispatches, reports};

#[tokio::test(flavor = "multi_thread")]
async fn steering_reaches_the_running_agent() {
    let model = ModelServer::start(
        Script::new()
            .rule(
                controller("refactor it").after_results(0),
                dispatches(json!([brief(
                    "auth",
                    "Refactor the auth module",
                    "worker",
                    "AUTH BRIEF"
                )])),
            )
            .rule(
                controller("refactor it").after_results(1),
                Reply::says("Started."),
            )
            .rule(
                When::user("keep the public API").with_tool("report"),
                reports("Kept the API"),
            )
            .rule(
                agent("AUTH BRIEF").after_results(0),
                Reply::calls("list", json!({ "path": "." })).gate("hold"),
            )
            .rule(controller(""), Reply::says("")),
    )
    .await
    .unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let mut chat = desk.chat().await;
    chat.say("refactor it").await;
    model.gate("hold").reached().await;
    let ran = desk
        .run(&[
            "steer",
            "Refactor the auth module",
            "keep",
            "the",
            "public",
            "API",
        ])
        .await;
    assert_eq!(ran.code, 0, "{ran:?}");
    model.gate("hold").release();
    let result = chat.wait_for_type("result").await;
    assert_eq!(result["report"]["headline"], "Kept the API");
    let events = desk.run(&["events", "--from", "0"]).await.lines;
    let told = |name: &str| events.iter().any(|event| event["event"] == name);
    assert!(told("task_steered") && told("steering_delivered"));
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_while_work_is_checked_begins_it_again_before_anybody_sees_it() {
    let write = |text: &str| Reply::calls("write", json!({ "path": "note.txt", "content": text }));
    let model = ModelServer::start(
        Script::new()
            .rule(
                controller("refactor it").after_results(0),
                dispatches(json!([brief("auth", "Refactor", "worker", "AUTH BRIEF")])),
            )
            .rule(
                When::user("keep the public API").with_tool("report"),
                reports("Kept the API"),
            )
            .rule(agent("AUTH BRIEF").after_results(0), write("done"))
            .rule(agent("AUTH BRIEF").after_results(1), reports("Did it"))
            .rule(controller(""), Reply::says("")),
    )
    .await
    .unwrap();
    let desk = Desk::new();
    desk.repository.write(
        ".ampersand.toml",
        "[checks]\nwaits = \"touch begun; until test -e go; do sleep 0.05; done\"\n",
    );
    desk.repository.commit("Declare checks");
    desk.connect_model(&model.base_url());
    assert_eq!(desk.run(&["trust"]).await.code, 0);
    let mut chat = desk.chat().await;
    chat.say("refactor it").await;
    chat.wait_for_state("Refactor", "checking").await;
    let begun = desk.made("begun").await;
    let ran = desk
        .run(&["steer", "Refactor", "keep", "the", "public", "API"])
        .await;
    assert_eq!(ran.code, 0, "{ran:?}");
    std::fs::write(begun.with_file_name("go"), "").unwrap();
    let result = chat.wait_for_type("result").await;
    assert_eq!(result["report"]["headline"], "Kept the API", "{result}");
    assert_eq!(result["state"], "ready");
    let seen = chat.seen.iter();
    let readied = seen.filter(|line| line["type"] == "task" && line["state"] == "ready");
    assert!(readied.count() <= 1);
    assert_eq!(chat.end().await.0, 0);
}
