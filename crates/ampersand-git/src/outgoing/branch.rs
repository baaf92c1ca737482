//! Putting a commit on a branch that nobody has checked out: made if there is none of the name, moved on if it only grows.

mod standing;

use git2::{BranchType, ErrorCode, Oid};

use crate::attach::Repository;
use crate::failure::{Attempting, GitFailure};
use crate::names;
use crate::object::CommitId;

/// A longer name is none.
const NAME_BYTES_MAX: usize = 200;

/// Why a commit was not put on a branch; nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BranchRefusal {
    /// No branch can be called so.
    #[error("{name} is no name for a branch")]
    Name {
        /// The name, made visible.
        name: String,
    },
    /// Somebody has it checked out.
    #[error("{name} is checked out")]
    CheckedOut {
        /// The name.
        name: String,
    },
    /// It holds something else.
    #[error("there is a branch {name} that holds something else")]
    Taken {
        /// The name.
        name: String,
    },
    /// Something else failed.
    #[error(transparent)]
    Git(#[from] GitFailure),
}

impl BranchRefusal {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "branch_name_invalid",
            Self::CheckedOut { .. } => "branch_checked_out",
            Self::Taken { .. } => "branch_taken",
            Self::Git(failure) => failure.code(),
        }
    }

    /// What the person can do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Name { .. } => "choose another name, such as fix/login",
            Self::CheckedOut { .. } => "choose another name, or land the work instead",
            Self::Taken { .. } => "choose another name",
            Self::Git(failure) => failure.hint(),
        }
    }
}

impl Repository {
    /// Whether a branch can be called so, anywhere.
    pub fn is_branch_name(name: &str) -> bool {
        let plain = name.len() <= NAME_BYTES_MAX
            && name.chars().all(|c| c.is_ascii_graphic())
            && !name.starts_with('-')
            && !name.starts_with("refs/")
            && name != "HEAD";
        plain && git2::Branch::name_is_valid(name).unwrap_or(false)
    }

    /// Puts a commit on a branch, by compare-and-swap. The same commit again changes nothing.
    pub fn put_on_branch(&self, name: &str, commit: CommitId) -> Result<(), BranchRefusal> {
        if !Self::is_branch_name(name) {
            let name = names::show(name.as_bytes());
            return Err(BranchRefusal::Name { name });
        }
        let git = self.open()?;
        let to = commit.oid();
        let log = "ampersand: put on a branch";
        let found = match git.find_branch(name, BranchType::Local) {
            Ok(found) => found,
            Err(error) if error.code() == ErrorCode::NotFound => {
                if is_in_the_way(&git, name)? {
                    let name = name.to_owned();
                    return Err(BranchRefusal::Taken { name });
                }
                let full = format!("refs/heads/{name}");
                let made = git.reference(&full, to, false, log);
                return taken(name, made.map(drop));
            }
            Err(error) => return Err(failed(error).into()),
        };
        let from = found.get().target().unwrap_or(Oid::ZERO_SHA1);
        if from == to {
            return Ok(());
        }
        if standing::stands_on(self.common_dir(), name)? {
            let name = name.to_owned();
            return Err(BranchRefusal::CheckedOut { name });
        }
        let grows = git.graph_descendant_of(to, from).unwrap_or(false);
        if !grows {
            let name = name.to_owned();
            return Err(BranchRefusal::Taken { name });
        }
        let full = format!("refs/heads/{name}");
        let moved = git.reference_matching(&full, to, true, from, log);
        taken(name, moved.map(drop))
    }
}

fn failed(source: git2::Error) -> GitFailure {
    GitFailure::Library {
        attempt: "look for the branch",
        source,
    }
}

fn taken(name: &str, done: Result<(), git2::Error>) -> Result<(), BranchRefusal> {
    done.map_err(|error| match error.code() {
        // A folder of branches has that name, or somebody was faster.
        ErrorCode::Exists | ErrorCode::Modified | ErrorCode::Locked => BranchRefusal::Taken {
            name: name.to_owned(),
        },
        _ => failed(error).into(),
    })
}

/// Whether a branch has a name above this one, or below.
fn is_in_the_way(git: &git2::Repository, name: &str) -> Result<bool, GitFailure> {
    let slashes = name.match_indices('/').map(|(at, _)| &name[..at]);
    let mut above = slashes.filter(|above| git.find_branch(above, BranchType::Local).is_ok());
    if above.next().is_some() {
        return Ok(true);
    }
    let below = git.references_glob(&format!("refs/heads/{name}/*"));
    Ok(below.attempting("list the branches")?.next().is_some())
}
