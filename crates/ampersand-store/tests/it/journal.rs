//! The journal: numbers, lanes, repeated commands, and the stream.

use ampersand_core::{CommandId, EventBody, Failure};
use ampersand_store::{AppendError, Batch, Journal, WriteError};
use futures::{FutureExt, future::join_all};

use crate::{at, batch, home, id, noticed, task};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_have_no_gaps_however_many_append_at_once() {
    let home = home();
    let path = home.path().join("journal.db");
    let journal = Journal::open(&path).await.unwrap();
    let callers = (0..40_usize).map(|caller| {
        let journal = journal.clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            for turn in 0..10 {
                let bodies = (0..caller % 4).map(|n| noticed(format!("{caller} {turn} {n}")));
                let mut batch = Batch::new(at(0), bodies.collect());
                batch.urgent = caller % 7 == 0;
                let events = journal.append(batch).await.unwrap();
                assert!(events.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq));
                assert!(
                    events
                        .last()
                        .is_none_or(|last| last.seq <= journal.newest())
                );
                mine.extend(events);
            }
            assert!(mine.is_sorted_by_key(|event| event.seq));
            mine
        })
    });
    let written = join_all(callers).await.into_iter();
    let mut written: Vec<_> = written.flat_map(Result::unwrap).collect();
    written.sort_by_key(|event| event.seq);
    let numbers: Vec<_> = written.iter().map(|event| event.seq).collect();
    assert_eq!(numbers, (1..=600).collect::<Vec<_>>());

    journal.close().await;
    let journal = Journal::open(&path).await.unwrap();
    assert_eq!(journal.newest(), 600);
    assert_eq!(journal.events_after(0, 1000).await.unwrap(), written);
    assert_eq!(
        journal.events_after(590, 4).await.unwrap(),
        written[590..594]
    );
    assert_eq!(journal.append(batch("next")).await.unwrap()[0].seq, 601);
}

#[tokio::test]
async fn an_urgent_batch_goes_before_a_flood() {
    let home = home();
    let journal = Journal::open(&home.path().join("journal.db"))
        .await
        .unwrap();
    let flood: Vec<_> = (0..900)
        .map(|_| {
            let journal = journal.clone();
            let batch = Batch::new(at(0), vec![noticed("flood"); 20]);
            tokio::spawn(async move { journal.append(batch).await.unwrap() })
        })
        .collect();
    // One thread: once this one runs again, every other has handed in its batch.
    tokio::task::yield_now().await;
    let mut urgent = batch("stop");
    urgent.urgent = true;
    let events = journal.append(urgent).await.unwrap();
    assert!(events[0].seq < 5000, "number {} of 18,001", events[0].seq);
    let flood: usize = join_all(flood)
        .await
        .into_iter()
        .map(|events| events.unwrap().len())
        .sum();
    assert_eq!((flood, journal.newest()), (18_000, 18_001));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn urgent_batches_without_end_do_not_grow_the_log_without_end() {
    let home = home();
    let path = home.path().join("journal.db");
    let journal = Journal::open(&path).await.unwrap();
    let text = "stop ".repeat(50 * 1024);
    let callers = (0..8).map(|_| {
        let (journal, text) = (journal.clone(), text.clone());
        tokio::spawn(async move {
            for _ in 0..100 {
                let mut urgent = batch(text.clone());
                urgent.urgent = true;
                journal.append(urgent).await.unwrap();
            }
        })
    });
    for caller in join_all(callers).await {
        caller.unwrap();
    }
    let log = std::fs::metadata(home.path().join("journal.db-wal")).unwrap();
    let (log, written) = (log.len() >> 20, (8 * 100 * text.len()) >> 20);
    assert!(log < 64, "{log} MiB of log for {written} MiB written");
    journal.close().await;
}

#[tokio::test]
async fn a_repeated_command_is_answered_and_not_done_again() {
    let home = home();
    let journal = Journal::open(&home.path().join("journal.db"))
        .await
        .unwrap();
    let command = CommandId::new(id(9));
    let attempt = |reply: &str| Batch {
        command: Some((command, reply.to_owned())),
        tasks: vec![task(3, "once")],
        ..batch(reply)
    };
    assert_eq!(journal.reply_to(command).await.unwrap(), None);
    // Both may well be in one transaction.
    let (first, second) = tokio::join!(
        journal.append(attempt("\"first\"")),
        journal.append(attempt("\"second\""))
    );
    assert_eq!(first.unwrap().len(), 1);
    let error = second.unwrap_err();
    assert!(
        matches!(&error, AppendError::AlreadyDone { reply } if reply == "\"first\""),
        "{error:?}"
    );
    assert_eq!(Failure::from(error).code, "already_done");
    assert_eq!(
        journal.reply_to(command).await.unwrap().unwrap(),
        "\"first\""
    );
    assert_eq!(journal.newest(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_sees_every_event_once_and_in_order() {
    let home = home();
    let journal = Journal::open(&home.path().join("journal.db"))
        .await
        .unwrap();
    for n in 0..10 {
        journal.append(batch(n.to_string())).await.unwrap();
    }
    let followers = (0..3).map(|n| {
        let mut follow = journal.follow(n);
        tokio::spawn(async move {
            let mut seen = Vec::new();
            while seen.len() < 150 - usize::try_from(n).unwrap() {
                // Given up after one look, then asked again: what was not handed out is not lost.
                let events = match follow.next(7).now_or_never() {
                    Some(events) => events,
                    None => follow.next(7).await,
                };
                seen.extend(events.unwrap().iter().map(|event| event.seq));
            }
            assert_eq!(seen, (n + 1..=150).collect::<Vec<_>>());
        })
    });
    let followers: Vec<_> = followers.collect();
    for n in 10..150 {
        journal.append(batch(n.to_string())).await.unwrap();
    }
    for follower in followers {
        follower.await.unwrap();
    }
}

#[tokio::test]
async fn a_closed_journal_says_so_and_has_written_what_was_handed_in() {
    let home = home();
    let path = home.path().join("journal.db");
    let journal = Journal::open(&path).await.unwrap();
    let mut follow = journal.follow(1);
    let (appended, ()) = tokio::join!(journal.append(batch("last")), journal.close());
    assert_eq!(appended.unwrap()[0].seq, 1);
    let error = journal.append(batch("too late")).await.unwrap_err();
    assert!(
        matches!(error, AppendError::NotWritten(WriteError::Closed { .. })),
        "{error:?}"
    );
    follow.next(1).await.unwrap_err();
    let mut names: Vec<_> = home
        .path()
        .read_dir()
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    names.sort();
    let left = ["journal.db", "journal.db.lock"];
    assert_eq!(names, left, "no write-ahead log is left");
    assert_eq!(Journal::open(&path).await.unwrap().newest(), 1);
}

#[tokio::test]
async fn what_was_said_is_unheard_until_it_is_delivered_once_for_each_time() {
    let home = home();
    let path = home.path().join("journal.db");
    let journal = Journal::open(&path).await.unwrap();
    let (task, text) = (task(1, "a").id, "be brief".to_owned());
    let said = |text: &str| EventBody::TaskSteered {
        task,
        text: text.to_owned(),
        by: ampersand_core::Actor::Person,
        waits: None,
    };
    let bodies = vec![said("be brief"), said("and kind"), said("be brief")];
    journal.append(Batch::new(at(0), bodies)).await.unwrap();
    let delivered = EventBody::SteeringDelivered { task, text };
    let batch = Batch::new(at(0), vec![delivered]);
    journal.append(batch).await.unwrap();
    journal.close().await;
    let journal = Journal::open(&path).await.unwrap();
    let unheard = journal.unheard().await.unwrap();
    let texts: Vec<_> = unheard.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["and kind", "be brief"]);
    assert!(unheard.iter().all(|(of, _)| *of == task));
}
