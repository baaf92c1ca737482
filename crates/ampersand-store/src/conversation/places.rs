//! Where messages stand. Places at the end are a [`STEP`] apart; those between belong to the message above.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How many places a message has for itself and what stands under it.
pub(super) const STEP: u64 = 1024;

/// Which places are taken, those included that were given out and not written yet.
#[derive(Debug)]
pub(super) struct Places {
    taken: Mutex<Taken>,
}

#[derive(Debug)]
struct Taken {
    /// The highest place given out or seen.
    last: u64,
    /// The last place given out under a message, by the start of its room.
    under: HashMap<u64, u64>,
}

impl Places {
    pub(super) fn after(last: u64) -> Self {
        let under = HashMap::new();
        let taken = Mutex::new(Taken { last, under });
        Self { taken }
    }

    /// The start of a room after all others.
    pub(super) fn next(&self) -> u64 {
        self.lock().next()
    }

    /// The start of the last room.
    pub(super) fn newest(&self) -> u64 {
        Self::room(self.lock().last).start
    }

    /// The next place in `room`, of which `last` is taken already; the next room if it is full.
    pub(super) fn under(&self, room: &Range<u64>, last: u64) -> u64 {
        let mut taken = self.lock();
        let given = taken.under.get(&room.start).copied().unwrap_or(0);
        let place = last.max(given) + 1;
        if !room.contains(&place) {
            return taken.next();
        }
        taken.under.insert(room.start, place);
        taken.last = taken.last.max(place);
        place
    }

    /// Takes note of a place that came from elsewhere.
    pub(super) fn saw(&self, place: u64) {
        let mut taken = self.lock();
        taken.last = taken.last.max(place);
    }

    /// The places that belong together with this one.
    pub(super) const fn room(place: u64) -> Range<u64> {
        let start = place - place % STEP;
        start..start + STEP
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Each change is one assignment, so a thread that panicked left nothing half done.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn next(&mut self) -> u64 {
        self.last = Places::room(self.last).end;
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_stand_under_their_own_question_however_late_they_come() {
        let places = Places::after(0);
        let (first, second) = (places.next(), places.next());
        let (room, other) = (Places::room(first), Places::room(second));
        let late = places.under(&other, second);
        let reply = places.under(&room, first);
        let card = places.under(&room, first);
        assert!(first < reply && reply < card && card < second && second < late);
        assert!(places.next() > late);
    }

    #[test]
    fn a_full_room_overflows_to_the_end() {
        let places = Places::after(5 * STEP);
        let room = Places::room(2 * STEP);
        assert_eq!(places.under(&room, room.end - 2), room.end - 1);
        assert_eq!(places.under(&room, room.end - 2), 6 * STEP);
    }

    #[test]
    fn places_go_on_after_those_of_the_last_run() {
        assert_eq!(Places::after(3 * STEP + 7).next(), 4 * STEP);
    }
}
