//! J1: nothing is configured, and it works all the same, by commands.

use ampersand_testkit::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_runs_in_the_background_and_comes_back_as_a_card() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    let ready = chat.seen[0].clone();
    assert_eq!(ready["model"], serde_json::Value::Null);
    assert_eq!(ready["repository"]["name"], "payments-api");
    chat.say("scan").await;
    let result = chat.wait_for_type("result").await;
    assert_eq!(result["state"], "done");
    let findings = result["report"]["findings"].to_string();
    assert!(findings.contains("TODO"), "{findings}");
    assert!(result["seq"].is_u64());
    let (code, seen) = chat.end().await;
    assert_eq!(code, 0);
    let plan = seen.iter().position(|line| line["type"] == "plan");
    let task = seen
        .iter()
        .find(|line| line["type"] == "task" && line["isolation"].is_string());
    assert!(plan.is_some());
    assert_eq!(task.expect("a task that ran")["isolation"], "sandboxed");
    assert!(
        !seen.iter().any(|line| line["type"] == "message.delta"),
        "no pretended model"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn text_is_found_and_a_command_is_run() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    chat.say("find \"constant time\"").await;
    let found = chat.wait_for_type("result").await;
    assert!(
        found["report"].to_string().contains("src/auth/session.rs"),
        "{found}"
    );
    chat.say("run printf 'hello %s' there").await;
    let ran = chat.wait_for_type("result").await;
    assert_eq!(ran["state"], "done");
    assert!(
        ran["report"]["summary"].to_string().contains("hello there"),
        "{ran}"
    );
    assert_eq!(chat.end().await.0, 0);
    assert_eq!(desk.repository.status(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_model_is_kept_beside_the_closest_command() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    chat.say("why is the login slow?").await;
    let kept = chat
        .wait_for("kept", |line| {
            line["type"] == "message" && line["message"]["body"]["kind"] == "kept"
        })
        .await;
    assert_eq!(kept["message"]["body"]["closest"], "find \"login\"");
    assert_eq!(chat.end().await.0, 0);
    assert!(desk.tasks().await.is_empty());
}
