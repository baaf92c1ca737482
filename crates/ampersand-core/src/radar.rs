//! The clash radar of one repository: which works have to be held against each other, what is known of them, and what
//! follows for their cards. Pure: names of commits and trees are compared and never looked into.
//!
//! Each work is first joined with the branch. What that gives is what the branch would be once it has landed, so the
//! works planned after it are held against that: exactly what landing one after the other would do.

use std::collections::BTreeMap;

use crate::{Clash, ClashWith, TaskId};

/// What one task would bring in, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RadarWork {
    /// The commit it started from.
    pub start: String,
    /// The commit below that one, if it is a snapshot of what was not committed.
    pub below: Option<String>,
    /// The tree of its files.
    pub tree: String,
}

/// Something the radar is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RadarEvent {
    /// The branch that work lands in stands here.
    Branch {
        /// Its name.
        name: String,
        /// The commit it stands on.
        commit: String,
    },
    /// A task's work is known or known anew.
    Work {
        /// The task.
        task: TaskId,
        /// Its title.
        title: String,
        /// Its work; absent as long as it has changed nothing.
        work: Option<RadarWork>,
    },
    /// A task's work will not land any more, or has.
    Left {
        /// The task.
        task: TaskId,
    },
    /// A question was answered.
    Judged {
        /// Which.
        question: RadarQuestion,
        /// How.
        verdict: RadarVerdict,
    },
}

/// What has to be found out. Complete: whoever answers needs nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RadarQuestion {
    /// How a work joins the branch.
    WithBranch {
        /// The task.
        task: TaskId,
        /// The branch's commit.
        onto: String,
        /// Its work.
        work: RadarWork,
    },
    /// How the second work joins what the first would make of the branch.
    InTurn {
        /// The task planned first.
        first: TaskId,
        /// The other.
        second: TaskId,
        /// The tree that the first makes of the branch.
        onto: String,
        /// The work of the second.
        work: RadarWork,
    },
}

/// What was found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RadarVerdict {
    /// They join.
    Joins {
        /// The tree they join to, where a work was held against the branch.
        tree: Option<String>,
    },
    /// They do not.
    Collides {
        /// The tree as far as they do, with both sides where they do not; where a work was held against the branch.
        tree: Option<String>,
        /// Where not, made visible.
        paths: Vec<String>,
        /// Whether all of that is in what the person had not committed.
        uncommitted: bool,
    },
    /// It could not be found out, and nothing is said.
    Unknown,
}

#[derive(Debug, Clone)]
struct Judged {
    question: RadarQuestion,
    verdict: RadarVerdict,
}

#[derive(Debug, Clone)]
struct Side {
    title: String,
    work: Option<RadarWork>,
    with_branch: Option<Judged>,
}

/// What is known of the works in one repository.
#[derive(Debug, Clone, Default)]
pub struct Radar {
    branch: Option<(String, String)>,
    /// In the order of planning, which their names carry.
    sides: BTreeMap<TaskId, Side>,
    in_turn: BTreeMap<(TaskId, TaskId), Judged>,
}

impl Radar {
    /// Takes in what happened.
    pub fn take(&mut self, event: RadarEvent) {
        match event {
            RadarEvent::Branch { name, commit } => self.branch = Some((name, commit)),
            RadarEvent::Work { task, title, work } => {
                let with_branch = self.sides.remove(&task).and_then(|side| side.with_branch);
                let side = Side {
                    title,
                    work,
                    with_branch,
                };
                self.sides.insert(task, side);
            }
            RadarEvent::Left { task } => {
                self.sides.remove(&task);
                self.in_turn
                    .retain(|(first, second), _| *first != task && *second != task);
            }
            RadarEvent::Judged { question, verdict } => self.judge(question, verdict),
        }
    }

    /// An answer to what nobody would ask any more comes to nothing.
    fn judge(&mut self, question: RadarQuestion, verdict: RadarVerdict) {
        let judged = Judged {
            question: question.clone(),
            verdict,
        };
        match question {
            RadarQuestion::WithBranch { task, .. } => {
                if self.about_branch(task).as_ref() == Some(&judged.question)
                    && let Some(side) = self.sides.get_mut(&task)
                {
                    side.with_branch = Some(judged);
                }
            }
            RadarQuestion::InTurn { first, second, .. } => {
                if self.about_pair(first, second).as_ref() == Some(&judged.question) {
                    self.in_turn.insert((first, second), judged);
                }
            }
        }
    }

    /// The tasks whose works are known.
    pub fn tasks(&self) -> impl Iterator<Item = TaskId> + '_ {
        self.sides.keys().copied()
    }

    /// What has to be found out now. More may follow from the answers; none is left when all is known.
    pub fn questions(&self) -> Vec<RadarQuestion> {
        let mut questions = Vec::new();
        for (task, side) in &self.sides {
            let known = side.with_branch.as_ref().map(|judged| &judged.question);
            let wanted = self.about_branch(*task);
            questions.extend(wanted.filter(|wanted| known != Some(wanted)));
        }
        for (first, second) in self.pairs() {
            let known = self.in_turn.get(&(first, second));
            let known = known.map(|judged| &judged.question);
            let wanted = self.about_pair(first, second);
            questions.extend(wanted.filter(|wanted| known != Some(wanted)));
        }
        questions
    }

    /// What each task will collide with, as far as it is known. A verdict stands until there is a newer one.
    pub fn clashes(&self) -> BTreeMap<TaskId, Vec<Clash>> {
        let mut found: BTreeMap<TaskId, Vec<Clash>> =
            self.sides.keys().map(|task| (*task, Vec::new())).collect();
        let mut add = |task: TaskId, with: ClashWith, paths: &[String]| {
            if let Some(clashes) = found.get_mut(&task) {
                clashes.push(Clash::new(with, paths));
            }
        };
        for (task, side) in &self.sides {
            if let (Some(_), Some(judged), Some((name, _))) =
                (self.about_branch(*task), &side.with_branch, &self.branch)
                && let RadarVerdict::Collides {
                    paths, uncommitted, ..
                } = &judged.verdict
            {
                let branch = name.clone();
                let with = match uncommitted {
                    true => ClashWith::Uncommitted,
                    false => ClashWith::Branch { branch },
                };
                add(*task, with, paths);
            }
        }
        for (first, second) in self.pairs() {
            let judged = self.in_turn.get(&(first, second));
            if let Some(RadarVerdict::Collides { paths, .. }) = judged.map(|known| &known.verdict) {
                for (task, other) in [(first, second), (second, first)] {
                    let title = self
                        .sides
                        .get(&other)
                        .map_or_else(String::new, |side| side.title.clone());
                    add(task, ClashWith::Task { task: other, title }, paths);
                }
            }
        }
        found
    }

    /// Every two tasks that have changed something, the one planned first before the other.
    fn pairs(&self) -> impl Iterator<Item = (TaskId, TaskId)> + '_ {
        let changed = || {
            let sides = self.sides.iter().filter(|(_, side)| side.work.is_some());
            sides.map(|(task, _)| *task)
        };
        changed().flat_map(move |first| {
            changed()
                .filter(move |second| *second > first)
                .map(move |second| (first, second))
        })
    }

    /// Nothing is asked about a work that began where the branch still stands: it is what the branch would be.
    fn about_branch(&self, task: TaskId) -> Option<RadarQuestion> {
        let (_, commit) = self.branch.as_ref()?;
        let work = self.sides.get(&task)?.work.clone()?;
        (work.start != *commit).then(|| RadarQuestion::WithBranch {
            task,
            onto: commit.clone(),
            work,
        })
    }

    fn about_pair(&self, first: TaskId, second: TaskId) -> Option<RadarQuestion> {
        let onto = self.landed(first)?;
        let work = self.sides.get(&second)?.work.clone()?;
        Some(RadarQuestion::InTurn {
            first,
            second,
            onto,
            work,
        })
    }

    /// What the branch would be once this work has landed, if that is known as things stand.
    fn landed(&self, task: TaskId) -> Option<String> {
        self.branch.as_ref()?;
        let side = self.sides.get(&task)?;
        let Some(question) = self.about_branch(task) else {
            return side.work.as_ref().map(|work| work.tree.clone());
        };
        let judged = side.with_branch.as_ref();
        match &judged.filter(|judged| judged.question == question)?.verdict {
            RadarVerdict::Joins { tree } | RadarVerdict::Collides { tree, .. } => tree.clone(),
            RadarVerdict::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests;
