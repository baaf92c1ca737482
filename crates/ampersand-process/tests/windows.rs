//! Starting programs on Windows: in a job from the beginning, with three streams, and one that makes way for another.
#![cfg(windows)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::io::{self, Write};
use std::os::windows::io::{AsHandle, AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::{Path, PathBuf};
use std::ptr;

use ampersand_process::{
    Bounds, Exit, SpawnError, Spec, Standing, leave_standing, spawn, spawn_tree, succeed,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use windows_sys::Win32::Security::{
    CreateRestrictedToken, DISABLE_MAX_PRIVILEGE, GetTokenInformation, SID_AND_ATTRIBUTES,
    TOKEN_ALL_ACCESS, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

fn system() -> PathBuf {
    PathBuf::from(std::env::var_os("SystemRoot").unwrap())
}

fn shell(line: &str) -> Spec {
    let mut spec = Spec::new(system().join(r"System32\cmd.exe"))
        .args(["/D", "/S", "/C", line])
        .cwd(system());
    for name in ["SystemRoot", "ComSpec", "PATH"] {
        spec = spec.env(name, std::env::var_os(name).unwrap_or_default());
    }
    spec
}

#[tokio::test]
async fn input_is_read_and_the_end_is_told() {
    let spec = shell("set /p it= & call echo it is %it% & exit 3").piped_stdin();
    let mut child = spawn(spec).await.unwrap();
    let mut stdin = child.take_stdin().unwrap();
    stdin.write_all(b"here\r\n").await.unwrap();
    drop(stdin);
    let mut text = String::new();
    let mut stdout = child.take_stdout().unwrap();
    stdout.read_to_string(&mut text).await.unwrap();
    assert!(text.contains("it is here"), "{text}");
    assert_eq!(child.wait().await.unwrap(), Exit::Code(3));
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let spec = Spec::new(r"C:\no\such.exe").cwd(system());
    match spawn(spec).await {
        Err(SpawnError::Start { program, step, .. }) => {
            assert_eq!(
                (program.as_path(), step),
                (Path::new(r"C:\no\such.exe"), "execute it")
            );
        }
        other => assert!(other.is_err(), "{other:?}"),
    }
}

#[tokio::test]
async fn a_tree_stands_still_goes_on_and_ends_as_a_whole() {
    let line = "echo up & for /l %i in (0,0,1) do @echo again";
    let (mut child, tree) = spawn_tree(shell(line), "it", Bounds::default())
        .await
        .unwrap();
    let mut stdout = child.take_stdout().unwrap();
    let mut some = [0; 32];
    stdout.read_exact(&mut some).await.unwrap();
    assert!(tree.count().await.unwrap() >= 1);
    assert!(tree.freeze().await.unwrap().processes >= 1);
    tree.thaw().await.unwrap();
    stdout.read_exact(&mut some).await.unwrap();
    assert!(tree.kill().await.unwrap().processes >= 1);
    assert_eq!(tree.count().await.unwrap(), 0);
    child.wait().await.unwrap();
    tree.emptied().await;
}

/// Where the maker of the test below says what it has left standing.
const LEFT: &str = "AMPERSAND_TEST_LEFT";

#[tokio::test]
async fn one_program_makes_way_for_a_lesser_one() {
    let folder = tempfile::tempdir().unwrap();
    let left = folder.path().join("left");
    let mut maker = Spec::new(std::env::current_exe().unwrap())
        .args(["--exact", "leaves_one_standing", "--ignored", "--nocapture"])
        .cwd(system())
        .piped_stdin();
    for name in ["SystemRoot", "ComSpec", "PATH"] {
        maker = maker.env(name, std::env::var_os(name).unwrap_or_default());
    }
    let maker = maker.env(LEFT, &left);
    let (mut child, tree) = spawn_tree(maker, "it", Bounds::default()).await.unwrap();
    let maker = child.pid();
    let mut stdin = child.take_stdin().unwrap();
    child.wait().await.unwrap();
    let told = std::fs::read_to_string(&left).unwrap();
    let (pid, thread) = told.split_once(' ').unwrap();
    let standing = Standing {
        pid: pid.parse().unwrap(),
        thread: thread.parse().unwrap(),
    };
    // It stands there and has done nothing, and whoever made it is gone.
    let there = tree.pids().await.unwrap();
    assert!(
        there.contains(&standing.pid) && !there.contains(&maker),
        "{there:?}"
    );
    let mut child = succeed(child, &tree, standing).await.unwrap();
    assert_eq!((child.pid(), child.pid() != maker), (standing.pid, true));
    stdin.write_all(b"for the next\r\n").await.unwrap();
    drop(stdin);
    let mut text = String::new();
    let mut stdout = child.take_stdout().unwrap();
    stdout.read_to_string(&mut text).await.unwrap();
    assert!(text.contains("it is for the next"), "{text}");
    assert_eq!(child.wait().await.unwrap(), Exit::Code(7));
    assert_eq!(tree.kill().await.unwrap().processes, 0);
}

#[tokio::test]
async fn what_is_in_another_tree_is_not_let_run() {
    let (first, first_tree) = spawn_tree(shell("exit 0"), "it", Bounds::default())
        .await
        .unwrap();
    let waits = shell("set /p it=").piped_stdin();
    let (other, _other_tree) = spawn_tree(waits, "it", Bounds::default()).await.unwrap();
    let standing = Standing {
        pid: other.pid(),
        thread: 0,
    };
    let refused = succeed(first, &first_tree, standing).await;
    assert!(
        matches!(
            refused,
            Err(SpawnError::Start {
                step: "see it fenced in",
                ..
            })
        ),
        "{refused:?}"
    );
    assert_eq!(other.exited(), None);
}

#[test]
#[ignore = "becomes the maker of the test above"]
fn leaves_one_standing() {
    let spec = shell("set /p it= & call echo it is %it% & exit 7");
    let copy = |stream: &dyn AsHandle| stream.as_handle().try_clone_to_owned().unwrap();
    let streams = || [copy(&io::stdin()), copy(&io::stdout()), copy(&io::stderr())];
    // One as able as ourselves is not left standing.
    assert!(leave_standing(&spec, token(false), streams(), true).is_err());
    let Standing { pid, thread } = leave_standing(&spec, token(true), streams(), true).unwrap();
    let path = std::env::var_os(LEFT).unwrap();
    let mut file = std::fs::File::create(path).unwrap();
    write!(file, "{pid} {thread}").unwrap();
}

/// A token of ours, with a second list or without one.
#[expect(unsafe_code, reason = "tokens have no safe interface")]
fn token(with_second_list: bool) -> OwnedHandle {
    let mut own = ptr::null_mut();
    let mut space = [0_usize; 64];
    let (mut length, mut made) = (0, ptr::null_mut());
    // SAFETY: the process handle stands for ourselves; each pointer and its size describe what is given; the list has one
    // member, which points into `space`, or none.
    unsafe {
        assert_ne!(
            OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &raw mut own),
            0
        );
        let told = GetTokenInformation(
            own,
            TokenUser,
            space.as_mut_ptr().cast(),
            size_of_val(&space) as u32,
            &raw mut length,
        );
        assert_ne!(told, 0);
        let list = [SID_AND_ATTRIBUTES {
            Sid: (*space.as_ptr().cast::<TOKEN_USER>()).User.Sid,
            Attributes: 0,
        }];
        let own = OwnedHandle::from_raw_handle(own);
        let answer = CreateRestrictedToken(
            own.as_raw_handle(),
            DISABLE_MAX_PRIVILEGE,
            0,
            ptr::null(),
            0,
            ptr::null(),
            u32::from(with_second_list),
            list.as_ptr(),
            &raw mut made,
        );
        assert_ne!(answer, 0);
        OwnedHandle::from_raw_handle(made)
    }
}
