//! Folders watched by inotify. It is told the name of what changed and no more: whoever looks reads for themselves.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;

use cap_std::fs::Dir;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::names;
use crate::radar::Dirty;

/// Folders of one task. Each costs the kernel a kilobyte or two that it cannot take back.
const OF_A_TASK_MAX: usize = 20_000;
/// Of what the system lets this person watch this part is left to others.
const LEFT_PART: usize = 2;
/// What it is taken to allow where it does not say.
const ALLOWED: usize = 8_192;
/// Taken in at one time; the kernel keeps the rest, or says that it could not.
const TAKEN_MAX: usize = 1 << 16;

/// The folders that tell.
#[derive(Debug, Default)]
pub struct Watches {
    /// Absent where the system has none to give.
    inotify: Option<Arc<OwnedFd>>,
    folders: HashMap<i32, Folder>,
    of: HashMap<Arc<str>, BTreeMap<Vec<u8>, i32>>,
    room: usize,
}

#[derive(Debug)]
struct Folder {
    task: Arc<str>,
    path: Vec<u8>,
}

/// What wakes up when a folder tells something.
#[derive(Debug)]
pub struct Ear(Option<AsyncFd<Arc<OwnedFd>>>);

impl Watches {
    /// Watches nothing yet.
    pub fn new() -> Self {
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok();
        let allowed = fs::read_to_string("/proc/sys/fs/inotify/max_user_watches");
        let allowed = allowed.ok().and_then(|text| text.trim().parse().ok());
        Self {
            inotify: inotify.map(Arc::new),
            room: allowed.unwrap_or(ALLOWED) / LEFT_PART,
            ..Self::default()
        }
    }

    /// What wakes up when there is something to take. To be called where a runtime is.
    pub fn ear(&self) -> io::Result<Ear> {
        let inotify = self.inotify.clone().map(listen);
        Ok(Ear(inotify.transpose()?))
    }

    /// What may have changed since it was last asked, by task.
    pub fn take(&mut self) -> HashMap<String, Dirty> {
        let mut dirty = HashMap::new();
        let Some(inotify) = self.inotify.clone() else {
            return dirty;
        };
        let mut room = [MaybeUninit::uninit(); 16 << 10];
        let mut reader = Reader::new(&*inotify, &mut room);
        for _ in 0..TAKEN_MAX {
            // Nothing more is there.
            let Ok(event) = reader.next() else {
                return dirty;
            };
            let name = event.file_name().map(std::ffi::CStr::to_bytes);
            self.note(event.wd(), event.events(), name, &mut dirty);
        }
        // More is told than anybody takes in.
        self.all_changed(&mut dirty);
        dirty
    }

    fn note(
        &mut self,
        watch: i32,
        what: ReadFlags,
        name: Option<&[u8]>,
        dirty: &mut HashMap<String, Dirty>,
    ) {
        if what.contains(ReadFlags::QUEUE_OVERFLOW) {
            self.all_changed(dirty);
        }
        if what.contains(ReadFlags::IGNORED) {
            self.drop_watch(watch);
        }
        let (Some(folder), Some(name)) = (self.folders.get(&watch), name) else {
            return;
        };
        let moves =
            ReadFlags::CREATE | ReadFlags::DELETE | ReadFlags::MOVED_FROM | ReadFlags::MOVED_TO;
        let is_touched = what.contains(ReadFlags::ISDIR) && !what.intersects(moves);
        if is_touched || (folder.path.is_empty() && name == b".git") {
            return;
        }
        let path = match name {
            // Other rules for all that is beside it and below.
            b".gitignore" => folder.path.clone(),
            _ => names::join(&folder.path, name),
        };
        let of = dirty.entry(folder.task.to_string()).or_default();
        match path.is_empty() {
            true => *of = Dirty::Everything,
            false => of.add(path),
        }
    }

    fn all_changed(&self, dirty: &mut HashMap<String, Dirty>) {
        dirty.extend(
            self.of
                .keys()
                .map(|task| (task.to_string(), Dirty::Everything)),
        );
    }

    /// Forgets a task's folders.
    pub fn forget(&mut self, task: &str) {
        self.forget_below(task, &[]);
        self.of.remove(task);
    }

    /// Forgets a folder and those below it.
    pub(crate) fn forget_below(&mut self, task: &str, path: &[u8]) {
        let (Some(inotify), Some(of)) = (self.inotify.clone(), self.of.get_mut(task)) else {
            return;
        };
        let below = names::join(path, b"");
        let gone: Vec<(Vec<u8>, i32)> = of
            .range(path.to_vec()..)
            .take_while(|(folder, _)| folder.starts_with(path))
            .filter(|(folder, _)| folder.as_slice() == path || folder.starts_with(&below))
            .map(|(folder, watch)| (folder.clone(), *watch))
            .collect();
        for (folder, watch) in gone {
            of.remove(&folder);
            self.folders.remove(&watch);
            // A folder that is gone has taken its watch along.
            inotify::remove_watch(&*inotify, watch).ok();
        }
    }

    /// Watches a folder that is open. False if the system lets us watch no more.
    pub(crate) fn enter(&mut self, task: &str, folder: &Dir, path: &[u8]) -> bool {
        let Some(inotify) = &self.inotify else {
            return false;
        };
        let of_task = self.of.get(task).map_or(0, BTreeMap::len);
        if self.folders.len() >= self.room || of_task >= OF_A_TASK_MAX {
            return false;
        }
        // By its descriptor: what its path leads to is the agent's to change. The dot makes it the folder itself, where
        // the link alone would be watched as a link.
        let place = format!("/proc/self/fd/{}/.", folder.as_raw_fd());
        let what = WatchFlags::MODIFY
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::ATTRIB
            | WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVE
            | WatchFlags::ONLYDIR
            | WatchFlags::EXCL_UNLINK;
        let Ok(watch) = inotify::add_watch(&**inotify, place, what) else {
            return false;
        };
        // A folder that was moved keeps its watch.
        self.drop_watch(watch);
        let task: Arc<str> = match self.of.get_key_value(task) {
            Some((known, _)) => Arc::clone(known),
            None => task.into(),
        };
        let path = path.to_vec();
        let of = self.of.entry(Arc::clone(&task)).or_default();
        of.insert(path.clone(), watch);
        self.folders.insert(watch, Folder { task, path });
        true
    }

    fn drop_watch(&mut self, watch: i32) {
        let Some(Folder { task, path }) = self.folders.remove(&watch) else {
            return;
        };
        if let Some(of) = self.of.get_mut(&task)
            && of.get(&path) == Some(&watch)
        {
            of.remove(&path);
        }
    }
}

#[expect(
    unsafe_code,
    reason = "the runtime wants a promise about the descriptor"
)]
fn listen(inotify: Arc<OwnedFd>) -> io::Result<AsyncFd<Arc<OwnedFd>>> {
    // SAFETY: the descriptor is open, and shared ownership keeps it the same one until the registration ends.
    Ok(unsafe { AsyncFd::register_with_interest(inotify, Interest::READABLE) }?)
}

impl Ear {
    /// Waits until there is something to take.
    pub async fn hear(&self) {
        let Some(inotify) = &self.0 else {
            return std::future::pending().await;
        };
        match inotify.readable().await {
            // What comes from now on wakes up again; what is there is about to be taken.
            Ok(mut ready) => ready.clear_ready(),
            Err(_) => std::future::pending().await,
        }
    }
}
