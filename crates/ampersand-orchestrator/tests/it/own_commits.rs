//! Agents of others that commit by themselves: into a repository of their own, taken over as a bundle, never landed.
#![cfg(target_os = "linux")]

use ampersand_core::{Actor, AgentKind, Role, Work};
use ampersand_protocol::Command;

use crate::driver::Driver;

/// An agent that answers each of our requests, and does what it likes when it is prompted.
const AGENT: &str = r#"
say() { printf '%s\n' "$1"; }
while IFS= read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  case $line in
    *'"method":"initialize"'*)
      say '{"jsonrpc":"2.0","id":'$id',"result":{"protocolVersion":1,"agentCapabilities":{}}}';;
    *'"method":"session/new"'*)
      say '{"jsonrpc":"2.0","id":'$id',"result":{"sessionId":"s"}}';;
    *'"method":"session/prompt"'*)
      { WORK; } >&2 2>&1
      say '{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"It is done."}}}}'
      say '{"jsonrpc":"2.0","id":'$id',"result":{"stopReason":"end_turn"}}';;
  esac
done
"#;

/// Lets an agent do this work, and returns the task once its work is ready.
async fn worked(work: &str) -> (Driver, ampersand_core::TaskId) {
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    let script = folder.path().join("agent.sh");
    std::fs::write(&script, AGENT.replace("WORK", work)).unwrap();
    let settings = format!(
        "[agents.scripted]\ncommand = [\"/bin/bash\", \"{}\"]\n\
         [agents.scripted.model]\nbase_url = \"http://127.0.0.1:9/v1\"\nmodel = \"none\"\n",
        script.display()
    );
    let mut driver = Driver::with(&settings).await;
    let text = "commit it".to_owned();
    let mut plan = driver.planned("Commit", Role::Worker, Work::Brief { text }, &[]);
    plan.tasks[0].agent = Some(AgentKind::named("scripted"));
    let (task, by) = (plan.tasks[0].id, Actor::Person);
    driver.call(Command::SubmitPlan { plan, by }).await.unwrap();
    driver.wait_state(task, "ready").await;
    (driver, task)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_own_commits_are_kept_beside_its_work() {
    let work = "echo one > one.txt; git add -A; git commit -qm 'by myself'; echo two > two.txt; \
        git commit -qm empty --allow-empty; git status --porcelain > status.txt; \
        (echo x >> \"$(git rev-parse --git-dir)/config\"; touch \"$(git rev-parse --git-dir)/hooks/pre-commit\"; \
         git config user.name Somebody; git update-ref refs/heads/main HEAD~; echo x > .git; rm .git) 2> refused.txt; true";
    let (driver, task) = worked(work).await;
    let git = |args: &[&str]| driver.repository.git(args);
    let own = format!("refs/ampersand/{task}/own");
    assert_eq!(git(&["log", "--format=%s", "-2", &own]), "empty\nby myself");
    assert_eq!(git(&["log", "--format=%an", "-1", &own]), "Agent");
    assert!(driver.report(task).await.summary.contains(&own));
    let head = format!("refs/ampersand/{task}/head");
    let files = git(&["ls-tree", "--name-only", &head]);
    assert!(
        files.contains("one.txt") && files.contains("two.txt"),
        "{files}"
    );
    assert_eq!(
        git(&["show", &format!("{head}:status.txt")]),
        "?? status.txt\n?? two.txt"
    );
    let refused = git(&["show", &format!("{head}:refused.txt")]);
    assert!(refused.lines().count() >= 4, "{refused}");
    // Its commits are not what lands: ours stands on the commit the task started from.
    assert_eq!(git(&["rev-list", "--count", &format!("main..{head}")]), "1");
    git(&["fsck", "--strict"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_that_cannot_be_taken_cost_nothing_else() {
    // A commit that stands on nothing.
    let work =
        "git checkout -q --orphan alone; echo one > one.txt; git add -A; git commit -qm alone";
    let (driver, task) = worked(work).await;
    let refs = driver
        .repository
        .git(&["for-each-ref", "--format=%(refname)"]);
    assert!(!refs.contains("/own") && refs.contains("/head"), "{refs}");
    let report = driver.report(task).await;
    assert!(report.summary.contains("not taken over"), "{report:?}");
}
