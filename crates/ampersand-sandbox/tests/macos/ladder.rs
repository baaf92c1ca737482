//! The tier itself: cases 63 and 64, a program that is none, and what runs without isolation.

use std::os::unix::fs::PermissionsExt;

use ampersand_core::{Isolation, Role, UnsafeConsent};
use ampersand_sandbox::{Launcher, Policy};
use tokio::io::AsyncReadExt;

use super::{Place, Scene, alive};

#[tokio::test]
async fn case_63_a_builder_that_others_put_first_is_never_asked() {
    let (place, scene) = (Place::new().await, Scene::new());
    let mark = scene.path("tree/asked");
    for name in ["sandbox-exec", "ampersand-enter"] {
        let path = scene.path("tree").join(name);
        let imposter = format!("#!/bin/sh\necho asked > {}\n", mark.display());
        std::fs::write(&path, imposter).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut policy = scene.policy(Role::Worker);
    let path = format!("{}:/usr/bin:/bin", scene.path("tree").display());
    policy.env.push(("PATH".to_owned(), path));
    assert_eq!(place.told(&policy, "echo ran").await, "ran\n");
    assert!(!mark.exists());
}

#[tokio::test]
async fn case_63_where_the_canary_cannot_sing_nothing_starts() {
    let scene = Scene::new();
    // A file where our folder has to be.
    std::fs::write(scene.path("state"), "").unwrap();
    let launcher = Launcher::probe(&scene.path("state")).await;
    assert!(matches!(launcher.isolation(), Isolation::None { .. }));
    let argv = ["/bin/bash", "-c", "echo x > ran"];
    let refused = launcher
        .launch(&scene.policy(Role::Worker), argv, "it")
        .await;
    assert!(refused.is_err());
    assert!(!scene.path("tree/ran").exists());
}

#[tokio::test]
async fn case_64_a_program_that_is_not_there_runs_nothing() {
    let (place, scene) = (Place::new().await, Scene::new());
    for program in ["/no/such", "no-such-program", "../up"] {
        let policy = scene.policy(Role::Worker);
        let launched = place.launcher.launch(&policy, [program], "it").await;
        if let Ok(mut launched) = launched {
            assert_ne!(launched.code().await, 0, "{program}");
        }
    }
    scene.untouched();
}

#[tokio::test]
async fn without_isolation_a_program_still_has_a_tree() {
    let (place, scene) = (Place::new().await, Scene::new());
    let consent = UnsafeConsent::typed(UnsafeConsent::WORDS).unwrap();
    let policy = Policy::new(Role::Worker, scene.path("tree"));
    let mark = scene.path("mark").display().to_string();
    let argv = ["/bin/bash", "-c", "echo x > ran; echo up; read end", &mark];
    let launched = place
        .launcher
        .launch_unfenced(&policy, argv, "it", &consent)
        .await;
    let mut launched = launched.unwrap();
    assert_eq!(launched.isolation, Isolation::Unsafe);
    let mut up = [0; 3];
    let mut stdout = launched.child.take_stdout().unwrap();
    stdout.read_exact(&mut up).await.unwrap();
    assert!(scene.path("tree/ran").is_file() && alive(mark.as_ref()) == 1);
    launched.tree.kill().await.unwrap();
    assert_eq!(alive(mark.as_ref()), 0);
}
