//! Memory, processes, disk, output and time of an attempt: using one up pauses the task and says which, and a person
//! lets it go on with as much again.
mod parts;

use ampersand_core::{Actor, EventBody, Held, Limit, Pause, Resource, TaskId, TaskState};
use ampersand_process::keeps;
use ampersand_protocol::Command;

use crate::driver::Driver;

async fn driver(limits: &str) -> Driver {
    Driver::with(&format!("[limits]\n{limits}\n")).await
}

/// Whether a group keeps a bound of attempts here. For root it does wherever these tests are counted; an ordinary user has
/// bounds of each process, which other tests try.
pub(crate) fn is_kept(kept: bool) -> bool {
    use std::os::unix::fs::MetadataExt;
    let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    assert!(kept || !root, "root has control groups");
    kept
}

/// Waits until it is paused and nothing of it moves, and tells at what and how many of its processes are kept.
pub(crate) async fn paused(driver: &mut Driver, task: TaskId) -> (Resource, u64, Option<u32>) {
    loop {
        let state = driver.wait_state(task, "paused").await;
        let TaskState::Paused { why, held } = state else {
            panic!("{state:?}");
        };
        let Pause::Reached {
            limit: Limit { which, most },
        } = why
        else {
            panic!("{why:?}");
        };
        match held {
            Held::Frozen {
                processes: None, ..
            } => {}
            Held::Frozen { processes, .. } => return (which, most, processes),
            Held::NotStarted { .. } | Held::Worktree => return (which, most, None),
        }
    }
}

pub(crate) async fn resume(driver: &Driver, task: TaskId) {
    let (tasks, by) = (vec![task], Actor::Person);
    driver.call(Command::Resume { tasks, by }).await.unwrap();
}

pub(crate) async fn cancel(driver: &mut Driver, task: TaskId) -> TaskState {
    let cancel = Command::Cancel {
        tasks: vec![task],
        by: Actor::Person,
        now: true,
    };
    driver.call(cancel).await.unwrap();
    driver.wait_state(task, "cancelled").await
}

const MIB: u64 = 1 << 20;

/// Grows by 8 MB every tenth of a second up to 320 MB: a tail without a line's end keeps all it reads.
const GROWS: &str = "(for i in $(seq 40); do head -c 8000000 /dev/zero; sleep 0.1; done) | tail -c 1000000000 | wc -c";

#[tokio::test(flavor = "multi_thread")]
async fn who_grows_beyond_its_memory_stands_still_and_goes_on_with_as_much_again() {
    let mut driver = driver("memory_gib = 0.125").await;
    let task = driver.run("Grow", GROWS).await;
    for portions in [1, 2] {
        let (which, most, processes) = paused(&mut driver, task).await;
        assert_eq!((which, most), (Resource::Memory, portions * 128 * MIB));
        assert!(processes.is_some_and(|processes| processes >= 3));
        resume(&driver, task).await;
    }
    driver.wait_state(task, "done").await;
    let output = driver.text(Command::ReadOutput { task }).await;
    assert!(
        output.contains("320000000"),
        "nothing of it was lost: {output}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_faster_than_any_look_starts_again_when_a_person_says_so() {
    if !is_kept(keeps().memory) {
        return;
    }
    let mut driver = driver("memory_gib = 0.0625").await;
    let line = "echo began; head -c 100000000 /dev/zero | tail -c 100000000 | wc -c";
    let task = driver.run("Hog", line).await;
    let (which, most, _) = paused(&mut driver, task).await;
    assert_eq!((which, most), (Resource::Memory, 64 * MIB));
    resume(&driver, task).await;
    driver.wait_state(task, "done").await;
    let output = driver.text(Command::ReadOutput { task }).await;
    assert!(output.contains("100000000"), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_bomb_stands_still_and_can_be_ended() {
    let mut driver = driver("processes = 64").await;
    // Who is refused a child waits and tries again for a while; who had its children stays, and needs none to do so.
    let bomb = "bash -c 'f() { f & f & exec sleep 1000; }; f' 2>/dev/null";
    let task = driver.run("Bomb", bomb).await;
    let (which, most, processes) = paused(&mut driver, task).await;
    assert_eq!((which, most), (Resource::Processes, 64));
    // Where no group counts them, two of ours stand outside of what is bounded.
    assert!(
        processes.is_some_and(|processes| (2..=66).contains(&processes)),
        "{processes:?}"
    );
    assert!(matches!(
        cancel(&mut driver, task).await,
        TaskState::Cancelled { processes: 2.., .. }
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_bomb_whose_children_give_up_when_they_are_refused_stands_still_too() {
    if !is_kept(keeps().processes) {
        return;
    }
    let mut driver = driver("processes = 64").await;
    // This shell tries once: who is refused a child is gone at once, and those that had theirs are fewer than the limit. The
    // first one has nothing to do with it.
    let bomb = "{ f() { f & f & exec sleep 1000; }; f; } 2>/dev/null & exec sleep 1000";
    let task = driver.run("Bomb", bomb).await;
    let (which, most, processes) = paused(&mut driver, task).await;
    assert_eq!((which, most), (Resource::Processes, 64));
    assert!(processes.is_some_and(|processes| processes >= 2));
    cancel(&mut driver, task).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_fills_the_disk_stands_still_and_goes_on_with_as_much_again() {
    let mut driver = driver("disk_gib = 0.03125").await;
    let line = "head -c 50000000 /dev/zero > big; sleep 2; rm big";
    let task = driver.run("Fill", line).await;
    let (which, most, processes) = paused(&mut driver, task).await;
    assert_eq!((which, most), (Resource::Disk, 32 * MIB));
    assert!(processes.is_some());
    resume(&driver, task).await;
    driver.wait_state(task, "done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_prints_without_end_stands_still() {
    let mut driver = driver("output_mib = 1").await;
    let task = driver.run("Yes", "yes").await;
    for portions in [1, 2] {
        let (which, most, processes) = paused(&mut driver, task).await;
        assert!(which == Resource::Output && processes.is_some());
        assert!(most >= portions * MIB && most % MIB == 0, "{most}");
        resume(&driver, task).await;
    }
    paused(&mut driver, task).await;
    cancel(&mut driver, task).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_too_long_stands_still_and_goes_on() {
    let mut driver = driver("minutes = 0.017").await;
    let task = driver.run("Sleep", "sleep 6 && echo awake").await;
    let (which, most, _) = paused(&mut driver, task).await;
    assert_eq!((which, most), (Resource::Time, 1));
    // Its clock goes on while it stands still, so that it comes to its end a second or so at a time.
    loop {
        resume(&driver, task).await;
        let over = driver
            .wait("its end or the next pause", |body| match body {
                EventBody::TaskMoved { state, .. } => {
                    Some(state.clone()).filter(|state| matches!(state.word(), "done" | "paused"))
                }
                _ => None,
            })
            .await;
        if over.limit().is_none() {
            break;
        }
    }
    let output = driver.text(Command::ReadOutput { task }).await;
    assert!(output.contains("awake"), "{output}");
}
