//! What to start, said completely: nothing of our own environment, descriptors or limits is passed on by default.

use std::ffi::OsString;
use std::path::PathBuf;

/// A program to start.
#[derive(Debug)]
pub struct Spec {
    /// Absolute path; never looked up.
    pub program: PathBuf,
    /// Arguments after the program's own name.
    pub args: Vec<OsString>,
    /// The whole environment: ours is never inherited.
    pub env: Vec<(OsString, OsString)>,
    /// Working directory.
    pub cwd: PathBuf,
    /// What the program reads.
    pub stdin: Stdin,
    /// Descriptors handed over, each under the number it has in the child. All others are closed.
    #[cfg(unix)]
    pub inherit: Vec<(std::os::fd::OwnedFd, std::os::fd::RawFd)>,
    /// What it is started in, besides its tree's job.
    #[cfg(windows)]
    pub container: Option<Container>,
    /// Whom it is started as, where that is not the person.
    #[cfg(windows)]
    pub logon: Option<Logon>,
    /// Limits of each single process of the tree.
    pub limits: Limits,
}

/// An identity of its own for a program and all it starts: the system lets it at nothing that does not name it, whoever
/// it runs for. It reaches no network. In a job of its own it is kept from the desktop too; see [`Tree::is_off_desktop`].
///
/// [`Tree::is_off_desktop`]: crate::Tree::is_off_desktop
#[cfg(windows)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its security identifier, as the system has it in memory. There must be a profile of it.
    pub package: Vec<u8>,
    /// Identifiers it is let in by besides.
    pub capabilities: Vec<Vec<u8>>,
    /// Whether it may start programs.
    pub executes: bool,
}

/// A user of this machine to start a program as. It gets no profile, and nothing of a desktop but the one that is named. Of
/// its line the system takes a thousand characters; it is a helper that is told the rest by [`Child::exchange`].
///
/// [`Child::exchange`]: crate::Child::exchange
#[cfg(windows)]
#[derive(Clone, PartialEq, Eq)]
pub struct Logon {
    /// The user's name, on this machine.
    pub user: String,
    /// What the user is let in by.
    pub password: String,
    /// A window station and a desktop in it that let the user in, as the system writes both.
    pub desktop: String,
}

#[cfg(windows)]
impl std::fmt::Debug for Logon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Logon({} at {})", self.user, self.desktop)
    }
}

/// Where the standard input comes from. Output is always piped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stdin {
    /// A pipe; see `Child::take_stdin`.
    Piped,
    /// End of file at once.
    Null,
}

/// Limits the system applies to each process by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Largest file it may write, in bytes.
    pub file_bytes: Option<u64>,
    /// Most descriptors it may hold.
    pub open_files: Option<u64>,
}

/// Limits of a tree as a whole, where the system can count a tree (see `Tree::bounded`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Most processes and threads at one time.
    pub processes: Option<u64>,
    /// Most memory, swap included, in bytes. Whoever goes beyond is slowed down where the system can do that; at an
    /// eighth more it ends what is largest. In between is the time in which somebody who looks can stop the tree.
    pub memory_bytes: Option<u64>,
    /// Its share of the processors where there are not enough for all: 100 is what everybody has.
    pub cpu_weight: Option<u32>,
    /// Most of the processors' time, in hundredths of one processor.
    pub cpu_percent: Option<u32>,
}

/// What a tree uses, as the system counts it. Where it counts nothing, its processes are added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Memory now, without what the system could take back from it at once, in bytes.
    pub memory_bytes: u64,
    /// Processes killed for want of memory, so far.
    pub killed: u64,
    /// Processes and threads now.
    pub processes: u64,
    /// Processes and threads that were refused, so far.
    pub refused: u64,
    /// What was read of its root's output and errors, so far, in bytes.
    pub printed_bytes: u64,
}

/// Which bounds the system can keep for a tree, as far as can be known before there is one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keeps {
    /// See [`Bounds::processes`].
    pub processes: bool,
    /// See [`Bounds::memory_bytes`].
    pub memory: bool,
}

impl Spec {
    /// The program alone: no arguments, no environment, no input, `/` as its folder.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            cwd: std::path::MAIN_SEPARATOR_STR.into(),
            stdin: Stdin::Null,
            #[cfg(unix)]
            inherit: Vec::new(),
            #[cfg(windows)]
            container: None,
            #[cfg(windows)]
            logon: None,
            limits: Limits::default(),
        }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Adds one variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Sets the working directory.
    #[must_use]
    pub fn cwd(mut self, cwd: impl Into<PathBuf>) -> Self {
        self.cwd = cwd.into();
        self
    }

    /// Gives it a pipe to read from.
    #[must_use]
    pub fn piped_stdin(mut self) -> Self {
        self.stdin = Stdin::Piped;
        self
    }
}
