//! A landing whose branch has moved since its work was checked: what both make together is checked before it lands.

use ampersand_core::{Actor, EventBody, Failure, TaskId};
use ampersand_protocol::Command;

use crate::driver::Driver;

const BY: Actor = Actor::Person;

/// A repository that declares this check, and two tasks that both began before either landed.
async fn two(check: &str) -> (Driver, [TaskId; 2]) {
    let mut driver = Driver::start().await;
    let declared = format!("[checks]\ntest = \"{check}\"\n");
    driver.repository.write(".ampersand.toml", &declared);
    driver.repository.commit("Declare");
    driver.trust().await;
    let mut tasks = Vec::new();
    for name in ["a", "b"] {
        let task = driver.run(name, &format!("echo {name} > {name}")).await;
        driver.wait_state(task, "ready").await;
        tasks.push(task);
    }
    let [a, b] = [tasks[0], tasks[1]];
    driver.call(Command::Land { task: a }).await.unwrap();
    driver.wait_state(a, "landed").await;
    (driver, [a, b])
}

async fn refused(driver: &mut Driver) -> Failure {
    let refused = |body: &EventBody| match body {
        EventBody::LandingRefused { failure, .. } => Some(failure.clone()),
        _ => None,
    };
    driver.wait("refused", refused).await
}

fn refs(driver: &Driver) -> String {
    driver.repository.git(&["for-each-ref", "refs/ampersand"])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_red_together_with_the_branch_does_not_land() {
    let (mut driver, [_, b]) = two("! { test -e a && test -e b && echo they clash; }").await;
    let head = driver.repository.head();
    driver.call(Command::Land { task: b }).await.unwrap();
    driver.wait_state(b, "merging").await;
    let failure = refused(&mut driver).await;
    assert_eq!(failure.code, "merged_checks_red", "{failure:?}");
    assert!(failure.message.contains("they clash"), "{failure:?}");
    driver.wait_state(b, "ready").await;
    assert_eq!(driver.repository.head(), head);
    let worktrees = driver.repository.git(&["worktree", "list"]);
    assert!(!worktrees.contains("merged"), "{worktrees}");
    assert!(!refs(&driver).contains("merged"), "{}", refs(&driver));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_green_together_with_the_branch_lands() {
    let (mut driver, [_, b]) = two("test -e a || test -e b || true").await;
    driver.call(Command::Land { task: b }).await.unwrap();
    driver.wait_state(b, "merging").await;
    driver.wait_state(b, "landed").await;
    assert_eq!(driver.repository.read("a"), "a\n");
    assert_eq!(driver.repository.read("b"), "b\n");
    assert_eq!(driver.repository.status(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_landing_that_is_checked_is_paused_resumed_and_cancelled_and_its_work_stays_ready() {
    let (mut driver, [_, b]) = two("if test -e a && test -e b; then sleep 300; fi").await;
    let head = driver.repository.head();
    driver.call(Command::Land { task: b }).await.unwrap();
    driver.wait_state(b, "merging").await;
    let tasks = vec![b];
    let pause = Command::Pause {
        tasks: tasks.clone(),
        by: BY,
    };
    driver.call(pause).await.unwrap();
    driver.wait_state(b, "paused").await;
    let other = driver.run("c", "echo c > c").await;
    driver.wait_state(other, "ready").await;
    let land = Command::Land { task: other };
    let failure = driver.call(land).await.unwrap_err();
    assert_eq!(failure.code, "landing_waits", "{failure:?}");
    let resume = Command::Resume {
        tasks: tasks.clone(),
        by: BY,
    };
    driver.call(resume).await.unwrap();
    driver.wait_state(b, "merging").await;
    let now = true;
    let cancel = Command::Cancel { tasks, now, by: BY };
    driver.call(cancel).await.unwrap();
    driver.wait_state(b, "ready").await;
    assert_eq!(driver.repository.head(), head);
    assert_eq!(driver.repository.status(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_landing_that_is_checked_when_the_orchestrator_dies_is_told_as_cut_off() {
    let (mut driver, [_, b]) = two("if test -e a && test -e b; then sleep 300; fi").await;
    driver.call(Command::Land { task: b }).await.unwrap();
    driver.wait_state(b, "merging").await;
    driver.kill().await;
    driver.start_again().await;
    let failure = refused(&mut driver).await;
    assert_eq!(failure.code, "landing_cut_off", "{failure:?}");
    driver.wait_state(b, "ready").await;
}
