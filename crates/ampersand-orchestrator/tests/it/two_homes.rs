//! Two orchestrators with homes of their own at one repository: neither puts back or recovers what the other is at, and
//! what a home left that is gone keeps nobody from landing.

use std::mem::swap;

use ampersand_core::{EventBody, Failure, TaskId};
use ampersand_protocol::Command;

use crate::driver::Driver;

async fn changed(driver: &mut Driver, line: &str) -> TaskId {
    let task = driver.run("Change", line).await;
    driver.wait_state(task, "ready").await;
    task
}

async fn show(driver: &mut Driver, task: TaskId) {
    driver.call(Command::Show { task }).await.unwrap();
    let shown = |body: &EventBody| matches!(body, EventBody::TaskShown { .. }).then_some(());
    driver.wait("shown", shown).await;
}

async fn refused(driver: &mut Driver, task: TaskId) -> Failure {
    driver.call(Command::Land { task }).await.unwrap();
    let refused = |body: &EventBody| match body {
        EventBody::LandingRefused { failure, .. } => Some(failure.clone()),
        _ => None,
    };
    let failure = driver.wait("refused", refused).await;
    driver.wait_state(task, "ready").await;
    failure
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_home_shows_is_in_the_way_until_it_is_put_back_there_or_that_home_is_gone() {
    let (mut first, mut second) = (Driver::start().await, Driver::start().await);
    let before = first.repository.read("README.md");
    let task = changed(&mut first, "echo first >> README.md").await;
    show(&mut first, task).await;
    swap(&mut first.repository, &mut second.repository);

    let own = changed(&mut second, "echo own > own").await;
    let failure = refused(&mut second, own).await;
    assert_eq!(failure.code, "landing_shown_elsewhere", "{failure:?}");
    let home = first.home.root().display().to_string();
    assert!(failure.message.contains(&home), "{failure:?}");
    assert!(second.repository.read("README.md").contains("first"));
    first.call(Command::PutBack { task }).await.unwrap();
    let back = |body: &EventBody| matches!(body, EventBody::TaskPutBack { .. }).then_some(());
    first.wait("put back", back).await;
    second.call(Command::Land { task: own }).await.unwrap();
    second.wait_state(own, "landed").await;
    assert_eq!(second.repository.status(), "");

    show(&mut first, task).await;
    first.kill().await;
    std::fs::remove_dir_all(first.home.root()).unwrap();
    let next = changed(&mut second, "echo next > next").await;
    second.call(Command::Land { task: next }).await.unwrap();
    second.wait_state(next, "landed").await;
    assert_eq!(second.repository.read("README.md"), before);
    assert_eq!(second.repository.status(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_landing_of_another_home_is_left_to_it_until_it_ends_however_it_does() {
    let mut driver = Driver::start().await;
    let task = changed(&mut driver, "echo own > own").await;
    // As another home has it half way: its file is exchanged, its branch has not moved.
    let git = driver.repository.root().join(".git");
    let from = driver.repository.head();
    let oid = driver.repository.git(&["rev-parse", "HEAD:README.md"]);
    let before = driver.repository.read("README.md");
    driver.repository.write("README.md", "theirs\n");
    let now = driver.repository.git(&["hash-object", "-w", "README.md"]);
    let [old, new] = [&oid, &now].map(|oid| serde_json::json!([oid.trim(), 0o100_644]));
    let step = serde_json::json!({"path": b"README.md", "old": old, "new": new, "seen": old});
    let head = format!("refs/ampersand/{task}/head");
    let to = driver.repository.git(&["rev-parse", &head]);
    let plan = serde_json::json!({
        "task": "another-home-s", "branch": "main", "from": from, "to": to.trim(), "steps": [step],
    });
    let staging = git.join("ampersand-landing");
    std::fs::create_dir(&staging).unwrap();
    std::fs::write(staging.join("plan.json"), plan.to_string()).unwrap();
    std::fs::write(staging.join("old-0"), &before).unwrap();
    let turn = std::fs::File::create(git.join("ampersand-turn")).unwrap();
    turn.try_lock().unwrap();

    let failure = refused(&mut driver, task).await;
    assert_eq!(failure.code, "landing_under_way", "{failure:?}");
    assert_eq!(driver.repository.read("README.md"), "theirs\n");
    assert!(staging.join("old-0").exists());
    // Its process dies.
    drop(turn);
    driver.call(Command::Land { task }).await.unwrap();
    driver.wait_state(task, "landed").await;
    assert_eq!(driver.repository.read("README.md"), before);
    assert_eq!(driver.repository.status(), "");
    assert!(!staging.exists());
}
