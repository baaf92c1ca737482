//! Opening the person's repository, and refusing by name what this crate cannot serve without losing something.

mod checks;
mod disks;
mod error;

use std::path::{Path, PathBuf};

pub(crate) use checks::{is_attributes, refuse_filter};
pub use error::AttachError;

use crate::failure::{Attempting, AttemptingAt, GitFailure};
use crate::object::CommitId;

/// The name in commits and reflogs of what this crate writes.
pub(crate) const AUTHOR: &str = "Ampersand";
/// The address beside it; `.invalid` can never belong to anybody.
pub(crate) const EMAIL: &str = "ampersand@ampersand.invalid";

/// A repository of the person's that passed every check. Paths alone: cheap to clone, safe to send;
/// each call opens git afresh and sees the repository as it then is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    root: PathBuf,
    git_dir: PathBuf,
    common_dir: PathBuf,
}

impl Repository {
    /// Finds the repository that `path` lies in and checks that it can be served. Writes nothing.
    pub fn attach(path: &Path) -> Result<Self, AttachError> {
        let (repository, git) = Self::found(path)?;
        if !disks::share_one(&repository.root, &repository.git_dir) {
            return Err(AttachError::TwoDisks {
                root: repository.root,
                git_dir: repository.git_dir,
            });
        }
        checks::check_contents(&repository, &git)?;
        Ok(repository)
    }

    /// Finds a repository again that was attached before, whatever has come into its commits and attributes since: for
    /// reading what is there, putting back, undoing and recovering, which would otherwise be shut in with what landed.
    /// Nothing new begins by this.
    pub fn attach_again(path: &Path) -> Result<Self, AttachError> {
        Self::found(path).map(|(repository, _)| repository)
    }

    fn found(path: &Path) -> Result<(Self, git2::Repository), AttachError> {
        let found = checks::discover(path)?;
        checks::check_format(&found)?;
        let repository = found.into_repository();
        let git = repository
            .open()
            .map_err(|failure| checks::name_refusal(&repository.root, failure))?;
        checks::check_place(&repository, &git)?;
        Ok((repository, git))
    }

    pub(crate) const fn new(root: PathBuf, git_dir: PathBuf, common_dir: PathBuf) -> Self {
        Self {
            root,
            git_dir,
            common_dir,
        }
    }

    /// The folder the person works in.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder git keeps objects and references in, shared by all worktrees.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// The folder git keeps this checkout's HEAD and index in.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The commit HEAD stands on.
    pub fn head(&self) -> Result<CommitId, GitFailure> {
        self.resolve("HEAD")
    }

    /// The commit a branch, tag or other revision names.
    pub fn resolve(&self, revision: &str) -> Result<CommitId, GitFailure> {
        let git = self.open()?;
        let object = git
            .revparse_single(revision)
            .attempting("find that revision")?;
        let commit = object
            .peel_to_commit()
            .attempting("read that revision as a commit")?;
        Ok(CommitId::new(commit.id()))
    }

    /// The person's checkout, with its index and attributes.
    pub(crate) fn open(&self) -> Result<git2::Repository, GitFailure> {
        let flags = git2::RepositoryOpenFlags::NO_SEARCH;
        let nothing: [&std::ffi::OsStr; 0] = [];
        git2::Repository::open_ext(&self.root, flags, nothing).attempting("open the repository")
    }

    /// Objects and references alone: no checkout, so nothing in anybody's files is consulted.
    pub(crate) fn open_objects(&self) -> Result<git2::Repository, GitFailure> {
        git2::Repository::open_bare(&self.common_dir).attempting("open the repository's objects")
    }

    pub(crate) fn signature() -> Result<git2::Signature<'static>, GitFailure> {
        git2::Signature::now(AUTHOR, EMAIL).attempting("sign a commit")
    }
}

/// The real path of a folder.
pub(crate) fn real(path: &Path) -> Result<PathBuf, GitFailure> {
    dunce::canonicalize(path).attempting_at("resolve", path)
}
