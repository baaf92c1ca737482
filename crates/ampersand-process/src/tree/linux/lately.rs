//! A look at the process table that many who only count share. Who freezes or kills looks for himself.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::scan::Table;

/// A look is shared for so many times as long as it took: however many count, all their looks together take no more of a
/// processor than one part in so many.
const PART: u32 = 20;

/// However long it took, no longer than this.
const LONGEST: Duration = Duration::from_millis(250);

/// The newest look, and until when it is shared.
#[derive(Debug)]
struct Shared<T>(Mutex<Option<(Arc<T>, Instant)>>);

/// The process table as it was a moment ago.
pub(super) fn table() -> io::Result<Arc<Table>> {
    static SHARED: Shared<Table> = Shared(Mutex::new(None));
    SHARED.look(Instant::now, Table::read)
}

impl<T> Shared<T> {
    /// The newest look, or another where that is too old. Whoever comes while it is taken waits for it.
    fn look(
        &self,
        clock: impl Fn() -> Instant,
        read: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<Arc<T>> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let began = clock();
        if let Some((seen, until)) = shared.as_ref()
            && began < *until
        {
            return Ok(Arc::clone(seen));
        }
        let seen = Arc::new(read()?);
        let ended = clock();
        let holds = (ended.duration_since(began) * PART).min(LONGEST);
        *shared = Some((Arc::clone(&seen), ended + holds));
        Ok(seen)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_look_is_shared_for_twenty_times_as_long_as_it_took_but_not_for_long() {
        let shared = Shared(Mutex::new(None));
        let start = Instant::now();
        let (now, looks) = (Cell::new(0), Cell::new(0));
        let look = |at_ms: u64, takes_ms: u64| {
            now.set(at_ms);
            let read = || {
                now.set(at_ms + takes_ms);
                looks.set(looks.get() + 1);
                Ok(looks.get())
            };
            let clock = || start + Duration::from_millis(now.get());
            *shared.look(clock, read).unwrap()
        };
        for (at_ms, takes_ms, seen) in [
            (0, 2, 1),
            (2, 2, 1),
            (41, 2, 1),
            (42, 2, 2),
            (100, 50, 3),
            (399, 50, 3),
            (400, 50, 4),
        ] {
            assert_eq!(look(at_ms, takes_ms), seen, "{at_ms} ms");
        }
    }
}
