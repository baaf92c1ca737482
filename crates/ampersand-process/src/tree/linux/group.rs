//! Control groups: one per tree, found through the mount table and never assumed. Version 2 freezes and kills without
//! any controller; limits come from its controllers or from the older hierarchies, whichever are writable.

use std::fs;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::berth::{Berth, PERIOD, Places, hard};
use super::counters;
use super::emptied;
use super::scan;
use crate::spawn::Lane;
use crate::spec::{Bounds, Keeps, Usage};

/// The folder under which all our groups stand.
const OURS: &str = "ampersand";

/// The groups of one tree; none of them where none can be made.
#[derive(Debug, Default)]
pub(super) struct Group {
    unified: Option<PathBuf>,
    berth: Option<Berth>,
    asked: Mutex<Bounds>,
    bounded: Mutex<Bounds>,
}

/// Folders in which groups can be made.
#[derive(Debug, Default)]
struct Hierarchies {
    unified: Option<PathBuf>,
    older: Places,
    keeps: Keeps,
}

impl Group {
    pub(super) fn create(name: &str, bounds: Bounds) -> io::Result<Self> {
        let found = Hierarchies::found();
        let mut group = Self::default();
        if let Some(parent) = &found.unified {
            let unified = parent.join(name);
            fs::create_dir(&unified)?;
            group.unified = Some(unified);
        }
        let kept = group.bound_unified(bounds);
        if without(bounds, kept) != Bounds::default() {
            group.berth = Berth::claim(&found.older);
        }
        group.bound(bounds);
        Ok(group)
    }

    /// Sets the bounds, and tells those that are in force.
    pub(super) fn bound(&self, bounds: Bounds) -> Bounds {
        let mut kept = self.bound_unified(bounds);
        if let Some(berth) = &self.berth {
            let older = berth.bound(without(bounds, kept));
            kept = Bounds {
                processes: kept.processes.or(older.processes),
                memory_bytes: kept.memory_bytes.or(older.memory_bytes),
                cpu_weight: kept.cpu_weight.or(older.cpu_weight),
                cpu_percent: kept.cpu_percent.or(older.cpu_percent),
            };
        }
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = bounds;
        *self.bounded.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        kept
    }

    /// The bounds that were last asked for.
    pub(super) fn asked(&self) -> Bounds {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bound_unified(&self, bounds: Bounds) -> Bounds {
        let set = |file: &str, value: String| {
            let unified = self.unified.as_ref()?;
            fs::write(unified.join(file), value).ok()
        };
        let memory_bytes = bounds
            .memory_bytes
            .filter(|most| set("memory.max", hard(*most).to_string()).is_some());
        if let Some(most) = memory_bytes {
            // Without swap accounting there is nothing to set. Whoever comes near the hard bound is slowed down.
            let _ = (
                set("memory.high", most.to_string()),
                set("memory.swap.max", "0".to_owned()),
            );
        }
        Bounds {
            processes: bounds
                .processes
                .filter(|most| set("pids.max", most.to_string()).is_some()),
            memory_bytes,
            cpu_weight: bounds
                .cpu_weight
                .filter(|weight| set("cpu.weight", weight.to_string()).is_some()),
            cpu_percent: bounds.cpu_percent.filter(|percent| {
                let share = format!("{} {PERIOD}", i64::from(*percent) * PERIOD / 100);
                set("cpu.max", share).is_some()
            }),
        }
    }

    /// What its members use; what no group counts is added up.
    pub(super) fn usage(&self, pids: impl FnOnce() -> io::Result<Vec<u32>>) -> io::Result<Usage> {
        let unified = self.unified.as_deref();
        let berth = self.berth.as_ref();
        let memory = unified
            .and_then(counters::memory)
            .or_else(|| berth.and_then(Berth::memory));
        let crowd = unified
            .and_then(counters::crowd)
            .or_else(|| berth.and_then(Berth::crowd));
        let mut usage = Usage {
            memory_bytes: memory.map_or(0, |memory| memory.bytes),
            killed: memory.map_or(0, |memory| memory.killed),
            processes: crowd.map_or(0, |crowd| crowd.now),
            refused: crowd.map_or(0, |crowd| crowd.refused),
            printed_bytes: 0,
        };
        if memory.is_none() || crowd.is_none() {
            let (bytes, threads) = counters::added_up(&pids()?);
            if memory.is_none() {
                usage.memory_bytes = bytes;
            }
            if crowd.is_none() {
                usage.processes = threads;
            }
        }
        Ok(usage)
    }

    /// Whether the tree can be frozen and killed through its group.
    pub(super) const fn unified(&self) -> bool {
        self.unified.is_some()
    }

    pub(super) fn bounded(&self) -> Bounds {
        *self.bounded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The directory to be born in.
    pub(super) fn open(&self) -> io::Result<Option<OwnedFd>> {
        self.unified
            .as_ref()
            .map(|path| fs::File::open(path).map(Into::into))
            .transpose()
    }

    /// The thread to be born from, where limits come from the older hierarchies.
    pub(super) fn lane(&self) -> Option<Lane> {
        self.berth.as_ref().and_then(Berth::lane)
    }

    pub(super) fn freeze(&self) -> io::Result<()> {
        self.tell("cgroup.freeze", "1")
    }

    pub(super) fn thaw(&self) -> io::Result<()> {
        self.tell("cgroup.freeze", "0")
    }

    pub(super) fn kill(&self) -> io::Result<()> {
        self.tell("cgroup.kill", "1")
    }

    /// Nothing to tell where there is no group, or none any more.
    fn tell(&self, file: &str, value: &str) -> io::Result<()> {
        self.unified.as_ref().map_or(Ok(()), |group| {
            unless_removed(fs::write(group.join(file), value), ())
        })
    }

    /// Whether the kernel reports it frozen; `None` without a group.
    pub(super) fn frozen(&self) -> Option<bool> {
        self.event("frozen 1")
    }

    /// Whether any process is left; a group that stands and cannot be read counts as populated.
    #[cfg(test)]
    pub(super) fn populated(&self) -> bool {
        self.unified.as_deref().is_some_and(emptied::populated)
    }

    /// Waits until no process is left, for so long at most; whether that is so.
    pub(super) fn wait_until_empty(&self, limit: Duration) -> bool {
        let Some(group) = self.unified.as_deref() else {
            return true;
        };
        emptied::wait(group, limit)
    }

    fn event(&self, line: &str) -> Option<bool> {
        let events = fs::read_to_string(self.unified.as_ref()?.join("cgroup.events")).ok()?;
        Some(events.lines().any(|event| event == line))
    }

    pub(super) fn processes(&self) -> io::Result<u32> {
        self.pids()
            .map(|pids| u32::try_from(pids.len()).unwrap_or(u32::MAX))
    }

    pub(super) fn pids(&self) -> io::Result<Vec<u32>> {
        let Some(group) = &self.unified else {
            return Ok(Vec::new());
        };
        let procs = fs::read_to_string(group.join("cgroup.procs"));
        let procs = unless_removed(procs, String::new())?;
        Ok(procs.lines().filter_map(|pid| pid.parse().ok()).collect())
    }

    /// Removes the empty group. One that is still busy is removed when a later process sweeps.
    pub(super) fn remove(&self) {
        if let Some(group) = &self.unified {
            remove(group);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.remove();
    }
}

/// A removed group held nobody, since the kernel removes none but empty ones: whoever comes after the one who removed
/// it finds `empty`. An open file of such a group answers that there is no such device.
fn unless_removed<T>(outcome: io::Result<T>, empty: T) -> io::Result<T> {
    match outcome {
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                || error.raw_os_error() == Some(libc::ENODEV) =>
        {
            Ok(empty)
        }
        other => other,
    }
}

fn remove(group: &Path) {
    let mut pauses = crate::tree::Pauses::within(std::time::Duration::from_millis(50));
    // The last process of it may be on its way out.
    while let Err(error) = fs::remove_dir(group) {
        if error.kind() != io::ErrorKind::ResourceBusy || !pauses.pause() {
            return;
        }
    }
}

/// What of `bounds` is not among those kept.
fn without(bounds: Bounds, kept: Bounds) -> Bounds {
    Bounds {
        processes: bounds.processes.filter(|_| kept.processes.is_none()),
        memory_bytes: bounds.memory_bytes.filter(|_| kept.memory_bytes.is_none()),
        cpu_weight: bounds.cpu_weight.filter(|_| kept.cpu_weight.is_none()),
        cpu_percent: bounds.cpu_percent.filter(|_| kept.cpu_percent.is_none()),
    }
}

/// Which bounds groups can keep here.
pub(super) fn keeps() -> Keeps {
    Hierarchies::found().keeps
}

impl Hierarchies {
    fn found() -> &'static Self {
        static HIERARCHIES: OnceLock<Hierarchies> = OnceLock::new();
        HIERARCHIES.get_or_init(Self::find)
    }

    fn find() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let (mounts, own) = (read("/proc/self/mountinfo"), read("/proc/self/cgroup"));
        let usable = |controller: Option<&str>, files: &[&str]| {
            let parent = parent(&mounts, &own, controller)?.join(OURS);
            match fs::create_dir(&parent) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return None,
                _ => {}
            }
            sweep(&parent);
            let probe = parent.join(format!("{}-probe", scan::ourselves()));
            fs::create_dir(&probe).ok()?;
            let has = files.iter().all(|file| probe.join(file).exists());
            remove(&probe);
            has.then_some(parent)
        };
        let unified = usable(None, &["cgroup.freeze", "cgroup.kill", "cgroup.procs"]);
        if let Some(parent) = &unified {
            for level in [parent.parent(), Some(parent)].into_iter().flatten() {
                for controller in ["+pids", "+memory", "+cpu"] {
                    // Absent or not ours to give: then the limit is not reported as in force.
                    drop(fs::write(level.join("cgroup.subtree_control"), controller));
                }
            }
        }
        let given = unified.as_ref().map(|parent| {
            fs::read_to_string(parent.join("cgroup.subtree_control")).unwrap_or_default()
        });
        let given = given.unwrap_or_default();
        let gives = |controller: &str| given.split_whitespace().any(|one| one == controller);
        let older = Places {
            pids: usable(Some("pids"), &["pids.max"]),
            memory: usable(Some("memory"), &["memory.limit_in_bytes"]),
            cpu: usable(Some("cpu"), &["cpu.shares"]),
        };
        let keeps = Keeps {
            processes: gives("pids") || older.pids.is_some(),
            memory: gives("memory") || older.memory.is_some(),
        };
        Self {
            unified,
            older,
            keeps,
        }
    }
}

/// The folder of our own group in one hierarchy, version 2 for `None`, as it can be reached from here.
fn parent(mounts: &str, own: &str, controller: Option<&str>) -> Option<PathBuf> {
    let ours = own.lines().find_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        let same = controller.map_or(controllers.is_empty(), |c| {
            controllers.split(',').any(|o| o == c)
        });
        same.then_some(path)
    })?;
    mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let mut kind = kind.split(' ');
        let (name, options) = (kind.next()?, kind.nth(1)?);
        let same = controller.map_or(name == "cgroup2", |c| {
            name == "cgroup" && options.split(',').any(|option| option == c)
        });
        let mut place = place.split(' ').skip(3);
        let (root, mount) = (place.next()?, place.next()?);
        let below = Path::new(ours).strip_prefix(root).ok()?;
        same.then(|| Path::new(mount).join(below))
    })
}

/// Kills and removes what processes that are no more have left behind.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let mut owner = name.to_str().unwrap_or_default().splitn(3, '-');
        let (Some(pid), Some(start)) = (owner.next(), owner.next()) else {
            continue;
        };
        if scan::alive(pid, start) || !entry.path().is_dir() {
            continue;
        }
        // Older hierarchies have no such file; their processes are in a version 2 group as well.
        if let Ok(mut kill) = fs::File::options()
            .write(true)
            .open(entry.path().join("cgroup.kill"))
        {
            drop(kill.write_all(b"1"));
        }
        remove(&entry.path());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_group_is_found_in_every_kind_of_mount_table() {
        let hybrid = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n\
            39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n\
            32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:3 - cgroup2 cgroup2 rw\n";
        let pure =
            "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
        let container = "30 23 0:26 /box/7 /sys/fs/cgroup rw - cgroup2 cgroup rw\n";
        let own = "8:pids:/a\n2:cpu,cpuacct:/c\n0::/user.slice/app.scope\n";
        for (mounts, own, controller, expected) in [
            (
                hybrid,
                own,
                None,
                Some("/sys/fs/cgroup/unified/user.slice/app.scope"),
            ),
            (hybrid, own, Some("pids"), Some("/sys/fs/cgroup/pids/a")),
            (
                hybrid,
                own,
                Some("cpuacct"),
                Some("/sys/fs/cgroup/cpu,cpuacct/c"),
            ),
            (hybrid, own, Some("memory"), None),
            (pure, own, None, Some("/sys/fs/cgroup/user.slice/app.scope")),
            (pure, own, Some("pids"), None),
            (container, "0::/box/7/in\n", None, Some("/sys/fs/cgroup/in")),
            (container, "0::/elsewhere\n", None, None),
            ("", "", None, None),
        ] {
            assert_eq!(
                parent(mounts, own, controller),
                expected.map(PathBuf::from),
                "{controller:?}"
            );
        }
    }

    #[test]
    fn only_what_the_dead_left_behind_is_swept() {
        let parent = tempfile::tempdir().unwrap();
        let ours = format!("{}-0-task", scan::ourselves());
        let reused = format!("{}-1-task", std::process::id());
        let dead = "999999999-5-task".to_owned();
        for name in [&ours, &reused, &dead, &"cgroup.procs".to_owned()] {
            fs::create_dir(parent.path().join(name)).unwrap();
        }
        sweep(parent.path());
        let left = fs::read_dir(parent.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        let mut left: Vec<_> = left.collect();
        left.sort();
        let mut expected = [ours.into(), std::ffi::OsString::from("cgroup.procs")];
        expected.sort();
        assert_eq!(left, expected);
    }
}
