//! One repository on the radar: its worktrees as they were last seen, and what is known of them.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use ampersand_core::{
    Clash, Failure, Radar, RadarEvent, RadarQuestion, RadarVerdict, RadarWork, TaskId,
};
use ampersand_git::{
    Collision, CommitError, CommitId, Dirty, LandRefusal, LiveTree, ParseCommitIdError, Repository,
    Trial, Trials, Watches, Worktree,
};
use futures::StreamExt;

use super::{Followed, Stands};
use crate::{executor::World, refusal::Refusal};

/// A worktree that does not tell what changes is looked over this often at most.
const SWEEPS_EVERY: Duration = Duration::from_secs(2);

/// And for this part of the time at most: a sweep reads the times of all its files.
const SWEEP_PART: u32 = 100;

/// Looks in a row that came to nothing before it is said that work is not followed: one may fall between two writes. Of work
/// that is too much it is said at once: a look at that takes long, and the next one is far.
const LOOKS_IN_VAIN: u32 = 3;

/// Questions to git at one time.
const ASKED_AT_ONCE: usize = 2;

/// Where all trials of this home are.
pub(super) fn folder(world: &World) -> PathBuf {
    world.home.root().join("radar")
}

pub(super) struct Place {
    repository: Repository,
    /// Where its worktrees are.
    worktrees: PathBuf,
    trials: Trials,
    trials_folder: PathBuf,
    radar: Radar,
    live: HashMap<TaskId, Live>,
    /// What was told last.
    told: Option<BTreeMap<TaskId, Vec<Clash>>>,
    /// Works that cannot be followed, and why; not told yet.
    unfollowed: Vec<(TaskId, Failure)>,
}

/// A worktree that is followed.
struct Live {
    tree: LiveTree,
    dirty: Dirty,
    /// What it was last seen to hold.
    work: Option<RadarWork>,
    looked: Instant,
    took: Duration,
    /// Looks that came to nothing since the last that did not.
    in_vain: u32,
}

impl Place {
    /// Where nothing is followed yet. Its trials are made below `folder`.
    pub(super) fn open(
        repository: Repository,
        worktrees: PathBuf,
        folder: &Path,
    ) -> Result<Self, Failure> {
        // The worktrees' folder is named so that two repositories of one name stay apart.
        let name = worktrees.file_name().unwrap_or_default();
        let trials_folder = folder.join(name);
        let trials = Trials::begin(&repository, &trials_folder);
        Ok(Self {
            trials: trials.map_err(|error| error.failure())?,
            trials_folder,
            repository,
            worktrees,
            radar: Radar::default(),
            live: HashMap::new(),
            told: None,
            unfollowed: Vec::new(),
        })
    }

    /// Nothing here is watched any more.
    pub(super) fn forget(&self, watches: &mut Watches) {
        for task in self.live.keys() {
            watches.forget(&task.to_string());
        }
    }

    pub(super) fn remove(self) {
        if let Err(error) = std::fs::remove_dir_all(&self.trials_folder) {
            tracing::warn!(%error, "trials stay until the next start");
        }
    }

    /// Takes note of what may have changed in the worktree of a task.
    pub(super) fn heard(&mut self, task: &str, dirty: &Dirty) {
        let known = task.parse().ok().and_then(|id| self.live.get_mut(&id));
        if let Some(live) = known {
            live.dirty.extend(dirty.clone());
        }
    }

    /// Looks at what may have changed and tells the radar.
    pub(super) fn look(
        &mut self,
        followed: &[Followed],
        watches: &mut Watches,
    ) -> Result<(), Failure> {
        self.let_go(followed, watches);
        let is_quiet = self.live.values().all(|live| live.dirty.is_nothing());
        if !is_quiet && self.trials.is_full() {
            // Everything known is about what is thrown away.
            self.trials.clear().map_err(|error| error.failure())?;
            self.radar = Radar::default();
            for live in self.live.values_mut() {
                live.dirty.extend(live.tree.stored());
            }
        }
        let (branch, tip) = self
            .repository
            .branch_tip()
            .map_err(|error| error.failure())?;
        self.radar.take(RadarEvent::Branch {
            name: branch.unwrap_or_else(|| "HEAD".to_owned()),
            commit: tip.to_string(),
        });
        let mut heads = self.committed(followed)?;
        for one in followed {
            let work = match one.stands {
                Stands::Live => self.live(one, watches)?,
                Stands::Committed => heads.remove(&one.task),
            };
            self.radar.take(RadarEvent::Work {
                task: one.task,
                title: one.title.clone(),
                work,
            });
        }
        Ok(())
    }

    fn let_go(&mut self, followed: &[Followed], watches: &mut Watches) {
        let live = followed.iter().filter(|one| one.stands == Stands::Live);
        let live: HashSet<TaskId> = live.map(|one| one.task).collect();
        self.live.retain(|task, _| {
            let stays = live.contains(task);
            if !stays {
                watches.forget(&task.to_string());
            }
            stays
        });
        let known: Vec<TaskId> = self.radar.tasks().collect();
        for task in known {
            if !followed.iter().any(|one| one.task == task) {
                self.radar.take(RadarEvent::Left { task });
            }
        }
    }

    /// What is in a worktree now.
    fn live(
        &mut self,
        one: &Followed,
        watches: &mut Watches,
    ) -> Result<Option<RadarWork>, Failure> {
        if !self.live.contains_key(&one.task) {
            let task = one.task.to_string();
            let base: CommitId = one
                .base
                .start()
                .parse()
                .map_err(|error: ParseCommitIdError| error.failure())?;
            let worktree = Worktree {
                path: self.worktrees.join(&task),
                task,
                base,
            };
            self.live.insert(one.task, Live::new(worktree));
        }
        let Some(live) = self.live.get_mut(&one.task) else {
            return Ok(None);
        };
        if live.is_due() {
            live.dirty = Dirty::Everything;
        }
        if !live.dirty.is_nothing() {
            let failed = live.look(one, &self.trials, watches);
            self.unfollowed.extend(failed.map(|why| (one.task, why)));
        }
        Ok(live.work.clone())
    }

    /// What tasks have committed: that is what lands.
    fn committed(&self, followed: &[Followed]) -> Result<HashMap<TaskId, RadarWork>, Failure> {
        let committed = followed.iter();
        let committed: Vec<&Followed> = committed
            .filter(|one| one.stands == Stands::Committed)
            .collect();
        if committed.is_empty() {
            return Ok(HashMap::new());
        }
        let names: Vec<String> = committed.iter().map(|one| one.task.to_string()).collect();
        let heads = self.repository.task_heads(&names);
        let heads = heads.map_err(|error| error.failure())?;
        let known = committed.into_iter().zip(heads);
        Ok(known
            .filter_map(|(one, head)| Some((one.task, work(one, head?.to_string()))))
            .collect())
    }

    /// Works that cannot be followed, each once.
    pub(super) fn unfollowed(&mut self) -> Vec<(TaskId, Failure)> {
        std::mem::take(&mut self.unfollowed)
    }

    /// Has everything found out that is not known. What each work collides with comes back if that is news.
    pub(super) async fn judge(&mut self) -> Option<BTreeMap<TaskId, Vec<Clash>>> {
        loop {
            let questions = self.radar.questions();
            if questions.is_empty() {
                break;
            }
            let trials = &self.trials;
            let asking = futures::stream::iter(questions)
                .map(|question| async move { (answer(trials, &question).await, question) })
                .buffer_unordered(ASKED_AT_ONCE);
            let answers: Vec<_> = asking.collect().await;
            for (verdict, question) in answers {
                self.radar.take(RadarEvent::Judged { question, verdict });
            }
        }
        let found = self.radar.clashes();
        if self.told.as_ref() == Some(&found) {
            return None;
        }
        self.told = Some(found.clone());
        Some(found)
    }
}

impl Live {
    fn new(worktree: Worktree) -> Self {
        Self {
            tree: LiveTree::new(worktree),
            dirty: Dirty::Everything,
            work: None,
            looked: Instant::now(),
            took: Duration::ZERO,
            in_vain: 0,
        }
    }

    /// Whether nothing tells what changes in it, and it is time to look.
    fn is_due(&self) -> bool {
        let every = SWEEPS_EVERY.max(self.took * SWEEP_PART);
        !self.tree.is_heard() && self.looked.elapsed() >= every
    }

    /// Looks. Something comes back once it was in vain so often that a person should know.
    fn look(&mut self, one: &Followed, trials: &Trials, watches: &mut Watches) -> Option<Failure> {
        let dirty = std::mem::take(&mut self.dirty);
        let began = Instant::now();
        let looked = self.tree.look(trials, &dirty, watches);
        (self.looked, self.took) = (Instant::now(), began.elapsed());
        match looked {
            Ok(tree) => {
                self.in_vain = 0;
                self.work = tree.map(|tree| work(one, tree));
                None
            }
            // It is looked at again as one that tells nothing.
            Err(error) => {
                tracing::info!(task = %one.task, %error, "a worktree cannot be followed now");
                self.work = None;
                let is_too_much = matches!(
                    error,
                    CommitError::TooMuchContent { .. } | CommitError::TooManyEntries { .. }
                );
                let before = self.in_vain;
                self.in_vain = match is_too_much {
                    true => before.max(LOOKS_IN_VAIN),
                    false => before.saturating_add(1),
                };
                (before < LOOKS_IN_VAIN && self.in_vain >= LOOKS_IN_VAIN)
                    .then(|| not_followed(&one.title, &error.to_string()))
            }
        }
    }
}

fn not_followed(title: &str, why: &str) -> Failure {
    Failure::new(
        "clashes_not_known",
        format!("What {title:?} will collide with is not known while it works: {why}."),
        "Nothing is lost by that: whether it joins is found out before it lands.",
    )
}

fn work(one: &Followed, tree: String) -> RadarWork {
    let snapshot = one.base.snapshot.is_some();
    RadarWork {
        start: one.base.told_from().to_owned(),
        below: snapshot.then(|| one.base.commit.clone()),
        tree,
    }
}

/// What git says.
async fn answer(trials: &Trials, question: &RadarQuestion) -> RadarVerdict {
    let answered = match question {
        RadarQuestion::WithBranch { onto, work, .. } => {
            let joined = trials.join(trial(onto, work)).await;
            joined.map(|joined| verdict(Some(joined.tree), joined.collision))
        }
        RadarQuestion::InTurn { onto, work, .. } => {
            let collision = trials.collide(trial(onto, work)).await;
            collision.map(|collision| verdict(None, collision))
        }
    };
    answered.unwrap_or_else(|error: LandRefusal| {
        tracing::warn!(
            "two works could not be held against each other: {}",
            error.failure()
        );
        RadarVerdict::Unknown
    })
}

fn trial(onto: &str, work: &RadarWork) -> Trial {
    Trial {
        base: work.start.clone(),
        below: work.below.clone(),
        ours: onto.to_owned(),
        theirs: work.tree.clone(),
    }
}

fn verdict(tree: Option<String>, collision: Option<Collision>) -> RadarVerdict {
    match collision {
        None => RadarVerdict::Joins { tree },
        Some(Collision { paths, uncommitted }) => RadarVerdict::Collides {
            tree,
            paths,
            uncommitted,
        },
    }
}
