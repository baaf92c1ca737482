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
    /// Limits of each single process of the tree.
    pub limits: Limits,
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
    /// Most memory, swap included, in bytes.
    pub memory_bytes: Option<u64>,
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
