//! Moments that travel: written by one process, read by another on the same machine.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jiff::Timestamp;

/// A moment on the clock that all processes of this machine share, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

impl Moment {
    pub(crate) fn now() -> Self {
        Self::from(SystemTime::now())
    }

    /// The first moment in a text: nineteen digits in a row, until the year 2286.
    pub(crate) fn find(text: &str) -> Option<Self> {
        text.split(|letter: char| !letter.is_ascii_digit())
            .find(|digits| digits.len() == 19)
            .and_then(|digits| digits.parse().ok())
            .map(Self)
    }

    /// How much later it is than `earlier`; nothing if it is not.
    pub(crate) const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl From<SystemTime> for Moment {
    fn from(at: SystemTime) -> Self {
        let since_1970 = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since_1970.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self(u64::try_from(at.as_nanosecond()).unwrap_or(0))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_found_in_what_an_agent_printed() {
        let moment = Moment::now();
        let text = format!("`./agent once` ended with 0 in 12 s\n{moment}\n");
        assert_eq!(Moment::find(&text), Some(moment));
        assert_eq!(Moment::find("ended with 0 in 12 s"), None);
    }
}
