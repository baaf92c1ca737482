//! What an account may use in a window of time, as its provider tells it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One window of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QuotaWindow {
    /// How much of it is used, of a hundred; a beginning counts as whole.
    pub used_percent: u8,
    /// How long it is; absent if nobody said.
    pub minutes: Option<u32>,
    /// When it begins anew; absent if nobody said.
    #[ts(type = "string | null")]
    pub resets_at: Option<Timestamp>,
}

impl QuotaWindow {
    /// How much of it is left, of a hundred.
    pub const fn left_percent(&self) -> u8 {
        100_u8.saturating_sub(self.used_percent)
    }

    /// Whether no more is left than is to be kept. Nothing kept means that an agent may use it up.
    pub const fn is_down_to(&self, kept_percent: u8) -> bool {
        kept_percent > 0 && self.left_percent() <= kept_percent
    }
}

/// The window in the way: of those down to what is kept, the one that begins anew last.
pub fn in_the_way(windows: &[QuotaWindow], kept_percent: u8) -> Option<&QuotaWindow> {
    let down = windows
        .iter()
        .filter(|window| window.is_down_to(kept_percent));
    // One of which nobody says when it begins anew is the last of all.
    down.max_by_key(|window| (window.resets_at.is_none(), window.resets_at))
}

/// The window of which least is left at this moment; one that has begun anew since it was told is not known any more.
pub fn scarcest(windows: &[QuotaWindow], now: Timestamp) -> Option<&QuotaWindow> {
    let known = windows
        .iter()
        .filter(|window| window.resets_at.is_none_or(|at| at > now));
    known.min_by_key(|window| window.left_percent())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(used_percent: u8, resets_at: Option<i64>) -> QuotaWindow {
        QuotaWindow {
            used_percent,
            minutes: None,
            resets_at: resets_at.map(|at| Timestamp::from_second(at).unwrap()),
        }
    }

    #[test]
    fn what_is_kept_stands_in_the_way_until_the_last_window_begins_anew() {
        let windows = [
            window(80, Some(10)),
            window(85, Some(20)),
            window(12, Some(30)),
        ];
        for (kept, expected) in [
            (0, None),
            (10, None),
            (15, Some(1)),
            (20, Some(1)),
            (100, Some(2)),
        ] {
            let found = in_the_way(&windows, kept);
            assert_eq!(found, expected.map(|at: usize| &windows[at]), "{kept}");
        }
        let unknown = [window(99, None), window(90, Some(10))];
        assert_eq!(in_the_way(&unknown, 20), Some(&unknown[0]));
        assert_eq!(window(130, None).left_percent(), 0);
    }

    #[test]
    fn the_scarcest_window_is_told_until_it_begins_anew() {
        let windows = [window(12, None), window(62, Some(20)), window(85, Some(10))];
        let left = |now: i64| {
            scarcest(&windows, Timestamp::from_second(now).unwrap()).map(QuotaWindow::left_percent)
        };
        assert_eq!([5, 10, 20].map(left), [Some(15), Some(38), Some(88)]);
        assert_eq!(scarcest(&[], Timestamp::UNIX_EPOCH), None);
    }
}
