//! Walking a checkout: what is there, what of it is tracked or new, and what must stay out.

mod paths;
mod submodules;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use cap_fs_ext::DirExt;
use cap_std::fs::{Dir, Metadata};
use git2::{IndexEntry, ObjectType, Oid};
pub(crate) use paths::{Paths, scan_paths};

use super::known::{Known, no_slot};
use super::{CommitError, CommitLimits, LeftOut, LeftOutReason, Tracked};
use crate::attach::Repository;
use crate::failure::Attempting;
use crate::ignore_rules::{IgnoreRules, Kind, MAX_IGNORE_BYTES};
use crate::names;
use crate::rooted::{self, Content, Root};
use crate::tree::{EXECUTABLE, FILE, LINK, MAX_DEPTH, Slot};

/// A report names this many and counts the rest.
const MAX_REPORTED: usize = 200;

/// What a walk found.
pub(crate) struct Scanned {
    /// Everything the commit shall hold, sorted by path.
    pub(crate) entries: Vec<IndexEntry>,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) left_out_count: u32,
}

/// Whose checkout is walked.
#[derive(Clone, Copy)]
pub(crate) enum Whose<'a> {
    /// An agent's: nothing of it is trusted, and what the base ignores stays out whatever its own rules say.
    Agent,
    /// The person's: their own rules hold, line ends are stored as git would store them, repositories of their own
    /// inside it are not gone into, and content beyond the limit is left out.
    Person {
        /// The checkout, opened with its attributes.
        git: &'a git2::Repository,
        /// Its folder.
        root: &'a Path,
        /// Whether the disk keeps the executable bit.
        knows_executable: bool,
    },
}

/// Hears of every folder that is walked, before it is listed.
type Entered<'a> = &'a mut dyn FnMut(&Dir, &[u8]);

/// What is walked, and what is known of it.
pub(crate) struct Source<'a> {
    pub(crate) root: Root,
    pub(crate) whose: Whose<'a>,
    /// The commit's tree whose ignore rules hold besides those on disk.
    pub(crate) base: git2::Tree<'a>,
    /// The paths a commit keeps, whatever the rules say.
    pub(crate) tracked: Tracked<'a>,
    pub(crate) known: Known,
}

pub(crate) fn scan(
    repository: &Repository,
    objects: &git2::Repository,
    source: Source<'_>,
    limits: CommitLimits,
) -> Result<Scanned, CommitError> {
    let personal = personal_rules(repository, objects);
    let mut nobody = |_: &Dir, _: &[u8]| {};
    let (root, mut walk) = Walk::new(objects, source, limits, personal, &mut nobody)?;
    walk.folder(root.dir(), &[], 0, Inside::Open)?;
    walk.keep_absent_submodules();
    walk.entries
        .sort_by(|left, right| left.path.cmp(&right.path));
    walk.left_out.sort();
    Ok(Scanned {
        entries: walk.entries,
        left_out: walk.left_out,
        left_out_count: walk.left_out_count,
    })
}

/// The person's own rules: `info/exclude`, and `core.excludesFile` or what git takes for it where it is not set.
pub(crate) fn personal_rules(repository: &Repository, objects: &git2::Repository) -> IgnoreRules {
    let mut rules = IgnoreRules::default();
    let configured = objects
        .config()
        .and_then(|config| config.get_path("core.excludesfile"))
        .ok()
        .or_else(|| {
            let folder = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
            let folder = folder.or_else(|| Some(std::env::home_dir()?.join(".config")))?;
            Some(folder.join("git").join("ignore"))
        });
    let own = repository.common_dir().join("info").join("exclude");
    for file in [configured, Some(own)].into_iter().flatten() {
        let is_small = fs::metadata(&file)
            .is_ok_and(|found| found.is_file() && found.len() <= MAX_IGNORE_BYTES);
        if is_small && let Ok(text) = fs::read(&file) {
            rules.push(Path::new(""), &text);
        }
    }
    rules
}

/// Whether a folder is itself ignored: then only what is tracked in it counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Open,
    Ignored,
}

struct Walk<'repo> {
    objects: &'repo git2::Repository,
    odb: git2::Odb<'repo>,
    whose: Whose<'repo>,
    base: git2::Tree<'repo>,
    tracked: Tracked<'repo>,
    known: Known,
    entered: Entered<'repo>,
    limits: CommitLimits,
    looked_at: usize,
    content_bytes: u64,
    entries: Vec<IndexEntry>,
    left_out: Vec<LeftOut>,
    left_out_count: u32,
    rules: IgnoreRules,
    base_rules: IgnoreRules,
}

impl<'repo> Walk<'repo> {
    /// A walk and the folder to begin in.
    fn new(
        objects: &'repo git2::Repository,
        source: Source<'repo>,
        limits: CommitLimits,
        personal: IgnoreRules,
        entered: Entered<'repo>,
    ) -> Result<(Root, Self), CommitError> {
        let walk = Self {
            objects,
            odb: objects.odb().attempting("open the object database")?,
            whose: source.whose,
            base: source.base,
            tracked: source.tracked,
            known: source.known,
            entered,
            limits,
            looked_at: 0,
            content_bytes: 0,
            entries: Vec::new(),
            left_out: Vec::new(),
            left_out_count: 0,
            base_rules: personal.clone(),
            rules: personal,
        };
        Ok((source.root, walk))
    }

    fn folder(
        &mut self,
        dir: &Dir,
        prefix: &[u8],
        depth: usize,
        inside: Inside,
    ) -> Result<(), CommitError> {
        (self.entered)(dir, prefix);
        let listed = dir.entries().and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.file_name()))
                .take(self.limits.max_entries + 1)
                .collect()
        });
        let listed: Vec<OsString> = match listed {
            Ok(listed) => listed,
            Err(_) => {
                self.keep_tracked_below(prefix, LeftOutReason::Unreadable);
                return Ok(());
            }
        };
        let depths = (self.rules.depth(), self.base_rules.depth());
        self.push_rules(dir, prefix)?;
        for name in listed {
            self.looked_at += 1;
            if self.looked_at > self.limits.max_entries {
                return Err(CommitError::TooManyEntries {
                    limit: self.limits.max_entries,
                });
            }
            self.entry(dir, prefix, &name, depth, inside)?;
        }
        self.rules.truncate(depths.0);
        self.base_rules.truncate(depths.1);
        Ok(())
    }

    fn push_rules(&mut self, dir: &Dir, prefix: &[u8]) -> Result<(), CommitError> {
        let Some(folder) = names::to_os(prefix).map(PathBuf::from) else {
            return Ok(());
        };
        let name = OsString::from(".gitignore");
        if let Ok(found) = dir.symlink_metadata(&name)
            && found.is_file()
            && let Ok(Content::Bytes(text)) = rooted::read(dir, &name, &found, MAX_IGNORE_BYTES)
        {
            self.rules.push(&folder, &text);
        }
        if let Whose::Agent = self.whose
            && let Ok(entry) = self.base.get_path(&folder.join(&name))
            && entry.kind() == Some(ObjectType::Blob)
        {
            let blob = self
                .objects
                .find_blob(entry.id())
                .attempting("read an ignore file of the base")?;
            let text = blob.content();
            let bound =
                usize::try_from(MAX_IGNORE_BYTES).map_or(text.len(), |max| text.len().min(max));
            self.base_rules.push(&folder, &text[..bound]);
        }
        Ok(())
    }

    fn entry(
        &mut self,
        dir: &Dir,
        prefix: &[u8],
        name: &OsString,
        depth: usize,
        inside: Inside,
    ) -> Result<(), CommitError> {
        let Some(bytes) = names::from_os(name) else {
            self.leave_out(prefix, LeftOutReason::Unreadable);
            return Ok(());
        };
        // The gitfile we wrote stands at the top; whatever it has become, it is not read.
        if prefix.is_empty() && bytes == b".git" {
            return Ok(());
        }
        let path = names::join(prefix, &bytes);
        if !names::is_writable_name(&bytes) {
            self.leave_out(&path, LeftOutReason::GitName);
            return Ok(());
        }
        if matches!(self.whose, Whose::Agent)
            && rooted::makes_bare_repository(dir, &bytes)
            && self.tracked.at(&path).is_none()
        {
            self.leave_out(&path, LeftOutReason::BareRepository);
            return Ok(());
        }
        if let Some(slot) = self.submodule(&path) {
            self.keep_submodule(dir, &path, name, slot);
            return Ok(());
        }
        let Ok(found) = dir.symlink_metadata(name) else {
            self.keep_tracked(&path, LeftOutReason::Unreadable);
            return Ok(());
        };
        if found.is_dir() {
            return self.subfolder(dir, &path, name, depth, inside);
        }
        let previous = self.tracked.at(&path);
        if previous.is_none()
            && (inside == Inside::Ignored || self.is_left_to_rules(&path, Kind::File))
        {
            return Ok(());
        }
        self.file(dir, &path, name, &found, previous)
    }

    fn subfolder(
        &mut self,
        dir: &Dir,
        path: &[u8],
        name: &OsString,
        depth: usize,
        inside: Inside,
    ) -> Result<(), CommitError> {
        let has_tracked = self.tracked.has_below(path);
        let ignored = inside == Inside::Ignored || self.is_left_to_rules(path, Kind::Folder);
        if ignored && !has_tracked {
            return Ok(());
        }
        if depth >= MAX_DEPTH {
            self.keep_tracked_below(path, LeftOutReason::TooDeep);
            return Ok(());
        }
        match dir.open_dir_nofollow(name) {
            Ok(below) if !has_tracked && self.is_own_repository(&below) => {
                self.leave_out(path, LeftOutReason::OwnRepository);
                Ok(())
            }
            Ok(below) => self.folder(
                &below,
                path,
                depth + 1,
                if ignored {
                    Inside::Ignored
                } else {
                    Inside::Open
                },
            ),
            Err(_) => {
                self.keep_tracked_below(path, LeftOutReason::Unreadable);
                Ok(())
            }
        }
    }

    fn is_own_repository(&self, dir: &Dir) -> bool {
        matches!(self.whose, Whose::Person { .. }) && dir.symlink_metadata(".git").is_ok()
    }

    fn is_left_to_rules(&mut self, path: &[u8], kind: Kind) -> bool {
        let Some(os) = names::to_os(path) else {
            return false;
        };
        if self.rules.is_ignored(Path::new(&os), kind) {
            return true;
        }
        let by_base =
            matches!(self.whose, Whose::Agent) && self.base_rules.is_ignored(Path::new(&os), kind);
        if by_base {
            self.leave_out(path, LeftOutReason::IgnoredByBase);
        }
        by_base
    }

    fn file(
        &mut self,
        dir: &Dir,
        path: &[u8],
        name: &OsString,
        found: &Metadata,
        previous: Option<Slot>,
    ) -> Result<(), CommitError> {
        let before = previous.map(|slot| slot.mode);
        let mode = match (self.whose, rooted::mode_of(found, before)) {
            (
                Whose::Person {
                    knows_executable: false,
                    ..
                },
                EXECUTABLE | FILE,
            ) => before.unwrap_or(FILE),
            (_, mode) => mode,
        };
        let last = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        if mode == LINK && names::is_dot_gitmodules(last) {
            self.keep_tracked(path, LeftOutReason::LinkedSettings);
            return Ok(());
        }
        let mut entry = rooted::index_entry(path, Slot { mode, ..no_slot() }, Some(found));
        if let Some(oid) = self.known.unchanged(&entry) {
            entry.id = oid;
            self.entries.push(entry);
            return Ok(());
        }
        let refused = match rooted::read(dir, name, found, self.limits.max_file_bytes) {
            Ok(Content::Bytes(content)) if self.has_room(&content) => {
                entry.id = self.store(path, mode, &content, previous)?;
                self.entries.push(entry);
                return Ok(());
            }
            Ok(Content::Bytes(content)) => LeftOutReason::TooLarge {
                bytes: content.len().try_into().unwrap_or(u64::MAX),
            },
            Ok(Content::TooLarge(bytes)) => LeftOutReason::TooLarge { bytes },
            Ok(Content::Special) => LeftOutReason::SpecialFile,
            Err(_) => LeftOutReason::Unreadable,
        };
        self.keep_tracked(path, refused);
        Ok(())
    }

    /// An agent's content beyond the limit is an error, the person's is left out.
    fn has_room(&self, content: &[u8]) -> bool {
        let bytes = content.len().try_into().unwrap_or(u64::MAX);
        matches!(self.whose, Whose::Agent)
            || self.content_bytes.saturating_add(bytes) <= self.limits.max_total_bytes
    }

    fn store(
        &mut self,
        path: &[u8],
        mode: u32,
        content: &[u8],
        previous: Option<Slot>,
    ) -> Result<Oid, CommitError> {
        if let Whose::Person { git, root, .. } = self.whose
            && mode != LINK
            && content.windows(2).any(|pair| pair == b"\r\n")
            && let Some(os) = names::to_os(path)
        {
            // The library converts line ends as the person's attributes say, and runs no filter program.
            return Ok(git
                .blob_path(&root.join(os))
                .attempting("store a file of the checkout")?);
        }
        let oid = Oid::hash_object(ObjectType::Blob, content).attempting("hash a file")?;
        if previous.is_some_and(|slot| slot.oid == oid) {
            return Ok(oid);
        }
        self.content_bytes = self
            .content_bytes
            .saturating_add(content.len().try_into().unwrap_or(u64::MAX));
        if self.content_bytes > self.limits.max_total_bytes {
            return Err(CommitError::TooMuchContent {
                limit_bytes: self.limits.max_total_bytes,
            });
        }
        Ok(self
            .odb
            .write(ObjectType::Blob, content)
            .attempting("store a file")?)
    }

    /// A tracked file that cannot be taken as it is stays as it was: leaving it out must not delete it.
    fn keep_tracked(&mut self, path: &[u8], reason: LeftOutReason) {
        if let Some(slot) = self.tracked.at(path) {
            self.entries.push(rooted::index_entry(path, slot, None));
        }
        self.leave_out(path, reason);
    }

    fn keep_tracked_below(&mut self, path: &[u8], reason: LeftOutReason) {
        let kept = self.tracked.below(path).into_iter();
        self.entries
            .extend(kept.map(|(found, slot)| rooted::index_entry(&found, slot, None)));
        self.leave_out(path, reason);
    }

    /// As [`Self::keep_tracked`], whether it is a file or a folder.
    fn keep_tracked_at(&mut self, path: &[u8], reason: LeftOutReason) {
        match self.tracked.has_below(path) {
            true => self.keep_tracked_below(path, reason),
            false => self.keep_tracked(path, reason),
        }
    }

    fn leave_out(&mut self, path: &[u8], reason: LeftOutReason) {
        self.left_out_count = self.left_out_count.saturating_add(1);
        if self.left_out.len() < MAX_REPORTED {
            self.left_out.push(LeftOut {
                path: names::show(path),
                reason,
            });
        }
    }
}
