//! One launch: the arguments for the builder, the order for the insider, and the wait for its word.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use ampersand_core::Isolation;
use ampersand_process::Spec;

use super::enter::{Fence, Order};
use super::environment::{Reach, environment};
use super::filter;
use super::root::{self, Stubs};
use super::sockets::Sockets;
use super::start::{Report, of_each, refused, start};
use super::tier::{Tier, open_in};
use super::way::{self, Door};
use crate::inward::Inward;
use crate::launcher::{LaunchError, Launched};
use crate::policy::Policy;
use crate::toolchains::Toolchains;

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

/// Everything a launch of the full tier needs that does not differ from attempt to attempt.
#[derive(Debug)]
pub(super) struct Namespaces {
    builder: PathBuf,
    stubs: Stubs,
    system: Vec<OsString>,
    toolchains: Toolchains,
    filters: Vec<Vec<u8>>,
    uid: u32,
}

impl Namespaces {
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
        let report = Report::open()?;
        let hands = policy.way_port.map(|_| way::hands()).transpose();
        let (ours, theirs) = hands.map_err(refused("open a socket"))?.unzip();
        let inward = policy.serves.map(|_| way::hands()).transpose();
        let (takes, gives) = inward.map_err(refused("open a socket"))?.unzip();
        let spec = self.spec(policy, argv, report.writer, [theirs, gives])?;
        let (child, tree) = start(spec, policy, attempt_id, report.reader).await?;
        let isolation = Isolation::Full {
            gaps: open_in(Tier::Full, &tree),
        };
        Ok(Launched {
            child,
            tree,
            isolation,
            way: ours
                .map(|hand| way::take(&hand))
                .transpose()
                .map_err(refused("take over its way out"))?,
            inward: policy
                .serves
                .zip(takes)
                .map(|(port, hand)| Ok(Inward::own(port, Sockets::take(&hand)?)))
                .transpose()
                .map_err(refused("take over the way in"))?,
            temporary: None,
        })
    }

    fn spec(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        report: OwnedFd,
        [hand, inward]: [Option<OwnedFd>; 2],
    ) -> Result<Spec, LaunchError> {
        let mut arguments = root::attempt(policy, &self.stubs, &self.system)?;
        let report = arguments.number(report);
        let hand = hand.map(|hand| arguments.number(hand));
        let inward = inward.map(|hand| arguments.number(hand));
        let memory = |what: &'static str, content: &[u8]| {
            root::memory_file(content).map_err(|source| LaunchError::Prepare { step: what, source })
        };
        for filter in &self.filters {
            let number = arguments
                .number(memory("hand over the filter", filter)?)
                .to_string();
            arguments
                .list
                .extend(["--add-seccomp-fd".into(), number.into()]);
        }
        for (name, value) in environment(
            &self.toolchains,
            policy,
            (root::HOME.as_ref(), "/tmp".as_ref()),
            Reach::of_own_network(policy),
        ) {
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
        let (processes, memory_bytes) = of_each(policy);
        let order = Order {
            report,
            fence: Fence::Namespaces,
            way: policy
                .way_port
                .zip(hand)
                .map(|(port, hand)| Door { port, hand }),
            inward,
            writable: self.writable(policy),
            readable: self.readable(policy),
            processes,
            memory_bytes,
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

    fn writable(&self, policy: &Policy) -> Vec<PathBuf> {
        let private = ["/tmp", "/dev/shm"].map(PathBuf::from);
        let worktree = policy.role.writes().then(|| policy.worktree.clone());
        let own = policy.writable.iter().cloned();
        let repository = policy.own_repository.as_ref();
        let repository = repository.map(|own| own.git_dir.clone());
        private
            .into_iter()
            .chain(worktree)
            .chain(own)
            .chain(repository)
            .collect()
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
