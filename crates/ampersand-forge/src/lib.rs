//! GitHub and GitLab by their own programs, `gh` and `glab`: opening a pull request, looking at one, reading what its
//! failed checks printed. The programs hold the keys; none comes by here.
//!
//! Everything they print was written by others: it is read within bounds, made visible, and never acted on. Refused here:
//! pushing (`ampersand-git`), deciding what follows from what is seen (`ampersand-core`), and any program that a
//! repository names.

mod environment;
mod error;
mod find;
mod github;
mod gitlab;
mod run;
mod shown;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use ampersand_core::{FailedCheck, Forge, Opened, PullRequestSeen, RemoteUrl, Says};

pub use error::ForgeError;
pub use github::read_seen as read_github;
pub use gitlab::read_seen as read_gitlab;

/// A forge's program, and the repository it is asked about.
#[derive(Debug, Clone)]
pub struct ForgeProgram {
    forge: Forge,
    program: PathBuf,
    url: RemoteUrl,
    /// A folder in which there is nothing of a repository's.
    folder: PathBuf,
}

impl ForgeProgram {
    /// The program of `forge` where the person has it installed, outside `repository`; it runs in `folder`.
    pub fn find(
        forge: Forge,
        url: RemoteUrl,
        repository: &Path,
        folder: &Path,
    ) -> Result<Self, ForgeError> {
        let program = find::program(forge.program(), repository);
        Ok(Self {
            forge,
            program: program.ok_or(ForgeError::NotInstalled { forge })?,
            url,
            folder: folder.to_owned(),
        })
    }

    /// Where it is.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// What it, and whoever asks it who pushes, needs of our environment.
    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        environment::environment(&self.url)
    }

    /// Whether somebody is logged in at the repository's host.
    pub async fn check_login(&self) -> Result<(), ForgeError> {
        let args = ["auth", "status", "--hostname", self.host()];
        match self.run(&args, None).await {
            Ok(_) => Ok(()),
            Err(ForgeError::Failed { .. }) => Err(ForgeError::NotLoggedIn {
                forge: self.forge,
                host: self.host().to_owned(),
            }),
            Err(error) => Err(error),
        }
    }

    /// Opens a pull request, unless one is open from this branch into that one.
    pub async fn open(&self, branch: &str, onto: &str, says: &Says) -> Result<Opened, ForgeError> {
        if let Some(opened) = self.opened(branch, onto).await? {
            return Ok(opened);
        }
        match self.forge {
            Forge::GitHub => github::create(self, branch, onto, says).await?,
            Forge::GitLab => gitlab::create(self, branch, onto, says).await?,
        }
        let opened = self.opened(branch, onto).await?;
        opened.ok_or_else(|| self.unreadable("it says that none is open"))
    }

    async fn opened(&self, branch: &str, onto: &str) -> Result<Option<Opened>, ForgeError> {
        match self.forge {
            Forge::GitHub => github::opened(self, branch, onto).await,
            Forge::GitLab => gitlab::opened(self, branch, onto).await,
        }
    }

    /// A pull request as it is now, without what its checks printed. Of comments that are `known`, by their ids, nobody
    /// asks whether who wrote them may write to the repository.
    pub async fn look(&self, number: u64, known: &[String]) -> Result<PullRequestSeen, ForgeError> {
        match self.forge {
            Forge::GitHub => github::look(self, number, known).await,
            Forge::GitLab => gitlab::look(self, number, known).await,
        }
    }

    /// Whether a commit has another one in it, as its forge knows both: by their full ids.
    pub async fn is_within(&self, earlier: &str, later: &str) -> Result<bool, ForgeError> {
        let found = match self.forge {
            Forge::GitHub => github::is_within(self, earlier, later).await,
            Forge::GitLab => gitlab::is_within(self, earlier, later).await,
        };
        match found {
            // One of the two is gone there, or they have nothing in common.
            Err(ForgeError::NotFound { .. }) => Ok(false),
            found => found,
        }
    }

    /// The end of what the failed steps of a check printed; nothing where that is somebody else's to say.
    pub async fn log(&self, check: &FailedCheck) -> Result<String, ForgeError> {
        match self.forge {
            Forge::GitHub => github::log(self, check).await,
            Forge::GitLab => gitlab::log(self, check).await,
        }
    }

    fn host(&self) -> &str {
        match self.url.host() {
            // A repository on this machine is a copy of one at the usual place.
            "" => self.forge.host(),
            host => host,
        }
    }

    fn unreadable(&self, why: &str) -> ForgeError {
        ForgeError::Unreadable {
            forge: self.forge,
            why: why.to_owned(),
        }
    }
}
