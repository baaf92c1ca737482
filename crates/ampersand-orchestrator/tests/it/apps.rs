//! An app is looked at and over: however it ends, nothing of its worktree is kept.

use ampersand_core::{Actor, EventBody, TaskId, TaskState, Work};
use ampersand_protocol::Command;

use crate::driver::Driver;

/// Tries the app with the work of a task; the app's own task comes back.
async fn tried(driver: &mut Driver, task: TaskId) -> TaskId {
    driver.call(Command::RunApp { task }).await.unwrap();
    let planned = |body: &EventBody| match body {
        EventBody::PlanAccepted { tasks, .. } => {
            let app = tasks
                .iter()
                .find(|task| matches!(task.work, Work::App { .. }));
            app.map(|task| task.id)
        }
        _ => None,
    };
    driver.wait("the app", planned).await
}

/// The worktrees there are, once that of the app is gone: one that was still being made when it was cancelled goes when it is
/// there.
async fn without(driver: &Driver, app: TaskId) -> String {
    for _ in 0..400 {
        let worktrees = driver.repository.git(&["worktree", "list"]);
        if !worktrees.contains(&app.to_string()) {
            return worktrees;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("the worktree of {app} stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_of_an_app_that_was_cancelled() {
    let mut driver = Driver::start().await;
    let declared = "[app]\ncommand = \"echo made > made; sleep 1000\"\n";
    driver.repository.write(".ampersand.toml", declared);
    driver.repository.commit("Declare");
    driver.trust().await;
    let task = driver.run("Work", "echo more >> README.md").await;
    driver.wait_state(task, "ready").await;
    let app = tried(&mut driver, task).await;
    driver.wait_state(app, "running").await;
    let cancel = Command::Cancel {
        tasks: vec![app],
        now: true,
        by: Actor::Person,
    };
    driver.call(cancel).await.unwrap();
    match driver.wait_state(app, "cancelled").await {
        TaskState::Cancelled { files_kept, .. } => assert_eq!(files_kept, 0),
        other => panic!("{other:?}"),
    }
    let worktrees = without(&driver, app).await;
    assert!(worktrees.contains(&task.to_string()), "{worktrees}");
    let refs = driver.repository.git(&["for-each-ref", "refs/ampersand"]);
    assert!(!refs.contains(&format!("{app}/head")), "{refs}");
}
