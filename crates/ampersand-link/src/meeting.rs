//! Where controller and orchestrator meet: a socket only this user can reach.

use std::{io, path::PathBuf};

use ampersand_core::Failure;
use ampersand_protocol::Home;

#[cfg(unix)]
#[path = "meeting/unix.rs"]
mod system;
#[cfg(windows)]
#[path = "meeting/windows.rs"]
mod system;

pub use system::{Listener, Stream};

/// The two sides cannot meet.
#[derive(Debug, thiserror::Error)]
pub enum MeetingError {
    /// The folder for the socket cannot be made, or is not safe.
    #[error("the folder {} for the socket cannot be used", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Nobody listens.
    #[error("nobody listens at {}", path.display())]
    Nobody {
        /// The socket.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The socket cannot be listened at.
    #[error("the socket {} cannot be opened", path.display())]
    Listen {
        /// The socket.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Whoever is at the other end is another user.
    #[error("the process at the other end of {} belongs to another user", path.display())]
    Stranger {
        /// The socket.
        path: PathBuf,
    },
}

impl From<&MeetingError> for Failure {
    fn from(error: &MeetingError) -> Self {
        let hint = match error {
            MeetingError::Folder { .. } | MeetingError::Stranger { .. } => {
                "Remove that folder or set XDG_RUNTIME_DIR to a folder only you can read."
            }
            MeetingError::Nobody { .. } | MeetingError::Listen { .. } => {
                "Start Ampersand again; if it persists, see the log in the home folder."
            }
        };
        Self::new("link_unreachable", error.to_string(), hint)
    }
}

/// Listens for controllers of this home. Only the holder of the orchestrator's lock may call it, since it
/// takes the place of a socket that a dead orchestrator left.
pub fn listen(home: &Home) -> Result<Listener, MeetingError> {
    Listener::open(&system::address(home)?)
}

/// Connects to the orchestrator of this home.
pub async fn connect(home: &Home) -> Result<Stream, MeetingError> {
    system::connect(&system::address(home)?).await
}
