//! What a task's state says of it: its word, its attempt, what is over, and what can be done now.

use super::{Doing, Held, Pause, Restorable, TaskState, Verb};
use crate::{AttemptId, Limit, Verdict};

impl TaskState {
    /// The state in one word, the same on every layer.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Waiting { .. } => "waiting",
            Self::Queued => "queued",
            Self::Running { .. } => "running",
            Self::NeedsYou { .. } => "needs_you",
            Self::Checking { .. } => "checking",
            Self::Paused { .. } => "paused",
            Self::Stopping { .. } => "stopping",
            Self::Interrupted { .. } => "interrupted",
            Self::Ready { .. } => "ready",
            Self::Landing { .. } => "landing",
            Self::Merging { .. } => "merging",
            Self::Done => "done",
            Self::Landed { .. } => "landed",
            Self::Undoing { .. } => "undoing",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
            Self::Skipped { .. } => "skipped",
            Self::Discarded => "discarded",
        }
    }

    /// The attempt that is under way, frozen ones included.
    pub const fn attempt(&self) -> Option<AttemptId> {
        match self {
            Self::Running { attempt }
            | Self::NeedsYou { attempt, .. }
            | Self::Checking { attempt }
            | Self::Merging { attempt, .. }
            | Self::Paused {
                held: Held::Frozen { attempt, .. },
                ..
            }
            | Self::Stopping {
                was:
                    Restorable::Active { attempt, .. }
                    | Restorable::Paused {
                        held: Held::Frozen { attempt, .. },
                        ..
                    },
                ..
            } => Some(*attempt),
            _ => None,
        }
    }

    /// The limit at which it stands.
    pub const fn limit(&self) -> Option<Limit> {
        match self {
            Self::Paused {
                why: Pause::Reached { limit },
                ..
            } => Some(*limit),
            _ => None,
        }
    }

    /// Whether an attempt is under way and nothing holds it.
    pub const fn is_under_way(&self) -> bool {
        matches!(
            self,
            Self::Running { .. }
                | Self::NeedsYou { .. }
                | Self::Checking { .. }
                | Self::Merging { .. }
        )
    }

    /// Whether its work is committed and the declared checks are under way, frozen ones included.
    pub const fn is_checking(&self) -> bool {
        matches!(
            self,
            Self::Checking { .. }
                | Self::Paused {
                    held: Held::Frozen {
                        doing: Doing::Checking,
                        ..
                    },
                    ..
                }
                | Self::Stopping {
                    was: Restorable::Active {
                        doing: Doing::Checking,
                        ..
                    } | Restorable::Paused {
                        held: Held::Frozen {
                            doing: Doing::Checking,
                            ..
                        },
                        ..
                    },
                    ..
                }
        )
    }

    /// What the checks said of the work alone, while what it makes together with the branch is checked; frozen ones
    /// included.
    pub const fn merging(&self) -> Option<Verdict> {
        match self {
            Self::Merging { verdict, .. }
            | Self::Paused {
                held:
                    Held::Frozen {
                        doing: Doing::Merging { verdict },
                        ..
                    },
                ..
            }
            | Self::Stopping {
                was:
                    Restorable::Active {
                        doing: Doing::Merging { verdict },
                        ..
                    }
                    | Restorable::Paused {
                        held:
                            Held::Frozen {
                                doing: Doing::Merging { verdict },
                                ..
                            },
                        ..
                    },
                ..
            } => Some(*verdict),
            _ => None,
        }
    }

    /// The attempt that was seen to stand still in the middle of its work, and could go on without its processes.
    pub const fn standing(&self) -> Option<AttemptId> {
        match self {
            Self::Paused {
                held:
                    Held::Frozen {
                        attempt,
                        doing: Doing::Working | Doing::Asking { .. },
                        processes: Some(_),
                    },
                ..
            } => Some(*attempt),
            _ => None,
        }
    }

    /// Whether it takes one of the slots. A frozen task keeps its memory, so it keeps its slot.
    pub const fn holds_slot(&self) -> bool {
        self.attempt().is_some()
    }

    /// Whether nothing will happen to it any more unless a person acts.
    pub const fn is_over(&self) -> bool {
        match self {
            Self::Ready { .. }
            | Self::Done
            | Self::Landed { .. }
            | Self::Failed { .. }
            | Self::Cancelled { .. }
            | Self::Skipped { .. }
            | Self::Discarded => true,
            Self::Waiting { .. }
            | Self::Queued
            | Self::Running { .. }
            | Self::NeedsYou { .. }
            | Self::Checking { .. }
            | Self::Paused { .. }
            | Self::Stopping { .. }
            | Self::Interrupted { .. }
            | Self::Landing { .. }
            | Self::Merging { .. }
            | Self::Undoing { .. } => false,
        }
    }

    /// Whether work of it may still land without a person starting it again.
    pub const fn may_land(&self) -> bool {
        match self {
            Self::Running { .. }
            | Self::NeedsYou { .. }
            | Self::Checking { .. }
            | Self::Paused {
                held: Held::Frozen { .. } | Held::Worktree,
                ..
            }
            | Self::Interrupted { .. }
            | Self::Ready { .. }
            | Self::Landing { .. }
            | Self::Merging { .. } => true,
            Self::Waiting { .. }
            | Self::Queued
            | Self::Paused {
                held: Held::NotStarted { .. },
                ..
            }
            | Self::Stopping { .. }
            | Self::Done
            | Self::Landed { .. }
            | Self::Undoing { .. }
            | Self::Failed { .. }
            | Self::Cancelled { .. }
            | Self::Skipped { .. }
            | Self::Discarded => false,
        }
    }

    /// Whether tasks that wait for it may start.
    pub const fn ended_well(&self) -> bool {
        matches!(
            self,
            Self::Ready { .. }
                | Self::Done
                | Self::Landing { .. }
                | Self::Merging { .. }
                | Self::Landed { .. }
                | Self::Undoing { .. }
        )
    }

    /// Whether tasks that wait for it never will.
    pub const fn ended_badly(&self) -> bool {
        matches!(
            self,
            Self::Failed { .. } | Self::Cancelled { .. } | Self::Skipped { .. } | Self::Discarded
        )
    }

    /// What can be done now with a task that takes words.
    pub fn verbs(&self) -> Vec<Verb> {
        use Verb::{Cancel, Discard, Land, Pause, Restart, Resume, Steer, Undo, UndoLanding};
        match self {
            Self::Waiting { .. } | Self::Queued | Self::Running { .. } | Self::NeedsYou { .. } => {
                vec![Steer, Pause, Cancel]
            }
            // What it is told begins it again, once the checks are through.
            Self::Checking { .. } => vec![Steer, Pause, Cancel],
            Self::Merging { .. } => vec![Pause, Cancel],
            // It would go on by itself, and can be kept from it.
            Self::Paused {
                why:
                    super::Pause::Limit {
                        next_try_at: Some(_),
                        ..
                    },
                ..
            } => vec![Steer, Pause, Resume, Cancel],
            Self::Paused { .. } => vec![Steer, Resume, Cancel],
            Self::Stopping { .. } => vec![Undo, Cancel],
            Self::Interrupted { .. } => vec![Steer, Resume, Cancel],
            Self::Ready {
                verdict: Verdict::Red,
            } => vec![Steer, Restart, Discard],
            Self::Ready { .. } => vec![Land, Steer, Restart, Discard],
            Self::Landed { back: Some(_), .. } => vec![UndoLanding],
            Self::Landing { .. }
            | Self::Done
            | Self::Landed { back: None, .. }
            | Self::Undoing { .. }
            | Self::Discarded => vec![],
            Self::Failed { .. } | Self::Cancelled { .. } => vec![Restart, Discard],
            Self::Skipped { .. } => vec![Restart],
        }
    }
}
