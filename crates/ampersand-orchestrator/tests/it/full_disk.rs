//! A disk without room: commands are refused in words, overrides hold, and what happened is written when there is room.
#![cfg(target_os = "linux")]

use std::{os::unix::fs::MetadataExt, path::PathBuf};

use ampersand_core::{Actor, EventBody, Role, Work};
use ampersand_protocol::{Command, Reply};

use crate::{
    driver::Driver,
    leaving::{marked, processes},
};

/// Mounts a small disk where the home is, with the settings that were there, for whoever is started by this and those it
/// starts.
const MOUNTS: &str = "for home; do :; done; settings=$(cat \"$home/ampersand.toml\"); \
     mount -t tmpfs -o size=$SIZE,mode=700 none \"$home\" && \
     printf '%s\\n' \"$settings\" > \"$home/ampersand.toml\" && exec $AGAIN \"$0\" \"$@\"";

/// A driver whose home is a disk of that size, and where that disk is seen from outside. An ordinary user may mount one
/// only as root of a namespace, and is itself again in another below.
pub(crate) async fn small(size: &str, settings: &str) -> (Driver, PathBuf) {
    let user = std::fs::metadata("/proc/self").unwrap();
    let (user, group) = (user.uid(), user.gid());
    let again = format!("unshare --user --map-user={user} --map-group={group}");
    let (root, again) = match user {
        0 => (&["unshare", "--mount"][..], ""),
        _ => (
            &["unshare", "--user", "--map-root-user", "--mount"][..],
            again.as_str(),
        ),
    };
    let mounts = MOUNTS.replace("$SIZE", size).replace("$AGAIN", again);
    let wrapper = [root, &["sh", "-c", &mounts]].concat();
    let driver = Driver::wrapped(&wrapper, settings).await;
    let seen = format!(
        "/proc/{}/root{}",
        driver.pid(),
        driver.home.root().display()
    );
    (driver, PathBuf::from(seen))
}

/// Leaves no byte free.
fn fill(disk: &std::path::Path) {
    use std::io::Write;
    let mut file = std::fs::File::create(disk.join("filler")).unwrap();
    for size in [1 << 20, 4096, 1] {
        let block = vec![0; size];
        while file.write_all(&block).is_ok() {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn overrides_hold_and_commands_are_refused_until_there_is_room_again() {
    let (mut driver, disk) = small("8m", "").await;
    let (marker, line) = marked();
    let (paused, cancelled) = (
        driver.run("Pause", &line).await,
        driver.run("Cancel", &line).await,
    );
    while processes(&marker) < 4 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    driver.wait_state(cancelled, "running").await;
    fill(&disk);

    let by = Actor::Person;
    let plan = driver.planned("Scan", Role::Explorer, Work::Scan, &[]);
    let (refused, submit) = (plan.tasks[0].id, Command::SubmitPlan { plan, by });
    let mut full = None;
    // What SQLite has set aside already may still take some.
    for nth in 0..2000 {
        let text = format!("{nth} {}", "x".repeat(3000));
        let plan = driver.planned(&text, Role::Explorer, Work::Scan, &[paused]);
        if let Err(failure) = driver.call(Command::SubmitPlan { plan, by }).await {
            full = Some(failure);
            break;
        }
    }
    let failure = full.unwrap();
    assert_eq!(failure.code, "store_no_space", "{failure:?}");
    assert!(!failure.hint.is_empty());
    let failure = driver.call(submit.clone()).await.unwrap_err();
    assert_eq!(failure.code, "store_no_space");

    let confirmed = |reply| match reply {
        Ok(Reply::Overridden { processes, .. }) => processes,
        other => panic!("{other:?}"),
    };
    let tasks = vec![paused];
    assert!(confirmed(driver.call(Command::Pause { tasks, by }).await) >= 2);
    let tasks = vec![cancelled];
    let now = true;
    assert!(confirmed(driver.call(Command::Cancel { tasks, now, by }).await) >= 2);
    let snapshot = driver.snapshot().await;
    let word = |id| {
        let task = snapshot.tasks.iter().find(|task| task.id == id);
        task.map(|task| task.state.word())
    };
    assert_eq!(
        (word(paused), word(cancelled), word(refused)),
        (Some("paused"), Some("cancelled"), None)
    );

    std::fs::remove_file(disk.join("filler")).unwrap();
    driver.wait_state(paused, "paused").await;
    driver.wait_state(cancelled, "cancelled").await;
    driver.call(submit).await.unwrap();
    driver.wait_state(refused, "done").await;
    let accepted = |body: &EventBody| matches!(body, EventBody::PlanAccepted { tasks, .. } if tasks[0].id == refused);
    assert_eq!(driver.count(accepted), 1);
}
