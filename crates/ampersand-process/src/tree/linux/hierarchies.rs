//! Where control groups can be made: found through the mount table, tried, and never assumed.

use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use super::berth::Places;
use super::scan;
use super::unified::remove;
use crate::spec::Keeps;

/// The folder under which all our groups stand.
const OURS: &str = "ampersand";

/// By what a group of version 2 is frozen, killed and filled.
const FILES: [&str; 3] = ["cgroup.freeze", "cgroup.kill", "cgroup.procs"];

/// What keeps the bounds of a tree in version 2.
const CONTROLLERS: [&str; 3] = ["pids", "memory", "cpu"];

/// Folders in which groups can be made.
#[derive(Debug, Default)]
pub(super) struct Hierarchies {
    pub(super) unified: Option<PathBuf>,
    pub(super) older: Places,
    pub(super) keeps: Keeps,
    /// The file by which all of them get no more of the processors than others leave; nothing where there is none.
    pub(super) behind: Option<PathBuf>,
}

impl Hierarchies {
    /// What there is here, looked for once.
    pub(super) fn found() -> &'static Self {
        static HIERARCHIES: OnceLock<Hierarchies> = OnceLock::new();
        HIERARCHIES.get_or_init(Self::find)
    }

    fn find() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let (mounts, own) = (read("/proc/self/mountinfo"), read("/proc/self/cgroup"));
        let older = |controller: &str, file: &str| {
            let levels = levels(&mounts, &own, Some(controller));
            usable(levels.first()?, &[file])
        };
        let unified = unified(&levels(&mounts, &own, None), &CONTROLLERS);
        let gives = |controller: &str| {
            let ours = unified.as_deref();
            ours.is_some_and(|ours| gives(ours, controller))
        };
        let older = Places {
            pids: older("pids", "pids.max"),
            memory: older("memory", "memory.limit_in_bytes"),
            cpu: older("cpu", "cpu.shares"),
        };
        let keeps = Keeps {
            processes: gives("pids") || older.pids.is_some(),
            memory: gives("memory") || older.memory.is_some(),
        };
        let behind = older.cpu.iter().chain(&unified).find_map(|folder| {
            let file = folder.join("cpu.idle");
            // Somebody who was killed may have left it set.
            fs::write(&file, "0").is_ok().then_some(file)
        });
        Self {
            unified,
            older,
            keeps,
            behind,
        }
    }
}

/// Our folder in version 2, in that of `levels` which gives most of `wanted` to the groups in it: of equals the first,
/// which is our own group.
///
/// Our own seldom gives any. What gives controllers must hold no process, and it holds at least us; in a desktop's session
/// it holds a terminal or a window too, which are not ours to move. Nor is it asked to: the kernel would take some
/// controllers and from then on let nobody be born below it. But the groups above it belong to the user there as well,
/// they give what they have to every program's group, and whoever may move processes between those may have one born
/// beside them.
pub(super) fn unified(levels: &[PathBuf], wanted: &[&str]) -> Option<PathBuf> {
    let own = levels.first()?;
    // The root of them all is the one group that may do both. Nobody is above it who would give.
    if !own.join("cgroup.type").exists() {
        give(own, wanted);
    }
    let lacks = |level: &PathBuf| wanted.iter().filter(|one| !gives(level, one)).count();
    let mut levels: Vec<_> = levels.iter().map(|level| (lacks(level), level)).collect();
    levels.sort_by_key(|(lacks, _)| *lacks);
    let usable = |level: &PathBuf| usable(level, &FILES).filter(|_| can_be_left(level));
    let ours = levels.into_iter().find_map(|(_, level)| usable(level))?;
    give(&ours, wanted);
    Some(ours)
}

/// Hands controllers on to the groups below. What is absent, or not ours to give, is not given.
fn give(group: &Path, wanted: &[&str]) {
    for controller in wanted {
        let order = format!("+{controller}");
        drop(fs::write(group.join("cgroup.subtree_control"), order));
    }
}

/// Whether the groups in this one have a controller.
pub(super) fn gives(group: &Path, controller: &str) -> bool {
    let given = fs::read_to_string(group.join("cgroup.subtree_control"));
    given.is_ok_and(|given| given.split_whitespace().any(|one| one == controller))
}

/// Whether a process can go from one group below `level` to another, which is what being born in another one is.
fn can_be_left(level: &Path) -> bool {
    let procs = level.join("cgroup.procs");
    fs::File::options().write(true).open(procs).is_ok()
}

/// Our folder in this one, if groups with these files can be made there and filled.
fn usable(level: &Path, files: &[&str]) -> Option<PathBuf> {
    let ours = level.join(OURS);
    match fs::create_dir(&ours) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return None,
        _ => {}
    }
    sweep(&ours);
    let probe = ours.join(format!("{}-probe", scan::ourselves()));
    fs::create_dir(&probe).ok()?;
    let has = files.iter().all(|file| probe.join(file).exists());
    // Older hierarchies have no kinds. In version 2 every other kind is one that no process can be born in.
    let kind = fs::read_to_string(probe.join("cgroup.type"));
    let can_be_filled = kind.map_or(true, |kind| kind.trim() == "domain");
    remove(&probe);
    (has && can_be_filled).then_some(ours)
}

/// The folders of our own group in one hierarchy, version 2 for `None`, and of those above it, as far as they can be
/// reached from here.
fn levels(mounts: &str, own: &str, controller: Option<&str>) -> Vec<PathBuf> {
    let ours = own.lines().find_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        let same = controller.map_or(controllers.is_empty(), |c| {
            controllers.split(',').any(|o| o == c)
        });
        same.then_some(Path::new(path))
    });
    // Outside of what is mounted here, the system tells the way by steps upwards.
    let within = |path: &&Path| !path.components().any(|step| step == Component::ParentDir);
    let Some(ours) = ours.filter(within) else {
        return Vec::new();
    };
    let found = mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let mut kind = kind.split(' ');
        let (name, options) = (kind.next()?, kind.nth(1)?);
        let same = controller.map_or(name == "cgroup2", |c| {
            name == "cgroup" && options.split(',').any(|option| option == c)
        });
        let mut place = place.split(' ').skip(3);
        let (root, mount) = (place.next()?, place.next()?);
        let below = ours.strip_prefix(root).ok()?;
        same.then(|| (below, Path::new(mount)))
    });
    let levels = found.map(|(below, mount)| below.ancestors().map(|level| mount.join(level)));
    // Joining nothing leaves a slash behind.
    let plain = |level: PathBuf| level.components().collect();
    levels.into_iter().flatten().map(plain).collect()
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
            let found = levels(mounts, own, controller);
            let own = found.first().map(PathBuf::as_path);
            assert_eq!(own, expected.map(Path::new), "{controller:?}");
        }
    }

    #[test]
    fn what_is_above_our_group_is_found_as_far_as_it_is_mounted() {
        let pure = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";
        let container = "30 23 0:26 /box/7 /sys/fs/cgroup rw - cgroup2 cgroup rw\n";
        for (mounts, own, expected) in [
            (pure, "0::/a/b\n", &["/a/b", "/a", ""][..]),
            (pure, "0::/\n", &[""]),
            (pure, "0::/../a\n", &[]),
            (container, "0::/box/7/in\n", &["/in", ""]),
        ] {
            let found = levels(mounts, own, None);
            let expected: Vec<_> = expected
                .iter()
                .map(|level| PathBuf::from(format!("/sys/fs/cgroup{level}")))
                .collect();
            assert_eq!(found, expected, "{own}");
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
