//! Killed at any moment, nothing that was acknowledged is lost, and what ran goes on or says why not.

use ampersand_core::{Actor, Role, TaskState, Work};
use ampersand_protocol::Command;

use crate::driver::Driver;

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_was_cut_off_says_so_and_another_look_starts_again() {
    let mut driver = Driver::start().await;
    let command = driver.run("Sleep", "sleep 1000").await;
    driver.wait_state(command, "running").await;
    let done = driver.plan("Scan", Role::Explorer, Work::Scan).await;
    driver.wait_state(done, "done").await;
    driver.crash().await;
    driver.wait_state(command, "interrupted").await;
    let states: Vec<_> = driver
        .snapshot()
        .await
        .tasks
        .iter()
        .map(|task| task.state.clone())
        .collect();
    assert!(
        matches!(states[..], [TaskState::Interrupted { .. }, TaskState::Done]),
        "{states:?}"
    );
    driver.report(done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_task_stays_paused_and_a_stopping_one_ends() {
    let mut driver = Driver::start().await;
    let paused = driver.run("Pause", "sleep 1000").await;
    let stopping = driver.run("Stop", "sleep 1000").await;
    driver.wait_state(stopping, "running").await;
    let by = Actor::Person;
    driver
        .call(Command::Pause {
            tasks: vec![paused],
            by,
        })
        .await
        .unwrap();
    driver
        .call(Command::Cancel {
            tasks: vec![stopping],
            now: false,
            by,
        })
        .await
        .unwrap();
    driver.crash().await;
    driver.wait_state(stopping, "cancelled").await;
    let words: Vec<_> = driver
        .snapshot()
        .await
        .tasks
        .iter()
        .map(|task| task.state.word())
        .collect();
    assert_eq!(words, ["paused", "cancelled"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worktree_that_was_deleted_is_made_again_unless_that_would_hide_what_was_committed() {
    for (line, code) in [
        ("false", "command_failed"),
        ("echo > a; false", "worktree_gone"),
    ] {
        let mut driver = Driver::start().await;
        let task = driver.run("Fail", line).await;
        driver.wait_state(task, "failed").await;
        let list = driver.repository.git(&["worktree", "list", "--porcelain"]);
        let mut folders = list
            .lines()
            .filter_map(|line| line.strip_prefix("worktree "));
        std::fs::remove_dir_all(folders.nth(1).unwrap()).unwrap();
        driver.call(Command::Restart { task }).await.unwrap();
        match driver.wait_state(task, "failed").await {
            TaskState::Failed { failure } => assert_eq!(failure.code, code, "{failure:?}"),
            other => panic!("{other:?}"),
        }
    }
}
