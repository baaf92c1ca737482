//! The tier itself: cases 63 and 64, and what is said about it.

use std::fs;

use ampersand_core::{Gap, Isolation, Role, UnsafeConsent};
use ampersand_sandbox::{LaunchError, Policy, take_back};
use tokio::io::AsyncReadExt;

use super::{Place, gaps_of, rights};

const RUNS: [&str; 5] = ["cmd.exe", "/D", "/S", "/C", "echo x > ran"];

#[tokio::test]
async fn the_tier_is_reduced_and_names_what_it_leaves_open() {
    let place = Place::new().await;
    let isolation = place.launcher.isolation();
    let gaps = gaps_of(&isolation);
    assert!(gaps.contains(&Gap::NameLookups) && gaps.contains(&Gap::TemporarySpace));
    assert!(!gaps.contains(&Gap::GitFile) && !gaps.contains(&Gap::Attributes));
    fs::remove_file(place.path("tree/.git")).unwrap();
    let looked = place.launcher.look(&place.policy(Role::Worker)).await;
    assert!(gaps_of(&looked).contains(&Gap::GitFile));
}

#[tokio::test]
async fn a_worker_waits_for_what_was_not_accepted_and_an_explorer_does_not() {
    let place = Place::new().await;
    let policy = Policy::new(Role::Worker, place.path("tree"));
    let refused = place.launcher.launch(&policy, RUNS, "it").await;
    assert!(
        matches!(refused, Err(LaunchError::NotAccepted { .. })),
        "{refused:?}"
    );
    assert!(!place.path("tree/ran").exists());
    let policy = Policy::new(Role::Explorer, place.path("tree"));
    let (told, code) = place.told(&policy, "type file").await;
    assert_eq!((told.trim(), code), ("text", 0));
}

#[tokio::test]
async fn case_63_a_helper_that_others_put_first_is_never_asked() {
    let place = Place::new().await;
    let waits = env!("CARGO_BIN_EXE_ampersand-enter");
    fs::copy(waits, place.path("tree/ampersand-enter.exe")).unwrap();
    let mut policy = place.policy(Role::Worker);
    let path = format!(
        r"{};{}\System32",
        place.path("tree").display(),
        std::env::var("SystemRoot").unwrap()
    );
    policy.env.push(("PATH".to_owned(), path));
    let (told, code) = place.told(&policy, "echo ran").await;
    assert_eq!((told.trim(), code), ("ran", 0));
}

#[tokio::test]
async fn case_64_a_program_that_is_not_there_leaves_nothing_behind() {
    let place = Place::new().await;
    let before = rights(&place.path("tree/file"));
    for program in ["no-such-program", r"C:\no\such.exe", r"..\up.exe"] {
        let refused = place
            .launcher
            .launch(&place.policy(Role::Worker), [program], "it")
            .await;
        assert!(refused.is_err(), "{program}");
    }
    assert_eq!(rights(&place.path("tree/file")), before);
    let records = fs::read_dir(place.path("state/sandbox/attempts")).unwrap();
    assert_eq!(records.count(), 0);
}

#[tokio::test]
async fn without_isolation_a_program_still_has_a_tree() {
    let place = Place::new().await;
    let consent = UnsafeConsent::typed(UnsafeConsent::WORDS).unwrap();
    let policy = Policy::new(Role::Worker, place.path("tree"));
    let launched = place
        .launcher
        .launch_unfenced(&policy, RUNS, "it", &consent)
        .await;
    let mut launched = launched.unwrap();
    assert_eq!(launched.isolation, Isolation::Unsafe);
    let mut said = String::new();
    launched
        .child
        .take_stderr()
        .unwrap()
        .read_to_string(&mut said)
        .await
        .unwrap();
    assert_eq!((launched.code().await, said.as_str()), (0, ""));
    assert!(place.path("tree/ran").is_file());
}

#[tokio::test]
async fn what_is_kept_for_all_attempts_can_be_taken_back() {
    let place = Place::new().await;
    let policy = place.policy(Role::Worker);
    let (_, code) = place.told(&policy, "echo x").await;
    assert_eq!(code, 0);
    // How many toolchains there are is the machine's to know; after the first time nothing is left of them.
    take_back(&place.path("state")).unwrap();
    assert_eq!(take_back(&place.path("state")).unwrap(), 0);
}
