//! An agent of others: a folder of its own, and one way out, which is the socket its model is served on.

use std::io::{Read, Write};

use ampersand_core::Role;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

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
        stdout.read_to_string(&mut told).await.unwrap();
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

/// Not a test by itself: what the one below runs in a sandbox, and reaches.
#[test]
#[ignore = "runs inside a sandbox only"]
fn answers_whoever_comes() {
    let port = std::env::var("PORT").unwrap().parse::<u16>().unwrap();
    let address = std::env::var("ADDRESS").unwrap();
    let listener = std::net::TcpListener::bind((address.as_str(), port)).unwrap();
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let mut asked = Vec::new();
        stream.read_to_end(&mut asked).unwrap();
        stream.write_all(&asked.repeat(2)).unwrap();
    }
}

async fn ask(inside: &mut ampersand_sandbox::Inside, words: &str) -> String {
    let stream = inside.stream();
    stream.write_all(words.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).await.unwrap();
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn what_serves_inside_is_reached_from_outside_again_and_again_and_by_nobody_else() {
    let place = Place::new().await;
    let us = dunce::canonicalize(std::env::current_exe().unwrap()).unwrap();
    for address in ["127.0.0.1", "::1"] {
        let mut policy = place.policy(Role::Worker);
        policy.serves = Some(3000);
        policy.read_only.push(us.clone());
        policy.env.push(("PORT".into(), "3000".into()));
        policy.env.push(("ADDRESS".into(), address.into()));
        let test = "way::answers_whoever_comes";
        let argv = [us.to_str().unwrap(), "--ignored", "--exact", test];
        let mut launched = place.launcher.launch(&policy, argv, "it").await.unwrap();
        let inward = launched.inward.take().unwrap();
        let mut first = loop {
            match inward.connect().await {
                Ok(inside) => break inside,
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused),
            }
            tokio::task::yield_now().await;
        };
        let mut second = inward.connect().await.unwrap();
        assert_eq!(ask(&mut first, "a").await, "aa");
        assert_eq!(ask(&mut second, "b").await, "bb");
        // Far more often than there are sockets.
        for at in 0..300 {
            let mut inside = inward.connect().await.unwrap();
            assert_eq!(ask(&mut inside, "x").await, "xx", "{address} {at}");
        }
        assert!(std::net::TcpStream::connect((address, 3000)).is_err());
        launched.tree.kill().await.unwrap();
        assert!(inward.connect().await.is_err());
    }
}
