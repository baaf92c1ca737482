//! Where nothing in the system ties a process to who started it: what is left of an orchestrator that is killed.
#![cfg(all(unix, not(target_os = "linux")))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::io::Write;
use std::os::fd::AsFd;

use ampersand_process::lines::Lines;
use ampersand_process::{Bounds, Spec, spawn, spawn_tree, watch, watched_by};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// This test program, to be started as one of the tests that wait for that.
fn again(test: &str) -> Spec {
    let args = ["--ignored", "--exact", "--nocapture", test];
    Spec::new(std::env::current_exe().unwrap()).args(args)
}

/// Leads a session of its own, waits for a line, and leaves behind one that nobody sees while it has a parent.
const ESCAPES: &str = "exec 4<&0; perl -MPOSIX=setsid -e 'setsid; $| = 1; print \"led\\n\"; <STDIN>; fork and exit; \
     $SIG{$_} = \"IGNORE\" for qw(TERM HUP INT); print \"up\\n\"; sleep 1000' <&4 & wait";

fn shell(script: &str) -> Spec {
    let mut spec = Spec::new("/bin/sh")
        .args(["-c", script])
        .env("PATH", "/usr/bin:/bin");
    // Held by everybody in it, so that its end tells of theirs.
    let said = std::io::stdout().as_fd().try_clone_to_owned().unwrap();
    spec.inherit.push((said, 3));
    spec.piped_stdin()
}

/// Not a test by itself: the watcher of the one below.
#[test]
#[ignore = "watches until nobody is left to tell"]
fn watches() {
    watch().unwrap();
}

/// Not a test by itself: waits to be killed, with two trees and a program that is in none.
#[tokio::test]
#[ignore = "waits to be killed"]
async fn orchestrates() {
    let Spec { program, args, .. } = again("watches");
    watched_by(program, args);
    let (mut escaping, tree) = spawn_tree(shell(ESCAPES), "escapes", Bounds::default())
        .await
        .unwrap();
    let mut lines = Lines::new(escaping.take_stdout().unwrap(), 100);
    assert_eq!(lines.next().await.unwrap().as_deref(), Some("led"));
    assert!(tree.count().await.unwrap() >= 2);
    let mut stdin = escaping.take_stdin().unwrap();
    stdin.write_all(b"go\n").await.unwrap();
    assert_eq!(lines.next().await.unwrap().as_deref(), Some("up"));
    // One stands still, and one began just now and was never looked at.
    let (_child, frozen) = spawn_tree(shell("sleep 1000"), "frozen", Bounds::default())
        .await
        .unwrap();
    frozen.freeze().await.unwrap();
    let _alone = spawn(shell("sleep 1000 & wait")).await.unwrap();
    let _new = spawn_tree(shell("sleep 1000 & wait"), "new", Bounds::default())
        .await
        .unwrap();
    std::io::stdout().write_all(b"ready\n").unwrap();
    std::future::pending().await
}

#[tokio::test]
async fn nothing_survives_an_orchestrator_that_is_killed() {
    let mut orchestrator = spawn(again("orchestrates")).await.unwrap();
    let mut said = orchestrator.take_stdout().unwrap();
    let mut heard = Vec::new();
    while !heard.ends_with(b"ready\n") {
        heard.push(said.read_u8().await.unwrap());
    }
    drop(orchestrator);
    // Ends with the last of them.
    said.read_to_end(&mut heard).await.unwrap();
}

#[tokio::test]
async fn a_tree_ends_with_whoever_lost_every_parent_in_it() {
    let (mut child, tree) = spawn_tree(shell(ESCAPES), "it", Bounds::default())
        .await
        .unwrap();
    let mut lines = Lines::new(child.take_stdout().unwrap(), 100);
    assert_eq!(lines.next().await.unwrap().as_deref(), Some("led"));
    assert!(tree.count().await.unwrap() >= 2);
    let mut stdin = child.take_stdin().unwrap();
    stdin.write_all(b"go\n").await.unwrap();
    assert_eq!(lines.next().await.unwrap().as_deref(), Some("up"));
    tree.kill().await.unwrap();
    assert_eq!(lines.next().await.unwrap(), None);
    assert_eq!(tree.count().await.unwrap(), 0);
}
