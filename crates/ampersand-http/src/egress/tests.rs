//! Names that lead where they should not: what the resolver says is judged, and asked for once.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use super::{Event, Hosts, Limits, Policy, Proxy, Refusal, resolve::Resolver};

/// Opens a tunnel to `rebound.test` where successive look-ups give successive lists. Gives the status, the event, and how
/// often was looked up.
async fn tunnel(lookups: Vec<Vec<SocketAddr>>) -> (String, Event, usize) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let resolver = Resolver::new(move |_, _| {
        let nth = counted.fetch_add(1, Ordering::SeqCst);
        let found = lookups[nth.min(lookups.len() - 1)].clone();
        Box::pin(async move { Ok(found) })
    });
    let policy = Policy {
        hosts: Hosts::new(["rebound.test"]).unwrap(),
        limits: Limits {
            connect: Duration::from_millis(200),
            ..Limits::default()
        },
        ..Policy::default()
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (events, mut seen) = mpsc::channel(4);
    let proxy = Proxy::serve_with(listener.into(), policy, events, resolver).unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let ask = b"CONNECT rebound.test:443 HTTP/1.1\r\nHost: rebound.test:443\r\n\r\n";
    stream.write_all(ask).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let event = seen.recv().await.unwrap();
    proxy.close().await;
    let status = answer.lines().next().unwrap_or_default().to_owned();
    (status, event, asked.load(Ordering::SeqCst))
}

#[tokio::test]
async fn an_allowed_name_that_leads_inside_is_refused() {
    for inside in [
        "127.0.0.1:443",
        "169.254.169.254:443",
        "10.0.0.1:443",
        "192.168.1.1:443",
        "100.100.100.200:443",
        "0.0.0.0:443",
        "[::1]:443",
        "[fe80::1]:443",
        "[fd00:ec2::254]:443",
        "[::ffff:127.0.0.1]:443",
        "[::ffff:169.254.169.254]:443",
        "[64:ff9b::a9fe:a9fe]:443",
    ] {
        let inside: SocketAddr = inside.parse().unwrap();
        // Alone, and behind a public address.
        for found in [vec![inside], vec!["1.1.1.1:443".parse().unwrap(), inside]] {
            let (status, event, asked) = tunnel(vec![found]).await;
            assert_eq!(status, "HTTP/1.1 403 Refused", "{inside}");
            let Event::Refused(refused) = event else {
                panic!("{event:?}")
            };
            assert!(matches!(refused.why, Refusal::Private { .. }), "{inside}");
            assert_eq!(asked, 1);
        }
    }
}

#[tokio::test]
async fn the_address_that_was_judged_is_the_one_that_is_dialled() {
    let trap = TcpListener::bind("127.0.0.1:0").await.unwrap();
    // Public, and nobody's: nothing answers there.
    let judged = "[2e00::1]:443".parse().unwrap();
    let lookups = vec![vec![judged], vec![trap.local_addr().unwrap()]];
    let (status, event, asked) = tunnel(lookups).await;
    assert_eq!(status, "HTTP/1.1 502 Refused");
    assert!(matches!(event, Event::Unreached { .. }), "{event:?}");
    assert_eq!(asked, 1);
}
