//! What a tree uses is counted, and its bounds hold.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::time::Duration;

use ampersand_process::{Bounds, Child, Exit, Spec, Tree, Usage, keeps, lines::Lines, spawn_tree};

fn shell(script: &str) -> Spec {
    Spec::new("/bin/sh")
        .arg("-c")
        .arg(script)
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
}

/// Whether a group keeps a bound of trees here: for root it has to.
fn is_kept(kept: bool) -> bool {
    use std::os::unix::fs::MetadataExt;
    let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    assert!(kept || !root, "root has control groups");
    kept
}

async fn start(script: &str, bounds: Bounds) -> (Child, Tree) {
    spawn_tree(shell(script), "counted", bounds).await.unwrap()
}

/// Looks until what is found is as wanted.
async fn until(tree: &Tree, wanted: impl Fn(&Usage) -> bool) -> Usage {
    loop {
        let usage = tree.usage().await.unwrap();
        if wanted(&usage) {
            return usage;
        }
        // Nobody tells when a counter moves.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn memory_processes_and_output_are_counted() {
    // A tail without a line's end keeps all it reads.
    let script =
        "echo hello; sleep 100 & (head -c 30000000 /dev/zero; sleep 100) | tail -c 30000000";
    let bounds = Bounds {
        memory_bytes: Some(1 << 30),
        processes: Some(64),
        ..Bounds::default()
    };
    let (mut child, tree) = start(script, bounds).await;
    let mut lines = Lines::new(child.take_stdout().unwrap(), 100);
    assert_eq!(lines.next().await.unwrap().as_deref(), Some("hello"));
    let usage = until(&tree, |usage| usage.memory_bytes >= 30_000_000).await;
    assert!(usage.processes >= 4, "{usage:?}");
    assert_eq!((usage.killed, usage.refused), (0, 0));
    assert_eq!(usage.printed_bytes, 6);
    tree.kill().await.unwrap();
    let last = tree.usage().await.unwrap();
    assert_eq!(last.printed_bytes, 6);
}

#[tokio::test]
async fn files_kept_at_hand_are_no_memory_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let script = format!(
        "head -c 60000000 /dev/zero > {0}; cat {0} > /dev/null; echo read; sleep 100",
        file.display()
    );
    let bounds = Bounds {
        memory_bytes: Some(1 << 30),
        ..Bounds::default()
    };
    let (mut child, tree) = start(&script, bounds).await;
    let mut lines = Lines::new(child.take_stdout().unwrap(), 100);
    assert_eq!(lines.next().await.unwrap().as_deref(), Some("read"));
    let usage = tree.usage().await.unwrap();
    assert!(usage.memory_bytes < 40_000_000, "{usage:?}");
    tree.kill().await.unwrap();
}

#[tokio::test]
async fn a_kill_for_want_of_memory_and_a_refused_process_are_counted() {
    if !is_kept(keeps().memory && keeps().processes) {
        return;
    }
    let bounds = Bounds {
        memory_bytes: Some(32 << 20),
        processes: Some(12),
        ..Bounds::default()
    };
    let (mut child, tree) = start("head -c 200000000 /dev/zero | tail -c 200000000", bounds).await;
    assert_eq!(tree.bounded().memory_bytes, bounds.memory_bytes);
    let most = bounds.memory_bytes.unwrap();
    until(&tree, |usage| {
        usage.killed >= 1 || usage.memory_bytes >= most
    })
    .await;
    // Where the system slows it down it may never get to the bound at which something is killed.
    let less = Bounds {
        memory_bytes: Some(most / 2),
        ..bounds
    };
    tree.bound(less).await;
    assert!(!child.wait().await.unwrap().success());
    assert!(tree.usage().await.unwrap().killed >= 1);
    tree.kill().await.unwrap();
    assert!(
        tree.usage().await.unwrap().killed >= 1,
        "kept when it is gone"
    );

    let many = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do sleep 100 & done; wait";
    let (_child, tree) = start(many, bounds).await;
    let usage = until(&tree, |usage| usage.refused >= 1).await;
    assert_eq!(usage.killed, 0, "what was there before does not count");
    assert!(usage.processes <= 12, "{usage:?}");
    tree.kill().await.unwrap();
}

#[tokio::test]
async fn a_tree_that_is_given_more_goes_on() {
    if !is_kept(keeps().processes) {
        return;
    }
    let least = Bounds {
        processes: Some(4),
        ..Bounds::default()
    };
    let script =
        "sleep 100 & sleep 100 & sleep 100 & read more; sleep 100 & sleep 100 & echo done; wait";
    let spec = shell(script).piped_stdin();
    let (mut child, tree) = spawn_tree(spec, "counted", least).await.unwrap();
    until(&tree, |usage| usage.processes == 4).await;
    let more = Bounds {
        processes: Some(8),
        ..Bounds::default()
    };
    assert_eq!(tree.bound(more).await, more);
    drop(child.take_stdin());
    let mut lines = Lines::new(child.take_stdout().unwrap(), 100);
    assert_eq!(lines.next().await.unwrap().as_deref(), Some("done"));
    assert_eq!(tree.usage().await.unwrap().refused, 0);
    tree.kill().await.unwrap();
    assert_eq!(child.wait().await.unwrap(), Exit::Signal(9));
}
