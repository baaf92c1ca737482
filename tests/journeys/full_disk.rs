//! A disk without room under an open conversation: what cannot be kept is refused in words, overrides hold, and
//! nothing that was taken is lost.

use std::{fs, io::Write, path::Path};

use ampersand_testkit::{
    Chat, Desk,
    model_server::{ModelServer, Reply, Script},
};
use serde_json::Value;

use crate::scripts::controller;

/// Leaves no byte free.
fn fill(disk: &Path) {
    let mut file = fs::File::create(disk.join("filler")).unwrap();
    for size in [1 << 20, 4096, 1] {
        let block = vec![0; size];
        while file.write_all(&block).is_ok() {}
    }
}

/// Says it, and tells whether it was taken.
async fn is_taken(chat: &mut Chat, text: &str) -> bool {
    chat.say(text).await;
    let said = |line: &Value| line["type"] == "message" && line["message"]["body"]["text"] == text;
    let came = chat
        .wait_for("taken or refused", |line| {
            said(line) || (line["type"] == "error" && line["code"] == "store_no_space")
        })
        .await;
    assert!(
        said(&came)
            || came["hint"]
                .as_str()
                .unwrap()
                .contains("Free some disk space"),
        "{came}"
    );
    said(&came)
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_refused_overrides_hold_and_nothing_that_was_taken_is_lost() {
    let model = ModelServer::start(Script::new().rule(controller(""), Reply::says("All of it.")))
        .await
        .unwrap();
    let desk = Desk::on_disk_of("8m");
    let mut chat = desk.chat().await;
    let disk = chat.disk();
    for seconds in ["600", "601"] {
        chat.say(&format!("run sleep {seconds}")).await;
        chat.wait_for("running", |line| {
            line["type"] == "task"
                && line["isolation"] == "sandboxed"
                && line["title"].as_str().unwrap().ends_with(seconds)
        })
        .await;
    }
    assert!(is_taken(&mut chat, "explain the first thing").await);
    fill(&disk);
    let mut taken = Vec::new();
    let refused = loop {
        // What was set aside for the file already still takes some.
        assert!(taken.len() < 2_000, "the disk is never full");
        let text = format!("explain thing {} {}", taken.len(), "x".repeat(3_000));
        if !is_taken(&mut chat, &text).await {
            break text;
        }
        taken.push(text);
    };
    chat.say("pause everything").await;
    let understood = chat.wait_for_type("understood").await;
    assert_eq!(understood["verb"], "pause");
    assert!(
        understood["processes"].as_u64().unwrap() >= 1,
        "{understood}"
    );

    // Not clear, so it asks; the question needs no room either.
    chat.say("cancel the sleep").await;
    let choice = chat.wait_for_type("choice").await;
    assert_eq!(choice["options"][0]["says"], "cancel \"Run sleep 600\"");

    fs::remove_file(disk.join("filler")).unwrap();
    chat.wait_for("paused", |line| {
        line["type"] == "task" && line["state"] == "paused"
    })
    .await;
    let settings = format!(
        "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{}\"\nmodel = \"scripted\"\n",
        model.base_url()
    );
    fs::write(disk.join("ampersand.toml"), settings).unwrap();
    chat.wait_for("a model", |line| {
        line["type"] == "ready" && line["model"] == "scripted"
    })
    .await;
    chat.say("what did I say?").await;
    let answered = |line: &Value| line["type"] == "message.done" && line["text"] == "All of it.";
    chat.wait_for("an answer", answered).await;
    let asked = model.requests().pop().unwrap().body.to_string();
    for text in taken.iter().rev().take(3) {
        assert!(asked.contains(text.as_str()), "lost: {text}");
    }
    assert!(!asked.contains(&refused), "kept after all: {refused}");
    chat.say("cancel everything").await;
    chat.wait_for("cancelled", |line| {
        line["type"] == "task" && line["state"] == "cancelled"
    })
    .await;
    let background: i32 = fs::read_to_string(disk.join("orchestrator.lock"))
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert_eq!(chat.end().await.0, 0);
    // Its home is out of the desk's sight, so it is ended here.
    ampersand_testkit::end(background);
}
