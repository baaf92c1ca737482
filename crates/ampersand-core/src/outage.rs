//! Limits and outages: what stood in the way of an attempt, and when another one is worth trying.

mod way;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Failure, QuotaWindow};

pub use way::{Seen, Way};

/// The longest wait of our own choosing.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// A provider that asks for more than this is not waited for: a weekly window, and a day for clocks that differ.
const ASKED_MAX: SignedDuration = SignedDuration::from_hours(8 * 24);
/// Tasks that were told the same time come back spread over this much more at most.
const SPREAD_MAX: Duration = Duration::from_secs(30);

/// What stands in the way of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// The provider asks for a pause.
    RateLimit,
    /// What the account may use is used up.
    Quota,
    /// The provider does not accept the key or the login.
    Login,
    /// The model is not where the settings say, or more was asked of the way to it than it carries.
    Setup,
    /// The provider is reached and fails, or is too busy.
    Provider,
    /// The provider is not reached, or its answer broke off.
    Network,
    /// The agent said nothing for too long.
    Silence,
    /// The agent's process ended by itself.
    Death,
    /// The agent could not go on, for no reason that is known.
    Unknown,
}

/// An attempt that cannot go on now, though its task can later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// What stands in the way.
    pub obstacle: Obstacle,
    /// The same for a person.
    pub failure: Failure,
    /// When whoever is in the way said that it passes.
    pub until: Option<Timestamp>,
}

impl Obstacle {
    /// The first wait, and how many tries in a row there are. `None` where time mends nothing.
    const fn patience(self) -> Option<(Duration, u32)> {
        let seconds = Duration::from_secs;
        match self {
            Self::Network | Self::Death => Some((seconds(10), self.tries_max())),
            Self::Provider => Some((seconds(30), self.tries_max())),
            Self::RateLimit | Self::Silence | Self::Unknown => {
                Some((seconds(60), self.tries_max()))
            }
            Self::Quota | Self::Login | Self::Setup => None,
        }
    }

    /// Outages pass by themselves, however long they take, and a try costs nothing. What may be the task's own fault is
    /// not repeated without end.
    const fn tries_max(self) -> u32 {
        match self {
            Self::RateLimit
            | Self::Provider
            | Self::Network
            | Self::Quota
            | Self::Login
            | Self::Setup => u32::MAX,
            Self::Silence | Self::Death => 3,
            Self::Unknown => 5,
        }
    }

    /// How many attempts in a row came to nothing, this one included, when there were `before` of them and `last` stood in
    /// the way of the newest. An attempt whose model answered begins a new row, unless its end may be its own fault; so
    /// does a login's first refusal, since one that was refreshed is worth a try whatever was in the way until then.
    pub fn tries(self, before: u32, last: Option<Self>, answered: bool) -> u32 {
        let outside = self.tries_max() == u32::MAX;
        let refused_first = self == Self::Login && last != Some(Self::Login);
        if (outside && answered) || refused_first {
            1
        } else {
            before.saturating_add(1)
        }
    }
}

impl Outage {
    /// No more is left of this window than is kept for the person.
    pub fn quota_kept(window: &QuotaWindow, kept_percent: u8) -> Self {
        let failure = Failure::new(
            "quota_kept",
            format!(
                "The account has {} % left, and {kept_percent} % are kept for you.",
                window.left_percent()
            ),
            "Lower keep_percent in the settings to go on before there is more, or choose another agent.",
        );
        Self {
            obstacle: Obstacle::Quota,
            failure,
            until: window.resets_at,
        }
    }

    /// When the next attempt begins by itself, after `tries` in a row that came to nothing; `None` if only a person can
    /// go on. Of tasks held up together each comes back at a moment of its own, by its `seed`.
    pub fn next_try(&self, tries: u32, now: Timestamp, seed: u64) -> Option<Timestamp> {
        let again = tries.max(1) - 1;
        let own = match self.obstacle.patience() {
            Some((_, most)) if tries > most => return None,
            Some((first, _)) => Some(doubled(first, again)),
            None => None,
        };
        let wait = match (self.until, own) {
            (Some(until), _) if until.duration_since(now) > ASKED_MAX => return None,
            // Refreshed, and refused again: that is a person's to mend.
            (Some(_), _) if self.obstacle == Obstacle::Login && again > 0 => return None,
            // Whoever said when it passes is believed the first time.
            (Some(until), own) => {
                let asked = Duration::try_from(until.duration_since(now)).unwrap_or_default();
                let own = own.filter(|_| again > 0).unwrap_or_default();
                asked.max(own).max(Duration::from_secs(1))
            }
            (None, own) => own?,
        };
        let spread = (wait / 10).min(SPREAD_MAX).mul_f64(fraction(seed));
        now.checked_add(wait + spread).ok()
    }
}

fn doubled(first: Duration, times: u32) -> Duration {
    2_u32
        .checked_pow(times)
        .and_then(|factor| first.checked_mul(factor))
        .map_or(LONGEST, |wait| wait.min(LONGEST))
}

/// From zero up to one, evenly whatever seeds have in common.
fn fraction(seed: u64) -> f64 {
    let mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
    f64::from(u16::try_from(mixed).unwrap_or(0)) / f64::from(u16::MAX)
}

#[cfg(test)]
mod tests;
