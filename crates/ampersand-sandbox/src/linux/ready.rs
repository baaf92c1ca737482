//! One launch: the arguments for the builder, the order for the insider, and the wait for its word.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ampersand_core::Isolation;
use ampersand_process::{Bounds, Spec, spawn_tree};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::pipe::{PipeFlags, pipe_with};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::time::timeout;

use super::enter::{Order, READY};
use super::filter;
use super::root::{self, Stubs};
use crate::launcher::{LaunchError, Launched};
use crate::policy::Policy;
use crate::toolchains::Toolchains;

/// How long building may take on the slowest machine.
const SETUP_LIMIT: Duration = Duration::from_secs(20);

/// What a failing step may say at most.
const WORDS: u64 = 4096;

const NOBODY: u32 = 65534;

const NAMESPACES: [&str; 10] = [
    "--unshare-all",
    "--unshare-user",
    "--disable-userns",
    "--die-with-parent",
    "--new-session",
    "--hostname",
    "ampersand",
    "--clearenv",
    "--cap-drop",
    "ALL",
];

/// Everything a launch needs that does not differ from attempt to attempt.
#[derive(Debug)]
pub(super) struct Ready {
    builder: PathBuf,
    stubs: Stubs,
    system: Vec<OsString>,
    toolchains: Toolchains,
    filters: Vec<Vec<u8>>,
    uid: u32,
}

impl Ready {
    pub(super) fn prepare(state_dir: &Path, builder: &Path, enter: &Path) -> Result<Self, String> {
        let uid = rustix::process::geteuid().as_raw();
        let gid = rustix::process::getegid().as_raw();
        let (seen_uid, seen_gid) = if uid == 0 {
            (NOBODY, NOBODY)
        } else {
            (uid, gid)
        };
        let stubs = Stubs::write(state_dir, seen_uid, seen_gid)
            .map_err(|error| format!("cannot write to {}: {error}", state_dir.display()))?;
        let toolchains = Toolchains::find();
        let system = root::system(&stubs, &toolchains, enter);
        let filters = [
            filter::base(),
            filter::no_clone3(),
            Ok(filter::one_numbering()),
        ];
        let filters = filters
            .into_iter()
            .map(|filter| filter.map(|filter| filter::bytes(&filter)))
            .collect::<Result<_, _>>()
            .map_err(|error| format!("cannot make the system call filter: {error}"))?;
        Ok(Self {
            builder: builder.to_owned(),
            stubs,
            system,
            toolchains,
            filters,
            uid,
        })
    }

    pub(super) async fn launch(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
    ) -> Result<Launched, LaunchError> {
        let refused = |step| move |source| LaunchError::Prepare { step, source };
        let (told, report) =
            pipe_with(PipeFlags::CLOEXEC).map_err(|error| refused("open a pipe")(error.into()))?;
        let spec = self.spec(policy, argv, report)?;
        let bounds = Bounds {
            processes: Some(policy.limits.processes),
            memory_bytes: Some(policy.limits.memory_bytes),
        };
        let (mut child, tree) = spawn_tree(spec, attempt_id, bounds)
            .await
            .map_err(LaunchError::Spawn)?;
        // The system lets root have as many processes as it likes, whatever its limit says. Seen long before the
        // sandbox is complete, and so before anything in it runs.
        if self.uid == 0 && tree.bounded().processes.is_none() {
            let words = "as root, processes can be limited by a pids control group only, and none is writable";
            return Err(LaunchError::Setup {
                words: words.to_owned(),
            });
        }
        let mut words = Vec::new();
        let heard = Receiver::from_owned_fd(told).map_err(refused("listen to it"))?;
        // Ends when the program has taken over, or with whoever was to start it.
        let mut heard = heard.take(WORDS);
        match timeout(SETUP_LIMIT, heard.read_to_end(&mut words)).await {
            Ok(heard) => heard.map(drop).map_err(refused("listen to it"))?,
            Err(_) => {
                let words = format!("it was not complete within {} s", SETUP_LIMIT.as_secs());
                return Err(LaunchError::Setup { words });
            }
        }
        if words != READY {
            let mut said = words.strip_prefix(READY).unwrap_or(&words).to_vec();
            if let Some(stderr) = child.take_stderr().filter(|_| said.is_empty()) {
                stderr
                    .take(WORDS)
                    .read_to_end(&mut said)
                    .await
                    .map_err(refused("listen to it"))?;
            }
            let words = String::from_utf8_lossy(&said).trim().to_owned();
            return Err(LaunchError::Setup { words });
        }
        Ok(Launched {
            child,
            tree,
            isolation: Isolation::Full,
        })
    }

    fn spec(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        report: OwnedFd,
    ) -> Result<Spec, LaunchError> {
        let mut arguments = root::attempt(policy, &self.stubs, &self.system)?;
        let report = arguments.number(report);
        let memory = |what: &'static str, content: &[u8]| {
            memory_file(content).map_err(|source| LaunchError::Prepare { step: what, source })
        };
        for filter in &self.filters {
            let number = arguments
                .number(memory("hand over the filter", filter)?)
                .to_string();
            arguments
                .list
                .extend(["--add-seccomp-fd".into(), number.into()]);
        }
        for (name, value) in self.environment(policy) {
            arguments
                .list
                .extend(["--setenv".into(), name.into(), value]);
        }
        // Neither the arguments nor an environment of the builder may tell anything: as the first process inside, it
        // shows both to everybody there.
        let mut hidden = Vec::new();
        for argument in NAMESPACES
            .iter()
            .map(OsString::from)
            .chain(self.identity())
            .chain(arguments.list)
        {
            hidden.extend_from_slice(argument.as_bytes());
            hidden.push(0);
        }
        let mut inherit = arguments.inherit;
        let number = 9;
        inherit.push((memory("hand over the arguments", &hidden)?, number));
        let order = Order {
            report,
            writable: self.writable(policy),
            readable: self.readable(policy),
            processes: policy.limits.processes,
            memory_bytes: policy.limits.memory_bytes,
            file_bytes: policy.limits.file_bytes,
        };
        let order = serde_json::to_string(&order).map_err(|error| LaunchError::Prepare {
            step: "write its order",
            source: error.into(),
        })?;
        let mut spec = Spec::new(&self.builder)
            .args(["--args", &number.to_string(), "--", root::ENTER, &order])
            .args(argv)
            .piped_stdin();
        spec.inherit = inherit;
        Ok(spec)
    }

    /// Root becomes nobody in there; files it writes are still root's outside.
    fn identity(&self) -> Vec<OsString> {
        let nobody = NOBODY.to_string();
        let arguments: &[&str] = if self.uid == 0 {
            &["--uid", &nobody, "--gid", &nobody]
        } else {
            &[]
        };
        arguments.iter().map(OsString::from).collect()
    }

    fn environment(&self, policy: &Policy) -> Vec<(String, OsString)> {
        let system = [
            "/usr/local/bin",
            "/usr/bin",
            "/bin",
            "/usr/local/sbin",
            "/usr/sbin",
            "/sbin",
        ];
        let programs = self.toolchains.programs.iter().map(|path| path.as_os_str());
        let programs: Vec<_> = programs
            .chain(system.iter().map(|path| path.as_ref()))
            .collect();
        let mut env: Vec<(String, OsString)> = [
            ("CI", "1"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("HOME", root::HOME),
            ("LANG", "C.UTF-8"),
            ("LOGNAME", "agent"),
            ("SHELL", "/bin/sh"),
            ("TERM", "dumb"),
            ("TMPDIR", "/tmp"),
            ("USER", "agent"),
        ]
        .map(|(name, value)| (name.to_owned(), value.into()))
        .into();
        env.push(("PATH".to_owned(), programs.join(":".as_ref())));
        env.extend(self.toolchains.env.iter().cloned());
        env.retain(|(name, _)| !policy.env.iter().any(|(other, _)| other == name));
        env.extend(
            policy
                .env
                .iter()
                .map(|(name, value)| (name.clone(), value.into())),
        );
        env
    }

    fn writable(&self, policy: &Policy) -> Vec<PathBuf> {
        let private = ["/tmp", "/dev/shm"].map(PathBuf::from);
        let worktree = policy.role.writes().then(|| policy.worktree.clone());
        private.into_iter().chain(worktree).collect()
    }

    fn readable(&self, policy: &Policy) -> Vec<PathBuf> {
        let system = root::SYSTEM.iter().map(PathBuf::from);
        let named = [&policy.worktree]
            .into_iter()
            .chain(&policy.git_dir)
            .chain(&policy.read_only);
        system
            .chain(self.toolchains.paths.iter().chain(named).cloned())
            .collect()
    }
}

fn memory_file(content: &[u8]) -> io::Result<OwnedFd> {
    use std::io::{Seek, Write};
    let mut file = fs::File::from(memfd_create("ampersand", MemfdFlags::CLOEXEC)?);
    file.write_all(content)?;
    file.rewind()?;
    Ok(file.into())
}
