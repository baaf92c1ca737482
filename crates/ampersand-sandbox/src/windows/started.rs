//! A program that runs in what was made for it, followed to the end of the last of its processes and then put back.

use std::path::PathBuf;
use std::time::Duration;

use ampersand_core::Isolation;
use ampersand_process::{Child, Tree, TreeError};

use super::places::Places;
use super::prepare::{blocking, tell};
use super::users::station::Desktop;
use crate::container::journal::Entry;
use crate::container::sid::Sid;
use crate::launcher::Launched;

/// A program that runs in its container.
pub(super) struct Started {
    pub(super) child: Child,
    pub(super) tree: Tree,
    pub(super) private: PathBuf,
    pub(super) entry: Entry,
    pub(super) places: Places,
    /// Its windows', where it has one of its own.
    pub(super) desktop: Option<Desktop>,
}

/// When it is tried again to remove a folder that somebody held: a scanner of viruses lets go by then.
const LATER: Duration = Duration::from_secs(5);

impl Started {
    /// Handed out; what was given for it is taken back when the last of its processes has ended.
    pub(super) fn followed(self, isolation: Isolation) -> Launched {
        let Self {
            child,
            tree,
            private,
            entry,
            places,
            desktop,
        } = self;
        let emptied = tree.emptied();
        tokio::spawn(async move {
            emptied.await;
            drop(desktop);
            let again = places.clone();
            if blocking(move || places.put_back(entry)).await.is_err() {
                tokio::time::sleep(LATER).await;
                blocking(move || again.put_back_all()).await;
            }
        });
        Launched {
            child,
            tree,
            isolation,
            way: None,
            inward: None,
            temporary: Some(private),
        }
    }

    /// Ends it and takes everything back. Whether its rights are gone is to be looked at; its folder may be held for a while
    /// by whoever looks for viruses, and is then left for later.
    pub(super) async fn ended(self) -> Result<(), TreeError> {
        let killed = self.tree.kill().await;
        let (places, entry) = (self.places, self.entry);
        blocking(move || tell(places.put_back(entry))).await;
        killed.map(drop)
    }

    pub(super) const fn identity(&self) -> &Sid {
        &self.entry.record.identity
    }
}
