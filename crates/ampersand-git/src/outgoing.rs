//! Work on its way out: as a commit that a branch of its own can stand on, put there or pushed. No checkout changes.
//!
//! Where a task started from the branch as it was committed, its commits go out as they are, which is what its checks saw.
//! Where it started from uncommitted work, that stays here: what the task changed becomes one commit on the commit below,
//! joined by the rules of landing, and what it changes later another one on top. So nothing that was pushed is ever rewritten.

mod branch;
mod push;
mod remote;

use git2::Oid;

pub use branch::BranchRefusal;
pub use push::{PushRefusal, PushTo};
pub use remote::{Commits, Remote};

use crate::attach::Repository;
use crate::commit::find_ref;
use crate::failure::{Attempting, GitFailure};
use crate::landing::LandRefusal;
use crate::landing::merge_tree::{self, Merged};
use crate::landing::preview::run;
use crate::names;
use crate::object::CommitId;
use crate::worktree::{base_ref, conflicts_ref, head_ref, out_ref, snapshot_ref};

/// A commit that holds a task's work and nothing that was not committed when it started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The commit.
    pub tip: CommitId,
    /// Whether its files are those the task committed, so that whoever checked the task has checked it.
    pub as_checked: bool,
}

/// Where work stands, and what it is told from.
struct Parts {
    head: Oid,
    /// The uncommitted work it started from, and the commit below that.
    began: Option<[Oid; 2]>,
}

impl Repository {
    /// The commit with which a task's work can go out, on top of what went out before. `message` is for the commit that is
    /// made where the task's own cannot go.
    pub async fn outgoing(
        &self,
        task: &str,
        before: Option<CommitId>,
        message: &str,
    ) -> Result<Outgoing, LandRefusal> {
        let (repository, name) = (self.clone(), task.to_owned());
        let parts = run(move || repository.parts(&name)).await?;
        let made = match parts.began {
            None => Outgoing {
                tip: CommitId::new(parts.head),
                as_checked: true,
            },
            Some(began) => {
                self.without_snapshot(parts.head, began, before, message)
                    .await?
            }
        };
        let (repository, name, tip) = (self.clone(), task.to_owned(), made.tip);
        run(move || repository.pin(&name, tip)).await?;
        Ok(made)
    }

    fn parts(&self, task: &str) -> Result<Parts, LandRefusal> {
        let git = self.open_objects()?;
        let head = find_ref(&git, &head_ref(task))?.ok_or(LandRefusal::NothingCommitted)?;
        let base = find_ref(&git, &base_ref(task))?;
        if find_ref(&git, &conflicts_ref(task))?.is_some() {
            return Err(LandRefusal::FollowUp);
        }
        let snapshot = find_ref(&git, &snapshot_ref(task))?.filter(|found| base == Some(*found));
        if base == Some(head) {
            return Err(LandRefusal::NothingCommitted);
        }
        let below = |snapshot: Oid| {
            let commit = git.find_commit(snapshot)?;
            Ok([snapshot, commit.parent_id(0)?])
        };
        let began = snapshot.map(below).transpose();
        let began = began.attempting("read what a task started from")?;
        Ok(Parts { head, began })
    }

    async fn without_snapshot(
        &self,
        head: Oid,
        [snapshot, below]: [Oid; 2],
        before: Option<CommitId>,
        message: &str,
    ) -> Result<Outgoing, LandRefusal> {
        let repository = self.clone();
        let sides = run(move || {
            let git = repository.open()?;
            Ok(merge_tree::as_children(&git, snapshot, [below, head])?)
        });
        let [ours, theirs] = sides.await?;
        let tree = match merge_tree::merge(self.common_dir(), ours, theirs).await? {
            Merged::Tree(tree) => tree,
            Merged::Conflicts { paths, .. } => {
                let paths = paths.iter().map(|path| names::show(path)).collect();
                return Err(LandRefusal::OnUncommitted { paths });
            }
        };
        let (repository, message) = (self.clone(), message.to_owned());
        let on = before.map_or(below, CommitId::oid);
        run(move || repository.commit_on(on, tree, head, &message)).await
    }

    /// The tree as a commit on another one, or that one where it has this tree.
    fn commit_on(
        &self,
        on: Oid,
        tree: Oid,
        head: Oid,
        message: &str,
    ) -> Result<Outgoing, LandRefusal> {
        let git = self.open_objects()?;
        let signature = Self::signature()?;
        let made = || {
            let as_checked = git.find_commit(head)?.tree_id() == tree;
            let on = git.find_commit(on)?;
            let tip = match on.tree_id() == tree {
                true => on.id(),
                false => {
                    let tree = git.find_tree(tree)?;
                    git.commit(None, &signature, &signature, message, &tree, &[&on])?
                }
            };
            Ok::<_, git2::Error>(Outgoing {
                tip: CommitId::new(tip),
                as_checked,
            })
        };
        Ok(made().attempting("write the commit that goes out")?)
    }

    /// Kept from being cleared away until it has gone out.
    fn pin(&self, task: &str, tip: CommitId) -> Result<(), LandRefusal> {
        let git = self.open_objects()?;
        let pinned = git.reference(&out_ref(task), tip.oid(), true, "ampersand: goes out");
        pinned.attempting("keep the commit that goes out")?;
        Ok(())
    }

    /// Whether `later` has `earlier` in it, both being here.
    pub fn is_within(&self, earlier: CommitId, later: CommitId) -> bool {
        let within = |git: git2::Repository| {
            earlier == later
                || git
                    .graph_descendant_of(later.oid(), earlier.oid())
                    .unwrap_or(false)
        };
        self.open_objects().is_ok_and(within)
    }

    /// The commit with which a task's work went out last, or was about to.
    pub fn out(&self, task: &str) -> Result<Option<CommitId>, GitFailure> {
        Ok(find_ref(&self.open_objects()?, &out_ref(task))?.map(CommitId::new))
    }
}
