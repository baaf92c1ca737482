//! The watcher as a real process, and an orchestrator that is really killed.
#![expect(clippy::disallowed_methods, reason = "this crate owns spawning")]
#![expect(clippy::print_stdout, reason = "how one of our own processes tells")]

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};

use super::*;
use crate::tree::roster::{Roster, look};

/// This test program, to be started as one of the tests that wait for that.
fn again(test: &str) -> (PathBuf, Vec<OsString>) {
    let program = std::env::current_exe().unwrap();
    let test = format!("tree::watcher::tests::{test}");
    let args = ["--ignored", "--exact", "--nocapture", &test].map(OsString::from);
    (program, args.into())
}

/// Not a test by itself: the watcher of the others.
#[test]
#[ignore = "watches until nobody is left to tell"]
fn watches() {
    watch(std::io::stdin().lock()).unwrap();
}

fn shell(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]).stdin(Stdio::null());
    command
}

/// Not a test by itself: has two trees and is killed. Whoever is in them holds its standard output.
#[test]
#[ignore = "waits to be killed"]
#[expect(
    clippy::zombie_processes,
    reason = "who is left to the watcher is what this is about"
)]
fn orchestrates() {
    let (program, args) = again("watches");
    by(program, args);
    let watcher = Watcher::ours().unwrap().unwrap();
    // One stays together; of the other an orphan leads a session of its own, and somebody in that has lost its parent too.
    let alone =
        "setsid sh -c 'trap \"\" TERM HUP INT; (sleep 1000 &); echo up >&2; sleep 1000' & read end";
    for script in ["sleep 1000 & echo up >&2; wait", alone] {
        let mut command = shell(script);
        watcher.expect(&mut command);
        between::prepare(&mut command, Vec::new(), Limits::default());
        let mut root = command
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut up = [0; 3];
        let mut said = root.stderr.take().unwrap();
        said.read_exact(&mut up).unwrap();
        let mut roster = Roster::of(root.id());
        roster.living(&look().unwrap());
        let mut told = Told::of(root.id(), Some(Arc::clone(&watcher)));
        told.tell(roster.seen());
        let pid = Pid::from_child(&root);
        if script == alone {
            drop(root.stdin.take());
            root.wait().unwrap();
        } else {
            // Standing still keeps nobody from being ended.
            kill_process(pid, Signal::STOP).unwrap();
        }
    }
    println!("up");
    std::thread::park();
}

#[test]
fn what_an_orchestrator_that_is_killed_leaves_is_ended() {
    let (program, args) = again("orchestrates");
    let mut orchestrator = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(orchestrator.stdout.take().unwrap());
    let mut line = String::new();
    while !line.ends_with("up\n") {
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "{line}");
    }
    orchestrator.kill().unwrap();
    orchestrator.wait().unwrap();
    // It ends with the last of them.
    said.read_to_string(&mut line).unwrap();
}

#[test]
fn the_watcher_goes_with_the_last_that_needs_it() {
    let (program, args) = again("watches");
    let watcher = Watcher::start(Program {
        path: program,
        args,
    })
    .unwrap();
    let gone = Arc::clone(&watcher.gone);
    let mut child = sleeper();
    watcher.tell(&Word::Began(child.id())).unwrap();
    Told::of(child.id(), Some(Arc::new(watcher))).over();
    while !gone.load(Ordering::Acquire) {
        std::thread::yield_now();
    }
    assert_eq!(child.try_wait().unwrap(), None, "its tree was over");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_watcher_that_somebody_ended_is_followed_by_another_that_knows_as_much() {
    // One that is gone after the first word.
    by(
        "/bin/sh".into(),
        ["-c", "read word"].map(OsString::from).into(),
    );
    let first = Watcher::ours().unwrap().unwrap();
    let mut child = sleeper();
    let mut roster = Roster::of(child.id());
    roster.living(&look().unwrap());
    let mut told = Told::of(child.id(), Some(Arc::clone(&first)));
    told.tell(roster.seen());
    while !first.gone.load(Ordering::Acquire) {
        std::thread::yield_now();
    }
    let (program, args) = again("watches");
    by(program, args);
    // Nobody new was seen: it is the next change that finds out.
    roster.admit((child.id(), "somebody".to_owned()));
    told.tell(roster.seen());
    let second = Watcher::ours().unwrap().unwrap();
    assert!(!Arc::ptr_eq(&first, &second));
    let gone = Arc::clone(&second.gone);
    drop((first, second, told));
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    while !gone.load(Ordering::Acquire) {
        std::thread::yield_now();
    }
}

fn sleeper() -> Child {
    shell("exec sleep 1000").spawn().unwrap()
}

#[test]
fn trees_that_are_over_are_left_alone_and_whoever_was_seen_in_the_others_is_not() {
    let mut kept = sleeper();
    let mut left = sleeper();
    let mut orphan = sleeper();
    let mut roster = Roster::of(orphan.id());
    roster.living(&look().unwrap());
    let name = roster.seen().first().cloned().unwrap();
    // All of them are in this program's own group, which nobody is taken for.
    let said: String = [
        Word::Began(kept.id()),
        Word::Over(kept.id()),
        Word::Began(left.id()),
        Word::Seen(left.id(), name),
    ]
    .iter()
    .map(Word::to_string)
    .collect();
    watch(said.as_bytes()).unwrap();
    assert_eq!(left.wait().unwrap().signal(), Some(9));
    assert_eq!(orphan.wait().unwrap().signal(), Some(9));
    assert_eq!(kept.try_wait().unwrap(), None);
    kept.kill().unwrap();
    kept.wait().unwrap();
}

#[test]
fn every_word_is_read_as_it_was_said() {
    let name = (42, "Mon Nov 30 16:57:57 2026".to_owned());
    for word in [
        Word::Began(7),
        Word::Seen(7, name.clone()),
        Word::Seen(7, (42, String::new())),
        Word::Lost(7, name),
        Word::Over(7),
    ] {
        let line = word.to_string();
        assert!(line.len() < 512, "written at once everywhere");
        assert_eq!(Word::parse(&line), Some(word));
    }
    for line in [
        "",
        "began",
        "began x",
        "seen 1",
        "seen 1 x y",
        "unheard of 1",
    ] {
        assert_eq!(Word::parse(line), None, "{line}");
    }
}
