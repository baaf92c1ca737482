//! What reaches the dispatcher: commands from sessions, and news from whatever runs.

use std::{collections::BTreeMap, time::Instant};

use ampersand_core::{
    AgentKind, Answer, App, AttemptId, Base, Clash, CommandId, Conflict, Diffstat, Failure, Forge,
    Isolation, Kept, Limit, Lineage, Opened, Outage, PullRequestSeen, PullRequestStage, Push,
    Question, Report, Settings, TaskId, Verdict,
};
use ampersand_protocol::{Command, Reply};
use tokio::sync::oneshot;

/// A command, with everything resolved that needs I/O.
pub(crate) struct Asked {
    pub(crate) id: CommandId,
    pub(crate) command: Command,
    /// What the command needs to know of the world, found out before it reached the dispatcher.
    pub(crate) found: Found,
    pub(crate) arrived: Instant,
    pub(crate) reply: oneshot::Sender<Result<Reply, Failure>>,
}

/// What a command needs to know of the world.
#[derive(Default)]
pub(crate) enum Found {
    #[default]
    Nothing,
    /// A report, for a proposal to land.
    Report(Option<Report>),
    /// What would land with one side given up.
    Kept(Kept, Diffstat),
    /// How the app is started.
    App(App),
    /// What would be pushed, and where it would be opened.
    Push(Box<Push>, Forge),
    /// A conversation to go on with.
    Session(Continued),
}

/// A conversation of an agent's own program, found to go on with.
pub(crate) struct Continued {
    pub(crate) agent: AgentKind,
    pub(crate) session: String,
    pub(crate) title: String,
    /// The root of the repository.
    pub(crate) repository: String,
}

impl Found {
    /// What a report says that would land.
    pub(crate) fn diffstat(self) -> Option<Diffstat> {
        match self {
            Self::Report(report) => report?.diffstat,
            Self::Nothing | Self::Kept(..) | Self::App(_) | Self::Push(..) | Self::Session(_) => {
                None
            }
        }
    }

    /// How the app is started.
    pub(crate) fn app(self) -> Option<App> {
        match self {
            Self::App(app) => Some(app),
            Self::Nothing
            | Self::Kept(..)
            | Self::Report(_)
            | Self::Push(..)
            | Self::Session(_) => None,
        }
    }

    /// The side that would be kept, and what would land.
    pub(crate) fn kept(self) -> Option<(Kept, Diffstat)> {
        match self {
            Self::Kept(kept, diffstat) => Some((kept, diffstat)),
            Self::Nothing | Self::Report(_) | Self::App(_) | Self::Push(..) | Self::Session(_) => {
                None
            }
        }
    }

    /// What would be pushed, and where it would be opened.
    pub(crate) fn push(self) -> Option<(Box<Push>, Forge)> {
        match self {
            Self::Push(push, forge) => Some((push, forge)),
            Self::Nothing | Self::Report(_) | Self::Kept(..) | Self::App(_) | Self::Session(_) => {
                None
            }
        }
    }

    /// The conversation to go on with.
    pub(crate) fn session(self) -> Option<Continued> {
        match self {
            Self::Session(continued) => Some(continued),
            Self::Push(..) => None,
            Self::Nothing | Self::Report(_) | Self::Kept(..) | Self::App(_) => None,
        }
    }
}

/// Something that happened outside.
pub(crate) enum News {
    /// An attempt tells something.
    Attempt {
        task: TaskId,
        attempt: AttemptId,
        said: Said,
    },
    /// Trees were seen frozen, or could not be.
    Frozen { trees: Vec<FrozenTree> },
    /// A tree was seen gone.
    Gone {
        task: TaskId,
        processes: u32,
        files_kept: u32,
        failed: Option<Failure>,
    },
    /// The tree of an attempt that stood still was seen gone, or could not be ended.
    Parked {
        task: TaskId,
        attempt: AttemptId,
        failed: Option<Failure>,
    },
    /// The branch has moved since a task's work was checked, so landing it needs an attempt that checks both together.
    LandingUnmerged { task: TaskId },
    /// A landing ended.
    LandingEnded {
        task: TaskId,
        outcome: Result<LandedAt, NotLanded>,
    },
    /// A task's work stands in the checkout with so many files, or does not.
    Shown {
        task: TaskId,
        outcome: Result<u32, Failure>,
    },
    /// The checkout was put back but for these files of the person's, or was not.
    PutBack {
        task: TaskId,
        outcome: Result<Vec<String>, Failure>,
    },
    /// Something a person should know, found on the way to something else.
    Noticed {
        /// The task it is about, if it is about one.
        task: Option<TaskId>,
        failure: Failure,
    },
    /// Undoing a landing ended; it stands where that failed.
    UndoEnded {
        task: TaskId,
        outcome: Result<(), Failure>,
    },
    /// What works that may land will collide with, as far as it is known: all of them in one repository.
    Clashes { found: BTreeMap<TaskId, Vec<Clash>> },
    /// What became of work that goes out.
    Outgoing(Outgoing),
    /// The settings file was read anew.
    SettingsRead(Box<Result<Settings, Failure>>),
}

/// What was found of one tree after asking the operating system to freeze it.
pub(crate) struct FrozenTree {
    pub(crate) task: TaskId,
    pub(crate) processes: Result<u32, Failure>,
}

/// Where a branch was moved to.
pub(crate) struct LandedAt {
    pub(crate) branch: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

/// What became of work that goes out.
pub(crate) enum Outgoing {
    /// It was put on a branch, or was not.
    Branched {
        task: TaskId,
        outcome: Result<Branched, Failure>,
    },
    /// It was worked out what would be pushed.
    Prepared {
        task: TaskId,
        outcome: Result<Box<Push>, Failure>,
    },
    /// A push ended.
    Pushed {
        task: TaskId,
        outcome: Result<Opened, NotPushed>,
    },
    /// A pull request was looked at.
    Seen {
        task: TaskId,
        outcome: Result<Box<Looked>, Failure>,
    },
}

/// A pull request as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Looked {
    /// How far it was when it was looked at.
    pub(crate) stage: PullRequestStage,
    pub(crate) seen: PullRequestSeen,
    pub(crate) lineage: Lineage,
}

/// The branch that work was put on.
pub(crate) struct Branched {
    pub(crate) branch: String,
    pub(crate) commit: String,
}

/// Why nothing was opened, and whether the branch is on the remote all the same.
pub(crate) struct NotPushed {
    pub(crate) failure: Failure,
    pub(crate) is_there: bool,
}

/// Why a landing was refused, and what both sides want where they do not join.
pub(crate) struct NotLanded {
    pub(crate) failure: Failure,
    pub(crate) conflicts: Vec<Conflict>,
}

impl From<Failure> for NotLanded {
    fn from(failure: Failure) -> Self {
        let conflicts = Vec::new();
        Self { failure, conflicts }
    }
}

/// What an attempt tells.
pub(crate) enum Said {
    /// It is under way.
    Started {
        base: Option<Base>,
        isolation: Isolation,
        reads_login: bool,
        not_loaded: Vec<String>,
        given: String,
    },
    /// It asks a person.
    Asks {
        question: Question,
        reply: oneshot::Sender<Answer>,
    },
    /// What it runs answers at this address.
    Serves { address: String },
    /// Its agent took in what it had been told.
    Heard { text: String },
    /// It used up what it may use, and was stopped.
    Reached { limit: Limit },
    /// It is over.
    Ended(Ended),
}

/// How an attempt ended.
pub(crate) enum Ended {
    /// Well, with nothing to land.
    Finished { report: Report },
    /// The work is committed and its checks are to run.
    WorkDone { report: Report },
    /// The work is committed, and the checks said this.
    Committed { report: Report, verdict: Verdict },
    /// It could not be done; what was found so far is kept.
    GaveUp {
        report: Option<Report>,
        failure: Failure,
    },
    /// A limit or an outage; it goes on later.
    HitLimit {
        outage: Outage,
        /// Whether its model answered at all.
        answered: bool,
        /// Agents that could go on with it now.
        heirs: Vec<AgentKind>,
    },
    /// It used up what it may use, and the system ended it for that.
    AtLimit { limit: Limit },
}
