//! What is logged of refusals: an agent can have as many as it likes, and the log is on the person's disk. Pure.

use std::time::Duration;

use tokio::time::Instant;

/// So many are logged one by one.
const WHOLE: u32 = 16;

/// Of later ones there is a line this often.
const EVERY: Duration = Duration::from_secs(60);

/// What to log of one refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    /// The refusal itself.
    Whole,
    /// How many there were since the last line.
    Count(u64),
    Nothing,
}

/// What was logged so far.
#[derive(Debug, Default)]
pub(super) struct Sparing {
    whole: u32,
    unsaid: u64,
    said_at: Option<Instant>,
}

impl Sparing {
    /// There is another one.
    pub(super) fn note(&mut self, now: Instant) -> Note {
        if self.whole < WHOLE {
            self.whole += 1;
            self.said_at = Some(now);
            return Note::Whole;
        }
        self.unsaid += 1;
        let is_due = |at| now.saturating_duration_since(at) >= EVERY;
        if !self.said_at.is_none_or(is_due) {
            return Note::Nothing;
        }
        self.said_at = Some(now);
        Note::Count(std::mem::take(&mut self.unsaid))
    }

    /// How many no line tells of.
    pub(super) const fn unsaid(&self) -> u64 {
        self.unsaid
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Note, Sparing};

    #[test]
    fn the_first_are_logged_and_then_their_number_each_minute() {
        let start = Instant::now();
        let mut sparing = Sparing::default();
        let mut notes = |seconds, times: u32| -> Vec<Note> {
            let now = start + Duration::from_secs(seconds);
            let notes = (0..times).map(|_| sparing.note(now));
            notes.filter(|note| *note != Note::Nothing).collect()
        };
        assert_eq!(notes(0, 10_000), [Note::Whole; 16]);
        assert_eq!(notes(59, 10_000), []);
        assert_eq!(notes(60, 10_000), [Note::Count(19_985)]);
        assert_eq!(notes(119, 5), []);
        assert_eq!(notes(3600, 1), [Note::Count(10_005)]);
        assert_eq!(notes(3601, 3), []);
        assert_eq!(sparing.unsaid(), 3);
    }
}
