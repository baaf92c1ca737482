//! Where no sandbox can be had, nothing executes, and looking still works.
#![cfg(target_os = "linux")]

use std::os::unix::fs::MetadataExt;

use ampersand_core::{EventBody, Role, Work};
use ampersand_protocol::Command;
use ampersand_testkit::model_server::{ModelServer, Reply, Script, When};
use serde_json::json;

use crate::driver::{Driver, model_settings};

/// The program that builds sandboxes is not there for whoever is started by this.
const WITHOUT_BUILDER: [&str; 4] = ["unshare", "--mount", "sh", "-c"];
const HIDES: &str = "for p in /usr/bin/bwrap /usr/local/bin/bwrap; do [ ! -e $p ] || mount --bind /dev/null $p || exit 9; done; exec \"$0\" \"$@\"";

/// Only root may change what a process sees of the disks without a sandbox around it.
pub(crate) fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|found| found.uid() == 0)
}

async fn unfenced(settings: &str) -> Option<Driver> {
    if !is_root() {
        return None;
    }
    let mut wrapper = WITHOUT_BUILDER.to_vec();
    wrapper.push(HIDES);
    Some(Driver::wrapped(&wrapper, settings).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_refused_in_words_while_scan_and_find_go_on() {
    let Some(mut driver) = unfenced("").await else {
        return;
    };
    let isolation = driver.text(Command::ReadIsolation).await;
    assert!(isolation.starts_with("not sandboxed: "), "{isolation}");
    let command = driver.run("Command", "touch ran").await;
    driver.wait_state(command, "failed").await;
    let scan = driver.plan("Scan", Role::Explorer, Work::Scan).await;
    let shown = driver
        .wait("started", |body| match body {
            EventBody::AttemptStarted { isolation, .. } => Some(isolation.shown()),
            _ => None,
        })
        .await;
    assert!(shown.starts_with("not sandboxed"), "{shown}");
    driver.wait_state(scan, "done").await;
    let pattern = "TODO".to_owned();
    let find = driver
        .plan("Find", Role::Explorer, Work::Find { pattern })
        .await;
    driver.wait_state(find, "done").await;
    assert!(!driver.report(find).await.findings.is_empty());
    let failure = driver
        .snapshot()
        .await
        .tasks
        .into_iter()
        .find_map(|task| match task.state {
            ampersand_core::TaskState::Failed { failure } => Some(failure),
            _ => None,
        })
        .unwrap();
    assert_eq!(failure.code, "no_isolation");
    assert!(!failure.hint.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_built_in_explorer_reads_while_a_worker_is_refused() {
    let script = Script::new()
        .rule(
            When::nth(0),
            Reply::calls("read", json!({"path": "src/auth/session.rs"}))
                .call("execute", json!({"line": "touch ran"})),
        )
        .rule(
            When::anything(),
            Reply::says("Compared with ==\n\nIn session.rs."),
        );
    let server = ModelServer::start(script).await.unwrap();
    let Some(mut driver) = unfenced(&model_settings(&server)).await else {
        return;
    };
    let explorer = driver.brief(Role::Explorer, "look").await;
    driver.wait_state(explorer, "done").await;
    let body = server.requests()[1].body.to_string();
    assert!(body.contains("token == other"), "{body}");
    assert!(body.contains("There is no tool"), "{body}");
    let worker = driver.brief(Role::Worker, "change").await;
    driver.wait_state(worker, "failed").await;
    assert_eq!(server.requests().len(), 2, "no model was asked for it");
}
