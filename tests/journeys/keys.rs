//! Keys in the keychain: put there from standard input, used by the controller and by agents, never shown, and waited for by
//! nobody.

use ampersand_testkit::{
    Desk,
    model_server::{ModelServer, Reply, Script},
    secrets::{Bus, Mood},
};
use serde_json::json;

use crate::scripts::{agent, brief, controller, dispatches, reports};

const KEY: &str = "sk-live-4711-0815";

async fn model() -> ModelServer {
    let look = json!([brief("l", "Look", "explorer", "LOOK BRIEF")]);
    let script = Script::new()
        .rule(controller("look").after_results(0), dispatches(look))
        .rule(controller("look").after_results(1), Reply::says("Looking."))
        .rule(agent("LOOK BRIEF"), reports("It is so"))
        .rule(controller(""), Reply::says("Yes."));
    ModelServer::start(script).await.unwrap()
}

fn desk(bus: &str, model: &ModelServer) -> Desk {
    let mut desk = Desk::new();
    desk.set("DBUS_SESSION_BUS_ADDRESS", bus);
    desk.set("AMPERSAND_LOG", "debug");
    desk.settings(&format!(
        "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{}\"\nmodel = \"scripted\"\n\
         api_key = \"OF_THE_TEST\"\n",
        model.base_url()
    ));
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_the_keychain_reaches_the_model_and_nothing_else() {
    let bus = Bus::start().await;
    let service = bus.serve(Mood::Open).await;
    let model = model().await;
    let desk = desk(bus.address(), &model);
    let ran = desk.run_with(&["key", "set", "OF_THE_TEST"], KEY).await;
    assert_eq!((ran.code, service.kept()), (0, 1), "{ran:?}");
    assert!(!format!("{ran:?}").contains(KEY), "{ran:?}");

    let mut chat = desk.chat().await;
    chat.say("look").await;
    chat.wait_for("the report", |line| line["type"] == "result")
        .await;
    let requests = model.requests();
    assert!(requests.len() >= 3, "controller and agent asked");
    for request in requests {
        let sent = request.header("authorization");
        assert_eq!(sent, Some(format!("Bearer {KEY}").as_str()));
    }
    assert_eq!(chat.end().await.0, 0);
    for found in everything_below(&desk.home()) {
        let text = String::from_utf8_lossy(&std::fs::read(&found).unwrap()).into_owned();
        assert!(!text.contains(KEY), "{}", found.display());
    }
    let ran = desk.run(&["key", "remove", "OF_THE_TEST"]).await;
    assert_eq!((ran.code, service.kept()), (0, 0), "{ran:?}");
}

fn everything_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files.extend(everything_below(&entry.path()));
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keychain_the_environment_serves_for_this_run_and_that_is_said() {
    let model = model().await;
    let mut desk = desk("unix:path=/no/such/bus", &model);
    desk.set("OF_THE_TEST", KEY);
    let mut chat = desk.chat().await;
    let notice = chat.wait_for_type("notice").await;
    assert_eq!(notice["code"], "key_from_environment");
    let message = notice["message"].as_str().unwrap();
    assert!(
        message.contains("OF_THE_TEST in the environment, for this run only"),
        "{message}"
    );
    chat.say("hello").await;
    chat.wait_for("an answer", |line| {
        line["type"] == "message.done" && line["text"] == "Yes."
    })
    .await;
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keychain_that_hangs_delays_neither_the_opening_nor_a_command() {
    let bus = Bus::start().await;
    let service = bus.serve(Mood::Open).await;
    service.put("OF_THE_TEST", KEY).await;
    service.hold();
    let model = model().await;
    let desk = desk(bus.address(), &model);
    let mut chat = desk.chat().await;
    chat.say("hello").await;
    chat.wait_for("it is taken", |line| {
        line["type"] == "message" && line["message"]["body"]["kind"] == "said"
    })
    .await;
    assert!(model.requests().is_empty());
    service.go_on();
    chat.wait_for("an answer", |line| {
        line["type"] == "message.done" && line["text"] == "Yes."
    })
    .await;
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_no_key_is_refused_and_not_repeated() {
    let model = model().await;
    let desk = desk("unix:path=/no/such/bus", &model);
    for (input, code) in [
        ("", "key_unfit"),
        ("two words", "key_unfit"),
        (KEY, "no_keychain"),
    ] {
        let ran = desk.run_with(&["key", "set", "OF_THE_TEST"], input).await;
        assert_eq!(ran.lines[0]["code"], code, "{ran:?}");
        assert!(
            input.is_empty() || !format!("{ran:?}").contains(input),
            "{ran:?}"
        );
    }
    let ran = desk.run(&["key", "set", "OF_THE_TEST", KEY]).await;
    assert_eq!(
        ran.code, 2,
        "a key is never taken from a command line: {ran:?}"
    );
}
