//! Builders that do not build: each is found out before anything runs in the open.

use std::os::unix::fs::PermissionsExt;

use ampersand_core::{Isolation, Role};

use super::{INSIDER, Launcher, program};
use crate::launcher::LaunchError;
use crate::policy::Policy;

/// A launcher whose builder is this script.
async fn launcher(folder: &std::path::Path, script: Option<&str>) -> Launcher {
    let builder = folder.join("bwrap");
    if let Some(script) = script {
        std::fs::write(&builder, format!("#!/bin/bash\n{script}\n")).unwrap();
        std::fs::set_permissions(&builder, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    Launcher::probe_with(&folder.join("state"), vec![builder]).await
}

#[tokio::test]
async fn a_builder_that_builds_nothing_is_found_out_and_a_worker_not_started() {
    let enter = program::beside_us(INSIDER).unwrap();
    let open = format!(
        "while [ \"$1\" != -- ]; do shift; done; shift 2; exec {} \"$@\"",
        enter.display()
    );
    let told = format!(
        "while [ \"$1\" != -- ]; do shift; done
        [[ $3 =~ report.:([0-9]+) ]]; n=${{BASH_REMATCH[1]}}; shift 3
        eval \"printf + >&$n; exec $n>&-\"; exec \"${{@/#{}/{}}}\"",
        super::root::ENTER.replace('/', "\\/"),
        enter.display()
    );
    for (script, words) in [
        (None, "bubblewrap is not installed"),
        (
            Some("echo 'bwrap: No permissions to create new namespace' >&2; exit 1"),
            "No permissions",
        ),
        (Some("exit 0"), "could not be set up"),
        (Some(open.as_str()), "instead of"),
        (Some(told.as_str()), "should be Denied, but was Allowed"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let launcher = launcher(folder.path(), script).await;
        match launcher.isolation() {
            Isolation::Reduced { why, .. } => assert!(why.contains(words), "{script:?}: {why}"),
            other => panic!("{script:?}: {other:?}"),
        }
        let worktree = folder.path().join("tree");
        std::fs::create_dir(&worktree).unwrap();
        let argv = ["/usr/bin/touch", "ran"].map(Into::into).into();
        let refused = launcher
            .launch(&Policy::new(Role::Worker, &worktree), argv, "it")
            .await;
        assert!(
            matches!(refused, Err(LaunchError::NotAccepted { .. })),
            "{script:?}"
        );
        assert!(!worktree.join("ran").exists());
    }
}

#[tokio::test]
async fn what_was_in_the_way_once_is_not_held_against_the_system() {
    let folder = tempfile::tempdir().unwrap();
    let flag = folder.path().join("busy");
    std::fs::write(&flag, "").unwrap();
    let script = format!(
        "[ -e {} ] && exit 1; exec /usr/bin/bwrap \"$@\"",
        flag.display()
    );
    let launcher = launcher(folder.path(), Some(&script)).await;
    assert_eq!(launcher.isolation().tier(), "reduced");
    std::fs::remove_file(&flag).unwrap();
    assert!(launcher.look_again().await.is_full());
    // Nothing that is looked at has changed, but what relies on it fails.
    std::fs::write(&flag, "").unwrap();
    let worktree = folder.path().join("tree");
    std::fs::create_dir(&worktree).unwrap();
    let policy = Policy::new(Role::Explorer, &worktree);
    let argv = || vec!["/bin/true".into()];
    let refused = launcher.launch(&policy, argv(), "it").await;
    assert!(matches!(refused, Err(LaunchError::Setup { .. })));
    assert_eq!(launcher.tier_of(Role::Explorer).await.tier(), "reduced");
}

#[tokio::test]
async fn where_there_was_nothing_each_start_looks_again() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    std::fs::create_dir(&state).unwrap();
    std::os::unix::fs::symlink(folder.path(), state.join("sandbox")).unwrap();
    let launcher = launcher(folder.path(), Some("exec /usr/bin/bwrap \"$@\"")).await;
    assert_eq!(launcher.isolation().tier(), "none");
    std::fs::remove_file(state.join("sandbox")).unwrap();
    assert!(launcher.tier_of(Role::Worker).await.is_full());
}

#[tokio::test]
async fn a_changed_builder_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let launcher = launcher(folder.path(), Some("exec /usr/bin/bwrap \"$@\"")).await;
    assert!(launcher.isolation().is_full());
    std::fs::write(folder.path().join("bwrap"), "#!/bin/sh\nexit 1\n").unwrap();
    let worktree = folder.path().join("tree");
    std::fs::create_dir(&worktree).unwrap();
    let policy = Policy::new(Role::Worker, &worktree);
    let refused = launcher
        .launch(&policy, vec!["/bin/true".into()], "it")
        .await;
    assert!(matches!(refused, Err(LaunchError::NotAccepted { .. })));
    assert!(!launcher.isolation().is_full());
}
