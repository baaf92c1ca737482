//! Where a task starts that brings together what did not join: from the branch and another task's work in one, with markers
//! in the files in which they differ.
//!
//! That is a commit with both as its parents, which only the references of the new task know. It never lands: what the new
//! task makes of it does, as one commit, and not while a marker is left.

use git2::Oid;
use serde::{Deserialize, Serialize};

use super::merge_tree::{self, Merged};
use super::preview::{self, Joins, Sides, run};
use super::sides::Conflicted;
use super::{BothSides, LandRefusal, LandingKind, Manner, markers};
use crate::attach::Repository;
use crate::commit::find_ref;
use crate::failure::{Attempting, GitFailure};
use crate::names;
use crate::object::CommitId;
use crate::tree;
use crate::worktree::{base_ref, conflicts_ref, head_ref, snapshot_ref};

/// A refusal names this many places.
const MAX_PLACES: usize = 20;
/// Subjects of the branch's commits that are told.
const MAX_SUBJECTS: usize = 10;
/// Characters of a subject.
const MAX_SUBJECT_CHARS: usize = 120;

/// Where a follow-up starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// The branch.
    pub branch: String,
    /// The commit it stood on.
    pub from: CommitId,
    /// The commit that holds both sides, with markers.
    pub start: CommitId,
    /// What both want, as far as it is shown.
    pub both: Vec<BothSides>,
    /// In how many files they differ.
    pub files: usize,
    /// The subjects of the newest commits that the branch has and the work has not, made visible.
    pub on_branch: Vec<String>,
}

/// What the commit says that holds both sides.
#[derive(Serialize, Deserialize)]
struct About {
    branch: String,
    paths: Vec<Vec<u8>>,
    both: Vec<BothSides>,
    on_branch: Vec<String>,
}

/// The commit that holds both sides, read.
pub(super) struct Start {
    from: Oid,
    /// The commit that holds the other task's work.
    work: Oid,
    about: About,
}

impl Repository {
    /// The start of `follow_up`, which brings `task` and the branch as they are now together. The same one however often
    /// it is asked for.
    pub async fn follow_up(&self, task: &str, follow_up: &str) -> Result<FollowUp, LandRefusal> {
        if let Some(known) = self.known_follow_up(follow_up)? {
            return Ok(known);
        }
        let (repository, name) = (self.clone(), task.to_owned());
        let sides = run(move || repository.sides(&name, Manner::Merge)).await?;
        let [ours, theirs] = sides.whole;
        let found = match merge_tree::merge(self.common_dir(), ours, theirs).await? {
            Merged::Tree(_) => return Err(LandRefusal::NoConflicts),
            Merged::Conflicts { tree, paths } => Conflicted {
                sides: [ours, theirs],
                tree,
                paths,
            },
        };
        let (repository, follow_up) = (self.clone(), follow_up.to_owned());
        run(move || {
            repository.pin_follow_up(&follow_up, &sides, found)?;
            let pinned = repository.known_follow_up(&follow_up)?;
            pinned.ok_or(LandRefusal::NoConflicts)
        })
        .await
    }

    /// Where a task started, if it is one that brings others' work and a branch together.
    pub fn known_follow_up(&self, task: &str) -> Result<Option<FollowUp>, GitFailure> {
        let git = self.open()?;
        let Some(start) = find_ref(&git, &conflicts_ref(task))? else {
            return Ok(None);
        };
        let Start { from, about, .. } = read(&git, start)?;
        Ok(Some(FollowUp {
            branch: about.branch,
            from: CommitId::new(from),
            start: CommitId::new(start),
            both: about.both,
            files: about.paths.len(),
            on_branch: about.on_branch,
        }))
    }

    fn pin_follow_up(
        &self,
        follow_up: &str,
        sides: &Sides,
        found: Conflicted,
    ) -> Result<(), LandRefusal> {
        let git = self.open()?;
        let tree = self.marked_tree(&found)?;
        let about = About {
            branch: sides.branch.clone(),
            both: self.both_sides(&found)?,
            on_branch: on_branch(&git, sides)?,
            paths: found.paths,
        };
        let about = serde_json::to_string(&about).unwrap_or_default();
        let message = format!("Both sides with markers; this never lands\n\n{about}\n");
        let signature = Self::signature()?;
        let start = || {
            let [from, work] = [sides.from, sides.work].map(|id| git.find_commit(id));
            let tree = git.find_tree(tree)?;
            let parents = [&from?, &work?];
            let start = git.commit(None, &signature, &signature, &message, &tree, &parents)?;
            let log = "ampersand: both sides";
            if let Some(snapshot) = sides.snapshot {
                git.reference(&snapshot_ref(follow_up), snapshot, true, log)?;
            }
            // The one it is known by comes last.
            for name in [head_ref, base_ref, conflicts_ref] {
                git.reference(&name(follow_up), start, true, log)?;
            }
            Ok::<_, git2::Error>(())
        };
        Ok(start().attempting("pin what a follow-up starts from")?)
    }

    /// How what a follow-up made joins the branch: what it changed since both sides were put together, as one commit that
    /// has the other task's work for its second parent where histories are merged.
    pub(super) fn follow_up_sides(
        &self,
        git: &git2::Repository,
        task: &str,
        [start, head]: [Oid; 2],
        manner: Manner,
    ) -> Result<Sides, LandRefusal> {
        let (branch, from) = preview::branch(git)?;
        let Start {
            from: began_at,
            work,
            about,
        } = read(git, start)?;
        let snapshot = find_ref(git, &snapshot_ref(task))?;
        let kind = match (manner, snapshot) {
            (Manner::Merge, None) => LandingKind::Merge,
            (Manner::Merge | Manner::Squash | Manner::Rebase, _) => LandingKind::Squash,
        };
        if kind == LandingKind::Merge && preview::holds(git, from, work)? {
            return Err(LandRefusal::AlreadyLanded);
        }
        markers_left(git, [began_at, work, head], &about.paths)?;
        Ok(Sides {
            branch,
            from,
            head,
            work,
            kind,
            snapshot,
            whole: merge_tree::as_children(git, began_at, [from, head])?,
            joins: Joins::Whole,
        })
    }
}

fn read(git: &git2::Repository, start: Oid) -> Result<Start, GitFailure> {
    let read = || {
        let commit = git.find_commit(start)?;
        let [from, work] = [commit.parent_id(0)?, commit.parent_id(1)?];
        let message = String::from_utf8_lossy(commit.message_bytes()).into_owned();
        let about = message.split_once("\n\n");
        let about = about.and_then(|(_, about)| serde_json::from_str(about).ok());
        let about = about
            .ok_or_else(|| git2::Error::from_str("the commit does not say what both sides want"))?;
        Ok::<_, git2::Error>(Start { from, work, about })
    };
    read().attempting("read what a follow-up started from")
}

/// What the branch brought meanwhile, in the words of its commits.
fn on_branch(git: &git2::Repository, sides: &Sides) -> Result<Vec<String>, GitFailure> {
    let walk = || {
        let mut walk = git.revwalk()?;
        walk.push(sides.from)?;
        walk.hide(sides.head)?;
        let commits = walk.take(MAX_SUBJECTS).map(|id| git.find_commit(id?));
        let subject = |commit: git2::Commit<'_>| {
            let subject = names::show(commit.summary_bytes().unwrap_or_default());
            subject.chars().take(MAX_SUBJECT_CHARS).collect()
        };
        commits.map(|commit| commit.map(subject)).collect()
    };
    let subjects: Result<Vec<String>, git2::Error> = walk();
    subjects.attempting("read what the branch brought")
}

/// Refuses while a file has more lines that look like markers than either side had.
fn markers_left(
    git: &git2::Repository,
    [began_at, work, head]: [Oid; 3],
    paths: &[Vec<u8>],
) -> Result<(), LandRefusal> {
    let tree_of = |oid: Oid| {
        let tree = git.find_commit(oid).and_then(|commit| commit.tree());
        tree.attempting("read a commit")
    };
    let (ours, theirs, made) = (tree_of(began_at)?, tree_of(work)?, tree_of(head)?);
    let found = |tree: &git2::Tree<'_>, path: &[u8]| {
        let blob = tree::at(tree, path).and_then(|slot| git.find_blob(slot.oid).ok());
        blob.map_or_else(Vec::new, |blob| markers::found(blob.content()))
    };
    let mut places = Vec::new();
    for path in paths {
        let left = found(&made, path);
        if left.len() > found(&ours, path).len().max(found(&theirs, path).len()) {
            let path = names::show(path);
            places.extend(left.into_iter().map(|line| format!("{path}:{line}")));
        }
    }
    if places.is_empty() {
        return Ok(());
    }
    places.truncate(MAX_PLACES);
    Err(LandRefusal::MarkersLeft { places })
}
