//! Landing itself, taking back what fails on the way, and undoing what landed.

use git2::Oid;

use super::check::{self, Step};
use super::exchange::Exchange;
use super::index::IndexLock;
use super::preview::branch;
use super::staging::{Plan, Staging};
use super::turn::Turn;
use super::{LandRefusal, Landed, LandingKind, LandingPreview, found, record};
use crate::attach::Repository;
use crate::commit::find_ref;
use crate::durable;
use crate::failure::{Attempting, AttemptingAt, GitFailure};
use crate::object::CommitId;
use crate::rooted::Root;
use crate::tree;
use crate::worktree::head_ref;

/// Which branch goes from where to where, and whose work it is about.
pub(super) struct Move<'a> {
    pub(super) task: &'a str,
    pub(super) branch: &'a str,
    pub(super) from: Oid,
    pub(super) to: Oid,
    /// What the branch's log says of it.
    pub(super) log: String,
}

impl Repository {
    /// Lands what the preview showed. `message` is for the commit that landing makes, if it makes one.
    ///
    /// Everything is looked at again under the index lock; a checkout in which anything is in the way, or a branch
    /// that moved, is left as it is. Once begun it runs to its end: call it where it is not cancelled.
    pub fn land(&self, preview: &LandingPreview, message: &str) -> Result<Landed, LandRefusal> {
        let git = self.open()?;
        self.staged(|staging, lock| self.land_locked(&git, staging, lock, preview, message))
    }

    /// Runs `exchange` with the index locked and a folder for what is set aside meanwhile.
    pub(super) fn staged<T>(
        &self,
        exchange: impl FnOnce(&Staging, IndexLock) -> Result<T, LandRefusal>,
    ) -> Result<T, LandRefusal> {
        let turn = Turn::take(self)?;
        let staging = Staging::begin(self, &turn)?;
        let done = IndexLock::take(self).and_then(|lock| exchange(&staging, lock));
        if !matches!(done, Err(LandRefusal::NotUndone { .. }))
            && let Err(error) = staging.close()
        {
            tracing::warn!(%error, "what a landing set aside stays until recovery");
        }
        done
    }

    /// The commit the branch would stand on, written without any reference to it: for looking at it before landing.
    pub fn landing_commit(
        &self,
        preview: &LandingPreview,
        message: &str,
    ) -> Result<CommitId, GitFailure> {
        commit_to_land(&self.open()?, preview, message).map(CommitId::new)
    }

    fn land_locked(
        &self,
        git: &git2::Repository,
        staging: &Staging,
        lock: IndexLock,
        preview: &LandingPreview,
        message: &str,
    ) -> Result<Landed, LandRefusal> {
        let moved = || LandRefusal::BranchMoved {
            branch: preview.branch.clone(),
        };
        let (branch, from) = branch(git)?;
        let head = find_ref(git, &head_ref(&preview.task))?;
        if branch != preview.branch
            || from != preview.from.oid()
            || head != Some(preview.head.oid())
        {
            return Err(moved());
        }
        let target = Oid::from_str(&preview.tree).attempting("read the tree to land")?;
        let steps = self.checked_steps(git, [from, target])?;
        let to = commit_to_land(git, preview, message)?;
        let known = [from, preview.head.oid()];
        durable::sync_commits(git, self.common_dir(), to, &known)?;
        found::keep(self, to, &steps)?;
        let moving = Move {
            task: &preview.task,
            branch: &branch,
            from,
            to,
            log: format!("ampersand: land {}", preview.task),
        };
        let landed = Landed {
            branch: branch.clone(),
            from: preview.from,
            to: CommitId::new(to),
            kind: preview.kind,
        };
        record::keep(self, &preview.task, &landed)?;
        let exchanged = self.exchange(git, (staging, lock), &moving, &steps);
        if exchanged.is_err() && matches!(self.landed(&preview.task), Ok(None)) {
            self.forget_landed(&preview.task)?;
        }
        exchanged.map(|()| landed)
    }

    /// Exchanges the files, moves the branch, and lets the index follow; or takes all of it back.
    pub(super) fn exchange(
        &self,
        git: &git2::Repository,
        (staging, lock): (&Staging, IndexLock),
        moving: &Move<'_>,
        steps: &[Step],
    ) -> Result<(), LandRefusal> {
        let moved = || LandRefusal::BranchMoved {
            branch: moving.branch.to_owned(),
        };
        self.prepare(git, staging, steps)?;
        let ends = (CommitId::new(moving.from), CommitId::new(moving.to));
        staging.write_plan(&Plan::new(moving.task, moving.branch, ends, steps))?;

        let root = Root::open(self.root()).attempting_at("open", self.root())?;
        let mut exchange = Exchange::new(&root, staging);
        if let Err(stopped) = exchange.run(steps) {
            return Err(exchange.take_back(steps, stopped.into_refusal(self)));
        }
        let next = match lock.prepare(staging.path(), &root, steps, exchange.placed()) {
            Ok(next) => next,
            Err(failure) => return Err(exchange.take_back(steps, failure.into())),
        };
        let name = format!("refs/heads/{}", moving.branch);
        let Move { from, to, log, .. } = moving;
        if let Err(error) = git.reference_matching(&name, *to, true, *from, log) {
            return Err(exchange.take_back(steps, move_refusal(error, moved())));
        }
        // Switching to a new branch at the same commit needs no lock that is held here.
        let followed = match git.refname_to_id("HEAD").attempting("read HEAD") {
            Ok(head) if head == *to => next.commit().map_err(LandRefusal::from),
            Ok(_) => Err(moved()),
            Err(failure) => Err(failure.into()),
        };
        let Err(refusal) = followed else {
            durable::sync_reference(self.common_dir(), &name);
            return Ok(());
        };
        // Only if the branch can be moved back is there something to take back.
        let log = "ampersand: landing taken back";
        match git.reference_matching(&name, *from, true, *to, log) {
            Ok(_) => Err(exchange.take_back(steps, refusal)),
            Err(_) => Err(refusal),
        }
    }

    /// Writes every new file beside the index, so that a full disk is noticed before anything is touched.
    pub(super) fn prepare(
        &self,
        git: &git2::Repository,
        staging: &Staging,
        steps: &[Step],
    ) -> Result<(), LandRefusal> {
        let waiting = steps.iter().enumerate().filter(|(_, step)| !step.is_done());
        let waiting: Vec<_> = waiting
            .filter_map(|(at, step)| Some((at, step.change.new?)))
            .collect();
        for (at, new) in &waiting {
            let blob = git.find_blob(new.oid).attempting("read a file to land")?;
            staging
                .prepare(*at, new.mode, blob.content())
                .attempting_at("write a file to land into", staging.path())?;
        }
        for (at, _) in waiting {
            staging
                .sync(at)
                .attempting_at("bring a file to land to the disk in", staging.path())?;
        }
        Ok(())
    }

    /// What changes in the checkout from one commit or tree to the other, if nothing stands in the way.
    pub(super) fn checked_steps(
        &self,
        git: &git2::Repository,
        ends: [Oid; 2],
    ) -> Result<Vec<Step>, LandRefusal> {
        let [from, target] = ends.map(|end| git.find_object(end, None)?.peel_to_tree());
        let (from, target) = (
            from.attempting("read the branch")?,
            target.attempting("read the tree to land")?,
        );
        let changes = tree::changes(git, Some(&from), Some(&target))?;
        let looked = check::look(self, git, &changes)?;
        if looked.obstacles.is_empty() {
            return Ok(looked.steps);
        }
        Err(check::in_the_way(looked.obstacles))
    }
}

fn commit_to_land(
    git: &git2::Repository,
    preview: &LandingPreview,
    message: &str,
) -> Result<Oid, GitFailure> {
    let find = |id: CommitId| {
        git.find_commit(id.oid())
            .attempting("read a commit to land")
    };
    if let Some(ready) = preview.ready {
        return Ok(find(ready)?.id());
    }
    let work = find(preview.work)?;
    let tree = Oid::from_str(&preview.tree).and_then(|oid| git.find_tree(oid));
    let tree = tree.attempting("read the merged tree")?;
    let signature = Repository::signature()?;
    let from = find(preview.from)?;
    let parents: &[_] = match preview.kind {
        LandingKind::Squash => &[&from],
        LandingKind::FastForward | LandingKind::Merge | LandingKind::Rebase => &[&from, &work],
    };
    git.commit(None, &signature, &signature, message, &tree, parents)
        .attempting("write the commit that lands")
}

fn move_refusal(error: git2::Error, moved: LandRefusal) -> LandRefusal {
    match error.code() {
        git2::ErrorCode::Modified | git2::ErrorCode::NotFound => moved,
        _ => LandRefusal::Git(GitFailure::Library {
            attempt: "move the branch",
            source: error,
        }),
    }
}

#[cfg(test)]
mod tests;
