//! When the process leaves, and that nothing of its trees is left then.

#[cfg(target_os = "linux")]
use std::time::Duration;

use ampersand_core::{Actor, Role, Work};
use ampersand_protocol::Command;

use crate::driver::Driver;

/// Processes with these words among their arguments.
#[cfg(target_os = "linux")]
pub(crate) fn processes(marker: &str) -> usize {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .filter(|line| String::from_utf8_lossy(line).contains(marker))
        .count()
}

/// A command line that can be told from all others, with a process that gets away from its parent.
#[cfg(target_os = "linux")]
pub(crate) fn marked() -> (String, String) {
    let marker = format!("marker-{}", uuid::Uuid::now_v7().simple());
    let line = format!(
        "setsid sh -c ': {marker}; while :; do sleep 1; done' & : {marker}; while :; do echo y; sleep 0.05; done"
    );
    (marker, line)
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(target_os = "linux")]
async fn told_to_leave_it_ends_every_tree_first_and_a_crash_ends_them_within_a_second() {
    for signal in ["-TERM", "-KILL"] {
        let mut driver = Driver::start().await;
        let (marker, line) = marked();
        let running = driver.run("Run", &line).await;
        driver.wait_state(running, "running").await;
        let frozen = driver.run("Freeze", &line).await;
        driver.wait_state(frozen, "running").await;
        while processes(&marker) < 4 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let (tasks, by) = (vec![frozen], Actor::Person);
        driver.call(Command::Pause { tasks, by }).await.unwrap();
        driver.signal(signal);
        driver.left().await;
        let ended = std::time::Instant::now();
        let patience = if signal == "-TERM" {
            Duration::ZERO
        } else {
            Duration::from_secs(1)
        };
        while processes(&marker) > 0 {
            assert!(
                ended.elapsed() <= patience,
                "{signal}: {} left",
                processes(&marker)
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        driver.start_again().await;
        driver.wait_state(running, "interrupted").await;
        let tasks = driver.snapshot().await.tasks;
        let paused = tasks.iter().find(|task| task.id == frozen).unwrap();
        assert_eq!(paused.state.word(), "paused");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_is_deleted_under_it_ends_it_and_leaves_the_next_one_alone() {
    let mut driver = Driver::start().await;
    let task = driver.plan("Scan", Role::Explorer, Work::Scan).await;
    driver.wait_state(task, "done").await;
    std::fs::remove_dir_all(driver.home.root()).unwrap();
    assert_eq!(driver.left().await.code(), Some(1));
    driver.forget_events();
    std::fs::create_dir(driver.home.root()).unwrap();
    driver.start_again().await;
    assert!(driver.snapshot().await.tasks.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_one_on_the_same_home_leaves_at_once_and_the_first_goes_on() {
    let driver = Driver::start().await;
    let mut second = crate::driver::spawn(&[], &driver.home);
    assert_eq!(second.wait().await.unwrap().code(), Some(3));
    assert!(driver.snapshot().await.tasks.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes as long as it stays"]
async fn it_leaves_when_idle_and_unattended_and_stays_for_a_paused_task() {
    let mut idle = Driver::start().await;
    let mut kept = Driver::start().await;
    let task = kept.run("Wait", "sleep 1000").await;
    kept.wait_state(task, "running").await;
    let (tasks, by) = (vec![task], Actor::Person);
    kept.call(Command::Pause { tasks, by }).await.unwrap();
    idle.hang_up();
    kept.hang_up();
    assert!(idle.left().await.success());
    assert!(kept.is_there());
    kept.attach_again().await;
    assert_eq!(kept.snapshot().await.tasks[0].state.word(), "paused");
}

#[tokio::test(flavor = "multi_thread")]
async fn drained_it_starts_nothing_and_leaves_after_what_runs() {
    let mut driver = Driver::with("[slots]\nlimit = 1\n").await;
    let first = driver.run("First", "sleep 0.3").await;
    let second = driver.run("Second", "true").await;
    driver.wait_state(first, "running").await;
    driver.call(Command::Drain).await.unwrap();
    let plan = driver.planned("Third", Role::Explorer, Work::Scan, &[]);
    let by = Actor::Person;
    let failure = driver.call(Command::SubmitPlan { plan, by }).await;
    assert_eq!(failure.unwrap_err().code, "orchestrator_leaving");
    assert!(driver.left().await.success());
    driver.start_again().await;
    driver.wait_state(second, "done").await;
    let ran = |body: &ampersand_core::EventBody| {
        matches!(body, ampersand_core::EventBody::AttemptStarted { .. })
    };
    assert_eq!(driver.count(ran), 2);
}
