//! Agents' output: bounded, and its end at hand.

use std::fs;

use ampersand_core::{Failure, TaskId};
use ampersand_store::OutputLog;

use crate::{home, id};

#[tokio::test]
async fn the_end_is_at_hand_from_the_start_of_a_line() {
    let home = home();
    let log = OutputLog::new(home.path().join("output"));
    let task = TaskId::new(id(1));
    assert_eq!(log.tail(task, 100).await.unwrap(), "");
    log.append(task, b"one\ntwo\n".to_vec()).await.unwrap();
    log.append(task, b"three\nfour".to_vec()).await.unwrap();
    let cases = [
        (100, "one\ntwo\nthree\nfour"),
        (18, "one\ntwo\nthree\nfour"),
        (12, "three\nfour"),
        (5, "four"),
        (3, "our"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(log.tail(task, bytes).await.unwrap(), expected, "{bytes}");
    }
    assert_eq!(log.tail(id(2).into(), 100).await.unwrap(), "");
}

#[tokio::test]
async fn past_its_bound_the_older_half_gives_way_to_a_line_that_says_so() {
    let home = home();
    let log = OutputLog::bounded(home.path(), 1000);
    let task = TaskId::new(id(1));
    // Left behind by a process that was killed while it shortened the file.
    fs::write(log.path(task).with_extension("log.new"), "stale").unwrap();
    for n in 0..500 {
        log.append(task, format!("line {n}\n").into_bytes())
            .await
            .unwrap();
        assert!(fs::metadata(log.path(task)).unwrap().len() <= 1000);
    }
    let all = log.tail(task, 2000).await.unwrap();
    let mut lines = all.lines();
    assert_eq!(lines.next().unwrap(), "[older output was dropped]");
    let numbers: Vec<usize> = lines
        .map(|line| line.strip_prefix("line ").unwrap().parse().unwrap())
        .collect();
    assert!(numbers.len() > 40);
    assert_eq!(numbers, (500 - numbers.len()..500).collect::<Vec<_>>());
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn one_line_longer_than_the_bound_is_cut() {
    let home = home();
    let log = OutputLog::bounded(home.path(), 1000);
    let task = TaskId::new(id(1));
    log.append(task, "é".repeat(4000).into_bytes())
        .await
        .unwrap();
    assert!(fs::metadata(log.path(task)).unwrap().len() < 1000);
    assert!(log.tail(task, 99).await.unwrap().ends_with("éé"));
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_named() {
    let home = home();
    let blocked = home.path().join("output");
    fs::write(&blocked, "a file where the folder should be").unwrap();
    let error = OutputLog::new(&blocked)
        .append(id(1).into(), vec![1])
        .await
        .unwrap_err();
    let failure = Failure::from(error);
    assert_eq!(failure.code, "store_io");
    assert!(failure.message.contains(".log"), "{failure:?}");
}
