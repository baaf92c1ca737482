//! Processes: cases 6, 47, 48, 50 to 53, 55 and 56.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ampersand_core::Role;
use ampersand_process::lines::Lines;
use ampersand_process::{Exit, Spec, spawn};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Attempt, Place, Scene, alive, hold, hold_in};

/// How long the end of processes may take to be seen on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Leads a session of its own, says so, waits for a line, and leaves behind one that nobody's signals but the last end. Who
/// it leaves is seen by nobody while it has a parent.
const ESCAPES: &str = "exec 3<&0; perl -MPOSIX=setsid -e 'setsid; $| = 1; print \"led\\n\"; <STDIN>; \
     fork and exit; $SIG{$_} = \"IGNORE\" for qw(TERM HUP INT); print \"up\\n\"; sleep 1000' \"$OUT\" <&3 & sleep 1000";

/// A program of the person's, ended with this value.
struct Bystander(Child);

impl Bystander {
    fn new(mark: &str) -> Self {
        let child = Command::new("/bin/bash")
            .args(["-c", "read end", mark])
            .stdin(Stdio::piped())
            .spawn();
        Self(child.unwrap())
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test]
async fn case_06_no_process_shows_what_it_was_started_with() {
    let mark = format!("canary-{}", std::process::id());
    let _bystander = Bystander::new(&mark);
    // Spelled so that no line contains what it looks for.
    let spelled = mark.replacen("canary", "c[a]nary", 1);
    hold(&[
        Attempt::never(format!("ps -A -ww -o args | grep -q '{spelled}'")),
        Attempt::refused(format!("ps -A -ww -E | grep -q '{spelled}'")),
        Attempt::never(format!("pgrep -f '{spelled}'")),
    ])
    .await;
}

#[tokio::test]
async fn case_47_whatever_was_seen_ends_with_its_task() {
    let place = Place::new().await;
    for frozen in [false, true] {
        let scene = Scene::new();
        let mut launched = place.shell(&scene.policy(Role::Worker), ESCAPES).await;
        let mut stdin = launched.child.take_stdin().unwrap();
        let mut lines = Lines::new(launched.child.take_stdout().unwrap(), 1000);
        assert_eq!(lines.next().await.unwrap().as_deref(), Some("led"));
        assert!(launched.tree.count().await.unwrap() >= 2);
        stdin.write_all(b"go\n").await.unwrap();
        assert_eq!(lines.next().await.unwrap().as_deref(), Some("up"));
        if frozen {
            launched.tree.freeze().await.unwrap();
        }
        launched.tree.kill().await.unwrap();
        assert_eq!(launched.child.wait().await.unwrap(), Exit::Signal(9));
        // The pipe ends with the last of them.
        assert_eq!(lines.next().await.unwrap(), None);
        assert_eq!(launched.tree.count().await.unwrap(), 0);
    }
}

/// Not a test by itself: an orchestrator for the one below to kill.
#[tokio::test]
#[ignore = "waits to be killed"]
#[expect(clippy::print_stdout, reason = "how it tells")]
async fn launches() {
    let (place, scene) = (Place::new().await, Scene::new());
    let mut launched = place.shell(&scene.policy(Role::Worker), ESCAPES).await;
    let mut stdin = launched.child.take_stdin().unwrap();
    let mut lines = Lines::new(launched.child.take_stdout().unwrap(), 1000);
    lines.next().await.unwrap();
    launched.tree.count().await.unwrap();
    stdin.write_all(b"go\n").await.unwrap();
    lines.next().await.unwrap();
    println!(
        "scene {} {}",
        scene.path("").display(),
        place.state.path().display()
    );
    std::future::pending().await
}

#[tokio::test]
async fn case_47_nothing_survives_an_orchestrator_that_is_killed() {
    let spec = Spec::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "processes::launches", "--nocapture"])
        .env("HOME", "/nonexistent");
    let mut child = spawn(spec).await.unwrap();
    let mut lines = Lines::new(child.take_stdout().unwrap(), 1000);
    let (scene, state) = loop {
        let line = lines.next().await.unwrap().expect("it launches");
        if let Some((_, said)) = line.split_once("scene ") {
            let (scene, state) = said.split_once(' ').unwrap();
            break (scene.trim_end_matches('/').to_owned(), state.to_owned());
        }
    };
    assert!(alive(scene.as_ref()) >= 1, "it runs");
    drop(child);
    let begun = Instant::now();
    while alive(scene.as_ref()) > 0 {
        assert!(begun.elapsed() < PATIENCE, "something outlived it");
        tokio::task::yield_now().await;
    }
    for folder in [scene, state] {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[tokio::test]
async fn case_48_many_processes_are_counted_and_die() {
    let place = Place::new().await;
    let scene = Scene::new();
    // Nothing bounds a tree here but who looks after it, so that this one bounds itself.
    let bomb = "f() { [ $1 = 0 ] || { f $(($1 - 1)) & f $(($1 - 1)) & }; sleep 1000; }; f 5 & echo ready; wait";
    let mut launched = place.shell(&scene.policy(Role::Worker), bomb).await;
    let mut ready = [0; 6];
    let mut stdout = launched.child.take_stdout().unwrap();
    stdout.read_exact(&mut ready).await.unwrap();
    while launched.tree.count().await.unwrap() < 40 {}
    assert!(launched.tree.kill().await.unwrap().processes >= 40);
    assert_eq!(launched.tree.count().await.unwrap(), 0);
    assert_eq!(stdout.read(&mut ready).await.unwrap(), 0);
}

#[tokio::test]
async fn case_50_one_file_has_a_bound() {
    let (place, scene) = (Place::new().await, Scene::new());
    let mut policy = scene.policy(Role::Worker);
    policy.limits.file_bytes = 4096;
    for at in ["$TMPDIR/big", "big"] {
        let line = format!("head -c 100000 /dev/zero > {at}; wc -c < {at}");
        assert_eq!(place.told(&policy, &line).await.trim(), "4096");
    }
}

#[tokio::test]
async fn case_51_a_frozen_tree_stands_still_and_a_thawed_one_goes_on() {
    let (place, scene) = (Place::new().await, Scene::new());
    // A sibling lets the others go on whenever it runs.
    let line = "(while :; do kill -CONT 0; done) 2>/dev/null & while :; do echo on; done";
    let mut launched = place.shell(&scene.policy(Role::Worker), line).await;
    let mut stdout = launched.child.take_stdout().unwrap();
    let mut some = [0; 64];
    stdout.read_exact(&mut some).await.unwrap();
    assert!(launched.tree.freeze().await.unwrap().processes >= 2);
    for pid in launched.tree.pids().await.unwrap() {
        let pid = pid.to_string();
        let state = Command::new("/bin/ps")
            .args(["-o", "stat=", "-p", &pid])
            .output();
        assert!(state.unwrap().stdout.starts_with(b"T"), "{pid} moves");
    }
    launched.tree.thaw().await.unwrap();
    stdout.read_exact(&mut some).await.unwrap();
    launched.tree.freeze().await.unwrap();
    launched.tree.kill().await.unwrap();
    assert_eq!(launched.tree.count().await.unwrap(), 0);
}

#[tokio::test]
async fn case_52_no_other_process_is_touched() {
    let bystander = Bystander::new("case 52");
    let us = std::process::id();
    let pid = bystander.0.id();
    hold_in(
        &[
            Attempt::never("kill -0 $US"),
            Attempt::never("kill -0 $BYSTANDER"),
            Attempt::never("kill -CONT $BYSTANDER"),
            Attempt::never("perl -e 'kill 0 => shift or exit 1' $BYSTANDER"),
        ],
        |_| {
            vec![
                ("US".to_owned(), us.to_string()),
                ("BYSTANDER".to_owned(), pid.to_string()),
            ]
        },
    )
    .await;
    // Nor any that was not thought of, whoever watches over the trees among them.
    let (place, scene) = (Place::new().await, Scene::new());
    let script = "for pid in $(seq 1 99999); do kill -0 $pid && [ $pid != $$ ] && echo $pid; done 2>/dev/null; echo end";
    assert_eq!(
        place.told(&scene.policy(Role::Worker), script).await,
        "end\n"
    );
}

#[tokio::test]
async fn case_53_there_is_no_terminal() {
    hold(&[
        Attempt::refused("echo x > /dev/tty"),
        Attempt::refused("echo x > /dev/console"),
        Attempt::refused("exec 3<>/dev/ptmx"),
    ])
    .await;
}

#[tokio::test]
async fn case_55_one_that_may_not_execute_starts_nothing() {
    let (place, scene) = (Place::new().await, Scene::new());
    std::fs::copy("/usr/bin/true", scene.path("tree/own")).unwrap();
    let script = "echo up; for each in /bin/ls /usr/bin/true /usr/bin/perl ./own $TMPDIR/own; do \
                  $each / </dev/null >/dev/null 2>&1 && echo $each; done; echo end";
    assert!(scene.works(&format!("{script} | grep -q /bin/ls")));
    for role in [Role::Explorer, Role::Worker] {
        let mut policy = scene.policy(role);
        policy.execute = false;
        let mut launched = place.shell(&policy, script).await;
        let mut told = String::new();
        let mut stdout = launched.child.take_stdout().unwrap();
        stdout.read_to_string(&mut told).await.unwrap();
        assert_eq!(told, "up\nend\n", "{role:?}");
        assert!(launched.gave_up_executing().await.unwrap());
    }
}

#[tokio::test]
async fn case_56_no_limit_of_ones_own_is_raised() {
    hold(&[
        Attempt::never("ulimit -f unlimited"),
        Attempt::never("ulimit -c unlimited"),
        Attempt::refused("renice -n -5 -p $$"),
        Attempt::refused("sysctl -w kern.maxproc=9999"),
    ])
    .await;
}

#[tokio::test]
async fn programs_have_terminals_of_their_own_making_alone() {
    hold(&[
        Attempt::always("script -q /dev/null true"),
        Attempt::refused("exec 3<>/dev/tty"),
        Attempt::refused("exec 3<>/dev/ttys000"),
    ])
    .await;
}
