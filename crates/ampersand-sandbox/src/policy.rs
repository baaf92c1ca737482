//! What one attempt may do, in the terms of the product.

#[cfg(any(not(target_os = "linux"), test))]
use std::ffi::OsString;
use std::path::{Path, PathBuf};

#[cfg(any(target_os = "linux", windows))]
use ampersand_core::Isolation;
use ampersand_core::{AttemptLimits, Gap, Role};
use ampersand_process::Bounds;

#[cfg(any(target_os = "linux", windows))]
use crate::launcher::LaunchError;

/// The fence around one attempt. What is not named is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whether the worktree is writable follows from the role.
    pub role: Role,
    /// Whether it may start programs. Without this, the program must give the right up itself, first thing, through
    /// [`crate::deny_exec`].
    pub execute: bool,
    /// The folder it works in, absolute and free of symbolic links. Seen under its own path. Its `.git` is never
    /// writable.
    pub worktree: PathBuf,
    /// The repository's own folder: readable as far as git needs it, without hooks, and with a configuration that tells
    /// nothing. Beside [`Self::own_repository`] its objects alone.
    pub git_dir: Option<PathBuf>,
    /// A repository of its own, in which git works inside: on Linux the worktree's `.git` leads to it, elsewhere variables do.
    /// In the full tier alone; see [`crate::needs_own_repository_in`].
    pub own_repository: Option<OwnRepository>,
    /// Other files and folders it may read, under their own paths, free of symbolic links.
    pub read_only: Vec<PathBuf>,
    /// Folders of the agent's own that it may write whatever its role, under their own paths, free of symbolic links.
    pub writable: Vec<PathBuf>,
    /// The port on its loopback address that is its one way out; see [`crate::Gateway`].
    pub way_port: Option<u16>,
    /// A port of its loopback address at which it is reached from outside; see [`crate::Launched::inward`].
    pub serves: Option<u16>,
    /// Variables; they override the few that every attempt has. Nothing secret belongs here.
    pub env: Vec<(String, String)>,
    /// What a person accepted for this project that a reduced tier does not enforce. A role that writes runs there with
    /// all of its gaps accepted, or not at all.
    pub accepted: Vec<Gap>,
    /// Size of its private temporary folder, in bytes.
    pub tmp_bytes: u64,
    /// What the whole attempt may use.
    pub limits: Limits,
}

/// A repository of an attempt's own. Paths are absolute and free of symbolic links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRepository {
    /// Its folder, seen under its own path and writable as far as it is not named below.
    pub git_dir: PathBuf,
    /// What in it stays as it is: settings, hooks, and where it reads others' objects.
    pub read_only: Vec<PathBuf>,
    /// A file that leads to it, seen in place of the worktree's `.git` where that can be done.
    pub gitfile: PathBuf,
}

impl OwnRepository {
    /// One whose settings stay as they are, for an attempt that commits there or reads it alone.
    pub fn new(
        git_dir: &Path,
        gitfile: &Path,
        settings: impl Into<Vec<PathBuf>>,
        commits: bool,
    ) -> Self {
        let own = Self {
            git_dir: git_dir.to_owned(),
            read_only: settings.into(),
            gitfile: gitfile.to_owned(),
        };
        match commits {
            true => own,
            false => own.kept(),
        }
    }

    /// The same, to be read alone.
    #[must_use]
    pub fn kept(self) -> Self {
        Self {
            read_only: vec![self.git_dir.clone()],
            ..self
        }
    }
}

/// What an attempt may use, as far as the system keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Processes and threads at one time.
    pub processes: u64,
    /// Memory: of the attempt as a whole where the system counts that, else of each process; in bytes.
    pub memory_bytes: u64,
    /// How many times over memory and processes may be granted while it runs, where the system bounds each process by
    /// itself: nobody but root could raise such a bound that was not left room.
    pub growth: u64,
    /// Largest single file, in bytes.
    pub file_bytes: u64,
    /// Its share of the processors where there are not enough for all: 100 is what everybody has.
    pub cpu_weight: u32,
    /// Most of the processors' time, in hundredths of one processor.
    pub cpu_percent: u32,
}

/// An attempt's share beside everybody's 100: what a person does at the same machine goes first, and costs the work little.
const BEHIND_HANDS: u32 = 20;

/// What is left of the processors by one attempt that takes all it can get, in hundredths of one processor.
const CPU_LEFT: u32 = 20;

/// How often a person may let an attempt go on before the system's own bounds hold it.
const GROWTH: u64 = 4;

impl Default for Limits {
    fn default() -> Self {
        Self::of(&AttemptLimits::default())
    }
}

impl Limits {
    /// What an attempt may use that is allowed this much.
    pub fn of(allowed: &AttemptLimits) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let percent = u32::try_from(processors).unwrap_or(1).saturating_mul(100);
        Self {
            processes: allowed.processes,
            memory_bytes: allowed.memory_bytes,
            growth: 1,
            // Whoever looks at the disk comes first: the system would end the process.
            file_bytes: allowed.disk_bytes.saturating_mul(2).max(4 << 30),
            cpu_weight: BEHIND_HANDS,
            cpu_percent: percent - CPU_LEFT,
        }
    }

    /// The same for an attempt that is looked after, and may be granted more.
    #[must_use]
    pub const fn growing(mut self) -> Self {
        self.growth = GROWTH;
        self
    }

    /// The same for its tree.
    pub const fn bounds(&self) -> Bounds {
        Bounds {
            processes: Some(self.processes),
            memory_bytes: Some(self.memory_bytes),
            cpu_weight: Some(self.cpu_weight),
            cpu_percent: Some(self.cpu_percent),
        }
    }
}

impl Policy {
    /// The policy of a role in a worktree, with the usual limits.
    pub fn new(role: Role, worktree: impl Into<PathBuf>) -> Self {
        Self {
            role,
            execute: true,
            worktree: worktree.into(),
            git_dir: None,
            own_repository: None,
            read_only: Vec::new(),
            writable: Vec::new(),
            way_port: None,
            serves: None,
            env: Vec::new(),
            accepted: Vec::new(),
            tmp_bytes: 1 << 30,
            limits: Limits::default(),
        }
    }

    /// Variables that lead git to the attempt's own repository, `plain` writing a path as git takes it. Nothing the machine's
    /// administrator set for git is read, which may be shut.
    #[cfg(any(not(target_os = "linux"), test))]
    pub(crate) fn to_own_repository(
        &self,
        plain: impl Fn(&Path) -> PathBuf,
    ) -> Vec<(&'static str, OsString)> {
        let Some(own) = &self.own_repository else {
            return Vec::new();
        };
        vec![
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
            ("GIT_DIR", plain(&own.git_dir).into()),
            ("GIT_WORK_TREE", plain(&self.worktree).into()),
        ]
    }

    /// What is shown of the person's repository to an attempt with one of its own: objects to borrow.
    #[cfg(any(not(target_os = "linux"), test))]
    pub(crate) fn borrowed(&self) -> Option<PathBuf> {
        self.own_repository.as_ref()?;
        Some(self.git_dir.as_ref()?.join("objects"))
    }

    /// Whether the policy may run in a tier as it is.
    #[cfg(any(target_os = "linux", windows))]
    pub(crate) fn accepts(&self, isolation: &Isolation) -> Result<(), LaunchError> {
        let Isolation::Reduced { why, gaps } = isolation else {
            return Ok(());
        };
        let not_accepted = |gap: &Gap| !self.accepted.contains(gap);
        if !self.role.writes() || !gaps.iter().any(not_accepted) {
            return Ok(());
        }
        Err(LaunchError::NotAccepted {
            why: why.clone(),
            gaps: gaps.iter().copied().filter(not_accepted).collect(),
        })
    }
}
