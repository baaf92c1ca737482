//! J13: whatever is killed, nothing that was shown is missing afterwards.

#[cfg(target_os = "linux")]
mod again_and_again;

use ampersand_testkit::{Desk, HELD};

#[tokio::test(flavor = "multi_thread")]
async fn the_conversation_is_killed_and_the_work_goes_on() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    chat.say(&format!("run {HELD}")).await;
    chat.wait_for("running", |line| {
        line["type"] == "task" && line["state"] == "running"
    })
    .await;
    chat.kill().await;
    desk.release().await;
    let mut chat = desk.chat().await;
    let result = chat.wait_for_type("result").await;
    assert!(result["report"]["summary"].to_string().contains("released"));
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_orchestrator_is_killed_and_comes_back_by_itself() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    chat.say("run sleep 1000").await;
    chat.wait_for("running", |line| {
        line["type"] == "task" && line["isolation"].is_string()
    })
    .await;
    let before = desk.kill_orchestrator();
    chat.wait_for("interrupted", |line| {
        line["type"] == "task" && line["state"] == "interrupted"
    })
    .await;
    assert_ne!(desk.orchestrator(), Some(before));
    chat.say("find hello").await;
    chat.wait_for_type("result").await;
    let ran = desk.run(&["cancel", "--all", "--now"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(chat.end().await.0, 0);
    let events = desk.run(&["events", "--from", "0"]).await.lines;
    for (at, event) in events.iter().enumerate() {
        assert_eq!(event["seq"], at as u64 + 1, "numbers without gaps");
    }
}
