//! Why a turn failed, in our words: what passes by itself, what needs a person, what is the end.

use ampersand_core::{Failure, Obstacle, Outage, QuotaWindow, in_the_way};

use super::wire::{TurnError, Window, Windows};
use crate::outcome::Outcome;
use crate::shown;
use crate::vendor::rpc::RpcError;

/// A window with no more left than this is what stands in the way.
const USED_UP_PERCENT: u8 = 1;

/// The limit of the account itself; others are of single models.
const MAIN: &str = "codex";
/// Limits that are kept apart; nobody has more.
const LIMITS_MAX: usize = 16;
/// No limit is called anything longer.
const NAME_BYTES_MAX: usize = 100;

/// What is known of the account's windows.
#[derive(Debug, Default)]
pub(super) struct Quota {
    limits: Vec<Limit>,
}

/// The windows of one limit.
#[derive(Debug)]
struct Limit {
    name: String,
    windows: [Option<QuotaWindow>; 2],
}

impl Quota {
    /// Takes in what was told. What an update leaves out is as it was. False if it told nothing.
    pub(super) fn take_in(&mut self, told: Windows) -> bool {
        let name = told.limit_id.unwrap_or_else(|| MAIN.to_owned());
        let told = [told.primary, told.secondary];
        if told.iter().all(Option::is_none) || name.len() > NAME_BYTES_MAX {
            return false;
        }
        let known = self.limits.iter().position(|limit| limit.name == name);
        let at = match known {
            Some(at) => at,
            None if self.limits.len() == LIMITS_MAX => return false,
            None => {
                let windows = [None, None];
                self.limits.push(Limit { name, windows });
                self.limits.len() - 1
            }
        };
        for (known, told) in self.limits[at].windows.iter_mut().zip(told) {
            if let Some(told) = told {
                *known = Some(newer(known.as_ref(), &told));
            }
        }
        true
    }

    /// What counts for the account: the windows of its own limit, or of all while that is not known.
    pub(super) fn windows(&self) -> Vec<QuotaWindow> {
        let main = self.limits.iter().find(|limit| limit.name == MAIN);
        match main {
            Some(limit) => limit.windows.iter().flatten().cloned().collect(),
            None => self.all(),
        }
    }

    fn all(&self) -> Vec<QuotaWindow> {
        let limits = self.limits.iter();
        limits
            .flat_map(|limit| limit.windows.iter().flatten().cloned())
            .collect()
    }

    /// The end of an attempt that has come to what is to be kept; `None` while it has not.
    pub(super) fn kept(&self, kept_percent: u8) -> Option<Outcome> {
        let windows = self.windows();
        let window = in_the_way(&windows, kept_percent)?;
        let outage = Outage::quota_kept(window, kept_percent);
        Some(Outcome::Limit { outage })
    }

    /// What a failed turn means for the task.
    pub(super) fn judge(&self, error: TurnError) -> Outcome {
        let said = match error.message.trim() {
            "" => String::new(),
            words => format!(": {}", shown::line(words)),
        };
        let failure = |code: &str, message: &str, hint: &str| {
            Failure::new(code, format!("{message}{said}."), hint)
        };
        let unreachable = || {
            failure(
                "provider_unreachable",
                "The provider could not be reached, or broke off",
                "It tries again by itself.",
            )
        };
        match (error.kind(), error.status()) {
            ("unauthorized", _) | (_, Some(401 | 403)) => Outcome::limit(
                Obstacle::Login,
                failure(
                    "unauthorized",
                    "The provider does not accept the login",
                    "Log in again or mend the key, then resume.",
                ),
            ),
            ("usageLimitExceeded" | "sessionBudgetExceeded", _) => Outcome::Limit {
                outage: Outage {
                    obstacle: Obstacle::Quota,
                    failure: failure(
                        "quota_used_up",
                        "The account has used up what it may",
                        "Resume when there is some again, or choose another agent.",
                    ),
                    until: in_the_way(&self.all(), USED_UP_PERCENT)
                        .and_then(|window| window.resets_at),
                },
            },
            ("rateLimitExceeded", _) | (_, Some(429)) => Outcome::limit(
                Obstacle::RateLimit,
                failure(
                    "rate_limited",
                    "The provider asks for a pause",
                    "It goes on by itself.",
                ),
            ),
            ("serverOverloaded" | "internalServerError", _) => {
                Outcome::limit(Obstacle::Provider, unreachable())
            }
            (
                "httpConnectionFailed"
                | "responseStreamConnectionFailed"
                | "responseStreamDisconnected"
                | "responseTooManyFailedAttempts",
                _,
            ) => Outcome::limit(Obstacle::Network, unreachable()),
            ("contextWindowExceeded", _) => Outcome::failed(failure(
                "context_too_long",
                "The task has become too long for the model",
                "Split the task, or choose a model with more room.",
            )),
            _ => Outcome::failed(failure(
                "agent_failed",
                "Codex could not go on",
                "Start the task again, or give it to another agent.",
            )),
        }
    }
}

/// A window as it is now: how long it is and when it begins anew are not told every time.
fn newer(known: Option<&QuotaWindow>, told: &Window) -> QuotaWindow {
    let told = told.told();
    QuotaWindow {
        minutes: told.minutes.or(known.and_then(|known| known.minutes)),
        resets_at: told.resets_at.or(known.and_then(|known| known.resets_at)),
        ..told
    }
}

/// An answer without which nothing can begin.
pub(super) fn refused(error: &RpcError) -> Failure {
    Failure::new(
        "agent_refused",
        format!(
            "Codex did not take up the task: {}.",
            shown::line(&error.message)
        ),
        "Update Codex, or give the task to another agent.",
    )
}
