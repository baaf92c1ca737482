//! Commands, scans and searches.

use ampersand_agent::Outcome;
use ampersand_core::{Role, Work};

use crate::{Stage, done, output};

fn command(line: &str) -> Work {
    Work::Command {
        line: line.to_owned(),
    }
}

#[tokio::test]
async fn a_command_runs_as_given_and_its_output_streams() {
    let stage = Stage::new(Role::Worker).await;
    let line = "echo \"a  b\" > made; cat made; echo err >&2";
    let (outcome, events) = stage.run(command(line)).await;
    let report = done(outcome);
    assert!(
        report
            .headline
            .starts_with(&format!("`{line}` ended with 0 in ")),
        "{}",
        report.headline
    );
    assert_eq!(stage.content("made"), "a  b\n");
    for printed in [output(&events), report.summary] {
        assert!(
            printed.contains("a  b\n") && printed.contains("err\n"),
            "{printed:?}"
        );
    }
}

#[tokio::test]
async fn a_command_that_fails_hands_back_its_output_and_leaves_nothing_behind() {
    let stage = Stage::new(Role::Worker).await;
    let (outcome, _) = stage
        .run(command("printf '``` and \\033[2J'; sleep 600 & exit 7"))
        .await;
    let Outcome::Failed {
        failure,
        report: Some(report),
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(failure.code, "command_failed");
    assert!(
        report.headline.contains(" ended with 7 in "),
        "{}",
        report.headline
    );
    assert_eq!(report.summary, "````\n``` and \\u{1b}[2J\n````");
    let tree = stage.host.trees.lock().unwrap()[0].clone();
    assert_eq!(tree.count().await.unwrap(), 0);
}

#[tokio::test]
async fn an_explorers_command_cannot_write() {
    let stage = Stage::new(Role::Explorer).await;
    stage.file("a", "as it was");
    let (outcome, _) = stage.run(command("cat a; echo x > a")).await;
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    assert_eq!(stage.content("a"), "as it was");
}

#[tokio::test]
async fn scan_and_find_look_from_within_the_sandbox() {
    let stage = Stage::new(Role::Explorer).await;
    stage.file("main.rs", "fn main() {}\n// TODO: all of it\n");
    let report = done(stage.run(Work::Scan).await.0);
    assert_eq!(
        report.headline,
        "Rust, 2 lines in 1 file; 0 likely secrets, 1 TODO, 0 dependencies"
    );
    let find = Work::Find {
        pattern: "all of it".to_owned(),
    };
    let report = done(stage.run(find).await.0);
    assert_eq!(report.findings.len(), 1);
}

#[tokio::test]
async fn without_a_sandbox_our_own_code_looks_and_nothing_else_is_done() {
    let stage = Stage::new(Role::Explorer).await.without_a_sandbox();
    stage.file("main.rs", "fn main() {}\n");
    let report = done(stage.run(Work::Scan).await.0);
    assert!(
        report.headline.starts_with("Rust, 1 line in 1 file"),
        "{}",
        report.headline
    );
    let (outcome, _) = stage.run(command("touch made")).await;
    assert!(
        matches!(&outcome, Outcome::Failed { failure, report: None } if failure.code == "sandbox_none"),
        "{outcome:?}"
    );
    assert!(!stage.host.worktree.join("made").exists());
}

#[tokio::test]
async fn tools_that_keep_the_right_to_start_programs_are_ended_at_their_first_word() {
    use std::os::unix::fs::PermissionsExt;
    let stage = Stage::new(Role::Explorer).await;
    let tools = dunce::canonicalize(stage.folder.path())
        .unwrap()
        .join("tools");
    std::fs::write(&tools, "#!/bin/sh\nread call\necho here\nexec sleep 600\n").unwrap();
    std::fs::set_permissions(&tools, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (outcome, _) = stage.start_with(Work::Scan, tools).end().await;
    let Outcome::Failed { failure, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(failure.code, "tools_can_execute");
    let tree = stage.host.trees.lock().unwrap()[0].clone();
    assert_eq!(tree.count().await.unwrap(), 0);
}
