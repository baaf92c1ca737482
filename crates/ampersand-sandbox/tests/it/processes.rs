//! What passes from process to process, and how a tree ends.

use ampersand_core::Role;
use ampersand_process::Exit;
use ampersand_sandbox::LaunchError;
use tokio::io::AsyncReadExt;

use crate::Place;

#[tokio::test]
async fn the_first_process_tells_nothing_and_cannot_be_changed() {
    let place = Place::new().await;
    place
        .check(&[
            ("[ \"$(cat /proc/1/environ | wc -c)\" -gt 0 ]", false, false),
            ("cat /proc/1/environ | grep -a .", false, false),
            ("echo x > /proc/1/mem", false, false),
            ("cat /proc/1/maps | grep .", false, false),
            ("ls -l /proc/1/fd/ | grep -e '->'", false, false),
            ("ls /proc/1/cwd/", false, false),
            ("kill -9 1", false, false),
            ("grep -q 'Seccomp:.2' /proc/1/status", true, true),
            ("grep -q 'NoNewPrivs:.1' /proc/self/status", true, true),
            (
                "grep -q 'CapBnd:.0000000000000000' /proc/self/status",
                true,
                true,
            ),
            ("grep -aq 'tmp[f]s' /proc/1/cmdline", false, false),
        ])
        .await;
    // Of our own environment nothing arrives; of the policy's, what it says.
    let mut policy = place.policy(Role::Worker);
    policy.env.push(("GIVEN".to_owned(), "given".to_owned()));
    let told = place.told(&policy, "env; cat /proc/*/environ").await;
    assert!(
        told.contains("GIVEN=given") && told.contains("HOME=/tmp/home"),
        "{told}"
    );
    for (name, value) in std::env::vars_os().filter(|(name, _)| name != "HOME" && name != "PATH") {
        let ours = format!("{}={}", name.display(), value.display());
        let given = [
            "LANG",
            "TERM",
            "CI",
            "SHELL",
            "USER",
            "LOGNAME",
            "CARGO_HOME",
            "RUSTUP_HOME",
            "PYENV_ROOT",
            "NVM_DIR",
            "VOLTA_HOME",
            "BUN_INSTALL",
            "DENO_INSTALL",
            "GOPATH",
            "PIP_FIND_LINKS",
        ];
        let given = given.iter().any(|given| name == *given);
        assert!(
            given || value.is_empty() || !told.contains(&ours),
            "{ours} was passed on"
        );
    }
}

#[tokio::test]
async fn no_descriptor_of_ours_arrives() {
    let place = Place::new().await;
    let leak = std::fs::File::open(place.folder.path()).unwrap();
    rustix::io::fcntl_setfd(&leak, rustix::io::FdFlags::empty()).unwrap();
    let list = "for fd in $(seq 0 300); do [ -e /proc/$$/fd/$fd ] && echo $fd; done";
    let told = place.told(&place.policy(Role::Worker), list).await;
    assert_eq!(told, "0\n1\n2\n");
}

#[tokio::test]
async fn whatever_escapes_its_session_ends_with_the_tree() {
    let place = Place::new().await;
    let script = "(setsid sh -c 'trap \"\" TERM HUP INT; echo ready; while :; do sleep 1; done' &); read end";
    let mut launched = place.shell(&place.policy(Role::Worker), script).await;
    let mut stdout = launched.child.take_stdout().unwrap();
    let mut ready = [0; 6];
    stdout.read_exact(&mut ready).await.unwrap();
    // The builder outside, the first process inside, the two shells, and maybe the second one's sleep.
    assert!(launched.tree.freeze().await.unwrap().processes >= 4);
    assert!(launched.tree.kill().await.unwrap().processes >= 4);
    assert_eq!(launched.child.wait().await.unwrap(), Exit::Signal(9));
    assert_eq!(stdout.read(&mut ready).await.unwrap(), 0);
}

#[tokio::test]
async fn a_fork_bomb_is_bounded_and_dies() {
    let place = Place::new().await;
    let mut policy = place.policy(Role::Worker);
    policy.limits.processes = 32;
    let bomb = "f() { f & f & sleep 1000; }; echo ready; f 2>/dev/null";
    let mut launched = place.shell(&policy, bomb).await;
    let mut ready = [0; 6];
    launched
        .child
        .take_stdout()
        .unwrap()
        .read_exact(&mut ready)
        .await
        .unwrap();
    assert!(launched.tree.count().await.unwrap() <= 40);
    launched.tree.kill().await.unwrap();
    assert_eq!(launched.tree.count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_program_that_is_not_there_is_a_failed_launch() {
    let place = Place::new().await;
    let refused = place
        .launcher
        .launch(&place.policy(Role::Worker), ["/no/such"], "it")
        .await;
    match refused.map(|_| ()) {
        Err(LaunchError::Setup { words }) => assert!(words.contains("/no/such"), "{words}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_hog_runs_out_of_memory() {
    let place = Place::new().await;
    let hog = "head -c 400000000 /dev/zero | tail -c 400000000 | wc -c";
    for (memory_bytes, expected) in [(64 << 20, "0"), (1 << 30, "400000000")] {
        let mut policy = place.policy(Role::Worker);
        policy.limits.memory_bytes = memory_bytes;
        assert_eq!(place.told(&policy, hog).await.trim(), expected);
    }
}
