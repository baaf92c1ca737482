//! What everybody shares: the last of the disk, and the system's watchers of folders.
#![cfg(target_os = "linux")]

use ampersand_core::{EventBody, Resource, TaskState};

use crate::{
    at_limits::{cancel, paused, resume},
    driver::Driver,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_nearly_full_stops_whoever_filled_it_and_nobody_else() {
    let mut driver = Driver::with("[limits]\nfree_gib = 1000000\n").await;
    let bystander = driver.run("Wait", "sleep 600").await;
    driver.wait_state(bystander, "running").await;
    let task = driver
        .run("Fill", "head -c 8000000 /dev/zero > big; sleep 600")
        .await;
    let full = 1_000_000 << 30;
    for most in [full, full / 2] {
        let (which, told, processes) = paused(&mut driver, task).await;
        assert_eq!((which, told), (Resource::Room, most));
        assert!(processes.is_some_and(|processes| processes >= 2));
        resume(&driver, task).await;
    }
    paused(&mut driver, task).await;
    cancel(&mut driver, task).await;
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
async fn too_many_watchers_stop_their_task() {
    let mut driver = Driver::with("[limits]\nwatchers = 8\n").await;
    // Each reads a file as it grows, which is a watcher.
    let line = "for n in $(seq 8); do tail -f README.md & done; wait";
    let task = driver.run("Watch", line).await;
    let (which, most, processes) = paused(&mut driver, task).await;
    assert_eq!((which, most), (Resource::Watchers, 8));
    assert!(processes.is_some_and(|processes| processes >= 9));
    cancel(&mut driver, task).await;
}
