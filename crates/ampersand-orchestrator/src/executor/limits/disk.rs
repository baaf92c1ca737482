//! What an attempt has added to its folders: every file and folder changed since it began, in full, and files without a name
//! that it holds open. Looked for only when the disk has less room than before, by name from an open folder, never through a
//! link, and for a bounded time. What is hidden from it takes room all the same, which is looked at by itself.

use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use ampersand_core::AttemptLimits;
use cap_std::fs::{Dir, Metadata, ReadDir};

use crate::executor::control::Control;
use crate::repository::off_thread;

/// Between two walks however little seems to have happened: what one attempt writes another may free.
const WALK_EVERY: Duration = Duration::from_secs(60);

/// Between two looks at how much is free.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// A walk tells what it has found by then.
const WALK_FOR: Duration = Duration::from_secs(2);

/// While the disk has too little left, the pause between two walks is so many times as long as the last one.
const SHORT_TIMES: u32 = 20;

/// Each level is an open folder. What is further down is walked later, as if it began there.
const DEPTH_MAX: usize = 128;

/// So many folders are held open to be walked later.
const LATER_MAX: usize = 64;

/// How long the disk may have too little left until everybody who wrote to it has been looked at.
const KNOWN_AFTER: Duration = Duration::from_secs(4);

/// What is free shrinks by this part of the limit before a walk is worth its cost.
const PART: u64 = 16;

/// The folders of one attempt and what was found in them.
pub(super) struct Disk {
    folders: Vec<PathBuf>,
    /// By the system's numbers.
    devices: Vec<u64>,
    writes: bool,
    since: SystemTime,
    /// Since when too little has been left.
    short: Option<Instant>,
    looked: Instant,
    walked: Instant,
    /// What was free at the last walk, or more that was seen since.
    free: Option<u64>,
    /// What was free at the last look.
    room: Option<u64>,
    /// How long the last walk took.
    took: Duration,
    found: u64,
}

impl Disk {
    /// `writes` says whether its attempt may write to them, and not only to what is there besides.
    pub(super) fn of(folders: Vec<PathBuf>, writes: bool) -> Self {
        let now = Instant::now();
        Self {
            free: folders.first().and_then(|folder| free(folder)),
            devices: folders.iter().filter_map(|folder| device(folder)).collect(),
            folders,
            writes,
            short: None,
            room: None,
            took: Duration::ZERO,
            since: SystemTime::now(),
            looked: now,
            walked: now,
            found: 0,
        }
    }

    /// How much was added, in bytes.
    pub(super) const fn found(&self) -> u64 {
        self.found
    }

    /// What is left on the disk for whoever may write to it or has, in bytes.
    pub(super) fn room(&self) -> Option<u64> {
        self.room.filter(|_| self.writes || self.found > 0)
    }

    /// Whether too little has been left for so short a time that it is not known yet who is to blame.
    pub(super) fn is_new_to_want(&self) -> bool {
        self.short
            .is_some_and(|since| since.elapsed() < KNOWN_AFTER)
    }

    /// Finds anew what was added where it may have become more by a good part of the limit, or where the disk has too
    /// little left, which somebody is to blame for.
    pub(super) async fn look(&mut self, allowed: &AttemptLimits, control: &Control) {
        if self.looked.elapsed() < LOOK_EVERY {
            return;
        }
        self.looked = Instant::now();
        let limit = allowed.disk_bytes;
        let Some(first) = self.folders.first().cloned() else {
            return;
        };
        let free = off_thread(move || Ok(free(&first))).await.ok().flatten();
        self.room = free;
        let is_short = free.is_some_and(|free| free < allowed.room_bytes);
        self.short = is_short.then(|| self.short.unwrap_or(self.looked));
        let short = is_short && self.walked.elapsed() >= self.took * SHORT_TIMES;
        let shrunk = match (self.free, free) {
            (Some(before), Some(now)) => before.saturating_sub(now) >= limit / PART,
            _ => self.walked.elapsed() >= WALK_EVERY / 6,
        };
        if shrunk || short || self.walked.elapsed() >= WALK_EVERY {
            // These came later, and may be gone again.
            let folders = [self.folders.clone(), control.temporaries()].concat();
            let since = self.since;
            let walk = move || {
                let until = Instant::now() + WALK_FOR;
                Ok(folders
                    .iter()
                    .map(|folder| walk(folder, since, until))
                    .sum::<u64>())
            };
            let began = Instant::now();
            if let Ok(named) = off_thread(walk).await {
                let nameless = control.nameless_bytes(&self.devices).await;
                self.found = named.saturating_add(nameless);
            }
            self.walked = Instant::now();
            self.took = began.elapsed();
            self.free = free;
        } else if free > self.free {
            // Measured from where there was most.
            self.free = free;
        }
    }
}

/// What is left of a folder's disk, in bytes. Where it holds so many files and no more, so much as those that are left
/// could share, if that is less.
#[cfg(unix)]
fn free(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    let bytes = found.f_bavail.saturating_mul(found.f_frsize);
    let each = (found.f_blocks.saturating_mul(found.f_frsize)).checked_div(found.f_files);
    let shared = each.map(|each| found.f_favail.saturating_mul(each));
    Some(shared.map_or(bytes, |shared| shared.min(bytes)))
}

#[cfg(unix)]
fn device(folder: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(folder).ok().map(|found| found.dev())
}

#[cfg(not(unix))]
const fn device(_folder: &Path) -> Option<u64> {
    None
}

#[cfg(not(unix))]
const fn free(_folder: &Path) -> Option<u64> {
    None
}

/// Room taken by what was changed below a folder after `since`, as far as it is found until `until`.
fn walk(folder: &Path, since: SystemTime, until: Instant) -> u64 {
    let Ok(root) = Dir::open_ambient_dir(folder, cap_std::ambient_authority()) else {
        return 0;
    };
    let mut known = HashSet::new();
    let mut open: Vec<ReadDir> = root.entries().into_iter().collect();
    let mut later: Vec<ReadDir> = Vec::new();
    let mut bytes = 0_u64;
    while let Some(entries) = open.last_mut() {
        let Some(entry) = entries.next() else {
            open.pop();
            if open.is_empty() {
                open.extend(later.pop());
            }
            continue;
        };
        if Instant::now() >= until {
            break;
        }
        // It may be gone again, or out of our reach: then it is the system's to keep.
        let Ok(entry) = entry else { continue };
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        let is_folder = metadata.is_dir();
        if is_folder {
            let below: io::Result<ReadDir> = entry.open_dir().and_then(|dir| dir.entries());
            if open.len() < DEPTH_MAX {
                open.extend(below);
            } else if later.len() < LATER_MAX {
                later.extend(below);
            }
        }
        if is_changed(&metadata, since) && (is_folder || is_first(&metadata, &mut known)) {
            bytes = bytes.saturating_add(room(&metadata));
        }
    }
    bytes
}

#[cfg(unix)]
fn is_changed(metadata: &Metadata, since: SystemTime) -> bool {
    use cap_std::fs::MetadataExt;
    let since = since
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let changed = (metadata.ctime(), metadata.ctime_nsec());
    let since = (
        since.as_secs().cast_signed(),
        i64::from(since.subsec_nanos()),
    );
    changed > since
}

#[cfg(not(unix))]
fn is_changed(metadata: &Metadata, since: SystemTime) -> bool {
    metadata
        .modified()
        .is_ok_and(|modified| modified.into_std() > since)
}

/// A file with several names takes its room once.
#[cfg(unix)]
fn is_first(metadata: &Metadata, known: &mut HashSet<(u64, u64)>) -> bool {
    use cap_std::fs::MetadataExt;
    metadata.nlink() == 1 || known.insert((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
const fn is_first(_metadata: &Metadata, _known: &mut HashSet<(u64, u64)>) -> bool {
    true
}

#[cfg(unix)]
fn room(metadata: &Metadata) -> u64 {
    use cap_std::fs::MetadataExt;
    metadata.blocks().saturating_mul(512)
}

#[cfg(not(unix))]
fn room(metadata: &Metadata) -> u64 {
    metadata.len()
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::*;

    fn added(folder: &Path, since: SystemTime) -> u64 {
        walk(folder, since, Instant::now() + WALK_FOR)
    }

    #[test]
    fn only_what_was_written_since_counts_and_each_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a/b");
        fs::create_dir_all(&below).unwrap();
        fs::write(below.join("old"), vec![1; 1 << 20]).unwrap();
        let now = SystemTime::now();
        let mut since = now;
        // Times of files are kept in coarser steps than the clock's.
        while fs::metadata(below.join("old")).unwrap().modified().unwrap() >= since {
            since = SystemTime::now();
        }
        assert_eq!(added(folder.path(), since), 0);
        loop {
            fs::write(below.join("new"), vec![1; 2 << 20]).unwrap();
            if fs::metadata(below.join("new")).unwrap().modified().unwrap() > since {
                break;
            }
        }
        fs::hard_link(below.join("new"), folder.path().join("again")).unwrap();
        std::os::unix::fs::symlink("/", folder.path().join("out")).unwrap();
        let found = added(folder.path(), since);
        assert!(
            (2 << 20..=(2 << 20) + (64 << 10)).contains(&found),
            "{found}"
        );
    }

    #[test]
    fn what_is_far_down_counts_too_and_so_do_folders() {
        let folder = tempfile::tempdir().unwrap();
        let since = SystemTime::UNIX_EPOCH;
        let mut at =
            cap_std::fs::Dir::open_ambient_dir(folder.path(), cap_std::ambient_authority())
                .unwrap();
        for _ in 0..DEPTH_MAX * 3 {
            at.create_dir("d").unwrap();
            at = at.open_dir("d").unwrap();
        }
        let folders = added(folder.path(), since);
        let each = at.dir_metadata().map(|found| room(&found)).unwrap();
        assert!(folders >= each * DEPTH_MAX as u64 * 3, "{folders}");
        at.write("file", vec![1; 2 << 20]).unwrap();
        assert!(added(folder.path(), since) >= folders + (2 << 20));
    }

    #[test]
    fn holes_take_no_room() {
        let folder = tempfile::tempdir().unwrap();
        let since = SystemTime::UNIX_EPOCH;
        let file = fs::File::create(folder.path().join("sparse")).unwrap();
        file.set_len(5 << 40).unwrap();
        assert!(added(folder.path(), since) < 1 << 20);
    }
}
