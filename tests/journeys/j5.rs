//! J5: an override is recognised before any model is asked, and says what the operating system confirmed.

use ampersand_testkit::Desk;
use serde_json::Value;

use crate::scripts::BUSY;

#[tokio::test(flavor = "multi_thread")]
async fn pause_and_resume_are_carried_out_and_confirmed() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    chat.say(&format!("run {BUSY}")).await;
    chat.wait_for("running in its sandbox", |line| {
        line["type"] == "task" && line["isolation"] == "sandboxed"
    })
    .await;
    // Both loops are at work: what is counted in the end is all there.
    desk.made("near").await;
    desk.made("far").await;
    // What is understood and what comes of it are told by two, and neither waits for the other.
    let understood = |line: &Value| line["type"] == "understood";
    chat.say("Pause that task.").await;
    let seen = |line: &Value| line["detail"]["held"]["processes"].is_u64();
    let [pause, _] = chat.wait_for_each("paused", [&understood, &seen]).await;
    assert_eq!(pause["verb"], "pause");
    assert!(pause["processes"].as_u64().unwrap() >= 1, "{pause}");
    chat.say("Resume.").await;
    let runs = |line: &Value| line["type"] == "task" && line["state"] == "running";
    let [resume, _] = chat.wait_for_each("resumed", [&understood, &runs]).await;
    assert_eq!(resume["verb"], "resume");
    chat.say("cancel everything").await;
    chat.wait_for("cancelled", |line| {
        line["type"] == "task" && line["state"] == "cancelled"
    })
    .await;
    let (code, seen) = chat.end().await;
    assert_eq!(code, 0);
    let cancelled = seen
        .iter()
        .rev()
        .find(|line| line["type"] == "task" && line["state"] == "cancelled")
        .unwrap();
    assert!(
        cancelled["detail"]["processes"].as_u64().unwrap() >= 3,
        "{cancelled}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_but_the_scan_stops_and_can_be_undone() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    chat.say("scan").await;
    chat.say(&format!("run {BUSY}")).await;
    let busy = chat
        .wait_for("running in its sandbox", |line| {
            line["type"] == "task" && line["isolation"] == "sandboxed" && line["agent"] == "command"
        })
        .await;
    chat.say("stop everything except the scan").await;
    let understood = chat.wait_for_type("understood").await;
    assert_eq!(understood["verb"], "cancel");
    assert_eq!(understood["tasks"], serde_json::json!([busy["id"]]));
    let ran = desk.run(&["undo"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    chat.wait_for("running again", |line| {
        line["id"] == busy["id"] && line["state"] == "running"
    })
    .await;
    let ran = desk.run(&["cancel", "--all", "--now"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_about_pausing_pauses_nothing() {
    let desk = Desk::new();
    let tasks = desk.home().join("tasks.json");
    std::fs::write(
        &tasks,
        r#"[{"id":"1","title":"Refactor the auth module","role":"worker","agent":"Codex"},
            {"id":"2","title":"Scan the repository","role":"explorer","agent":"built-in","last_mentioned":true}]"#,
    )
    .unwrap();
    let input = "How do I pause a task?\npause that\nstop everything except the scan\ncancel the refactor\n";
    let args = ["recognise", "--tasks", tasks.to_str().unwrap()];
    let lines = desk.run_with(&args, input).await.lines;
    let found: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| {
            (
                line["verb"].as_str().unwrap(),
                line["scope"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(found[0].0, "none");
    assert_eq!(found[1], ("pause", "that"));
    assert_eq!(found[2], ("cancel", "except:Scan the repository"));
    assert_eq!(found[3], ("cancel", "named:Refactor the auth module"));
}
