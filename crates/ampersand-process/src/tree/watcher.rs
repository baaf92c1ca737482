//! Ends what is left of our trees should we end without having done so, where nothing in the system ties a process to who
//! started it: a program of ours, in a session of its own, that hears through a pipe which trees there are and who was seen
//! in them. When the pipe ends, so have we. One for all trees of a process; it goes with the last of them.

#[cfg(test)]
mod tests;
mod watch;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::roster::Name;
use crate::spawn::between;
use crate::spec::Limits;
pub(crate) use watch::watch;

/// The word of a tree that began, said by its root itself: nothing of it runs before.
const BEGAN: &str = "began";

/// The program that watches, and the one of it that runs.
static OURS: Mutex<(Option<Program>, Weak<Watcher>)> = Mutex::new((None, Weak::new()));

/// A program of ours as it has to be started to watch.
#[derive(Debug, Clone)]
struct Program {
    path: PathBuf,
    args: Vec<OsString>,
}

/// The program that watches. Dropping the last handle lets it go.
#[derive(Debug)]
pub(crate) struct Watcher {
    pipe: OwnedFd,
    gone: Arc<AtomicBool>,
}

/// What the watcher knows of one tree.
#[derive(Debug)]
pub(crate) struct Told {
    root: u32,
    watcher: Option<Arc<Watcher>>,
    names: BTreeSet<Name>,
}

/// One line on the pipe, shorter than what is written to it at once or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    /// A tree began with this root.
    Began(u32),
    /// In the tree of this root somebody was seen.
    Seen(u32, Name),
    /// In the tree of this root somebody is no more.
    Lost(u32, Name),
    /// The tree of this root is gone.
    Over(u32),
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Began(root) => writeln!(f, "{BEGAN} {root}"),
            Self::Seen(root, (pid, start)) => writeln!(f, "seen {root} {pid} {start}"),
            Self::Lost(root, (pid, start)) => writeln!(f, "lost {root} {pid} {start}"),
            Self::Over(root) => writeln!(f, "over {root}"),
        }
    }
}

impl Word {
    fn parse(line: &str) -> Option<Self> {
        let (word, rest) = line.trim_end_matches('\n').split_once(' ')?;
        let (root, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let root = root.parse().ok()?;
        let name = || {
            let (pid, start) = rest.split_once(' ')?;
            Some((pid.parse().ok()?, start.to_owned()))
        };
        match word {
            BEGAN => Some(Self::Began(root)),
            "seen" => name().map(|name| Self::Seen(root, name)),
            "lost" => name().map(|name| Self::Lost(root, name)),
            "over" => Some(Self::Over(root)),
            _ => None,
        }
    }
}

impl AsRawFd for Watcher {
    fn as_raw_fd(&self) -> RawFd {
        self.pipe.as_raw_fd()
    }
}

/// From now on, trees are watched by this program, which does nothing but call [`crate::watch`].
pub(crate) fn by(program: PathBuf, args: Vec<OsString>) {
    let mut ours = OURS.lock().unwrap_or_else(PoisonError::into_inner);
    ours.0 = Some(Program {
        path: program,
        args,
    });
}

impl Watcher {
    /// The one that runs, or a new one. None where no program was named.
    pub(crate) fn ours() -> io::Result<Option<Arc<Self>>> {
        let mut ours = OURS.lock().unwrap_or_else(PoisonError::into_inner);
        let running = ours.1.upgrade();
        if let Some(running) = running.filter(|running| !running.gone.load(Ordering::Acquire)) {
            return Ok(Some(running));
        }
        let Some(program) = ours.0.clone() else {
            return Ok(None);
        };
        let started = Arc::new(Self::start(program)?);
        ours.1 = Arc::downgrade(&started);
        Ok(Some(started))
    }

    #[expect(clippy::disallowed_methods, reason = "this crate owns spawning")]
    fn start(program: Program) -> io::Result<Self> {
        let mut command = Command::new(program.path);
        command
            .args(program.args)
            .current_dir("/")
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        between::prepare(&mut command, Vec::new(), Limits::default());
        let mut child = command.spawn()?;
        let pipe = child.stdin.take().map(OwnedFd::from);
        let gone = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&gone);
        std::thread::Builder::new()
            .name("watcher".to_owned())
            .spawn(move || {
                drop(child.wait());
                told.store(true, Ordering::Release);
            })?;
        let pipe = pipe.ok_or(io::ErrorKind::BrokenPipe)?;
        // One that does not listen must hold up nobody.
        rustix::io::ioctl_fionbio(&pipe, true)?;
        Ok(Self { pipe, gone })
    }

    /// Has what `command` starts announce itself before it becomes the program.
    pub(crate) fn expect(self: &Arc<Self>, command: &mut Command) {
        between::announce(command, BEGAN, Arc::clone(self));
    }

    fn tell(&self, word: &Word) -> io::Result<()> {
        let line = word.to_string();
        rustix::io::write(&self.pipe, line.as_bytes())?;
        Ok(())
    }
}

impl Told {
    /// Of a tree whose root announced itself.
    pub(crate) const fn of(root: u32, watcher: Option<Arc<Watcher>>) -> Self {
        Self {
            root,
            watcher,
            names: BTreeSet::new(),
        }
    }

    /// Says what changed in who belongs to the tree. What cannot be said now is said after the next look.
    pub(crate) fn tell(&mut self, seen: &BTreeSet<Name>) {
        let Some(watcher) = self.watcher.clone() else {
            return;
        };
        let told = match self.tell_to(&watcher, seen) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.tell_another(seen),
            told => told,
        };
        match told {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                tracing::debug!("the watcher of process trees is behind");
            }
            Err(error) => {
                tracing::error!(root = self.root, %error, "nobody ends this process tree if we are killed");
                self.watcher = None;
            }
            Ok(()) => {}
        }
    }

    /// Says that nothing of the tree is left.
    pub(crate) fn over(&mut self) {
        if let Some(watcher) = self.watcher.take() {
            // It would find nothing, so that it need not have heard.
            drop(watcher.tell(&Word::Over(self.root)));
        }
    }

    /// Somebody may have ended the one there was.
    fn tell_another(&mut self, seen: &BTreeSet<Name>) -> io::Result<()> {
        let watcher = Watcher::ours()?.ok_or(io::ErrorKind::NotFound)?;
        self.names.clear();
        watcher.tell(&Word::Began(self.root))?;
        self.watcher = Some(Arc::clone(&watcher));
        self.tell_to(&watcher, seen)
    }

    fn tell_to(&mut self, watcher: &Watcher, seen: &BTreeSet<Name>) -> io::Result<()> {
        let lost: Vec<Name> = self.names.difference(seen).cloned().collect();
        for name in lost {
            watcher.tell(&Word::Lost(self.root, name.clone()))?;
            self.names.remove(&name);
        }
        let new: Vec<Name> = seen.difference(&self.names).cloned().collect();
        for name in new {
            watcher.tell(&Word::Seen(self.root, name.clone()))?;
            self.names.insert(name);
        }
        Ok(())
    }
}
