//! Where both ends meet: the home folder, what lies in it, and the name of the socket.

use std::{
    env,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// There is no folder to keep anything in.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// The system names no folder for a user's data.
    #[error("this system names no folder for application data")]
    Unknown,
    /// The folder was named by a path that is not absolute and there is no current folder.
    #[error("{} is no absolute path and the current folder cannot be read", path.display())]
    Relative {
        /// What was named.
        path: PathBuf,
        /// Why the current folder cannot be read.
        #[source]
        source: std::io::Error,
    },
}

/// The folder that holds all state, settings included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    /// `given` wins over `AMPERSAND_HOME`, which wins over the user's data folder. Nothing is created.
    pub fn find(given: Option<&Path>) -> Result<Self, HomeError> {
        let named = given.map(Path::to_owned).or_else(|| {
            env::var_os("AMPERSAND_HOME")
                .filter(|v| !v.is_empty())
                .map(PathBuf::from)
        });
        let root = match named {
            Some(path) => {
                std::path::absolute(&path).map_err(|source| HomeError::Relative { path, source })?
            }
            None => dirs::data_local_dir()
                .ok_or(HomeError::Unknown)?
                .join("ampersand"),
        };
        Ok(Self { root })
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The user's settings. In the user's configuration folder unless the home was moved.
    pub fn settings(&self) -> PathBuf {
        let usual = dirs::data_local_dir().map(|dir| dir.join("ampersand"));
        match dirs::config_dir() {
            Some(config) if usual.as_deref() == Some(&self.root) => config
                .join("ampersand")
                .join(ampersand_core::Settings::FILE),
            _ => self.root.join(ampersand_core::Settings::FILE),
        }
    }

    /// The orchestrator's journal.
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal.db")
    }

    /// The controller's conversation.
    pub fn conversation(&self) -> PathBuf {
        self.root.join("conversation.db")
    }

    /// Worktrees, a folder for each repository in it.
    pub fn worktrees(&self) -> PathBuf {
        self.root.join("worktrees")
    }

    /// What agents printed, a file for each task.
    pub fn output(&self) -> PathBuf {
        self.root.join("output")
    }

    /// Logs of our own processes.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// Held by the one orchestrator of this home; names its process.
    pub fn orchestrator_lock(&self) -> PathBuf {
        self.root.join("orchestrator.lock")
    }

    /// Held by the one controller of this conversation; names its process.
    pub fn conversation_lock(&self) -> PathBuf {
        self.root.join("conversation.lock")
    }

    /// Sixteen hexadecimal digits that name this home: a path would overflow a socket's address.
    pub fn digest(&self) -> String {
        let digest = Sha256::digest(self.root.as_os_str().as_encoded_bytes());
        digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}
