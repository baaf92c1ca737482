//! Showing a task's work in the person's checkout before it lands, and putting the checkout back as it was.
//!
//! Branch and index stay as they are throughout. The files that were there wait beside the index: each comes back as the
//! very file it was. What the person changed meanwhile is left to them and named.

use std::path::{Path, PathBuf};

use git2::Oid;
use serde::{Deserialize, Serialize};

use super::check::{MAX_FILE_BYTES, Step};
use super::exchange::Exchange;
use super::index::IndexLock;
use super::preview::branch;
use super::recover::take_back;
use super::staging::{Plan, Reached, SHOWN, Staging};
use super::turn::Turn;
use super::{LandRefusal, LandingPreview};
use crate::attach::Repository;
use crate::failure::{Attempting, AttemptingAt, GitFailure};
use crate::names;
use crate::object::CommitId;
use crate::rooted::{Root, Standing};
use crate::tree;

/// Work that stands in the checkout until it is put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The task.
    pub task: String,
    /// How many files are other than before.
    pub files: u32,
    /// The home that put it there; `None` if an earlier version did, which did not say.
    pub home: Option<PathBuf>,
}

/// What putting a checkout back came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutBack {
    /// The task whose work was shown.
    pub task: String,
    /// Files the person changed meanwhile, made visible: they stay as they are. What they were before is in the branch.
    pub kept: Vec<String>,
}

impl Repository {
    /// Puts what landing would bring into the checkout, and remembers what was there and which home is to put it back.
    /// Refuses as landing refuses, and where something is shown already. Once begun it runs to its end: call it where it is
    /// not cancelled.
    pub fn show(&self, preview: &LandingPreview, home: &Path) -> Result<Shown, LandRefusal> {
        let git = self.open()?;
        let turn = Turn::take(self)?;
        let staging = Staging::begin_in(self, SHOWN, &turn)?;
        let done = IndexLock::take(self).and_then(|lock| {
            let done = self.show_locked(&git, &staging, preview, home);
            drop(lock);
            done
        });
        if done.is_err() && !matches!(done, Err(LandRefusal::NotUndone { .. })) {
            staging.close()?;
        }
        done
    }

    fn show_locked(
        &self,
        git: &git2::Repository,
        staging: &Staging,
        preview: &LandingPreview,
        home: &Path,
    ) -> Result<Shown, LandRefusal> {
        let (branch, from) = branch(git)?;
        if branch != preview.branch || from != preview.from.oid() {
            let branch = preview.branch.clone();
            return Err(LandRefusal::BranchMoved { branch });
        }
        let target = Oid::from_str(&preview.tree).attempting("read the tree to show")?;
        let steps = self.checked_steps(git, [from, target])?;
        self.prepare(git, staging, &steps)?;
        let root = Root::open(self.root()).attempting_at("open", self.root())?;
        let ends = (CommitId::new(from), preview.head);
        let plan = Plan::new(&preview.task, &branch, ends, &steps);
        let plan = plan.making(absent_folders(&root, &steps)).of(home);
        staging.write_plan(&plan)?;
        let mut exchange = Exchange::new(&root, staging);
        if let Err(stopped) = exchange.run(&steps) {
            return Err(exchange.take_back(&steps, stopped.into_refusal(self)));
        }
        Ok(Shown {
            task: preview.task.clone(),
            files: counted(&steps),
            home: Some(home.to_owned()),
        })
    }

    /// What is shown in the checkout now.
    pub fn shown(&self) -> Result<Option<Shown>, GitFailure> {
        let Some(plan) = self.shown_plan()? else {
            return Ok(None);
        };
        Ok(Some(Shown {
            files: counted(&plan.steps()?),
            task: plan.task,
            home: plan.home,
        }))
    }

    fn shown_plan(&self) -> Result<Option<Plan>, GitFailure> {
        let staging = Staging::find_in(self, SHOWN)?;
        staging.map_or(Ok(None), |staging| staging.read_plan())
    }

    /// The paths that are shown, with what was there and what is shown.
    pub(crate) fn shown_changes(&self) -> Result<Vec<tree::Change>, GitFailure> {
        let Some(plan) = self.shown_plan()? else {
            return Ok(Vec::new());
        };
        let steps = plan.steps()?.into_iter();
        let shown = steps.filter(|step| !step.is_done());
        Ok(shown.map(|step| step.change).collect())
    }

    /// Puts the checkout back, whether showing came to its end or was cut off. `None` if nothing is shown.
    pub fn put_back(&self) -> Result<Option<PutBack>, LandRefusal> {
        if Staging::find_in(self, SHOWN)?.is_none() {
            return Ok(None);
        }
        let _turn = Turn::take(self)?;
        let Some(staging) = Staging::find_in(self, SHOWN)? else {
            return Ok(None);
        };
        let lock = match IndexLock::adopt(self) {
            Some(lock) => lock,
            None => IndexLock::take(self)?,
        };
        let Some(plan) = staging.read_plan()? else {
            // It was cut off before anything was touched.
            staging.close()?;
            return Ok(None);
        };
        let git = self.open()?;
        let (_, tip) = branch(&git)?;
        let tip = git.find_commit(tip).and_then(|tip| tip.tree());
        let tip = tip.attempting("read the branch")?;
        let root = Root::open(self.root()).attempting_at("open", self.root())?;
        let (mut steps, mut kept) = (plan.steps()?, Vec::new());
        for (at, step) in steps.iter_mut().enumerate() {
            let reached = staging.reached(&root, at, step);
            let reached = reached.attempting_at("look at files in", staging.path())?;
            if reached != Reached::Begun {
                continue;
            }
            let path = &step.change.path;
            let in_branch = tree::at(&tip, path);
            let standing = standing(&root, step);
            let standing = standing.attempting_at("look at files in", self.root())?;
            let is_shown = stands(&staging, &standing, step.change.new);
            // Set aside and nothing in its place: cut off on the way, or the person removed what was shown.
            let is_away = standing == Standing::Absent && step.seen.is_some();
            if in_branch == step.change.old && (is_shown || is_away) {
                continue;
            }
            // Somebody's since: left alone. That of which the branch says the same is no news.
            if !stands(&staging, &standing, in_branch) {
                kept.push(names::show(path));
            }
            // What it was before is in the branch's history, or nobody looked.
            staging
                .forget(at)
                .attempting_at("let go of a file in", staging.path())?;
            step.stays = true;
        }
        let left = take_back(&root, &staging, &steps);
        for folder in plan.made.iter().rev() {
            let removed = root
                .parent(folder)
                .and_then(|(dir, name)| dir.remove_dir(name));
            // What holds something stays.
            drop(removed);
        }
        drop(lock);
        if !left.is_empty() {
            let kept_in = staging.path().to_owned();
            return Err(LandRefusal::NotUndone {
                paths: left,
                kept_in,
            });
        }
        staging.close()?;
        let task = plan.task;
        Ok(Some(PutBack { task, kept }))
    }
}

/// What stands at the path of a step. Where it was taken away, a name that the disk takes for the same is another's.
fn standing(root: &Root, step: &Step) -> std::io::Result<Standing> {
    let path = &step.change.path;
    let standing = root.look(path, MAX_FILE_BYTES)?;
    let is_gone = step.change.new.is_none() && standing != Standing::Absent;
    Ok(if is_gone && !root.is_spelled(path)? {
        Standing::Absent
    } else {
        standing
    })
}

/// Whether this is what stands there.
fn stands(staging: &Staging, standing: &Standing, slot: Option<tree::Slot>) -> bool {
    match (standing, slot) {
        (Standing::Content(found), Some(slot)) => staging.is(*found, slot),
        (Standing::Absent | Standing::Behind(_), None) => true,
        _ => false,
    }
}

/// Folders that showing will make, each before those in it.
fn absent_folders(root: &Root, steps: &[Step]) -> Vec<Vec<u8>> {
    let mut absent = std::collections::BTreeSet::new();
    for step in steps.iter().filter(|step| step.change.new.is_some()) {
        let path = &step.change.path;
        for (at, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            let folder = &path[..at];
            let stands = root.look(folder, 0);
            if matches!(stands, Ok(Standing::Absent)) {
                absent.insert(folder.to_vec());
            }
        }
    }
    absent.into_iter().collect()
}

fn counted(steps: &[Step]) -> u32 {
    let shown = steps.iter().filter(|step| !step.is_done()).count();
    u32::try_from(shown).unwrap_or(u32::MAX)
}
