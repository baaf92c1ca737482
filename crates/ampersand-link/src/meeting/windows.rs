//! A named pipe whose default security lets only this user, administrators and the system in.

use std::{
    fmt::Debug,
    path::{Path, PathBuf},
};

use ampersand_protocol::Home;
use tokio::{
    io::{self, AsyncRead, AsyncWrite},
    net::windows::named_pipe::{ClientOptions, NamedPipeServer, ServerOptions},
};

use super::MeetingError;

/// One end of the wire: the two ends of a pipe are different types, so it is boxed.
pub type Stream = Box<dyn Duplex>;

/// Bytes in both directions.
pub trait Duplex: AsyncRead + AsyncWrite + Debug + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Debug + Send + Unpin> Duplex for T {}

/// Takes connections of this user's processes.
#[derive(Debug)]
pub struct Listener {
    path: PathBuf,
    waiting: NamedPipeServer,
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "on other systems a folder has to be made"
)]
pub(super) fn address(home: &Home) -> Result<PathBuf, MeetingError> {
    Ok(PathBuf::from(format!(
        r"\\.\pipe\ampersand-{}",
        home.digest()
    )))
}

#[expect(clippy::unused_async, reason = "on other systems connecting waits")]
pub(super) async fn connect(path: &Path) -> Result<Stream, MeetingError> {
    let pipe = ClientOptions::new()
        .open(path)
        .map_err(|source| MeetingError::Nobody {
            path: path.to_owned(),
            source,
        })?;
    Ok(Box::new(pipe))
}

fn server(path: &Path, first: bool) -> Result<NamedPipeServer, MeetingError> {
    ServerOptions::new()
        .first_pipe_instance(first)
        .reject_remote_clients(true)
        .create(path)
        .map_err(|source: io::Error| MeetingError::Listen {
            path: path.to_owned(),
            source,
        })
}

impl Listener {
    pub(super) fn open(path: &Path) -> Result<Self, MeetingError> {
        Ok(Self {
            path: path.to_owned(),
            waiting: server(path, true)?,
        })
    }

    /// The next connection. Cancel-safe.
    pub async fn accept(&mut self) -> Result<Stream, MeetingError> {
        self.waiting
            .connect()
            .await
            .map_err(|source| MeetingError::Listen {
                path: self.path.clone(),
                source,
            })?;
        let next = server(&self.path, false)?;
        Ok(Box::new(std::mem::replace(&mut self.waiting, next)))
    }
}
