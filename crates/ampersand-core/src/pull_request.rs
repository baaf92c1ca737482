//! The pull request a task's work went out with, and the loop around it: what is seen on the forge, what follows, and
//! what waits for a person. Pure: whoever looks and pushes is outside.

mod seen;
mod step;
mod why;
mod words;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ApprovalId, Diffstat, Failure, Forge, PullRequestId};

pub use seen::{FailedCheck, Holds, Lineage, PullRequestSeen, ReviewComment, SeenState, Standing};
pub use step::{PullRequestEffect, PullRequestEvent, PullRequestStep, step_pull_request};
pub use words::told as told_of_pull_request;

/// Checks and comments that were dealt with and are remembered, the newest.
const KNOWN_MAX: usize = 200;

/// A task's work on its way into a branch of somebody else's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PullRequest {
    /// Names it here.
    pub id: PullRequestId,
    /// Where it is opened.
    pub forge: Forge,
    /// The remote's name.
    pub remote: String,
    /// Where that leads, without any key.
    pub url: String,
    /// The branch that is pushed.
    pub branch: String,
    /// The branch it is to be merged into.
    pub onto: String,
    /// Its number and its page, once it is open.
    pub opened: Option<Opened>,
    /// The commit that was pushed last.
    pub pushed: Option<String>,
    /// The commit that is pushed next, or was.
    pub tip: String,
    /// Whether its task went on since that was worked out, so that it may have made more.
    #[serde(default)]
    #[ts(skip)]
    pub ahead: bool,
    /// What the branch holds there, as last seen.
    #[serde(default)]
    #[ts(skip)]
    pub holds: Holds,
    /// Whether fixes are pushed without asking each time: the person said so of this one.
    pub freely: bool,
    /// How often its agent was sent back by itself, and how often it may be.
    pub rounds: Rounds,
    /// How its checks stand, as last seen.
    pub standing: Standing,
    /// What was found last, for the person and the agent.
    pub found: Found,
    /// Why it could not be looked at lately.
    pub unseen: Option<Failure>,
    /// What was dealt with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(skip)]
    pub known: Vec<String>,
    /// How far it is.
    pub stage: PullRequestStage,
}

/// An open pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Opened {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub url: String,
}

/// How often an agent is sent back by itself, and what that may cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Rounds {
    /// So far.
    pub done: u32,
    /// At most.
    pub most: u32,
    /// Tokens that they took so far.
    pub tokens: u64,
    /// Tokens that they may take; absent for no limit.
    pub tokens_most: Option<u64>,
}

impl Rounds {
    /// Whether another one may begin.
    const fn has_one_left(self) -> bool {
        let within = match self.tokens_most {
            Some(most) => self.tokens < most,
            None => true,
        };
        self.done < self.most && within
    }
}

/// What was found on the forge: words of others, bounded and made visible.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Found {
    /// Checks that failed.
    pub checks: Vec<FailedCheck>,
    /// What reviewers wrote.
    pub comments: Vec<ReviewComment>,
}

impl Found {
    /// Whether it is nothing.
    pub const fn is_empty(&self) -> bool {
        self.checks.is_empty() && self.comments.is_empty()
    }
}

/// How far a pull request is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum PullRequestStage {
    /// The person is asked whether to push.
    Asking {
        /// The question.
        approval: ApprovalId,
    },
    /// It is being pushed, as the person said.
    Pushing,
    /// Its checks and comments are watched.
    Watching,
    /// Its task works on it: sent back with what was found, or by the person.
    Fixing,
    /// It stands until the person acts; it is still seen when it is merged or closed.
    Held {
        /// Why, and what to do.
        why: Failure,
    },
    /// The person does not want it watched.
    Unwatched,
    /// It is over.
    Ended {
        /// How.
        how: PullRequestEnd,
    },
}

/// How a pull request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PullRequestEnd {
    /// It was merged.
    Merged {
        /// The commit that merged it, if the forge says.
        commit: Option<String>,
    },
    /// It was merged, and what its task made since is not in it.
    MergedWithout {
        /// The commit that merged it, if the forge says.
        commit: Option<String>,
        /// What is not in it, and what to do.
        why: Failure,
    },
    /// It was closed without being merged.
    Closed,
    /// It was never opened.
    GivenUp,
}

/// What a push would bring, worked out before anybody is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Push {
    /// The remote's name.
    pub remote: String,
    /// Where that leads, without any key.
    pub url: String,
    /// The branch on the remote.
    pub branch: String,
    /// The branch it is to be merged into.
    pub onto: String,
    /// The full id of the commit the branch will stand on.
    pub tip: String,
    /// The commits that the branch will have and that one has not, newest first, each with its subject; at most 20.
    pub commits: Vec<String>,
    /// How many those are in all.
    pub count: u32,
    /// What they change.
    pub diffstat: Diffstat,
    /// Whether that is what the task's checks saw. It is not where the task began with uncommitted work, which stays out.
    pub as_checked: bool,
    /// What the pull request is to say; absent for one that is open already.
    pub says: Option<Says>,
    /// The number of the pull request that a fix goes to.
    pub number: Option<u64>,
}

/// The words of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Says {
    /// Its title.
    pub title: String,
    /// What stands under it.
    pub body: String,
}

impl PullRequest {
    /// Whether it is looked at on the forge.
    pub const fn is_watched(&self) -> bool {
        self.opened.is_some()
            && !matches!(
                self.stage,
                PullRequestStage::Unwatched | PullRequestStage::Ended { .. }
            )
    }

    /// Whether it is over.
    pub const fn is_over(&self) -> bool {
        matches!(self.stage, PullRequestStage::Ended { .. })
    }

    /// Whether a person can have it watched again.
    pub const fn can_be_watched(&self) -> bool {
        self.opened.is_some()
            && matches!(
                self.stage,
                PullRequestStage::Unwatched | PullRequestStage::Held { .. }
            )
    }

    /// Whether a person can open it, anew or again.
    pub const fn can_be_opened(&self) -> bool {
        match &self.stage {
            PullRequestStage::Ended { .. } => true,
            // What cannot be pushed there can go out on a branch of its own.
            PullRequestStage::Held { .. } => self.opened.is_none() || self.holds.blocks(),
            PullRequestStage::Asking { .. }
            | PullRequestStage::Pushing
            | PullRequestStage::Watching
            | PullRequestStage::Fixing
            | PullRequestStage::Unwatched => false,
        }
    }

    /// For a card: `pull request #12`.
    pub fn shown(&self) -> String {
        match &self.opened {
            Some(opened) => format!(
                "{} {}{}",
                self.forge.noun(),
                self.forge.sign(),
                opened.number
            ),
            None => self.forge.noun().to_owned(),
        }
    }

    /// Whether all that its task made is in what stands there.
    fn has_all(&self) -> bool {
        !self.ahead && self.pushed.as_ref() == Some(&self.tip) && self.holds.has_all()
    }

    fn remember(&mut self, ids: impl IntoIterator<Item = String>) {
        for id in ids {
            if !self.known.contains(&id) {
                self.known.push(id);
            }
        }
        let surplus = self.known.len().saturating_sub(KNOWN_MAX);
        self.known.drain(..surplus);
    }
}

/// The longest time between two looks.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// How long to wait before a pull request is looked at again: `every` after something was new, and the longer the longer
/// nothing was, or the more often in a row it could not be seen.
pub fn look_again_after(every: Duration, quiet: u32, failed: u32) -> Duration {
    // Ten looks at the usual pace: checks take minutes. A forge that does not answer is left alone sooner.
    let doublings = (quiet / 10).max(failed).min(16);
    let wait = every.saturating_mul(1 << doublings);
    wait.min(LONGEST.max(every))
}

#[cfg(test)]
mod tests;
