//! The one connection that writes a database, and the two lanes before it. Whatever waits is written in one
//! transaction of bounded size and synced once; when nothing waits, nothing is waited for. An urgent entry waits for
//! one such transaction at most; for a checkpoint only if the log has grown out of bounds.

use std::{path::PathBuf, sync::Arc};

use ampersand_core::Failure;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use crate::{
    cause::{Cause, sentence},
    checkpoints::Checkpoints,
    file::File,
};

/// Why something was not written. Nothing of it is in the file, and later writes may well succeed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteError {
    /// The disk is full.
    #[error("no space left to write {}", path.display())]
    NoSpace {
        /// The file.
        path: PathBuf,
    },
    /// The store was closed.
    #[error("{} is closed", path.display())]
    Closed {
        /// The file.
        path: PathBuf,
    },
    /// What was to be written has no JSON form.
    #[error("could not put a value into words")]
    Unwritable {
        /// What was said.
        #[source]
        source: Arc<serde_json::Error>,
    },
    /// Anything else.
    #[error("could not write {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        let (code, hint) = match &error {
            WriteError::NoSpace { .. } => (
                "store_no_space",
                "Free some disk space and try again; what was saved before is safe.",
            ),
            WriteError::Closed { .. } => ("store_closed", "Start Ampersand again."),
            WriteError::Unwritable { .. } => ("store_unwritable", "Report this as a bug."),
            WriteError::Io { .. } => (
                "store_io",
                "Check that the disk is there and writable, then try again.",
            ),
        };
        Self::new(code, sentence(&error), hint)
    }
}

impl WriteError {
    fn of(file: &File, error: sqlx::Error) -> Self {
        let path = file.path().to_owned();
        match Cause::of(&error) {
            Cause::NoSpace => Self::NoSpace { path },
            _ => Self::Io {
                path,
                source: Arc::new(error),
            },
        }
    }
}

/// What is written and in which order. It lives beside the connection, so it may remember where it stands.
pub(crate) trait Book: Send + 'static {
    /// What is handed in.
    type Entry: Send + 'static;
    /// What is handed back for it after the commit.
    type Receipt: Send + 'static;

    /// How many bytes an entry is on the disk, roughly.
    fn bytes(entry: &Self::Entry) -> usize;

    /// Looks up where the file stands; called for each new connection, failed transactions included.
    fn start(
        &mut self,
        connection: &mut SqliteConnection,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Writes these, inside a transaction; one receipt for each entry, in their order.
    fn write(
        &mut self,
        connection: &mut SqliteConnection,
        entries: Vec<Self::Entry>,
    ) -> impl Future<Output = Result<Vec<Self::Receipt>, sqlx::Error>> + Send;

    /// What was written last is on the disk.
    fn committed(&mut self);
}

/// Which lane an entry takes. A transaction never mixes them, so an urgent one is never part of a large one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    Ordinary,
    Urgent,
}

struct Post<B: Book> {
    entry: B::Entry,
    reply: oneshot::Sender<Result<B::Receipt, WriteError>>,
}

/// The handle of a writer. When it is dropped, what waits is still written.
pub(crate) struct Writer<B: Book> {
    file: Arc<File>,
    urgent: mpsc::Sender<Post<B>>,
    ordinary: mpsc::Sender<Post<B>>,
    stop: DropGuard,
    ended: TaskTracker,
}

impl<B: Book> Writer<B> {
    /// Starts writing in a task of its own, through a connection on which `book` was started.
    pub(crate) fn start(file: Arc<File>, connection: SqliteConnection, book: B) -> Self {
        let (urgent, urgent_mail) = mpsc::channel(URGENT_MAILBOX);
        let (ordinary, ordinary_mail) = mpsc::channel(ORDINARY_MAILBOX);
        let stop = CancellationToken::new();
        let ended = TaskTracker::new();
        let mailbox = Mailbox {
            urgent: urgent_mail,
            ordinary: ordinary_mail,
            stop: stop.clone(),
        };
        let writing = Writing {
            file: Arc::clone(&file),
            book,
            connection: Some(connection),
            checkpoints: Checkpoints::new(Arc::clone(&file)),
        };
        ended.spawn(writing.run(mailbox));
        ended.close();
        let stop = stop.drop_guard();
        Self {
            file,
            urgent,
            ordinary,
            stop,
            ended,
        }
    }

    /// Returns after the commit. Once handed in, the entry is written even if nobody waits any more.
    pub(crate) async fn write(
        &self,
        entry: B::Entry,
        lane: Lane,
    ) -> Result<B::Receipt, WriteError> {
        let (reply, receipt) = oneshot::channel();
        let mailbox = match lane {
            Lane::Ordinary => &self.ordinary,
            Lane::Urgent => &self.urgent,
        };
        let closed = || WriteError::Closed {
            path: self.file.path().to_owned(),
        };
        let sent = mailbox.send(Post { entry, reply }).await;
        sent.map_err(|_| closed())?;
        receipt.await.map_err(|_| closed())?
    }

    /// Takes nothing new, writes what waits, and returns when the file is closed.
    pub(crate) async fn close(&self) {
        self.stop.token().cancel();
        self.ended.wait().await;
    }
}

const URGENT_MAILBOX: usize = 64;
const ORDINARY_MAILBOX: usize = 1024;
const GROUP_ENTRIES: usize = 256;
/// Bounds the time of one transaction, and so what an urgent entry waits for.
const GROUP_BYTES: usize = 256 * 1024;

struct Mailbox<B: Book> {
    urgent: mpsc::Receiver<Post<B>>,
    ordinary: mpsc::Receiver<Post<B>>,
    stop: CancellationToken,
}

impl<B: Book> Mailbox<B> {
    /// The next posts that go into one transaction, and their bytes; none when it is closed and empty.
    async fn next(&mut self, checkpoints: &mut Checkpoints) -> Option<(Vec<Post<B>>, usize)> {
        let (first, lane) = loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled(), if !self.urgent.is_closed() => {
                    self.urgent.close();
                    self.ordinary.close();
                }
                () = checkpoints.ended(), if checkpoints.is_under_way() => {}
                Some(post) = self.urgent.recv(), if !checkpoints.comes_first() => break (post, &mut self.urgent),
                Some(post) = self.ordinary.recv(), if !checkpoints.is_under_way() => {
                    break (post, &mut self.ordinary);
                }
                else => return None,
            }
        };
        let mut bytes = B::bytes(&first.entry);
        let mut group = vec![first];
        while group.len() < GROUP_ENTRIES
            && bytes < GROUP_BYTES
            && let Ok(post) = lane.try_recv()
        {
            bytes += B::bytes(&post.entry);
            group.push(post);
        }
        Some((group, bytes))
    }
}

struct Writing<B: Book> {
    file: Arc<File>,
    book: B,
    connection: Option<SqliteConnection>,
    checkpoints: Checkpoints,
}

impl<B: Book> Writing<B> {
    async fn run(mut self, mut mailbox: Mailbox<B>) {
        while let Some((group, bytes)) = mailbox.next(&mut self.checkpoints).await {
            let (entries, replies): (Vec<_>, Vec<_>) = group
                .into_iter()
                .map(|post| (post.entry, post.reply))
                .unzip();
            let outcomes: Vec<_> = match self.commit(entries).await {
                Ok(receipts) => {
                    self.book.committed();
                    self.checkpoints.note_commit(bytes);
                    receipts.into_iter().map(Ok).collect()
                }
                Err(error) => {
                    tracing::warn!(path = %self.file.path().display(), %error, "not written");
                    self.disconnect().await;
                    let error = WriteError::of(&self.file, error);
                    replies.iter().map(|_| Err(error.clone())).collect()
                }
            };
            for (reply, outcome) in replies.into_iter().zip(outcomes) {
                // Nobody waits for it any more; it is written all the same.
                drop(reply.send(outcome));
            }
        }
        // The writer last: it is then alone, and takes the log in as a whole.
        self.checkpoints.close().await;
        self.disconnect().await;
    }

    async fn commit(&mut self, entries: Vec<B::Entry>) -> Result<Vec<B::Receipt>, sqlx::Error> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            empty => {
                let connection = empty.insert(self.file.connect().await?);
                self.book.start(connection).await?;
                connection
            }
        };
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let receipts = self.book.write(&mut transaction, entries).await?;
        transaction.commit().await?;
        Ok(receipts)
    }

    /// After a failure the state of a connection is a guess; the next write takes a new one.
    async fn disconnect(&mut self) {
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(path = %self.file.path().display(), %error, "the writer did not close");
        }
    }
}
