//! Connections that only read. They see every commit acknowledged before they were asked.

use std::{path::PathBuf, sync::Arc};

use ampersand_core::Failure;
use serde::de::DeserializeOwned;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use crate::{
    cause::{Cause, sentence},
    file::File,
    open_error::OpenError,
};

/// Why something could not be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// The file is damaged.
    #[error("{} is damaged", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
    },
    /// A row is there and says something this version does not know.
    #[error("could not understand a row of {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Arc<serde_json::Error>,
    },
    /// Anything else, a store that was closed included.
    #[error("could not read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        let (code, hint) = match &error {
            ReadError::Corrupt { .. } => (
                "store_corrupt",
                "Quit, then move the file away or put back a copy; code and branches are not in it.",
            ),
            ReadError::Unreadable { .. } => (
                "store_unreadable",
                "Update Ampersand to the version that was used last.",
            ),
            ReadError::Io { .. } => (
                "store_io",
                "Check that the disk is there, then start Ampersand again.",
            ),
        };
        Self::new(code, sentence(&error), hint)
    }
}

/// A few connections, each lent to one reader at a time. Without timeouts: a reader waits its turn.
#[derive(Debug)]
pub(crate) struct Readers {
    file: Arc<File>,
    connections: Vec<Mutex<Option<SqliteConnection>>>,
}

/// One connection on loan.
pub(crate) type Reader<'a> = MappedMutexGuard<'a, SqliteConnection>;

impl Readers {
    const COUNT: usize = 3;

    pub(crate) async fn open(file: Arc<File>) -> Result<Self, OpenError> {
        let mut connections = Vec::new();
        for _ in 0..Self::COUNT {
            let connection = file.connect_for_reading().await;
            let connection = connection.map_err(|e| file.refusal(e))?;
            connections.push(Mutex::new(Some(connection)));
        }
        Ok(Self { file, connections })
    }

    /// The first connection that is free.
    pub(crate) async fn lend(&self) -> Result<Reader<'_>, ReadError> {
        let waits = self.connections.iter().map(|slot| Box::pin(slot.lock()));
        let (slot, ..) = futures::future::select_all(waits).await;
        MutexGuard::try_map(slot, Option::as_mut).map_err(|_| self.failure(sqlx::Error::PoolClosed))
    }

    /// Waits for readers under way; later ones are refused.
    pub(crate) async fn close(&self) {
        for slot in &self.connections {
            let connection = slot.lock().await.take();
            if let Some(connection) = connection
                && let Err(error) = connection.close().await
            {
                tracing::warn!(path = %self.file.path().display(), %error, "a reader did not close");
            }
        }
    }

    pub(crate) fn failure(&self, error: sqlx::Error) -> ReadError {
        let path = self.file.path().to_owned();
        match Cause::of(&error) {
            Cause::Corrupt | Cause::NotADatabase => ReadError::Corrupt { path },
            _ => ReadError::Io {
                path,
                source: Arc::new(error),
            },
        }
    }

    pub(crate) fn unreadable(&self, source: serde_json::Error) -> ReadError {
        ReadError::Unreadable {
            path: self.file.path().to_owned(),
            source: source.into(),
        }
    }

    /// What a JSON column holds.
    pub(crate) fn parse<T: DeserializeOwned>(&self, text: &str) -> Result<T, ReadError> {
        serde_json::from_str(text).map_err(|e| self.unreadable(e))
    }

    /// What the JSON columns of several rows hold.
    pub(crate) fn parse_all<T: DeserializeOwned>(
        &self,
        rows: Vec<(String,)>,
    ) -> Result<Vec<T>, ReadError> {
        rows.iter().map(|(text,)| self.parse(text)).collect()
    }
}
