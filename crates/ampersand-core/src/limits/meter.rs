//! One attempt's meter: what it was allowed, what was seen, and the moment at which the one reaches the other.

use super::{AttemptLimits, Limit, Resource, Used};

/// This part of the memory may be taken by what cannot be told from outside: the kernel's own pages for the attempt, and
/// the few of its files it cannot do without. An attempt that has all the rest crawls and gets no further.
const MEMORY_MARGIN: u64 = 32;

/// Who added so little to the disk is not to blame for its being full.
const TO_BLAME_BYTES: u64 = 4 << 20;

/// Of the room that is to stay, the part that nobody may take, whoever is to blame: what we write down ourselves needs it.
const LAST_PART: u64 = 8;

/// Whether who added so much to the disk is to blame for its being full.
pub const fn is_to_blame(disk_bytes: u64) -> bool {
    disk_bytes > TO_BLAME_BYTES
}

/// What one attempt may use, and what it was seen to use.
#[derive(Debug, Clone, Copy)]
pub struct Meter {
    limits: AttemptLimits,
    /// How many times over the limit is granted.
    portions: [u32; 7],
    seen: Used,
}

impl Meter {
    /// A meter for an attempt that has used nothing. What a person granted for its task before is in `granted`: each
    /// naming is one more portion.
    pub fn new(limits: AttemptLimits, granted: &[Resource]) -> Self {
        let mut meter = Self {
            limits,
            portions: [1; 7],
            seen: Used::default(),
        };
        for which in granted {
            meter.portions[place(*which)] += 1;
        }
        meter
    }

    /// How much it may use now, in the resource's unit.
    pub fn allowed(&self, which: Resource) -> u64 {
        let portions = u64::from(self.portions[place(which)]);
        match which {
            // The room there is does not grow by being asked for: of what is left, half may be taken each time.
            Resource::Room => self.limits.room_bytes >> (portions - 1).min(63),
            _ => self.limits.of(which).saturating_mul(portions),
        }
    }

    /// Everything it may use now.
    pub fn all_allowed(&self) -> AttemptLimits {
        AttemptLimits {
            memory_bytes: self.allowed(Resource::Memory),
            processes: self.allowed(Resource::Processes),
            disk_bytes: self.allowed(Resource::Disk),
            output_bytes: self.allowed(Resource::Output),
            time: self.limits.time * self.portions[place(Resource::Time)],
            room_bytes: self.allowed(Resource::Room),
            watchers: self.allowed(Resource::Watchers),
        }
    }

    /// What it was last seen to use.
    pub const fn seen(&self) -> &Used {
        &self.seen
    }

    /// A person lets it go on: as much again as the limit, beyond what it has used already.
    pub fn grant(&mut self, which: Resource) {
        let limit = self.limits.of(which).max(1);
        let used = match which {
            Resource::Memory | Resource::Processes | Resource::Room => 0,
            Resource::Watchers => self.seen.watchers,
            Resource::Disk => self.seen.disk_bytes,
            Resource::Output => self.seen.output_bytes,
            Resource::Time => self.seen.time.as_secs(),
        };
        let beyond = u32::try_from(used / limit).unwrap_or(u32::MAX - 1) + 1;
        let portions = &mut self.portions[place(which)];
        *portions = portions.saturating_add(1).max(beyond);
    }

    /// The settings changed while it stood still.
    pub const fn set(&mut self, limits: AttemptLimits) {
        self.limits = limits;
    }

    /// Takes in what a running attempt was found to use. A limit comes back when one is reached, once for each kill and
    /// each refusal, and again for as long as more is used than allowed.
    pub fn take(&mut self, used: Used) -> Option<Limit> {
        let before = std::mem::replace(&mut self.seen, used);
        let memory = self.allowed(Resource::Memory);
        let reached = [
            (
                Resource::Memory,
                used.killed > before.killed || used.memory_bytes >= memory - memory / MEMORY_MARGIN,
            ),
            (
                Resource::Processes,
                used.refused > before.refused
                    || used.processes >= self.allowed(Resource::Processes),
            ),
            (
                Resource::Disk,
                used.disk_bytes >= self.allowed(Resource::Disk),
            ),
            (
                Resource::Output,
                used.output_bytes >= self.allowed(Resource::Output),
            ),
            (Resource::Time, used.time >= self.all_allowed().time),
            (Resource::Room, self.is_short(&used)),
            (
                Resource::Watchers,
                used.watchers >= self.allowed(Resource::Watchers),
            ),
        ];
        self.first(reached)
    }

    /// Whether it has to stop because too little room is left. Who is not to blame goes on while somebody else is, but for
    /// the last of it; where nobody is known to be, everybody stops who writes.
    fn is_short(&self, used: &Used) -> bool {
        let floor = self.allowed(Resource::Room);
        let spared = used.others_added && !is_to_blame(used.disk_bytes);
        let least = if spared { floor / LAST_PART } else { floor };
        used.room_bytes.is_some_and(|room| room < least)
    }

    /// Takes in what an attempt had used that has ended since the last look. What it used no longer matters, what the
    /// system did to it does: a kill always, a refusal if it `failed`.
    pub fn take_last(&mut self, used: Used, failed: bool) -> Option<Limit> {
        let before = std::mem::replace(&mut self.seen, used);
        let reached = [
            (Resource::Memory, used.killed > before.killed),
            (Resource::Processes, failed && used.refused > before.refused),
        ];
        self.first(reached)
    }

    fn first(&self, reached: impl IntoIterator<Item = (Resource, bool)>) -> Option<Limit> {
        let (which, _) = reached.into_iter().find(|(_, is_reached)| *is_reached)?;
        let most = self.allowed(which);
        Some(Limit { which, most })
    }
}

const fn place(which: Resource) -> usize {
    match which {
        Resource::Memory => 0,
        Resource::Processes => 1,
        Resource::Disk => 2,
        Resource::Output => 3,
        Resource::Time => 4,
        Resource::Room => 5,
        Resource::Watchers => 6,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn meter() -> Meter {
        let limits = AttemptLimits {
            memory_bytes: 3200,
            processes: 10,
            disk_bytes: 100,
            output_bytes: 50,
            time: Duration::from_secs(60),
            room_bytes: 1000,
            watchers: 3,
        };
        Meter::new(limits, &[])
    }

    fn used(change: impl FnOnce(&mut Used)) -> Used {
        let mut used = Used::default();
        change(&mut used);
        used
    }

    #[test]
    fn each_limit_is_reached_by_what_it_limits() {
        let cases = [
            (used(|used| used.memory_bytes = 3099), None),
            (
                used(|used| used.memory_bytes = 3100),
                Some((Resource::Memory, 3200)),
            ),
            (used(|used| used.killed = 1), Some((Resource::Memory, 3200))),
            (used(|used| used.processes = 9), None),
            (
                used(|used| used.processes = 10),
                Some((Resource::Processes, 10)),
            ),
            (
                used(|used| used.refused = 1),
                Some((Resource::Processes, 10)),
            ),
            (used(|used| used.disk_bytes = 99), None),
            (
                used(|used| used.disk_bytes = 100),
                Some((Resource::Disk, 100)),
            ),
            (
                used(|used| used.output_bytes = 50),
                Some((Resource::Output, 50)),
            ),
            (used(|used| used.time = Duration::from_millis(59_999)), None),
            (
                used(|used| used.time = Duration::from_secs(60)),
                Some((Resource::Time, 60)),
            ),
            (used(|used| used.watchers = 2), None),
            (
                used(|used| used.watchers = 3),
                Some((Resource::Watchers, 3)),
            ),
            (used(|used| used.room_bytes = Some(1000)), None),
            (
                used(|used| used.room_bytes = Some(999)),
                Some((Resource::Room, 1000)),
            ),
        ];
        for (used, expected) in cases {
            let expected = expected.map(|(which, most)| Limit { which, most });
            assert_eq!(meter().take(used), expected, "{used:?}");
        }
    }

    #[test]
    fn a_kill_is_told_once_and_a_level_for_as_long_as_it_stands() {
        let mut meter = meter();
        let killed = used(|used| used.killed = 1);
        assert!(meter.take(killed).is_some());
        assert_eq!(meter.take(killed), None);
        let full = used(|used| used.disk_bytes = 100);
        assert!(meter.take(full).is_some());
        assert!(meter.take(full).is_some());
    }

    #[test]
    fn who_is_let_go_on_gets_as_much_again_beyond_what_is_used() {
        let mut meter = meter();
        for (found, allowed) in [(100, 200), (200, 300), (950, 1000)] {
            assert!(meter.take(used(|used| used.disk_bytes = found)).is_some());
            meter.grant(Resource::Disk);
            assert_eq!(meter.allowed(Resource::Disk), allowed);
            assert_eq!(meter.take(used(|used| used.disk_bytes = found)), None);
        }
        meter.grant(Resource::Memory);
        assert_eq!(meter.allowed(Resource::Memory), 6400);
        assert_eq!(meter.allowed(Resource::Output), 50);
        let again = Meter::new(meter.limits, &[Resource::Memory, Resource::Memory]);
        assert_eq!(again.all_allowed().memory_bytes, 9600);
    }

    #[test]
    fn who_filled_the_disk_is_stopped_and_may_take_half_of_what_is_left() {
        let limits = AttemptLimits {
            room_bytes: 1000,
            ..AttemptLimits::default()
        };
        let mut meter = Meter::new(limits, &[]);
        let wrote = |disk_bytes, room| {
            used(|used| (used.disk_bytes, used.room_bytes) = (disk_bytes, Some(room)))
        };
        let beside = |room| Used {
            others_added: true,
            ..wrote(TO_BLAME_BYTES, room)
        };
        assert_eq!(meter.take(beside(125)), None);
        assert!(
            meter.take(beside(124)).is_some(),
            "the last of it is nobody's"
        );
        assert!(
            meter.take(wrote(0, 999)).is_some(),
            "nobody is to blame, so that everybody may be"
        );
        assert_eq!(meter.take(wrote(TO_BLAME_BYTES + 1, 1000)), None);
        for most in [1000, 500, 250] {
            let limit = meter.take(wrote(TO_BLAME_BYTES + 1, most - 1));
            let which = Resource::Room;
            assert_eq!(limit, Some(Limit { which, most }));
            meter.grant(which);
            assert_eq!(meter.take(wrote(TO_BLAME_BYTES + 1, most - 1)), None);
        }
    }

    #[test]
    fn of_what_happened_at_the_end_only_what_spoiled_it_counts() {
        for (found, failed, which) in [
            (used(|used| used.killed = 1), false, Some(Resource::Memory)),
            (used(|used| used.refused = 1), false, None),
            (
                used(|used| used.refused = 1),
                true,
                Some(Resource::Processes),
            ),
            (used(|used| used.output_bytes = 1000), true, None),
        ] {
            let limit = meter().take_last(found, failed);
            assert_eq!(limit.map(|limit| limit.which), which, "{found:?}");
        }
    }
}
