//! Starting programs: what they inherit, what they cannot, and how their end is told.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::Path;

use ampersand_process::{
    Bounds, Exit, Limits, SpawnError, Spec, spawn, spawn_detached, spawn_tree,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn shell(script: &str) -> Spec {
    Spec::new("/bin/sh")
        .arg("-c")
        .arg(script)
        .env("PATH", "/usr/bin:/bin")
}

async fn output(spec: Spec) -> (String, Exit) {
    let mut child = spawn(spec).await.unwrap();
    let mut text = String::new();
    child
        .take_stdout()
        .unwrap()
        .read_to_string(&mut text)
        .await
        .unwrap();
    (text, child.wait().await.unwrap())
}

#[tokio::test]
async fn input_is_read_and_the_end_is_told() {
    let mut child = spawn(shell("cat; exit 3").piped_stdin()).await.unwrap();
    let mut stdin = child.take_stdin().unwrap();
    stdin.write_all(b"hello").await.unwrap();
    drop(stdin);
    let mut text = String::new();
    child
        .take_stdout()
        .unwrap()
        .read_to_string(&mut text)
        .await
        .unwrap();
    assert_eq!(text, "hello");
    assert_eq!(child.wait().await.unwrap(), Exit::Code(3));
    assert_eq!(child.wait().await.unwrap(), Exit::Code(3), "asked again");
    assert_eq!(output(shell("kill -9 $$")).await.1, Exit::Signal(9));
}

#[tokio::test]
async fn nothing_is_inherited_that_was_not_named() {
    let (env, _) = output(Spec::new("/usr/bin/env").env("ONLY", "this")).await;
    assert_eq!(env, "ONLY=this\n");
    let (cwd, _) = output(shell("pwd").cwd("/usr")).await;
    assert_eq!(cwd, "/usr\n");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn descriptors_are_closed_and_those_handed_over_have_their_numbers() {
    use std::fs::File;
    let folder = tempfile::tempdir().unwrap();
    let leak = File::open(folder.path()).unwrap();
    rustix::io::fcntl_setfd(&leak, rustix::io::FdFlags::empty()).unwrap();
    let list = "for fd in $(seq 0 200); do [ -e /proc/$$/fd/$fd ] && echo $fd; done";
    assert_eq!(output(shell(list)).await.0, "0\n1\n2\n");

    let mut spec = shell("cat <&3; cat <&4");
    for (number, text) in [(4, "four"), (3, "three")] {
        let path = folder.path().join(text);
        std::fs::write(&path, text).unwrap();
        spec.inherit
            .push((File::open(path).unwrap().into(), number));
    }
    assert_eq!(output(spec).await.0, "threefour");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_program_leads_its_own_session_with_plain_signals() {
    let (stat, _) = output(shell("read stat < /proc/$$/stat; echo $$ $stat")).await;
    let fields: Vec<_> = stat.split(' ').collect();
    assert_eq!(
        (fields[5], fields[6]),
        (fields[0], fields[0]),
        "group and session: {stat}"
    );
    let (status, _) = output(shell("cat /proc/self/status")).await;
    for set in ["SigBlk", "SigIgn"] {
        let line = status.lines().find(|line| line.starts_with(set)).unwrap();
        let bits = u64::from_str_radix(line.rsplit('\t').next().unwrap(), 16).unwrap();
        // The two numbers above belong to the C library.
        assert_eq!(bits & 0x7fff_ffff, 0, "{line}");
    }
}

#[tokio::test]
async fn what_cannot_start_says_at_which_step() {
    for (spec, expected) in [
        (Spec::new("/nonexistent/program"), "execute it"),
        (Spec::new("/bin/sh").cwd("/nonexistent"), "enter its folder"),
        (Spec::new("sh"), "its path is not absolute"),
        (Spec::new("/bin/sh").arg("a\0b"), "it names a NUL character"),
    ] {
        let error = spawn(spec).await.unwrap_err();
        // The standard library, used elsewhere, does not tell the steps apart.
        if cfg!(target_os = "linux") || matches!(error, SpawnError::Unusable { .. }) {
            assert!(error.to_string().ends_with(expected), "{error}");
        }
    }
}

#[tokio::test]
async fn limits_hold() {
    let folder = tempfile::tempdir().unwrap();
    let mut spec = shell("head -c 100000 /dev/zero > big; wc -c < big").cwd(folder.path());
    spec.limits = Limits {
        file_bytes: Some(4096),
        open_files: Some(32),
    };
    assert_eq!(output(spec).await.0.trim(), "4096");
}

#[tokio::test]
async fn a_dropped_child_is_killed() {
    let mut child = spawn(shell("echo $$; exec sleep 1000")).await.unwrap();
    let mut stdout = child.take_stdout().unwrap();
    let mut byte = [0];
    stdout.read_exact(&mut byte).await.unwrap();
    drop(child);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).await.unwrap();
}

#[tokio::test]
async fn a_detached_program_writes_to_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let fifo = folder.path().join("done");
    let made = output(shell("mkfifo done").cwd(folder.path())).await.1;
    assert!(made.success());
    let spec = shell("echo out; echo err >&2; echo done > done").cwd(folder.path());
    spawn_detached(spec, Some(&log)).await.unwrap();
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    assert_eq!(read(&fifo), "done\n");
    assert_eq!(read(&log), "out\nerr\n");
}

#[tokio::test]
async fn a_helper_is_asked_once_and_keeps_its_streams_for_another() {
    // What it is asked it answers, and what follows is the next program's.
    let mut child = spawn(shell("head -c 9; exec cat").piped_stdin())
        .await
        .unwrap();
    assert_eq!(child.exchange(b"hello", 5).await.unwrap(), b"hello");
    let mut stdin = child.take_stdin().unwrap();
    stdin.write_all(b"for the next").await.unwrap();
    drop(stdin);
    let mut rest = String::new();
    let mut stdout = child.take_stdout().unwrap();
    stdout.read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest, "for the next");
}

#[tokio::test]
async fn an_answer_that_is_too_long_or_cut_off_is_none() {
    let mut child = spawn(shell("cat").piped_stdin()).await.unwrap();
    let long = child.exchange(b"hello", 4).await;
    assert_eq!(long.unwrap_err().kind(), std::io::ErrorKind::InvalidData);
    let mut child = spawn(shell("head -c 6").piped_stdin()).await.unwrap();
    let cut = child.exchange(b"hello", 5).await;
    assert_eq!(cut.unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
    let mut child = spawn(shell("exec 0<&- 1>&-")).await.unwrap();
    let deaf = child.exchange(b"hello", 5).await;
    assert_eq!(deaf.unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
}

#[tokio::test]
async fn a_tree_is_counted_and_killed() {
    let (mut child, tree) = spawn_tree(shell("sleep 1000 & echo x; wait"), "it", Bounds::default())
        .await
        .unwrap();
    let mut byte = [0];
    child
        .take_stdout()
        .unwrap()
        .read_exact(&mut byte)
        .await
        .unwrap();
    assert_eq!(tree.count().await.unwrap(), 2);
    assert_eq!(tree.freeze().await.unwrap().processes, 2);
    assert_eq!(tree.kill().await.unwrap().processes, 2);
    assert_eq!(child.wait().await.unwrap(), Exit::Signal(9));
}
