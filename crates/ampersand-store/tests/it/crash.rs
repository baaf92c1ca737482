//! A writer that is killed: what was acknowledged is there, and nothing is missing between.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use ampersand_core::EventBody;
use ampersand_store::{Batch, Journal};
use futures::future::join_all;

use crate::{at, home, noticed};

const JOURNAL: &str = "AMPERSAND_TEST_JOURNAL";

#[tokio::test]
#[ignore = "run by the test below, as the process that is killed"]
async fn appends_until_it_is_killed() {
    let journal = Journal::open(env::var(JOURNAL).unwrap().as_ref())
        .await
        .unwrap();
    let append = async |caller: usize| {
        loop {
            let text = format!("{caller} {}", "x".repeat(300 * caller));
            let batch = Batch::new(at(0), vec![noticed(text.clone()), noticed(text)]);
            for event in journal.append(batch).await.unwrap() {
                writeln!(io::stdout().lock(), "\nacknowledged {} {caller}", event.seq).unwrap();
            }
        }
    };
    join_all((0..16).map(append)).await;
}

/// Numbers and callers of the events a writer acknowledged before it was killed.
fn killed_writer(path: &str, after_lines: usize) -> Vec<(u64, String)> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the test runs itself, to kill the writer"
    )]
    let mut child = Command::new(env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "crash::appends_until_it_is_killed",
            "--nocapture",
        ])
        .env(JOURNAL, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| {
            let (seq, caller) = line.strip_prefix("acknowledged ")?.split_once(' ')?;
            Some((seq.parse().ok()?, caller.to_owned()))
        });
    let mut acknowledged: Vec<_> = lines.by_ref().take(after_lines).collect();
    child.kill().unwrap();
    acknowledged.extend(lines);
    assert!(!child.wait().unwrap().success());
    assert!(acknowledged.len() >= after_lines);
    acknowledged
}

#[tokio::test]
async fn a_killed_writer_loses_nothing_it_acknowledged() {
    let home = home();
    let path = home.path().join("journal.db");
    let mut before = 0;
    for after_lines in [1, 33, 400] {
        let acknowledged = killed_writer(path.to_str().unwrap(), after_lines);
        let journal = Journal::open(&path).await.unwrap();
        let events = journal.events_after(0, u32::MAX).await.unwrap();
        let numbers: Vec<_> = events.iter().map(|event| event.seq).collect();
        assert_eq!(numbers, (1..=journal.newest()).collect::<Vec<_>>());
        for (seq, caller) in acknowledged {
            assert!(seq > before);
            let event = &events[usize::try_from(seq).unwrap() - 1];
            let EventBody::Noticed { failure, .. } = &event.body else {
                panic!("{event:?}");
            };
            assert_eq!(failure.message.split_once(' ').unwrap().0, caller);
        }
        // Both events of each batch, or neither.
        assert!(
            events
                .chunks(2)
                .all(|pair| pair.len() == 2 && pair[0].body == pair[1].body)
        );
        before = journal.newest();
        journal.close().await;
    }
}
