//! A Unix socket in a folder of mode 0700, both ends checked to be this user.

use std::{
    env, fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use ampersand_protocol::Home;
use tokio::net::{UnixListener, UnixStream};

use super::MeetingError;

/// One end of the wire.
pub type Stream = UnixStream;

/// Takes connections of this user's processes.
#[derive(Debug)]
pub struct Listener {
    path: PathBuf,
    inner: UnixListener,
}

pub(super) fn address(home: &Home) -> Result<PathBuf, MeetingError> {
    let folder = match env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from) {
        Some(runtime) if runtime.is_absolute() && runtime.is_dir() => runtime.join("ampersand"),
        _ => env::temp_dir().join(format!("ampersand-{}", user())),
    };
    make_private(&folder).map_err(|source| MeetingError::Folder {
        path: folder.clone(),
        source,
    })?;
    Ok(folder.join(format!("{}.sock", home.digest())))
}

fn user() -> u32 {
    rustix::process::getuid().as_raw()
}

/// Makes the folder, or makes sure that the one there is ours alone: in a shared temporary folder
/// somebody else may have been first.
fn make_private(folder: &Path) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let found = fs::symlink_metadata(folder)?;
    if !found.is_dir() || found.uid() != user() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it is not this user's folder",
        ));
    }
    if found.mode() & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn check_peer(stream: &UnixStream, path: &Path) -> Result<(), MeetingError> {
    match stream.peer_cred() {
        Ok(peer) if peer.uid() == user() => Ok(()),
        _ => Err(MeetingError::Stranger {
            path: path.to_owned(),
        }),
    }
}

pub(super) async fn connect(path: &Path) -> Result<UnixStream, MeetingError> {
    let stream = UnixStream::connect(path)
        .await
        .map_err(|source| MeetingError::Nobody {
            path: path.to_owned(),
            source,
        })?;
    check_peer(&stream, path)?;
    Ok(stream)
}

impl Listener {
    pub(super) fn open(path: &Path) -> Result<Self, MeetingError> {
        let failed = |source| MeetingError::Listen {
            path: path.to_owned(),
            source,
        };
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let inner = UnixListener::bind(path).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            inner,
        })
    }

    /// The next connection; those of other users are turned away. Cancel-safe.
    pub async fn accept(&mut self) -> Result<Stream, MeetingError> {
        loop {
            let (stream, _) = self
                .inner
                .accept()
                .await
                .map_err(|source| MeetingError::Listen {
                    path: self.path.clone(),
                    source,
                })?;
            match check_peer(&stream, &self.path) {
                Ok(()) => return Ok(stream),
                Err(error) => tracing::warn!(%error, "turned a connection away"),
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Best effort: whoever listens next removes what is left.
        fs::remove_file(&self.path).ok();
    }
}
