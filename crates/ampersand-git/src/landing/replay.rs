//! Making a task's commits again on top of a branch, one after the other, without any checkout.

use git2::Oid;

use super::LandRefusal;
use super::merge_tree::{self, Merged};
use super::preview::run;
use crate::attach::Repository;
use crate::failure::Attempting;

/// A task with more commits than this is brought in another way.
const COMMITS_MAX: usize = 1_000;

impl Repository {
    /// Makes the commits above `base`, up to `head`, again on `onto`. Each keeps its author and its message; one that
    /// changes nothing there is left out. The last commit made comes back, unless one of them conflicts.
    pub(super) async fn replay(
        &self,
        base: Oid,
        head: Oid,
        onto: Oid,
    ) -> Result<Option<Oid>, LandRefusal> {
        let repository = self.clone();
        let commits = run(move || repository.above(base, head)).await?;
        let mut tip = onto;
        for (parent, commit) in commits {
            let repository = self.clone();
            let sides = run(move || {
                let git = repository.open()?;
                Ok(merge_tree::as_children(&git, parent, [tip, commit])?)
            });
            let [ours, theirs] = sides.await?;
            let tree = match merge_tree::merge(self.common_dir(), ours, theirs).await? {
                Merged::Tree(tree) => tree,
                Merged::Conflicts { .. } => return Ok(None),
            };
            let repository = self.clone();
            tip = run(move || repository.again(commit, tree, tip)).await?;
        }
        Ok(Some(tip))
    }

    /// Each commit above `base` with its parent, oldest first.
    fn above(&self, base: Oid, head: Oid) -> Result<Vec<(Oid, Oid)>, LandRefusal> {
        let git = self.open()?;
        let mut commits = Vec::new();
        let mut at = head;
        while at != base {
            let commit = git.find_commit(at).attempting("read a task's commit")?;
            let Some(parent) = commit.parent_ids().next() else {
                break;
            };
            commits.push((parent, at));
            if commits.len() > COMMITS_MAX {
                return Err(LandRefusal::MergeFailed {
                    detail: format!("the task made more than {COMMITS_MAX} commits"),
                });
            }
            at = parent;
        }
        commits.reverse();
        Ok(commits)
    }

    /// One commit made again with this tree on `onto`. The same one each time it is asked for, so that looking twice
    /// leaves one commit, and what was looked at is what lands.
    fn again(&self, commit: Oid, tree: Oid, onto: Oid) -> Result<Oid, LandRefusal> {
        let git = self.open()?;
        let made = || {
            let (commit, onto) = (git.find_commit(commit)?, git.find_commit(onto)?);
            if onto.tree_id() == tree {
                return Ok(onto.id());
            }
            let (author, tree) = (commit.author(), git.find_tree(tree)?);
            let message = commit.message().unwrap_or_default();
            git.commit(None, &author, &commit.committer(), message, &tree, &[&onto])
        };
        let made: Result<Oid, git2::Error> = made();
        Ok(made.attempting("make a task's commit again")?)
    }
}
