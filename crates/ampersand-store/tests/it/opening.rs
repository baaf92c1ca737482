//! Files that are not opened, and the words for it.

use std::{fs, path::Path};

use ampersand_core::Failure;
use ampersand_store::{Conversation, Journal, OpenError};

use crate::{batch, home};

/// The file is refused with this code, in words, and stays as it was.
async fn check(path: &Path, code: &str) {
    let before = fs::read(path).unwrap();
    let failure = Failure::from(Journal::open(path).await.unwrap_err());
    assert_eq!(failure.code, code, "{failure:?}");
    assert!(failure.message.contains("journal.db"), "{failure:?}");
    assert!(!failure.hint.is_empty());
    assert_eq!(fs::read(path).unwrap(), before);
}

async fn journal_of(events: usize, path: &Path) {
    let journal = Journal::open(path).await.unwrap();
    for _ in 0..events {
        journal.append(batch("x".repeat(2000))).await.unwrap();
    }
    journal.close().await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let home = home();
    let path = home.path().join("journal.db");
    fs::write(&path, "Dear diary, today nothing happened. ".repeat(40)).unwrap();
    check(&path, "store_not_a_database").await;
}

#[tokio::test]
async fn a_database_of_another_kind_is_refused() {
    let home = home();
    let path = home.path().join("journal.db");
    Conversation::open(&path).await.unwrap().close().await;
    check(&path, "store_not_a_database").await;
}

#[tokio::test]
async fn a_newer_journal_is_refused() {
    let home = home();
    let path = home.path().join("journal.db");
    journal_of(1, &path).await;
    let mut bytes = fs::read(&path).unwrap();
    // The user version, big-endian, at its fixed place in the header.
    bytes[60..64].copy_from_slice(&41_u32.to_be_bytes());
    fs::write(&path, bytes).unwrap();
    check(&path, "store_newer").await;
    let error = Journal::open(&path).await.unwrap_err();
    assert!(
        matches!(error, OpenError::Newer { found: 41, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_damaged_journal_is_refused() {
    let home = home();
    let path = home.path().join("journal.db");
    journal_of(20, &path).await;
    let mut bytes = fs::read(&path).unwrap();
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    bytes[page..].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    check(&path, "store_corrupt").await;
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let path = home().path().join("gone/journal.db");
    let failure = Failure::from(Journal::open(&path).await.unwrap_err());
    assert_eq!(failure.code, "store_io");
    assert!(failure.message.contains("gone"), "{failure:?}");
    assert!(failure.message.starts_with("Could not open"), "{failure:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let home = home();
    let journal = Journal::open(&home.path().join("journal.db"))
        .await
        .unwrap();
    journal.append(batch("private")).await.unwrap();
    let mut seen = 0;
    for entry in home.path().read_dir().unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
        seen += 1;
    }
    assert_eq!(seen, 4, "the database, its log, its index and the lock");
}
