//! What can be done with a task, in the words of every layer.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What can be done with a task. Each is a verb of the terminal and a button of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Tell it something.
    Steer,
    /// Tell it something instead of what it was told last, which is taken back with all it answered to that.
    Rewind,
    /// Let it stand still.
    Pause,
    /// Let it go on.
    Resume,
    /// End it.
    Cancel,
    /// Take back a cancel that has not killed yet.
    Undo,
    /// Bring its work into the branch.
    Land,
    /// Put its work on a branch of its own instead.
    PutOnBranch,
    /// Push its work and open it as a pull request instead, once the person has seen what would be pushed.
    OpenPullRequest,
    /// Watch its pull request again.
    Watch,
    /// Watch its pull request no more.
    Unwatch,
    /// Take its work out of the branch again, while nothing stands on it.
    UndoLanding,
    /// Run the repository's app with its work.
    RunApp,
    /// Put its work into the person's checkout to look at, branch and index as they are.
    Show,
    /// Put the checkout back as it was.
    PutBack,
    /// Put its work aside.
    Discard,
    /// Start it again from where it stands.
    Restart,
    /// Let a follow-up task bring its work and the branch together, where they do not join.
    Resolve,
    /// Bring them together oneself, in a worktree made for that.
    ResolveByHand,
    /// Land it with the branch's side where they do not join.
    KeepBranch,
    /// Land it with its own side there.
    KeepWork,
}

impl Verb {
    /// As a sentence has it.
    pub const fn spoken(self) -> &'static str {
        match self {
            Self::Steer => "steer",
            Self::Rewind => "rewind",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
            Self::Undo => "undo",
            Self::Land => "land",
            Self::PutOnBranch => "put on a branch",
            Self::OpenPullRequest => "open a pull request",
            Self::Watch => "watch",
            Self::Unwatch => "unwatch",
            Self::UndoLanding => "undo the landing",
            Self::RunApp => "run the app",
            Self::Show => "show",
            Self::PutBack => "put back",
            Self::Discard => "discard",
            Self::Restart => "restart",
            Self::Resolve => "resolve",
            Self::ResolveByHand => "resolve by hand",
            Self::KeepBranch => "keep the branch's side",
            Self::KeepWork => "keep the work's side",
        }
    }
}
