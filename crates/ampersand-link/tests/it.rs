//! Both ends of the wire against each other, over the real socket and over a plain pipe of bytes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::{Arc, Mutex};

use ampersand_core::{CommandId, Event, EventBody, Failure};
use ampersand_link::{CallError, FrameError, Incoming, Responder, connect, dial, listen, serve};
use ampersand_protocol::{Activity, Command, Hello, Home, PROTOCOL_VERSION, Reply};
use jiff::Timestamp;
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

/// A journal in memory and nothing else; commands are answered by what they name.
#[derive(Clone)]
struct Journal {
    events: Arc<Mutex<Vec<Event>>>,
    newest: watch::Sender<u64>,
    activities: broadcast::Sender<Activity>,
}

impl Journal {
    fn with(count: u64) -> Self {
        let journal = Self {
            events: Arc::default(),
            newest: watch::channel(0).0,
            activities: broadcast::channel(8).0,
        };
        journal.grow(count);
        journal
    }

    fn grow(&self, count: u64) {
        let mut events = self.events.lock().unwrap();
        for _ in 0..count {
            let seq = events.len() as u64 + 1;
            let failure = Failure::new("n", seq.to_string(), "h");
            let body = EventBody::Noticed {
                task: None,
                failure,
            };
            events.push(Event {
                seq,
                at: Timestamp::UNIX_EPOCH,
                body,
            });
        }
        self.newest.send_replace(events.len() as u64);
    }
}

impl Responder for Journal {
    fn hello(&self) -> Hello {
        hello(PROTOCOL_VERSION)
    }

    async fn handle(&self, _: CommandId, command: Command) -> Result<Reply, Failure> {
        match command {
            Command::Attach { repository } => Ok(Reply::Text { text: repository }),
            // Never answers: stands for a command that takes long.
            Command::Drain => std::future::pending().await,
            _ => Err(Failure::new("no", "no", "no")),
        }
    }

    async fn events_after(&self, after: u64, limit: u32) -> Result<Vec<Event>, Failure> {
        let events = self.events.lock().unwrap();
        Ok(events
            .iter()
            .skip(after as usize)
            .take(limit as usize)
            .cloned()
            .collect())
    }

    fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    fn activities(&self) -> broadcast::Receiver<Activity> {
        self.activities.subscribe()
    }
}

fn hello(protocol: u32) -> Hello {
    Hello {
        protocol,
        build: "test".into(),
        pid: 1,
    }
}

fn id(n: u128) -> CommandId {
    CommandId::new(Uuid::from_u128(n))
}

fn attach(text: &str) -> Command {
    Command::Attach {
        repository: text.into(),
    }
}

async fn next_seq(incoming: &mut tokio::sync::mpsc::Receiver<Incoming>) -> u64 {
    loop {
        match incoming.recv().await.unwrap() {
            Incoming::Event(event) => return event.seq,
            Incoming::Activity(_) => {}
        }
    }
}

#[tokio::test]
async fn a_reader_catches_up_by_number_and_then_keeps_up() {
    let journal = Journal::with(1000);
    let (ours, theirs) = tokio::io::duplex(4096);
    tokio::spawn(serve(theirs, journal.clone()));
    let (_client, mut incoming, _, driver) =
        dial(ours, hello(PROTOCOL_VERSION), 300).await.unwrap();
    tokio::spawn(driver);
    for expected in 301..=1000 {
        assert_eq!(next_seq(&mut incoming).await, expected);
    }
    journal.grow(500);
    for expected in 1001..=1500 {
        assert_eq!(next_seq(&mut incoming).await, expected);
    }
}

#[tokio::test]
async fn a_slow_command_holds_up_no_other_and_no_event() {
    let journal = Journal::with(0);
    let (ours, theirs) = tokio::io::duplex(4096);
    tokio::spawn(serve(theirs, journal.clone()));
    let (client, mut incoming, _, driver) = dial(ours, hello(PROTOCOL_VERSION), 0).await.unwrap();
    tokio::spawn(driver);
    let slow = tokio::spawn({
        let client = client.clone();
        async move { client.call(id(1), Command::Drain).await }
    });
    for n in 0..300u128 {
        let text = n.to_string();
        let reply = client.call(id(n + 2), attach(&text)).await.unwrap();
        assert_eq!(reply, Reply::Text { text });
    }
    journal.grow(1);
    assert_eq!(next_seq(&mut incoming).await, 1);
    assert!(!slow.is_finished());
}

#[tokio::test]
async fn events_are_neither_lost_nor_repeated_while_calls_go_on() {
    let journal = Journal::with(5000);
    let (ours, theirs) = tokio::io::duplex(512);
    tokio::spawn(serve(theirs, journal.clone()));
    let (client, mut incoming, _, driver) = dial(ours, hello(PROTOCOL_VERSION), 0).await.unwrap();
    tokio::spawn(driver);
    let calls = tokio::spawn(async move {
        for n in 0..500 {
            client.call(id(n), attach("x")).await.unwrap();
        }
        client
    });
    for expected in 1..=5000 {
        assert_eq!(next_seq(&mut incoming).await, expected);
    }
    calls.await.unwrap();
}

#[tokio::test]
async fn a_call_whose_wire_breaks_says_so() {
    let (ours, theirs) = tokio::io::duplex(4096);
    let session = tokio::spawn(serve(theirs, Journal::with(0)));
    let (client, _incoming, _, driver) = dial(ours, hello(PROTOCOL_VERSION), 0).await.unwrap();
    tokio::spawn(driver);
    session.abort();
    let error = client.call(id(1), attach("x")).await.unwrap_err();
    assert!(matches!(error, CallError::Lost), "{error}");
}

#[tokio::test]
async fn another_version_is_refused_by_both_ends() {
    let (ours, theirs) = tokio::io::duplex(4096);
    let session = tokio::spawn(serve(theirs, Journal::with(0)));
    // Whether this end notices depends on who hangs up first.
    dial(ours, hello(PROTOCOL_VERSION + 1), 0).await.err();
    let error = session.await.unwrap().unwrap_err();
    assert!(
        matches!(error, FrameError::Version { theirs, ours: PROTOCOL_VERSION } if theirs == PROTOCOL_VERSION + 1),
        "{error}"
    );
}

#[tokio::test]
async fn the_socket_of_a_home_is_found_from_its_path_alone() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::find(Some(folder.path())).unwrap();
    connect(&home).await.unwrap_err();
    let mut listener = listen(&home).unwrap();
    tokio::spawn(async move {
        let stream = listener.accept().await.unwrap();
        serve(stream, Journal::with(3)).await.unwrap();
    });
    let stream = connect(&home).await.unwrap();
    let (_client, mut incoming, theirs, driver) =
        dial(stream, hello(PROTOCOL_VERSION), 2).await.unwrap();
    tokio::spawn(driver);
    assert_eq!(next_seq(&mut incoming).await, 3);
    assert_eq!(theirs.build, "test");
}
