//! Processes: cases 7, 47, 48, 49, 51, 52, 55 and 57.

use std::fs::File;
use std::os::windows::io::AsRawHandle;
use std::path::PathBuf;

use ampersand_core::Role;
use ampersand_process::{Spec, spawn};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use super::{Place, released};

in_both_tiers!(
    case_07_no_handle_of_ours_is_open,
    case_47_nothing_survives_its_task,
    case_48_a_fork_bomb_is_capped,
    case_49_memory_is_bounded_for_all_together,
    case_51_a_frozen_tree_does_not_go_on_and_a_thawed_one_does,
    case_52_processes_outside_are_not_touched,
    case_55_one_that_may_not_execute_starts_nothing,
    case_57_no_variable_of_ours_is_seen,
);

async fn case_07_no_handle_of_ours_is_open(place: Place) {
    // Inheritable, as anything could be that another part of the program made so.
    let file = File::open(place.path("secret")).unwrap();
    inheritable(&file);
    let policy = place.policy(Role::Worker);
    let launched = place.shell(&policy, "set /p wait=").await;
    drop(file);
    // Inside it would still hold the file.
    released(&place.path("secret")).await;
    drop(launched);
}

async fn case_47_nothing_survives_its_task(place: Place) {
    // Waits to be ended, whatever it is given.
    let waits = env!("CARGO_BIN_EXE_ampersand-enter");
    let mut policy = place.policy(Role::Worker);
    policy.read_only = vec![waits.into()];
    let line = format!(r#"start /b "" "{waits}" --brood & echo up & "{waits}" --brood"#);
    let mut launched = place.shell(&policy, &line).await;
    let mut lines = BufReader::new(launched.child.take_stdout().unwrap()).lines();
    assert_eq!(
        lines.next_line().await.unwrap().as_deref().map(str::trim),
        Some("up")
    );
    let gone = launched.tree.kill().await.unwrap();
    assert!(gone.processes >= 2, "{gone:?}");
    assert_eq!(launched.tree.count().await.unwrap(), 0);
    // The pipe ends with the last of them.
    assert_eq!(lines.next_line().await.unwrap(), None);
}

/// Not a test by itself: an orchestrator for the one below to kill.
#[tokio::test]
#[ignore = "waits to be killed"]
#[expect(clippy::print_stdout, reason = "how it tells")]
async fn launches() {
    let place = Place::new().await;
    let waits = env!("CARGO_BIN_EXE_ampersand-enter");
    let mut policy = place.policy(Role::Worker);
    policy.read_only = vec![waits.into()];
    // Whoever brings others about holds what all of them print to.
    let line = format!(r#"echo up & (start /b "" "{waits}" --brood & "{waits}" --brood) > held"#);
    let mut launched = place.shell(&policy, &line).await;
    let mut lines = BufReader::new(launched.child.take_stdout().unwrap()).lines();
    assert!(lines.next_line().await.unwrap().is_some());
    while launched.tree.count().await.unwrap() < 3 {
        tokio::task::yield_now().await;
    }
    println!("folder {}", place.path("").display());
    std::future::pending().await
}

#[tokio::test]
async fn case_47_nothing_survives_an_orchestrator_that_is_killed() {
    let mut spec = Spec::new(std::env::current_exe().unwrap()).args([
        "--ignored",
        "--exact",
        "processes::launches",
        "--nocapture",
    ]);
    spec.env = std::env::vars_os().collect();
    let mut child = spawn(spec).await.unwrap();
    let mut lines = BufReader::new(child.take_stdout().unwrap()).lines();
    let folder = loop {
        let line = lines.next_line().await.unwrap().expect("it launches");
        if let Some((_, folder)) = line.split_once("folder ") {
            break PathBuf::from(folder.trim());
        }
    };
    let held = folder.join("tree").join("held");
    assert!(held.is_file());
    drop(child);
    released(&held).await;
    std::fs::remove_dir_all(folder).unwrap();
}

async fn case_48_a_fork_bomb_is_capped(place: Place) {
    let mut policy = place.policy(Role::Worker);
    policy.limits.processes = 12;
    std::fs::write(place.path("tree/bomb.cmd"), "start /b cmd /c %0\r\n%0\r\n").unwrap();
    let mut launched = place
        .shell(&policy, "echo up & bomb.cmd > nul 2> nul")
        .await;
    let mut lines = BufReader::new(launched.child.take_stdout().unwrap()).lines();
    assert!(lines.next_line().await.unwrap().is_some());
    let mut most = 0;
    while most < 2 && launched.child.exited().is_none() {
        most = launched.tree.count().await.unwrap();
        assert!(most <= 12, "{most}");
        tokio::task::yield_now().await;
    }
    launched.tree.kill().await.unwrap();
    assert_eq!(launched.tree.count().await.unwrap(), 0);
}

async fn case_49_memory_is_bounded_for_all_together(place: Place) {
    let mut policy = place.policy(Role::Worker);
    policy.limits.memory_bytes = 256 << 20;
    let line = "powershell -NoProfile -Command \"try { $a = New-Object byte[] 1000000000; exit 0 } catch { exit 1 }\"";
    let (_, code) = place.told(&policy, line).await;
    assert_ne!(code, 0);
}

async fn case_51_a_frozen_tree_does_not_go_on_and_a_thawed_one_does(place: Place) {
    let policy = place.policy(Role::Worker);
    let line = "for /l %i in (1,1,1000000) do @echo %i";
    let mut launched = place.shell(&policy, line).await;
    let mut stdout = launched.child.take_stdout().unwrap();
    let mut some = [0; 64];
    stdout.read_exact(&mut some).await.unwrap();
    let frozen = launched.tree.freeze().await.unwrap();
    assert!(frozen.processes >= 1);
    launched.tree.thaw().await.unwrap();
    stdout.read_exact(&mut some).await.unwrap();
    launched.tree.freeze().await.unwrap();
    launched.tree.kill().await.unwrap();
    assert_eq!(launched.tree.count().await.unwrap(), 0);
}

async fn case_52_processes_outside_are_not_touched(place: Place) {
    let line = format!("taskkill /f /pid {}", std::process::id());
    let query = format!(
        "powershell -NoProfile -Command \"try {{ (Get-Process -Id {}).Kill(); exit 0 }} catch {{ exit 1 }}\"",
        std::process::id()
    );
    place
        .check(&[(&line, false, false), (&query, false, false)])
        .await;
}

async fn case_55_one_that_may_not_execute_starts_nothing(place: Place) {
    let mut policy = place.policy(Role::Explorer);
    policy.execute = false;
    let mut launched = place
        .shell(&policy, "echo up & set /p wait= & whoami")
        .await;
    let mut stdout = BufReader::new(launched.child.take_stdout().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).await.unwrap();
    assert!(launched.gave_up_executing().await.unwrap());
    let mut stdin = launched.child.take_stdin().unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stdin, b"\r\n")
        .await
        .unwrap();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).await.unwrap();
    assert!(!rest.contains('\\'), "{rest}");
    assert_ne!(launched.code().await, 0);
    // One that may is not taken for one that does not.
    let shell = place
        .shell(&place.policy(Role::Worker), "set /p wait=")
        .await;
    assert!(!shell.gave_up_executing().await.unwrap());
}

async fn case_57_no_variable_of_ours_is_seen(place: Place) {
    let policy = place.policy(Role::Worker);
    let (told, _) = place.told(&policy, "set").await;
    let names: Vec<&str> = told
        .lines()
        .filter_map(|line| line.split('=').next())
        .collect();
    assert!(
        names
            .iter()
            .any(|name| name.eq_ignore_ascii_case("SystemRoot")),
        "{told}"
    );
    // Of every test run, and of nobody's sandbox.
    for name in ["CARGO_MANIFEST_DIR", "NEXTEST", "CARGO_PKG_NAME"] {
        assert!(!names.contains(&name), "{name}");
    }
}

/// Lets the handle go over to any child that is not told which ones to take.
#[expect(unsafe_code, reason = "no safe interface makes a handle inheritable")]
fn inheritable(file: &File) {
    use windows_sys::Win32::Foundation::{HANDLE_FLAG_INHERIT, SetHandleInformation};
    // SAFETY: the handle is open.
    let answer = unsafe {
        SetHandleInformation(
            file.as_raw_handle(),
            HANDLE_FLAG_INHERIT,
            HANDLE_FLAG_INHERIT,
        )
    };
    assert_ne!(answer, 0);
}
