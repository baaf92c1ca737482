//! Working out what landing would do: which commit, which tree, and what stands in the way.

use git2::{Oid, RepositoryState};

use super::merge_tree::{self, Merged};
use super::replay::Replayed;
use super::{LandRefusal, LandingKind, LandingPreview, Manner, check};
use crate::attach::Repository;
use crate::blocking::blocking;
use crate::commit::find_ref;
use crate::executes_later;
use crate::failure::{Attempting, GitFailure};
use crate::names;
use crate::object::CommitId;
use crate::tree::{self, Change};
use crate::worktree::{base_ref, head_ref, snapshot_ref};

/// Where both sides stand.
struct Sides {
    branch: String,
    from: Oid,
    head: Oid,
    kind: LandingKind,
    /// Whether the task started from uncommitted work.
    has_snapshot: bool,
    joins: Joins,
}

/// What there is to join.
enum Joins {
    /// Nothing: the task's commits are taken as they are.
    Nothing,
    /// Two commits.
    Two([Oid; 2]),
    /// The commits above this one, one by one.
    Above(Oid),
}

/// What joining gave.
enum Joined {
    /// The commit the branch will stand on.
    Commit(Oid),
    /// The tree it will have.
    Tree(Oid),
}

impl Repository {
    /// What landing the task would do now. Writes nothing but objects nobody refers to yet.
    ///
    /// Refuses where no change to the checkout could help; what the person can clear away is listed as obstacles.
    pub async fn landing_preview(
        &self,
        task: &str,
        manner: Manner,
    ) -> Result<LandingPreview, LandRefusal> {
        let (repository, name) = (self.clone(), task.to_owned());
        let sides = run(move || repository.sides(&name, manner)).await?;
        let joined = match sides.joins {
            Joins::Nothing => Ok(Joined::Commit(sides.head)),
            Joins::Two([ours, theirs]) => {
                match merge_tree::merge(self.common_dir(), ours, theirs).await? {
                    Merged::Tree(tree) => Ok(Joined::Tree(tree)),
                    Merged::Conflicts { paths, .. } => Err(paths),
                }
            }
            Joins::Above(base) => match self.replay(base, sides.head, sides.from).await? {
                Replayed::Commit(commit) => Ok(Joined::Commit(commit)),
                Replayed::Conflicts(paths) => Err(paths),
            },
        };
        let (repository, task) = (self.clone(), task.to_owned());
        run(move || match joined {
            Ok(joined) => repository.preview(task, sides, joined),
            Err(paths) => Err(repository.conflict(&sides, &paths)?),
        })
        .await
    }

    fn sides(&self, task: &str, manner: Manner) -> Result<Sides, LandRefusal> {
        let git = self.open()?;
        let head = find_ref(&git, &head_ref(task))?.ok_or(LandRefusal::NothingCommitted)?;
        let (branch, from) = branch(&git)?;
        let base = find_ref(&git, &base_ref(task))?;
        let snapshot = find_ref(&git, &snapshot_ref(task))?.filter(|found| base == Some(*found));
        let (kind, joins) = match (snapshot, manner) {
            (Some(base), Manner::Merge | Manner::Squash) => {
                let sides = merge_tree::as_children(&git, base, [from, head])?;
                (LandingKind::Squash, Joins::Two(sides))
            }
            (Some(base), Manner::Rebase) => (LandingKind::Rebase, Joins::Above(base)),
            (None, manner) => by_history(&git, from, head, base, manner)?,
        };
        Ok(Sides {
            branch,
            from,
            head,
            kind,
            has_snapshot: snapshot.is_some(),
            joins,
        })
    }

    /// Why both sides do not join. Where the person's own uncommitted work is what conflicts, that stands in the way.
    fn conflict(&self, sides: &Sides, paths: &[Vec<u8>]) -> Result<LandRefusal, LandRefusal> {
        let git = self.open()?;
        let tree_of = |oid: Oid| {
            git.find_commit(oid)
                .and_then(|commit| commit.tree())
                .attempting("read a commit")
        };
        let (from, head) = (tree_of(sides.from)?, tree_of(sides.head)?);
        let change = |path: &Vec<u8>| Change {
            path: path.clone(),
            old: tree::at(&from, path),
            new: tree::at(&head, path),
        };
        let changes: Vec<_> = paths.iter().map(change).collect();
        let obstacles = check::look(self, &git, &changes)?.obstacles;
        if sides.has_snapshot && !obstacles.is_empty() {
            return Ok(check::in_the_way(obstacles));
        }
        Ok(LandRefusal::Conflicts {
            paths: paths.iter().map(|path| names::show(path)).collect(),
        })
    }

    fn preview(
        &self,
        task: String,
        sides: Sides,
        joined: Joined,
    ) -> Result<LandingPreview, LandRefusal> {
        let git = self.open()?;
        let tree_of = |oid: Oid| {
            git.find_commit(oid)
                .and_then(|commit| commit.tree())
                .attempting("read a commit")
        };
        let (from, committed) = (tree_of(sides.from)?, tree_of(sides.head)?);
        let (ready, target) = match joined {
            Joined::Commit(commit) => (Some(CommitId::new(commit)), tree_of(commit)?),
            Joined::Tree(tree) => {
                let tree = git.find_tree(tree).attempting("read the merged tree")?;
                (None, tree)
            }
        };
        let makes_nothing = match sides.kind {
            LandingKind::Squash | LandingKind::Rebase => target.id() == from.id(),
            LandingKind::FastForward | LandingKind::Merge => false,
        };
        if makes_nothing {
            return Err(LandRefusal::AlreadyLanded);
        }
        let changes = tree::changes(&git, Some(&from), Some(&target))?;
        let looked = check::look(self, &git, &changes)?;
        Ok(LandingPreview {
            task,
            branch: sides.branch,
            from: CommitId::new(sides.from),
            head: CommitId::new(sides.head),
            ready,
            kind: sides.kind,
            tree: target.id().to_string(),
            as_committed: target.id() == committed.id(),
            changed: u32::try_from(changes.len()).unwrap_or(u32::MAX),
            obstacles: looked
                .obstacles
                .into_iter()
                .take(check::MAX_NAMED)
                .collect(),
            executes_later: executes_later::executes_later(&changes),
        })
    }
}

fn by_history(
    git: &git2::Repository,
    from: Oid,
    head: Oid,
    base: Option<Oid>,
    manner: Manner,
) -> Result<(LandingKind, Joins), LandRefusal> {
    let is_above = |above, below| {
        git.graph_descendant_of(above, below)
            .attempting("compare the branch with the task")
    };
    if from == head || is_above(from, head)? {
        return Err(LandRefusal::AlreadyLanded);
    }
    let goes_straight_on = is_above(head, from)?;
    Ok(match (manner, base) {
        (Manner::Squash, _) => (LandingKind::Squash, Joins::Two([from, head])),
        _ if goes_straight_on => (LandingKind::FastForward, Joins::Nothing),
        (Manner::Rebase, Some(base)) => (LandingKind::Rebase, Joins::Above(base)),
        (Manner::Rebase, None) | (Manner::Merge, _) => {
            (LandingKind::Merge, Joins::Two([from, head]))
        }
    })
}

pub(super) async fn run<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, LandRefusal> + Send + 'static,
) -> Result<T, LandRefusal> {
    blocking(call).await.unwrap_or_else(|error| {
        Err(LandRefusal::MergeFailed {
            detail: error.to_string(),
        })
    })
}

/// The branch checked out and where it stands, if nothing unfinished forbids landing.
pub(super) fn branch(git: &git2::Repository) -> Result<(String, Oid), LandRefusal> {
    let operation = match git.state() {
        RepositoryState::Clean => None,
        RepositoryState::Merge => Some("a merge"),
        RepositoryState::Revert | RepositoryState::RevertSequence => Some("a revert"),
        RepositoryState::CherryPick | RepositoryState::CherryPickSequence => Some("a cherry-pick"),
        RepositoryState::Bisect => Some("a bisection"),
        RepositoryState::Rebase
        | RepositoryState::RebaseInteractive
        | RepositoryState::RebaseMerge => Some("a rebase"),
        RepositoryState::ApplyMailbox | RepositoryState::ApplyMailboxOrRebase => {
            Some("applying patches")
        }
    };
    if let Some(operation) = operation {
        return Err(LandRefusal::InProgress { operation });
    }
    let head = git.find_reference("HEAD").attempting("read HEAD")?;
    let target = head.symbolic_target_bytes().map(String::from_utf8_lossy);
    let target = target.ok_or(LandRefusal::DetachedHead)?;
    let branch = target
        .strip_prefix("refs/heads/")
        .ok_or(LandRefusal::DetachedHead)?
        .to_owned();
    let tip = git.refname_to_id(&target).map_err(|source| {
        LandRefusal::Git(GitFailure::Library {
            attempt: "read the branch",
            source,
        })
    })?;
    Ok((branch, tip))
}
