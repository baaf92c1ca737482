//! Who else is at work on this machine: whoever reads the tails has to know.

use std::{fs, thread};

use crate::figures::talk;

/// Says how loaded the machine is, and what that means for tails.
pub(crate) fn tell(when: &str) {
    // Where the system does not say it there is nothing to tell.
    let Ok(load) = fs::read_to_string("/proc/loadavg") else {
        return;
    };
    talk(format_args!("the machine's load {when}: {}", load.trim()));
    let processors = thread::available_parallelism().map_or(1, usize::from);
    if last_minute(&load).is_some_and(|load| load > processors as f64 / 2.0) {
        talk(format_args!(
            "note: others are at work on these {processors} processors; the tails are theirs as much as ours"
        ));
    }
}

fn last_minute(load: &str) -> Option<f64> {
    load.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_is_the_last_minute() {
        assert_eq!(last_minute("7.46 11.88 9.29 3/412 2623\n"), Some(7.46));
        assert_eq!(last_minute(""), None);
    }
}
