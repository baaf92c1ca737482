//! Bounds the system keeps for each process by itself, where no group counts a tree: raised by as much as is granted, and
//! no further than each process was left room for when it started.

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::spec::Bounds;

/// By how much each process may have more than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct More {
    processes: u64,
    memory_bytes: u64,
}

/// What was asked for beyond what was asked for before, and what no group keeps.
pub(super) fn more(before: Bounds, now: Bounds, kept: Bounds) -> More {
    let beyond = |before: Option<u64>, now: Option<u64>, kept: Option<u64>| match (before, now) {
        (Some(before), Some(now)) if kept.is_none() => now.saturating_sub(before),
        _ => 0,
    };
    More {
        processes: beyond(before.processes, now.processes, kept.processes),
        memory_bytes: beyond(before.memory_bytes, now.memory_bytes, kept.memory_bytes),
    }
}

/// Raises the bounds of one process. One that has ended, or has no bound, is left alone.
pub(super) fn raise(pid: u32, more: More) {
    let raised = [
        (Resource::Nproc, "Max processes", more.processes),
        (Resource::Data, "Max data size", more.memory_bytes),
    ];
    for (resource, name, more) in raised.into_iter().filter(|(.., more)| *more > 0) {
        let told = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap_or_default();
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        if let (Some(pid), Some(limit)) = (pid, raised_by(&told, name, more)) {
            // Refused only where there is nothing to raise it on any more.
            let _ = prlimit(Some(pid), resource, limit);
        }
    }
}

/// A bound as the system tells it, raised as far as it goes.
fn raised_by(told: &str, name: &str, more: u64) -> Option<Rlimit> {
    let rest = told.lines().find_map(|line| line.strip_prefix(name))?;
    let mut numbers = rest.split_whitespace().map(|word| word.parse::<u64>().ok());
    let (current, maximum) = (numbers.next()??, numbers.next()?);
    let raised = current.saturating_add(more);
    Some(Rlimit {
        current: Some(maximum.map_or(raised, |most| raised.min(most))),
        maximum,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: &str = "Limit                     Soft Limit           Hard Limit           Units     \n\
        Max data size             1000                 4000                 bytes     \n\
        Max stack size            8388608              unlimited            bytes     \n\
        Max processes             unlimited            unlimited            processes \n";

    #[test]
    fn a_bound_is_raised_by_what_was_granted_and_no_further_than_it_goes() {
        let raised = |name: &str, more| raised_by(TOLD, name, more).map(|limit| limit.current);
        assert_eq!(raised("Max data size", 500), Some(Some(1500)));
        assert_eq!(raised("Max data size", 9000), Some(Some(4000)));
        assert_eq!(raised("Max stack size", 8), Some(Some(8_388_616)));
        assert_eq!(raised("Max processes", 8), None);
        assert_eq!(raised("Max locks", 8), None);
    }

    #[test]
    fn only_what_no_group_keeps_is_raised_and_nothing_is_lowered() {
        let bounds = |processes, memory_bytes| Bounds {
            processes: Some(processes),
            memory_bytes: Some(memory_bytes),
            ..Bounds::default()
        };
        let more = |processes, memory_bytes| More {
            processes,
            memory_bytes,
        };
        let nothing_kept = Bounds::default();
        assert_eq!(
            super::more(bounds(8, 100), bounds(16, 100), nothing_kept),
            more(8, 0)
        );
        assert_eq!(
            super::more(bounds(8, 100), bounds(4, 300), nothing_kept),
            more(0, 200)
        );
        assert_eq!(
            super::more(bounds(8, 100), bounds(16, 300), bounds(16, 300)),
            more(0, 0)
        );
    }
}
