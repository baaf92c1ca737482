//! Why a repository is not attached, each with what the person can do about it.

use std::path::PathBuf;

use crate::failure::GitFailure;

/// Why a repository is refused. Nothing has been written when one of these is returned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttachError {
    /// No git repository at or above the path.
    #[error("no git repository at {}", path.display())]
    NotARepository {
        /// The path that was searched upwards.
        path: PathBuf,
    },
    /// The folder cannot be read.
    #[error("the folder {} cannot be read", path.display())]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// The system's own words.
        #[source]
        source: std::io::Error,
    },
    /// HEAD points to a branch without commits.
    #[error("the repository has no commits yet")]
    NoCommits,
    /// A repository without a checkout.
    #[error("the repository is bare: it has no files to work on")]
    Bare,
    /// Objects are named by SHA-256.
    #[error("the repository names its objects by SHA-256")]
    Sha256,
    /// References are stored as a reftable.
    #[error("the repository stores its references as a reftable")]
    Reftable,
    /// Objects are fetched when needed.
    #[error("the repository is a partial clone: some of its files are only on the server")]
    PartialClone,
    /// Owned by somebody else.
    #[error("the repository belongs to another user")]
    ForeignOwned,
    /// Only part of the files are checked out.
    #[error("the repository has a sparse checkout: some of its files are not on disk")]
    Sparse,
    /// Files pass through a program on their way in and out.
    #[error("the repository sends files through the filter {filter:?}, named in {path}")]
    Filters {
        /// The filter's name, such as `lfs`.
        filter: String,
        /// The attributes file that names it.
        path: String,
    },
    /// A format extension this version does not know.
    #[error("the repository uses the format extension {name:?}")]
    Extension {
        /// The extension's key below `extensions.`.
        name: String,
    },
    /// The configuration sends git to another folder.
    #[error("the repository keeps its files elsewhere: core.worktree is set")]
    WorktreeElsewhere,
    /// The checkout is on another disk than what git keeps about it.
    #[error("the files in {} are on another disk or mount than {}, where git keeps their index", root.display(), git_dir.display())]
    TwoDisks {
        /// The folder the person works in.
        root: PathBuf,
        /// The folder of git's for this checkout.
        git_dir: PathBuf,
    },
    /// The folder says it is a checkout of a repository that knows nothing of it.
    #[error("{} leads to a repository that has no such checkout", path.display())]
    NotInItsBooks {
        /// Where the folder says so.
        path: PathBuf,
    },
    /// The repository's own bookkeeping cannot be understood.
    #[error("the repository cannot be opened")]
    Unopenable(#[from] GitFailure),
}

impl AttachError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotARepository { .. } => "repository_not_found",
            Self::Unreadable { .. } => "repository_unreadable",
            Self::NoCommits => "repository_no_commits",
            Self::Bare => "repository_bare",
            Self::Sha256 => "repository_sha256",
            Self::Reftable => "repository_reftable",
            Self::PartialClone => "repository_partial_clone",
            Self::ForeignOwned => "repository_foreign_owned",
            Self::Sparse => "repository_sparse",
            Self::Filters { .. } => "repository_filters",
            Self::Extension { .. } => "repository_extension",
            Self::WorktreeElsewhere => "repository_worktree_elsewhere",
            Self::TwoDisks { .. } => "repository_on_two_disks",
            Self::NotInItsBooks { .. } => "repository_not_in_its_books",
            Self::Unopenable(_) => "repository_unopenable",
        }
    }

    /// What the person can do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotARepository { .. } => {
                "choose a folder inside a git repository, or run `git init` there"
            }
            Self::Unreadable { .. } => "check that the folder exists and that you may read it",
            Self::NoCommits => "make a first commit, then try again",
            Self::Bare => "choose a checkout made with `git clone` instead",
            Self::Sha256 | Self::Reftable | Self::Extension { .. } => {
                "clone it into a repository of the default format and work there"
            }
            Self::PartialClone => "clone it again without --filter",
            Self::ForeignOwned => {
                "clone it as yourself, or list it under safe.directory in your git configuration"
            }
            Self::Sparse => "run `git sparse-checkout disable`, or use a full clone",
            Self::Filters { .. } => "work in a repository without Git LFS or other filters",
            Self::WorktreeElsewhere => "unset core.worktree, or use a clone without it",
            Self::TwoDisks { .. } => {
                "work in a clone whose files and .git folder are on one disk: between two, a landing could not be taken back"
            }
            Self::NotInItsBooks { .. } => {
                "if you moved the folder, run `git worktree repair` in it; if you did not, do not trust it"
            }
            Self::Unopenable(_) => "run `git status` there and follow what it says",
        }
    }
}
