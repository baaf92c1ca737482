//! Our own programs, run by themselves: the reader that gives up executing, one that starts others inside, and an
//! orchestrator that is killed.

use ampersand_core::Role;
use ampersand_process::lines::Lines;
use tokio::io::AsyncReadExt;

use crate::Place;

/// Not a test by itself: what the one below runs in a sandbox.
#[test]
#[ignore = "runs inside a sandbox only"]
#[expect(
    clippy::disallowed_methods,
    reason = "tries to start programs, and must fail"
)]
#[expect(clippy::print_stdout, reason = "how it tells")]
fn gives_up_executing() {
    let waiting = std::thread::spawn(std::thread::park);
    ampersand_sandbox::deny_exec().unwrap();
    let other = waiting.thread().clone();
    let tried = |name: &str, worked: bool| println!("tried {name} {worked}");
    tried(
        "exec",
        std::process::Command::new("/bin/true").status().is_ok(),
    );
    tried(
        "loader",
        std::process::Command::new("/lib64/ld-linux-x86-64.so.2")
            .status()
            .is_ok(),
    );
    tried("socket", std::net::TcpListener::bind("127.0.0.1:0").is_ok());
    tried(
        "local socket",
        std::os::unix::net::UnixStream::pair().is_ok(),
    );
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    tried("mode", std::fs::set_permissions("/tmp", mode).is_ok());
    let us = rustix::process::getpid();
    tried("signal", rustix::process::test_kill_process(us).is_ok());
    tried("write", std::fs::write("file", "x").is_ok());
    tried("thread", std::thread::spawn(|| true).join().unwrap());
    tried("temporary", std::fs::write("/tmp/mine", "x").is_ok());
    tried("read", std::fs::read("file").is_ok());
    other.unpark();
    waiting.join().unwrap();
    for thread in std::fs::read_dir("/proc/self/task").unwrap() {
        let status = std::fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
        let filters = status
            .lines()
            .find(|line| line.starts_with("Seccomp_filters"));
        tried(filters.unwrap(), true);
    }
    println!("done");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[tokio::test]
async fn the_built_in_explorer_cannot_start_anything_once_it_gave_that_up() {
    let place = Place::new().await;
    let us = dunce::canonicalize(std::env::current_exe().unwrap()).unwrap();
    let mut policy = place.policy(Role::Explorer);
    policy.execute = false;
    policy.read_only.push(us.clone());
    let us = us.to_str().unwrap();
    let argv = [
        us,
        "--ignored",
        "--exact",
        "inside::gives_up_executing",
        "--nocapture",
    ];
    let mut launched = place.launcher.launch(&policy, argv, "it").await.unwrap();
    let mut lines = Lines::new(launched.child.take_stdout().unwrap(), 1000);
    let mut told = String::new();
    loop {
        let line = lines.next().await.unwrap().expect("it tells");
        if line == "done" {
            break;
        }
        told += &line;
        told.push('\n');
    }
    assert!(launched.gave_up_executing().await.unwrap());
    let shell = place.shell(&policy, "read x").await;
    assert!(!shell.gave_up_executing().await.unwrap());
    let tried: Vec<_> = told
        .lines()
        .filter_map(|line| line.strip_prefix("tried "))
        .collect();
    let (outcomes, filters) = tried.split_at_checked(10).unwrap_or_default();
    let expected = [
        "exec false",
        "loader false",
        "socket false",
        "local socket false",
        "mode false",
        "signal false",
        "write false",
        "thread true",
        "temporary true",
        "read true",
    ];
    assert_eq!(outcomes, expected, "{told}");
    // Three of the sandbox and two of its own, on every thread.
    assert!(
        filters.len() >= 2 && filters.iter().all(|line| line.contains("\t5 ")),
        "{filters:?}"
    );
}

/// Not a test by itself: what the one below runs in a sandbox.
#[tokio::test]
#[ignore = "runs inside a sandbox only"]
#[expect(clippy::print_stdout, reason = "how it tells")]
async fn spawns() {
    let spec = ampersand_process::Spec::new("/bin/sh")
        .args(["-c", "(setsid sleep 1000 &); echo up; read x"]);
    let (mut child, tree) =
        ampersand_process::spawn_tree(spec.piped_stdin(), "inside", Default::default())
            .await
            .unwrap();
    let mut up = [0; 3];
    child
        .take_stdout()
        .unwrap()
        .read_exact(&mut up)
        .await
        .unwrap();
    println!("frozen {}", tree.freeze().await.unwrap().processes);
    println!("killed {}", tree.kill().await.unwrap().processes);
}

#[tokio::test]
async fn programs_inside_can_start_others_and_stop_them() {
    let place = Place::new().await;
    let us = dunce::canonicalize(std::env::current_exe().unwrap()).unwrap();
    let mut policy = place.policy(Role::Worker);
    policy.read_only.push(us.clone());
    let argv = [
        us.to_str().unwrap(),
        "--ignored",
        "--exact",
        "inside::spawns",
        "--nocapture",
    ];
    let mut launched = place.launcher.launch(&policy, argv, "it").await.unwrap();
    let mut told = String::new();
    launched
        .child
        .take_stdout()
        .unwrap()
        .read_to_string(&mut told)
        .await
        .unwrap();
    assert!(told.contains("frozen 2\nkilled 2\n"), "{told}");
}

/// Not a test by itself: an orchestrator for the one below to kill.
#[tokio::test]
#[ignore = "waits to be killed"]
#[expect(clippy::print_stdout, reason = "how it tells")]
async fn launches() {
    let place = Place::new().await;
    let script =
        "(setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 1; done' &); echo up; read x";
    let mut launched = place.shell(&place.policy(Role::Worker), script).await;
    let mut up = [0; 3];
    launched
        .child
        .take_stdout()
        .unwrap()
        .read_exact(&mut up)
        .await
        .unwrap();
    println!("tree {}", place.path("tree").display());
    std::future::pending().await
}

#[tokio::test]
async fn nothing_survives_an_orchestrator_that_is_killed() {
    use ampersand_process::{Spec, spawn};
    let us = std::env::current_exe().unwrap();
    let spec = Spec::new(us)
        .args(["--ignored", "--exact", "inside::launches", "--nocapture"])
        .env("HOME", "/nonexistent");
    let mut child = spawn(spec).await.unwrap();
    let mut lines = Lines::new(child.take_stdout().unwrap(), 1000);
    let tree = loop {
        let line = lines.next().await.unwrap().expect("it launches");
        if let Some((_, tree)) = line.split_once("tree ") {
            break tree.to_owned();
        }
    };
    assert!(
        alive(&tree) >= 3,
        "the builder, the first process, the shells"
    );
    let begun = std::time::Instant::now();
    drop(child);
    while alive(&tree) > 0 {
        assert!(begun.elapsed().as_secs() < 1, "{} survivors", alive(&tree));
        tokio::task::yield_now().await;
    }
    std::fs::remove_dir_all(std::path::Path::new(&tree).parent().unwrap()).unwrap();
}

/// How many processes work in a folder.
fn alive(folder: &str) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let within = |path: std::path::PathBuf| {
        let cwd = std::fs::read_link(path.join("cwd")).is_ok_and(|cwd| cwd.ends_with(folder));
        let named = std::fs::read(path.join("cmdline")).is_ok_and(|line| {
            line.windows(folder.len())
                .any(|part| part == folder.as_bytes())
        });
        cwd || named
    };
    processes.filter(|process| within(process.path())).count()
}
