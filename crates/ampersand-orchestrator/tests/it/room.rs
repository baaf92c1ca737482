//! What everybody shares: the last of the disk, and the system's watchers of folders.
#![cfg(target_os = "linux")]

use ampersand_core::{EventBody, Held, Pause, Resource, TaskState};

use crate::{
    at_limits::{cancel, paused, resume},
    driver::Driver,
    full_disk::small,
};

/// Takes forty megabytes of a disk of sixty-four, then twelve more, and gives all of it back.
const TAKES: &str = "head -c 40000000 /dev/zero > some; sleep 2; head -c 12000000 /dev/zero > more; sleep 2; \
     rm some more; echo gave it back";

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_nearly_full_stops_whoever_filled_it_and_nobody_else() {
    let (mut driver, _) = small("64m", "[limits]\nfree_gib = 0.03125\n").await;
    let bystander = driver.run("Wait", "sleep 600").await;
    driver.wait_state(bystander, "running").await;
    let task = driver.run("Fill", TAKES).await;
    // Whether or not it got to the second part before the first look: what is left is below both.
    for most in [32 << 20, 16 << 20] {
        let (which, told, processes) = paused(&mut driver, task).await;
        assert_eq!((which, told), (Resource::Room, most));
        assert!(processes.is_some_and(|processes| processes >= 2));
        resume(&driver, task).await;
    }
    driver.wait_state(task, "done").await;
    assert!(driver.report(task).await.summary.contains("gave it back"));
    let stopped = driver.count(|body| match body {
        EventBody::TaskMoved { task, state, .. } => {
            *task == bystander && matches!(state, TaskState::Paused { .. })
        }
        _ => false,
    });
    assert_eq!(stopped, 0, "it wrote nothing");
    cancel(&mut driver, bystander).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_lost_its_name_is_held_against_who_keeps_it_open() {
    let (mut driver, _) = small("64m", "[limits]\nfree_gib = 0.03125\n").await;
    let line = "exec 3> some; rm some; head -c 40000000 /dev/zero >&3; sleep 600";
    let task = driver.run("Hide", line).await;
    let (which, told, _) = paused(&mut driver, task).await;
    assert_eq!((which, told), (Resource::Room, 32 << 20));
    cancel(&mut driver, task).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_is_known_to_have_filled_the_disk_whoever_may_write_stops() {
    let (mut driver, seen) = small("64m", "[limits]\nfree_gib = 0.03125\n").await;
    let mut tasks = Vec::new();
    for title in ["One", "Other"] {
        let task = driver.run(title, "sleep 600").await;
        driver.wait_state(task, "running").await;
        tasks.push(task);
    }
    std::fs::write(seen.join("filler"), vec![1; 40_000_000]).unwrap();
    let mut stopped = Vec::new();
    while stopped.len() < tasks.len() {
        let (task, limit) = driver
            .wait("paused", |body| match body {
                EventBody::TaskMoved {
                    task,
                    state:
                        TaskState::Paused {
                            why: Pause::Reached { limit },
                            held:
                                Held::Frozen {
                                    processes: Some(1..),
                                    ..
                                },
                        },
                    ..
                } => Some((*task, *limit)),
                _ => None,
            })
            .await;
        assert_eq!((limit.which, limit.most), (Resource::Room, 32 << 20));
        stopped.push(task);
    }
    stopped.sort_unstable();
    tasks.sort_unstable();
    assert_eq!(stopped, tasks);
    for task in tasks {
        cancel(&mut driver, task).await;
    }
}

/// Watches so many files through one descriptor, and says so.
fn watches_many(files: u32) -> String {
    format!(
        "mkdir many; for n in $(seq {files}); do echo > many/$n; done; \
         tail -F -n 0 many/* > /dev/null 2>&1"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_watchers_stop_their_task() {
    // Each of many reads a file as it grows, which is a watcher; or one watches very many.
    let each = "for n in $(seq 8); do tail -f README.md & done; wait".to_owned();
    for (most, line, least) in [(8, each, 9), (2, watches_many(600), 2)] {
        let mut driver = Driver::with(&format!("[limits]\nwatchers = {most}\n")).await;
        let task = driver.run("Watch", &line).await;
        let (which, told, processes) = paused(&mut driver, task).await;
        assert_eq!((which, told), (Resource::Watchers, most));
        assert!(processes.is_some_and(|processes| processes >= least));
        cancel(&mut driver, task).await;
    }
}
