//! What a control group counts, in the words of either version, and what can be added up where there is no group.

use std::fs;
use std::path::Path;

/// Memory of a group: now and not to be taken back, and how many of its processes were killed for want of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Memory {
    pub(super) bytes: u64,
    pub(super) killed: u64,
}

/// Processes and threads of a group: now, and how many were refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Crowd {
    pub(super) now: u64,
    pub(super) refused: u64,
}

/// Memory of a group of version 2; nothing where it is not counted.
pub(super) fn memory(group: &Path) -> Option<Memory> {
    let stat = fs::read_to_string(group.join("memory.stat")).ok()?;
    let spare = ["inactive_file", "active_file", "slab_reclaimable"];
    Some(Memory {
        bytes: number(group, "memory.current")?.saturating_sub(sum(&stat, &spare)),
        killed: killed(group).unwrap_or(0),
    })
}

/// How many of a group of version 2 were killed for want of memory; nothing where that is not counted.
pub(super) fn killed(group: &Path) -> Option<u64> {
    event(group, "memory.events", "oom_kill")
}

/// Memory of a group of the older kind.
pub(super) fn older_memory(group: &Path) -> Option<Memory> {
    let stat = fs::read_to_string(group.join("memory.stat")).ok()?;
    let spare = ["total_inactive_file", "total_active_file"];
    Some(Memory {
        bytes: number(group, "memory.usage_in_bytes")?.saturating_sub(sum(&stat, &spare)),
        killed: older_killed(group).unwrap_or(0),
    })
}

/// How many of a group of the older kind were killed for want of memory.
pub(super) fn older_killed(group: &Path) -> Option<u64> {
    event(group, "memory.oom_control", "oom_kill")
}

/// Processes of a group of either version.
pub(super) fn crowd(group: &Path) -> Option<Crowd> {
    Some(Crowd {
        now: number(group, "pids.current")?,
        refused: refused(group).unwrap_or(0),
    })
}

/// How many were refused in a group of either version; nothing where that is not counted.
pub(super) fn refused(group: &Path) -> Option<u64> {
    event(group, "pids.events", "max")
}

/// Memory and threads of these processes added up: what they hold alone, as far as their own accounts tell.
pub(super) fn added_up(pids: &[u32]) -> (u64, u64) {
    let of = |pid: &u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let held = sum(&status, &["RssAnon:", "RssShmem:"]).saturating_mul(1024);
        Some((held, sum(&status, &["Threads:"])))
    };
    pids.iter()
        .filter_map(of)
        .fold((0, 0), |(memory, threads), (held, own)| {
            (memory + held, threads + own)
        })
}

fn number(group: &Path, file: &str) -> Option<u64> {
    let text = fs::read_to_string(group.join(file)).ok()?;
    text.trim().parse().ok()
}

/// Older kernels may lack it.
fn event(group: &Path, file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(group.join(file)).ok()?;
    Some(sum(&text, &[name]))
}

/// The sum of the values of these names, each in a line of its own.
fn sum(text: &str, names: &[&str]) -> u64 {
    let value = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let name = words.next()?;
        let value = words.next()?.parse::<u64>().ok()?;
        names.contains(&name).then_some(value)
    };
    text.lines().filter_map(value).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_could_be_taken_back_does_not_count() {
        let group = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| fs::write(group.path().join(file), text).unwrap();
        assert_eq!(memory(group.path()), None);
        write(
            "memory.stat",
            "anon 100\nfile 70\nshmem 20\ninactive_file 30\nactive_file 20\nslab_reclaimable 5\n",
        );
        write("memory.current", "200\n");
        let found = |killed| Some(Memory { bytes: 145, killed });
        assert_eq!(memory(group.path()), found(0));
        write(
            "memory.events",
            "low 0\nhigh 3\nmax 2\noom 1\noom_kill 4\noom_group_kill 1\n",
        );
        assert_eq!(memory(group.path()), found(4));
        write("memory.usage_in_bytes", "200\n");
        write(
            "memory.stat",
            "cache 90\ninactive_file 1\ntotal_inactive_file 40\ntotal_active_file 15\n",
        );
        write(
            "memory.oom_control",
            "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n",
        );
        assert_eq!(older_memory(group.path()), found(4));
    }

    #[test]
    fn our_own_memory_and_threads_are_found() {
        let (memory, threads) = added_up(&[std::process::id(), u32::MAX]);
        assert!(memory > 0 && threads > 0);
    }
}
