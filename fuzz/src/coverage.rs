//! Which branches of the readers an input reached, as the compiler counts them: one byte for each, in tables that every
//! instrumented crate announces before `main`. Where nothing was instrumented there are no tables, and nothing is new.

use std::sync::{Mutex, PoisonError};

/// Where the tables begin and how long they are.
static TABLES: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());

/// Called by what the compiler adds to each instrumented crate.
#[expect(unsafe_code, reason = "the compiler looks for it by this name")]
#[unsafe(no_mangle)]
extern "C" fn __sanitizer_cov_8bit_counters_init(start: *mut u8, end: *mut u8) {
    let table = (start.addr(), end.addr() - start.addr());
    let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
    if !tables.contains(&table) {
        tables.push(table);
    }
}

/// How often each branch was reached by any input so far, in classes.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    classes: Vec<Vec<u8>>,
}

impl Seen {
    /// Takes in what was reached since the last time, starts the counting anew, and says how much of it is new.
    pub(crate) fn take(&mut self) -> usize {
        let tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
        self.classes.resize_with(tables.len(), Vec::new);
        let mut new = 0;
        for ((start, length), classes) in tables.iter().zip(&mut self.classes) {
            classes.resize(*length, 0);
            new += take(counters(*start, *length), classes);
        }
        new
    }

    /// How many branches were ever reached.
    pub(crate) fn branches(&self) -> usize {
        let reached = |class: &&u8| **class != 0;
        self.classes.iter().flatten().filter(reached).count()
    }
}

#[expect(unsafe_code, reason = "the tables are known by their addresses only")]
fn counters(start: usize, length: usize) -> &'static mut [u8] {
    let start = std::ptr::with_exposed_provenance_mut(start);
    // SAFETY: announced by the compiler as a table of that length, there as long as the program. Only instrumented code
    // writes to it besides, and none runs while this is read.
    unsafe { std::slice::from_raw_parts_mut(start, length) }
}

fn take(counters: &mut [u8], classes: &mut [u8]) -> usize {
    const STRIDE: usize = 64;
    let mut new = 0;
    let strides = counters.chunks_mut(STRIDE);
    for (counters, classes) in strides.zip(classes.chunks_mut(STRIDE)) {
        // Nearly all of it is untouched by any one input.
        if counters.iter().all(|count| *count == 0) {
            continue;
        }
        for (count, class) in counters.iter_mut().zip(classes) {
            let reached = class_of(std::mem::take(count));
            new += usize::from(reached & !*class != 0);
            *class |= reached;
        }
    }
    new
}

/// How often, roughly: once more in a loop is nothing new, ten times as often is.
const fn class_of(count: u8) -> u8 {
    match count {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        4..=7 => 8,
        8..=15 => 16,
        16..=31 => 32,
        32..=127 => 64,
        128.. => 128,
    }
}

#[cfg(test)]
mod tests {
    use super::take;

    #[test]
    fn what_was_reached_as_often_before_is_not_new() {
        let mut classes = [0; 70];
        let mut reached = |at: usize, count: u8| {
            let mut counters = [0; 70];
            counters[at] = count;
            let new = take(&mut counters, &mut classes);
            assert_eq!(counters, [0; 70]);
            new
        };
        let told = [(3, 1), (3, 1), (3, 2), (69, 40), (69, 50), (3, 200)];
        let new = told.map(|(at, count)| reached(at, count));
        assert_eq!(new, [1, 0, 1, 1, 0, 1]);
    }
}
