//! Working out what landing would do: which commit, which tree, and what stands in the way.

use git2::{Oid, RepositoryState};

use super::merge_tree::{self, Merged};
use super::sides::Conflicted;
use super::{LandRefusal, LandingKind, LandingPreview, Manner, Side, check};
use crate::attach::Repository;
use crate::blocking::blocking;
use crate::commit::find_ref;
use crate::executes_later;
use crate::failure::{Attempting, GitFailure};
use crate::names;
use crate::object::CommitId;
use crate::tree::{self, Change};
use crate::worktree::{base_ref, conflicts_ref, head_ref, snapshot_ref};

/// Where both sides stand.
pub(super) struct Sides {
    pub(super) branch: String,
    pub(super) from: Oid,
    pub(super) head: Oid,
    /// The commit that holds the work, which a merge has for its second parent.
    pub(super) work: Oid,
    pub(super) kind: LandingKind,
    /// What was not committed when the work began, if it began from that.
    pub(super) snapshot: Option<Oid>,
    /// Two commits that joined make the branch with all of the work.
    pub(super) whole: [Oid; 2],
    pub(super) joins: Joins,
}

/// What there is to join.
#[derive(Clone, Copy)]
pub(super) enum Joins {
    /// Nothing: the task's commits are taken as they are.
    Nothing,
    /// The branch and the whole of the work.
    Whole,
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
        self.preview_of(task, manner, None).await
    }

    /// As [`Repository::landing_preview`]; where both sides changed the same places, this one is kept and the other is
    /// given up.
    pub async fn landing_preview_keeping(
        &self,
        task: &str,
        manner: Manner,
        side: Side,
    ) -> Result<LandingPreview, LandRefusal> {
        self.preview_of(task, manner, Some(side)).await
    }

    async fn preview_of(
        &self,
        task: &str,
        manner: Manner,
        keeps: Option<Side>,
    ) -> Result<LandingPreview, LandRefusal> {
        let (repository, name) = (self.clone(), task.to_owned());
        let mut sides = run(move || repository.sides(&name, manner)).await?;
        let joined = self.join(&mut sides).await?;
        let (repository, task) = (self.clone(), task.to_owned());
        run(move || {
            let joined = match (joined, keeps) {
                (Ok(joined), _) => joined,
                (Err(found), Some(side)) => Joined::Tree(repository.keep(&found, side)?),
                (Err(found), None) => return Err(repository.conflict(&sides, &found)?),
            };
            repository.preview(task, sides, joined)
        })
        .await
    }

    async fn join(&self, sides: &mut Sides) -> Result<Result<Joined, Conflicted>, LandRefusal> {
        match sides.joins {
            Joins::Nothing => return Ok(Ok(Joined::Commit(sides.head))),
            Joins::Whole => {}
            Joins::Above(base) => {
                if let Some(commit) = self.replay(base, sides.head, sides.from).await? {
                    return Ok(Ok(Joined::Commit(commit)));
                }
                // As one commit it may join where its steps do not, and the branch stays a straight line.
                sides.kind = LandingKind::Squash;
            }
        }
        let [ours, theirs] = sides.whole;
        Ok(
            match merge_tree::merge(self.common_dir(), ours, theirs).await? {
                Merged::Tree(tree) => Ok(Joined::Tree(tree)),
                Merged::Conflicts { tree, paths } => Err(Conflicted {
                    sides: sides.whole,
                    tree,
                    paths,
                }),
            },
        )
    }

    pub(super) fn sides(&self, task: &str, manner: Manner) -> Result<Sides, LandRefusal> {
        let git = self.open()?;
        let head = find_ref(&git, &head_ref(task))?.ok_or(LandRefusal::NothingCommitted)?;
        let (branch, from) = branch(&git)?;
        let base = find_ref(&git, &base_ref(task))?;
        let began = |name: String| {
            let found = find_ref(&git, &name)?;
            Ok::<_, GitFailure>(found.filter(|found| base == Some(*found)))
        };
        if let Some(start) = began(conflicts_ref(task))? {
            return self.follow_up_sides(&git, task, [start, head], manner);
        }
        let snapshot = began(snapshot_ref(task))?;
        let (kind, joins) = match (snapshot, manner) {
            (Some(_), Manner::Merge | Manner::Squash) => (LandingKind::Squash, Joins::Whole),
            (Some(base), Manner::Rebase) => (LandingKind::Rebase, Joins::Above(base)),
            (None, manner) => by_history(&git, from, head, base, manner)?,
        };
        let whole = match snapshot {
            Some(base) => merge_tree::as_children(&git, base, [from, head])?,
            None => [from, head],
        };
        Ok(Sides {
            branch,
            from,
            head,
            work: head,
            kind,
            snapshot,
            whole,
            joins,
        })
    }

    /// Why both sides do not join. Where the person's own uncommitted work is what conflicts, that stands in the way.
    fn conflict(&self, sides: &Sides, found: &Conflicted) -> Result<LandRefusal, LandRefusal> {
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
        let changes: Vec<_> = found.paths.iter().map(change).collect();
        let obstacles = check::look(self, &git, &changes)?.obstacles;
        if sides.snapshot.is_some() && !obstacles.is_empty() {
            return Ok(check::in_the_way(obstacles));
        }
        Ok(LandRefusal::Conflicts {
            paths: found.paths.iter().map(|path| names::show(path)).collect(),
            both: self.both_sides(found)?,
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
            work: CommitId::new(sides.work),
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
    if holds(git, from, head)? {
        return Err(LandRefusal::AlreadyLanded);
    }
    let goes_straight_on = holds(git, head, from)?;
    Ok(match (manner, base) {
        (Manner::Squash, _) => (LandingKind::Squash, Joins::Whole),
        _ if goes_straight_on => (LandingKind::FastForward, Joins::Nothing),
        (Manner::Rebase, Some(base)) => (LandingKind::Rebase, Joins::Above(base)),
        (Manner::Rebase, None) | (Manner::Merge, _) => (LandingKind::Merge, Joins::Whole),
    })
}

/// Whether one commit is another or stands on it.
pub(super) fn holds(git: &git2::Repository, above: Oid, below: Oid) -> Result<bool, GitFailure> {
    let stands_on = || git.graph_descendant_of(above, below);
    Ok(above == below || stands_on().attempting("compare the branch with the task")?)
}

pub(crate) async fn run<T: Send + 'static>(
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
