//! An agent of others: a folder of its own, and one way out, which is the socket its model is served on.

use std::io::{Read, Write};

use ampersand_core::Role;

use crate::Place;

/// A shell that asks for a page, without any program that might not be there.
const ASK: &str = "exec 3<>/dev/tcp/127.0.0.1/4911 && printf 'hello\\n' >&3 && cat <&3";

#[tokio::test(flavor = "multi_thread")]
async fn what_listens_inside_is_served_from_outside() {
    let place = Place::new().await;
    for role in [Role::Worker, Role::Explorer] {
        let mut policy = place.policy(role);
        policy.way_port = Some(4911);
        let asked = ["/bin/bash", "-c", ASK];
        let mut launched = place.launcher.launch(&policy, asked, "it").await.unwrap();
        let listener = launched.way.take().unwrap();
        listener.set_nonblocking(false).unwrap();
        let served = tokio::task::spawn_blocking(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 6];
            stream.read_exact(&mut asked).unwrap();
            stream.write_all(b"served").unwrap();
            asked
        });
        assert_eq!(&served.await.unwrap(), b"hello\n");
        let mut told = String::new();
        let mut stdout = launched.child.take_stdout().unwrap();
        tokio::io::AsyncReadExt::read_to_string(&mut stdout, &mut told)
            .await
            .unwrap();
        assert_eq!(told, "served");
    }
}

#[tokio::test]
async fn without_a_port_nothing_listens() {
    let place = Place::new().await;
    let policy = place.policy(Role::Worker);
    let launched = place.shell(&policy, "true").await;
    assert!(launched.way.is_none());
}

#[tokio::test]
async fn a_folder_of_its_own_is_writable_for_every_role_and_its_neighbours_are_not() {
    let place = Place::new().await;
    let own = place.path("own");
    std::fs::create_dir(&own).unwrap();
    for role in [Role::Worker, Role::Explorer] {
        let mut policy = place.policy(role);
        policy.writable = vec![own.clone()];
        let script =
            "echo kept > $OUT/own/file; (echo no > $OUT/beside) 2>/dev/null || echo refused";
        assert_eq!(place.told(&policy, script).await, "refused\n", "{role:?}");
        assert_eq!(std::fs::read_to_string(own.join("file")).unwrap(), "kept\n");
        std::fs::remove_file(own.join("file")).unwrap();
    }
}
