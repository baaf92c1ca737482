//! Pause, resume, cancel, undo: what is said is what the operating system confirmed.

use ampersand_core::{Actor, TaskId};
use ampersand_protocol::{Command, Reply};

use crate::driver::Driver;

const BY: Actor = Actor::Person;

/// Counts on, and starts a process that tries to get away from its tree.
const BUSY: &str = "setsid sh -c 'while :; do echo y >> far; sleep 0.01; done' & \
                    while :; do echo x >> near; sleep 0.01; done";

async fn busy(driver: &mut Driver) -> TaskId {
    let task = driver.run("Busy", BUSY).await;
    driver.wait_state(task, "running").await;
    driver
        .wait("started", |body| {
            matches!(body, ampersand_core::EventBody::AttemptStarted { .. }).then_some(())
        })
        .await;
    while size(driver, "near") == 0 || size(driver, "far") == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    task
}

fn size(driver: &Driver, name: &str) -> u64 {
    let list = driver.repository.git(&["worktree", "list", "--porcelain"]);
    let worktree = list
        .lines()
        .filter_map(|line| line.strip_prefix("worktree "))
        .nth(1)
        .unwrap();
    std::fs::metadata(std::path::Path::new(worktree).join(name)).map_or(0, |found| found.len())
}

fn processes(reply: Reply) -> u32 {
    match reply {
        Reply::Overridden { processes, .. } => processes,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_tree_makes_no_progress_and_goes_on_when_resumed() {
    let mut driver = Driver::start().await;
    let task = busy(&mut driver).await;
    let reply = driver
        .call(Command::Pause {
            tasks: vec![task],
            by: BY,
        })
        .await
        .unwrap();
    assert!(processes(reply) >= 3);
    let still = (size(&driver, "near"), size(&driver, "far"));
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!((size(&driver, "near"), size(&driver, "far")), still);
    driver.wait_state(task, "paused").await;

    driver
        .call(Command::Resume {
            tasks: vec![task],
            by: BY,
        })
        .await
        .unwrap();
    driver.wait_state(task, "running").await;
    while size(&driver, "near") == still.0 || size(&driver, "far") == still.1 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    driver
        .call(Command::Cancel {
            tasks: vec![task],
            now: true,
            by: BY,
        })
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_can_be_undone_and_one_that_was_not_kills_all_of_it() {
    let mut driver = Driver::start().await;
    let task = busy(&mut driver).await;
    driver
        .call(Command::Cancel {
            tasks: vec![task],
            now: false,
            by: BY,
        })
        .await
        .unwrap();
    driver.wait_state(task, "stopping").await;
    driver.call(Command::Undo { tasks: vec![] }).await.unwrap();
    driver.wait_state(task, "running").await;
    let before = size(&driver, "far");
    while size(&driver, "far") == before {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }

    let reply = driver
        .call(Command::Cancel {
            tasks: vec![task],
            now: true,
            by: BY,
        })
        .await
        .unwrap();
    assert!(processes(reply) >= 3);
    driver.wait_state(task, "cancelled").await;
    let dead = size(&driver, "far");
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(size(&driver, "far"), dead);
    assert_eq!(driver.worktrees(), 1, "the worktree is kept");
    let failure = driver
        .call(Command::Undo { tasks: vec![] })
        .await
        .unwrap_err();
    assert_eq!(failure.code, "nothing_to_undo");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_waits_for_a_slot_is_cancelled_without_any_process() {
    let mut driver = Driver::with("[slots]\ntier = \"free\"\n").await;
    let first = busy(&mut driver).await;
    let second = driver.run("Second", "true").await;
    let both = vec![first, second];
    let reply = driver
        .call(Command::Cancel {
            tasks: both,
            now: true,
            by: BY,
        })
        .await
        .unwrap();
    assert!(processes(reply) >= 3);
    let states: Vec<_> = driver
        .snapshot()
        .await
        .tasks
        .iter()
        .map(|task| task.state.word())
        .collect();
    assert_eq!(states, ["cancelled", "cancelled"]);
}
