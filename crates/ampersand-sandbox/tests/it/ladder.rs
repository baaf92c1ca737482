//! What is left when the system refuses one thing after the other: the right tier, its words, and nobody let in who
//! must not be.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use ampersand_core::{Gap, Isolation, Role, UnsafeConsent};
use ampersand_process::{Spec, spawn};
use ampersand_sandbox::{LaunchError, Launched, Launcher, Policy};
use seccompiler::{
    SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use tokio::io::AsyncReadExt;

use crate::Place;

/// Names what is refused to the test below, separated by commas.
const REFUSED: &str = "REFUSED";

/// Not a test by itself: what the ones below run, each with something refused to it. What it is about to do cannot be
/// taken back, so it needs a process of its own.
#[tokio::test]
#[ignore = "refuses itself what others need"]
#[expect(clippy::print_stdout, reason = "how it tells")]
async fn stands() {
    refuse(&std::env::var(REFUSED).unwrap());
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    let worktree = folder.path().join("tree");
    std::fs::create_dir(&worktree).unwrap();
    let launcher = Launcher::probe(&folder.path().join("state")).await;
    let isolation = launcher.isolation();
    println!("told {}", serde_json::to_string(&isolation).unwrap());
    for role in [Role::Explorer, Role::Worker] {
        let mut policy = Policy::new(role, &worktree);
        println!(
            "{} {}",
            role.shown(),
            tried(launcher.launch(&policy, SAYS, "it").await).await
        );
        policy.accepted = isolation.to_accept().to_vec();
        println!(
            "{} {}",
            role.shown(),
            tried(launcher.launch(&policy, SAYS, "it").await).await
        );
    }
    let repository = folder.path().join("repository");
    std::fs::create_dir_all(repository.join(".git")).unwrap();
    let policy = Policy::new(Role::Explorer, &repository);
    let looks = launcher.launch(&policy, SAYS, "it").await;
    println!("repository {}", tried(looks).await);
    let consent = UnsafeConsent::typed(UnsafeConsent::WORDS).unwrap();
    let policy = Policy::new(Role::Worker, &worktree);
    let unfenced = launcher
        .launch_unfenced(&policy, SAYS, "it", &consent)
        .await;
    println!("unfenced {}", tried(unfenced).await);
    println!("end");
}

const SAYS: [&str; 3] = ["/bin/sh", "-c", "echo ran"];

async fn tried(launched: Result<Launched, LaunchError>) -> String {
    match launched {
        Ok(mut launched) => {
            let mut said = String::new();
            let mut stdout = launched.child.take_stdout().unwrap();
            stdout.read_to_string(&mut said).await.unwrap();
            format!("{} {}", said.trim(), launched.isolation.tier())
        }
        Err(error) => error.code().to_owned(),
    }
}

/// Makes the kernel refuse to this process, and to all it starts, what `what` names.
fn refuse(what: &str) {
    let mut refused = std::collections::BTreeMap::new();
    let user = u64::from(libc::CLONE_NEWUSER.cast_unsigned());
    let with_user = || {
        let operator = SeccompCmpOp::MaskedEq(user);
        let condition = SeccompCondition::new(0, SeccompCmpArgLen::Dword, operator, user);
        vec![SeccompRule::new(vec![condition.unwrap()]).unwrap()]
    };
    let mut hidden = std::collections::BTreeMap::new();
    for what in what.split(',') {
        match what {
            "namespaces" => {
                refused.insert(libc::SYS_clone, with_user());
                refused.insert(libc::SYS_unshare, with_user());
                hidden.insert(libc::SYS_clone3, Vec::new());
            }
            "bubblewrap" => {
                refused.insert(libc::SYS_pivot_root, Vec::new());
            }
            "landlock" => {
                hidden.insert(libc::SYS_landlock_create_ruleset, Vec::new());
            }
            _ => {}
        }
    }
    for (rules, errno) in [(refused, libc::EPERM), (hidden, libc::ENOSYS)] {
        if rules.is_empty() {
            continue;
        }
        let arch = std::env::consts::ARCH.try_into().unwrap();
        let refuse = SeccompAction::Errno(errno.cast_unsigned());
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch).unwrap();
        let program: seccompiler::BpfProgram = filter.try_into().unwrap();
        seccompiler::apply_filter_all_threads(&program).unwrap();
    }
}

/// What stands with this refused, and what came of each launch.
async fn with(refused: &str) -> (Isolation, Vec<String>) {
    let us = std::env::current_exe().unwrap();
    stood(Spec::new(us), refused).await
}

/// The same, as `before` starts it.
async fn stood(before: Spec, refused: &str) -> (Isolation, Vec<String>) {
    let spec = before
        .args(["--ignored", "--exact", "ladder::stands", "--nocapture"])
        .env("PATH", "/usr/bin:/bin")
        .env(REFUSED, refused);
    let mut child = spawn(spec).await.unwrap();
    let mut told = String::new();
    let mut stdout = child.take_stdout().unwrap();
    stdout.read_to_string(&mut told).await.unwrap();
    let isolation = told.lines().find_map(|line| line.split_once("told "));
    let isolation = serde_json::from_str(isolation.ok_or(&told).unwrap().1).unwrap();
    let lines = told
        .lines()
        .skip_while(|line| !line.contains("told "))
        .skip(1);
    let lines = lines.take_while(|line| *line != "end").map(str::to_owned);
    (isolation, lines.collect())
}

const REDUCED: [&str; 6] = [
    "explorer ran reduced",
    "explorer ran reduced",
    "worker sandbox_not_accepted",
    "worker ran reduced",
    "repository sandbox_path",
    "unfenced ran unsafe",
];

const NONE: [&str; 6] = [
    "explorer sandbox_none",
    "explorer sandbox_none",
    "worker sandbox_none",
    "worker sandbox_none",
    "repository sandbox_none",
    "unfenced ran unsafe",
];

#[tokio::test]
async fn without_user_namespaces_or_bubblewrap_a_worker_needs_the_gaps_accepted() {
    for (refused, words) in [
        ("namespaces", "No permissions to create"),
        ("bubblewrap", "pivot_root"),
        ("namespaces,bubblewrap", "No permissions to create"),
    ] {
        let (isolation, outcomes) = with(refused).await;
        let Isolation::Reduced { why, gaps } = &isolation else {
            panic!("{refused}: {isolation:?}");
        };
        assert!(why.contains(words), "{refused}: {why}");
        for gap in [
            Gap::Attributes,
            Gap::Names,
            Gap::GitFile,
            Gap::TemporarySpace,
        ] {
            assert!(gaps.contains(&gap), "{refused}: {gap:?}");
        }
        let told = isolation.told();
        assert!(
            told.contains("NOT enforced: changing permissions"),
            "{told}"
        );
        assert_eq!(outcomes, REDUCED, "{refused}");
    }
}

#[tokio::test]
async fn without_landlock_nothing_starts_unless_somebody_typed_for_it() {
    for refused in [
        "landlock",
        "landlock,namespaces",
        "landlock,bubblewrap,namespaces",
    ] {
        let (isolation, outcomes) = with(refused).await;
        let Isolation::None { why } = &isolation else {
            panic!("{refused}: {isolation:?}");
        };
        assert!(why.contains("Landlock"), "{refused}: {why}");
        assert!(isolation.told().starts_with("No isolation is available ("));
        assert_eq!(outcomes, NONE, "{refused}");
    }
}

fn full() -> [String; 6] {
    REDUCED.map(|line| {
        line.replace("sandbox_not_accepted", "ran full")
            .replace("sandbox_path", "ran full")
            .replace("reduced", "full")
    })
}

#[tokio::test]
async fn where_no_group_counts_memory_the_full_tier_says_so_and_nobody_is_asked() {
    const SOMEBODY: &str = "65534";
    let us = std::env::current_exe().unwrap();
    let is_open = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o5 == 0o5;
    // No groups are left to somebody who is not logged in; only root can be somebody else.
    if !rustix::process::geteuid().is_root() || !us.ancestors().all(is_open) {
        return;
    }
    let somebody = Spec::new("/usr/bin/setpriv")
        .args(["--reuid", SOMEBODY, "--regid", SOMEBODY, "--clear-groups"])
        .arg(us);
    let (isolation, outcomes) = stood(somebody, "").await;
    let gaps = vec![Gap::Memory];
    assert_eq!(isolation, Isolation::Full { gaps });
    assert_eq!(outcomes, full());
}

#[tokio::test]
async fn with_nothing_refused_the_tier_is_full() {
    let (isolation, outcomes) = with("").await;
    assert!(isolation.is_full(), "{isolation:?}");
    assert_eq!(outcomes, full());
    // The same as everything else here sees.
    assert_eq!(Place::new().await.launcher.isolation(), isolation);
}
