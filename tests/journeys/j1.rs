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

/// Programs that answer as the agents of others would, on the path of everything that is started here.
#[cfg(unix)]
fn installs(desk: &mut Desk, programs: &[(&str, &str)]) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    for (name, says) in programs {
        let program = folder.path().join(name);
        std::fs::write(&program, format!("#!/bin/sh\necho {says}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = std::env::var("PATH").unwrap();
    desk.set("PATH", &format!("{}:{path}", folder.path().display()));
    folder
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn it_says_which_agents_are_here_and_what_each_is_missing() {
    let mut desk = Desk::new();
    let person = tempfile::tempdir().unwrap();
    desk.set("HOME", &person.path().display().to_string());
    std::fs::create_dir(person.path().join(".codex")).unwrap();
    std::fs::write(person.path().join(".codex/auth.json"), "{}").unwrap();
    desk.settings(
        "[agents.codex.model]\nbase_url = \"http://127.0.0.1:9/v1\"\nmodel = \"m\"\napi_key_env = \"NO_SUCH_KEY\"\n",
    );
    let _programs = installs(
        &mut desk,
        &[("codex", "codex-cli 9.8.7"), ("claude", "7.0.0")],
    );
    let mut chat = desk.chat().await;
    let found = chat.wait_for_type("agents").await;
    let agent = |name: &str| {
        let agents = found["agents"].as_array().unwrap();
        agents
            .iter()
            .find(|agent| agent["name"] == name)
            .unwrap()
            .clone()
    };
    let codex = agent("codex");
    assert_eq!(
        (
            &codex["version"],
            &codex["logged_in"],
            &codex["missing"]["code"]
        ),
        (&"codex-cli 9.8.7".into(), &true.into(), &"no_key".into())
    );
    let claude = agent("claude");
    assert_eq!(
        (&claude["version"], &claude["missing"]["code"]),
        (&serde_json::Value::Null, &"agent_no_adapter".into())
    );
    assert_eq!(chat.end().await.0, 0);
    let ran = desk.run(&["doctor"]).await;
    let finding = ran.lines.iter().find(|line| line["name"] == "agent codex");
    let finding = finding.unwrap_or_else(|| panic!("{ran:?}"));
    assert_eq!(finding["ok"], false);
    assert!(
        finding["message"]
            .to_string()
            .contains("codex-cli 9.8.7, logged in")
            && finding["hint"].to_string().contains("NO_SUCH_KEY"),
        "{finding}"
    );
}
