//! The orchestrator alone, while somebody else may hold the conversation.

use std::sync::{Arc, atomic::Ordering};

use ampersand_controller::{Connector, NotReached, Remote, Wire};
use ampersand_core::{EventBody, Failure};
use ampersand_protocol::{FromOrchestrator, Hello, PROTOCOL_VERSION};
use futures::future::BoxFuture;
use tokio::io::AsyncWriteExt;

use crate::world::Orchestrator;

fn noticed(code: &str) -> EventBody {
    EventBody::Noticed {
        task: None,
        failure: Failure::new(code, "m", "h"),
    }
}

#[tokio::test]
async fn the_journal_is_read_up_to_now_and_followed_through_a_crash() {
    let orchestrator = Orchestrator::new();
    orchestrator.write([noticed("one"), noticed("two"), noticed("three")]);
    let remote = Remote::open_with("test", Arc::new(orchestrator.clone()))
        .await
        .unwrap();
    let seqs = |events: Vec<ampersand_core::Event>| -> Vec<u64> {
        events.iter().map(|event| event.seq).collect()
    };
    assert_eq!(seqs(remote.events(1).await.unwrap()), [2, 3]);
    assert_eq!(seqs(remote.events(3).await.unwrap()), [0; 0]);
    let mut seen = Vec::new();
    let dies = orchestrator.clone();
    let found = remote.wait_for(0, |event| {
        seen.push(event.seq);
        if event.seq == 3 {
            dies.die();
            dies.write([noticed("four")]);
        }
        (event.seq == 4).then_some("found")
    });
    assert_eq!(found.await.unwrap(), "found");
    assert_eq!(seen, [1, 2, 3, 4]);
    assert_eq!(remote.tasks().await.unwrap().seq, 4);
    assert_eq!(orchestrator.starts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn one_that_cannot_start_is_an_error_in_its_own_words() {
    let orchestrator = Orchestrator::new();
    orchestrator.die();
    orchestrator.cannot_start();
    let Err(failure) = Remote::open_with("test", Arc::new(orchestrator)).await else {
        panic!("it cannot have been reached");
    };
    assert_eq!(failure.code, "orchestrator_cannot_start");
    assert!(failure.message.contains("newer version"));
}

/// Greets as one that is understood, and then says what is not.
struct Stranger;

impl Connector for Stranger {
    fn connect(&self) -> BoxFuture<'_, Result<Wire, NotReached>> {
        Box::pin(async {
            let (ours, mut theirs) = tokio::io::duplex(4096);
            let hello = Hello {
                protocol: PROTOCOL_VERSION,
                build: "later".to_owned(),
                pid: 1,
            };
            let hello = FromOrchestrator::Hello { hello, newest: 1 };
            let hello = serde_json::to_string(&hello).unwrap();
            let said = format!("{hello}\n{{\"frame\":\"event\",\"event\":{{\"seq\":1}}}}\n");
            theirs.write_all(said.as_bytes()).await.unwrap();
            // It stays on the line.
            tokio::spawn(async move {
                let _kept = theirs;
                std::future::pending::<()>().await;
            });
            Ok(Box::new(ours) as Wire)
        })
    }

    fn start(&self) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(async { Ok(()) })
    }

    fn last_words(&self) -> Option<Failure> {
        None
    }
}

#[tokio::test]
async fn one_that_says_what_is_not_understood_is_an_error_and_not_dialled_for_ever() {
    let remote = Remote::open_with("test", Arc::new(Stranger)).await.unwrap();
    let failure = remote.wait_for(0, |_| None::<()>).await.unwrap_err();
    assert_eq!(failure.code, "link_unreadable");
}
