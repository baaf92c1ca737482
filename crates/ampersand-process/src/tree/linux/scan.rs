//! One look at the process table. Several trees share it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::OnceLock;

use rustix::fs::{Mode, OFlags, openat, readlinkat_raw};
use rustix::process::Signal;

/// One process as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: u32,
    pub(super) parent: u32,
    pub(super) state: u8,
    /// When it started, in clock ticks: with the number it tells one process from another.
    pub(super) start: u64,
}

impl Process {
    pub(super) const fn dead(self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x')
    }

    pub(super) const fn stopped(self) -> bool {
        matches!(self.state, b'T' | b't') || self.dead()
    }
}

/// What one descriptor that watches folders may watch and still count as one.
const WATCHED_BY_ONE: u64 = 512;

/// What is read about one such descriptor; one line of it is at least forty bytes.
const WATCHED_READ: u64 = 4 << 20;

/// How many of a process's descriptors watch folders; who watches very many counts as several. A process that has ended
/// watches nothing.
pub(super) fn watchers(pid: u32) -> u64 {
    let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd"));
    let watching = descriptors.into_iter().flatten().flatten().filter(|entry| {
        std::fs::read_link(entry.path())
            .is_ok_and(|target| target.as_os_str() == "anon_inode:inotify")
    });
    let counted = watching.map(|entry| {
        let told = Path::new("/proc")
            .join(pid.to_string())
            .join("fdinfo")
            .join(entry.file_name());
        let mut lines = Vec::new();
        let told = File::open(told).map(|file| file.take(WATCHED_READ).read_to_end(&mut lines));
        // Closed since, or not to be looked at: it is a descriptor all the same.
        drop(told);
        let watched = lines.split(|byte| *byte == b'\n');
        let watched = watched.filter(|line| line.starts_with(b"inotify "));
        (watched.count() as u64).div_ceil(WATCHED_BY_ONE).max(1)
    });
    counted.sum()
}

/// Files on these devices that a process holds open though they have no name any more: their room in bytes, by what tells
/// them apart.
pub(super) fn nameless(pid: u32, devices: &[u64], found: &mut HashMap<(u64, u64), u64>) {
    let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd"));
    for entry in descriptors.into_iter().flatten().flatten() {
        // Closed since, or not to be looked at.
        let Ok(open) = std::fs::metadata(entry.path()) else {
            continue;
        };
        if open.is_file() && open.nlink() == 0 && devices.contains(&open.dev()) {
            found.insert((open.dev(), open.ino()), open.blocks().saturating_mul(512));
        }
    }
}

/// All processes at about one moment.
#[derive(Debug)]
pub(super) struct Table {
    proc: File,
    processes: HashMap<u32, Process>,
    children: HashMap<u32, Vec<u32>>,
}

impl Table {
    pub(super) fn read() -> io::Result<Self> {
        let proc = File::open("/proc")?;
        let mut table = Self {
            proc,
            processes: HashMap::new(),
            children: HashMap::new(),
        };
        for entry in std::fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            // Ended since the folder was read.
            let Some(process) = look(&table.proc, pid) else {
                continue;
            };
            table.children.entry(process.parent).or_default().push(pid);
            table.processes.insert(pid, process);
        }
        Ok(table)
    }

    pub(super) fn get(&self, pid: u32) -> Option<Process> {
        self.processes.get(&pid).copied()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Process> {
        self.processes.values().copied()
    }

    /// The same process as it is now, if it is still there.
    pub(super) fn again(&self, process: Process) -> Option<Process> {
        look(&self.proc, process.pid).filter(|now| now.start == process.start)
    }

    /// Whether it runs nothing of its own: stopped, or deep in the kernel with the order to stop waiting for it at the
    /// way out. The latter is where a parent stays whose `vfork`ed child was stopped before it became a program.
    pub(super) fn still(&self, process: Process) -> bool {
        process.stopped() || (process.state == b'D' && self.stop_pending(process.pid))
    }

    fn stop_pending(&self, pid: u32) -> bool {
        let status = openat(
            &self.proc,
            format!("{pid}/status"),
            OFlags::RDONLY | OFlags::CLOEXEC,
            Mode::empty(),
        );
        let mut text = String::new();
        let read = status
            .map(File::from)
            .map(|mut file| file.read_to_string(&mut text));
        let pending = text.lines().find_map(|line| line.strip_prefix("ShdPnd:"));
        let pending = pending.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
        matches!(read, Ok(Ok(_)))
            && pending.is_some_and(|set| set & (1 << (Signal::STOP.as_raw() - 1)) != 0)
    }

    /// Its pid namespace; nothing where that may not be seen.
    pub(super) fn namespace(&self, process: Process) -> Option<u64> {
        namespace(self.proc.as_fd(), &format!("{}/ns/pid", process.pid))
    }

    /// Everybody below a process, itself not among them.
    pub(super) fn descendants(&self, pid: u32) -> impl Iterator<Item = Process> {
        let mut open: Vec<Process> = self.children(pid).collect();
        std::iter::from_fn(move || {
            let next = open.pop()?;
            open.extend(self.children(next.pid));
            Some(next)
        })
    }

    pub(super) fn children(&self, pid: u32) -> impl Iterator<Item = Process> {
        self.children
            .get(&pid)
            .into_iter()
            .flatten()
            .filter_map(|child| self.get(*child))
    }
}

/// One process, if it is there.
pub(super) fn look(proc: &File, pid: u32) -> Option<Process> {
    let file = openat(
        proc,
        format!("{pid}/stat"),
        OFlags::RDONLY | OFlags::CLOEXEC,
        Mode::empty(),
    );
    let mut buffer = [0; 1024];
    let read = rustix::io::read(file.ok()?, &mut buffer).ok()?;
    parse(std::str::from_utf8(&buffer[..read]).ok()?)
}

/// Our own pid namespace.
pub(super) fn our_namespace() -> Option<u64> {
    static OURS: OnceLock<Option<u64>> = OnceLock::new();
    *OURS.get_or_init(|| namespace(rustix::fs::CWD, "/proc/self/ns/pid"))
}

/// The name of this process among all that ever had its number: `pid-start`.
pub(super) fn ourselves() -> String {
    static OURS: OnceLock<String> = OnceLock::new();
    let name = || {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let start = parse(&stat).map_or(0, |process| process.start);
        format!("{}-{start}", std::process::id())
    };
    OURS.get_or_init(name).clone()
}

/// Whether the process once named `pid-start` lives.
pub(super) fn alive(pid: &str, start: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    parse(&stat).is_some_and(|process| !process.dead() && process.start.to_string() == start)
}

fn namespace(at: std::os::fd::BorrowedFd<'_>, path: &str) -> Option<u64> {
    let mut buffer = [0; 64];
    let read = readlinkat_raw(at, path, &mut buffer[..]).ok()?;
    let inode = buffer[..read].strip_prefix(b"pid:[")?.strip_suffix(b"]")?;
    std::str::from_utf8(inode).ok()?.parse().ok()
}

fn parse(stat: &str) -> Option<Process> {
    // The program's name stands in parentheses and may itself hold parentheses, spaces and digits.
    let (pid, rest) = stat.split_once(" (")?;
    let (_, rest) = rest.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = *fields.next()?.as_bytes().first()?;
    let parent = fields.next()?.parse().ok()?;
    let start = fields.nth(17)?.parse().ok()?;
    Some(Process {
        pid: pid.parse().ok()?,
        parent,
        state,
        start,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_forge_the_fields_after_it() {
        let tail = "4 5 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 777 1 1";
        for name in ["sh", "a b", ") Z 9 9", "(x) S 1", ""] {
            let seen = parse(&format!("12 ({name}) T 3 {tail}")).unwrap();
            let expected = Process {
                pid: 12,
                parent: 3,
                state: b'T',
                start: 777,
            };
            assert_eq!(seen, expected, "{name:?}");
        }
        assert_eq!(parse("12 (sh"), None);
    }

    #[test]
    fn we_see_ourselves() {
        let table = Table::read().unwrap();
        let us = table.get(std::process::id()).unwrap();
        assert!(our_namespace().is_some());
        assert_eq!(table.namespace(us), our_namespace());
        assert_eq!(table.again(us).map(|us| us.pid), Some(us.pid));
        let (pid, start) = (us.pid.to_string(), us.start.to_string());
        assert!(alive(&pid, &start));
        assert!(!alive(&pid, "1"));
    }
}
