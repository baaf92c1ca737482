//! Where the cases are tried: a worktree and everything around it that must stay out of reach, for one user and one tier.

mod outside;

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use ampersand_core::Gap;
use ampersand_testkit::program;

/// An ordinary user nobody else is.
const SOMEBODY: u32 = 64_321;

/// A value no process may show.
pub(super) const NEEDLE: &str = "canary-7f3a91";

/// How an attempt must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Must {
    /// It is refused.
    Fail,
    /// It works: without it no program could be run.
    Work,
    /// It works though it should not, and the tier says that this is not enforced.
    BeNamed(Gap),
    /// It works and answers this.
    Say(&'static str),
    /// It works and answers a number no greater than this.
    Stay(u64),
}
use Must::{BeNamed, Fail, Work};
pub(super) use outside::hold_what_works_outside;

/// Full worker, full explorer, reduced worker, reduced explorer.
pub(super) type Outcomes = [Must; 4];

pub(super) const NEVER: Outcomes = [Fail; 4];
pub(super) const ALWAYS: Outcomes = [Work; 4];
pub(super) const WRITERS: Outcomes = [Work, Fail, Work, Fail];

/// Out of reach in the full tier; said to be open to whoever may write in the reduced one.
pub(super) const fn named(gap: Gap) -> Outcomes {
    [Fail, Fail, BeNamed(gap), Fail]
}

/// The same, open to everybody.
pub(super) const fn named_for_all(gap: Gap) -> Outcomes {
    [Fail, Fail, BeNamed(gap), BeNamed(gap)]
}

/// Who tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum User {
    Root,
    Ordinary,
}

/// In which tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    Full,
    Reduced,
}

/// As whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Worker,
    Explorer,
}

/// Every combination a case has to hold for. Only root can be two users; whoever else runs this is the ordinary one.
pub(super) fn everywhere() -> impl Iterator<Item = (User, Tier, Role)> {
    let users = if is_root() {
        vec![User::Root, User::Ordinary]
    } else {
        vec![User::Ordinary]
    };
    let tiers = [Tier::Full, Tier::Reduced];
    let roles = [Role::Worker, Role::Explorer];
    users.into_iter().flat_map(move |user| {
        tiers
            .into_iter()
            .flat_map(move |tier| roles.map(move |role| (user, tier, role)))
    })
}

/// Tries every attempt for every combination, and looks afterwards that nothing outside was touched.
pub(super) fn hold(attempts: &[(&str, Outcomes)]) {
    for (user, tier, role) in everywhere() {
        let stand = Stand::new(user, tier);
        stand.hold(role, attempts);
        stand.look(attempts, role);
    }
}

/// One user's surroundings.
pub(super) struct Stand {
    folder: tempfile::TempDir,
    /// Where a desktop and what serves it keep their sockets.
    run: tempfile::TempDir,
    shared: tempfile::TempDir,
    services: [UnixListener; 2],
    names: UdpSocket,
    user: User,
    tier: Tier,
    /// Hosts a command may reach.
    hosts: Vec<String>,
    tcp: TcpListener,
    tcp_v6: Option<TcpListener>,
    elsewhere: TcpListener,
    udp: UdpSocket,
    local: UnixListener,
    datagram: UnixDatagram,
    nameless: UnixListener,
}

impl Stand {
    pub(super) fn new(user: User, tier: Tier) -> Self {
        // Not below the usual temporary folder, of which a sandbox has its own.
        let folder = tempfile::Builder::new()
            .prefix("isolation-")
            .tempdir_in("/var/tmp")
            .unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        // Others' folders that every program outside sees: only root may add to the first.
        let run = reachable(if is_root() { "/run" } else { "/dev/shm" });
        let shared = reachable("/tmp");
        let serve = |folder: &tempfile::TempDir| {
            let path = folder.path().join("socket");
            let service = UnixListener::bind(&path).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap();
            service
        };
        let nameless = SocketAddr::from_abstract_name(name(folder.path())).unwrap();
        let stand = Self {
            user,
            tier,
            hosts: Vec::new(),
            tcp: TcpListener::bind("127.0.0.1:0").unwrap(),
            tcp_v6: TcpListener::bind("[::1]:0").ok(),
            elsewhere: TcpListener::bind("127.0.0.2:0").unwrap(),
            udp: UdpSocket::bind("127.0.0.1:0").unwrap(),
            local: UnixListener::bind(at("socket")).unwrap(),
            datagram: UnixDatagram::bind(at("datagram")).unwrap(),
            nameless: UnixListener::bind_addr(&nameless).unwrap(),
            services: [serve(&run), serve(&shared)],
            names: UdpSocket::bind("127.0.0.1:0").unwrap(),
            run,
            shared,
            folder,
        };
        stand.furnish();
        stand
    }

    fn furnish(&self) {
        let tree = self.path("tree").display().to_string();
        let books = self.path("repo/.git/worktrees/tree");
        for (path, text) in [
            ("tree/file", "text"),
            ("tree/.git", &format!("gitdir: {}\n", books.display())),
            ("victim", "victim"),
            ("other/file", "another task's"),
            ("person/.ssh/id", "secret"),
            ("person/.aws/credentials", "secret"),
            ("person/.config/app/token", "secret"),
            ("person/.mozilla/cookies", "secret"),
            ("person/.local/share/keyrings/login.keyring", "secret"),
            ("person/bin/secret-tool", "#!/bin/sh\nexit 0\n"),
            ("home/ampersand.toml", "[limits]\nmemory_gib = 0.25\n"),
            ("repo/.git/HEAD", "ref: refs/heads/main\n"),
            (
                "repo/.git/config",
                "[remote \"origin\"]\n\turl = https://token@host/\n",
            ),
            ("repo/.git/packed-refs", "# pack-refs\n"),
            ("repo/.git/refs/heads/main", "0\n"),
            ("repo/.git/refs/heads/other", "0\n"),
            ("repo/.git/logs/HEAD", "0\n"),
            ("repo/.git/objects/ab/cdef", "object"),
            ("repo/.git/hooks/pre-commit", "#!/bin/sh\n"),
            ("repo/.git/worktrees/tree/gitdir", &format!("{tree}/.git\n")),
            ("repo/.git/worktrees/tree/HEAD", "ref: refs/heads/main\n"),
            ("repo/.git/worktrees/tree/commondir", "../..\n"),
            (
                "repo/.git/worktrees/tree/config.worktree",
                "[http]\n\textraheader = token\n",
            ),
            ("repo/.git/worktrees/other/HEAD", "ref: refs/heads/other\n"),
        ] {
            let path = self.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.path("person/bin/secret-tool"), executable).unwrap();
        fs::copy(program("isolation-probe"), self.path("tree/probe")).unwrap();
        for (target, link) in [
            (self.path("victim"), "tree/absolute"),
            ("../victim".into(), "tree/relative"),
            (self.path("other"), "tree/folder"),
        ] {
            std::os::unix::fs::symlink(target, self.path(link)).unwrap();
        }
        if self.user == User::Ordinary && is_root() {
            give_away(self.folder.path());
        }
    }

    /// The same, with a host its commands may reach.
    pub(super) fn allowing(mut self, host: &str) -> Self {
        self.hosts.push(host.to_owned());
        self
    }

    /// Where a service of the host listens.
    pub(super) fn port(&self) -> u16 {
        self.tcp.local_addr().unwrap().port()
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// What makes a command that user's.
    fn as_user(&self) -> Vec<String> {
        if self.user == User::Root || !is_root() {
            return Vec::new();
        }
        let somebody = SOMEBODY.to_string();
        let words = [
            "/usr/bin/setpriv",
            "--reuid",
            &somebody,
            "--regid",
            &somebody,
            "--clear-groups",
        ];
        words.map(str::to_owned).into()
    }

    /// The way an agent's program of that role is started, here.
    pub(super) fn command(&self, role: Role) -> Command {
        let mut words = self.as_user();
        let mut add = |more: &[&str]| words.extend(more.iter().map(|&word| word.to_owned()));
        // A descriptor of a folder that somebody forgot to close.
        add(&["/bin/sh", "-c", "exec 9</etc; exec \"$0\" \"$@\""]);
        if self.tier == Tier::Reduced {
            add(&[&program("without").display().to_string(), "namespaces"]);
        }
        let role = match role {
            Role::Worker => "worker",
            Role::Explorer => "explorer",
        };
        let [cli, home, tree] = [
            program("ampersand-cli"),
            self.path("home"),
            self.path("tree"),
        ]
        .map(|path| path.display().to_string());
        add(&[
            &cli,
            "--home",
            &home,
            "sandbox",
            "--accept-reduced",
            "--role",
            role,
        ]);
        add(&["--worktree", &tree]);
        for host in &self.hosts {
            add(&["--host", host]);
        }
        add(&["--"]);
        #[expect(clippy::disallowed_methods, reason = "starts the program under test")]
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.path("person"))
            .env("UNHEARD_OF", NEEDLE)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in super::secrets::NAMES {
            command.env(name, NEEDLE);
        }
        command
    }

    /// What stands for something of this stand in an attempt's words.
    fn filled(&self, attempt: &str) -> String {
        let port = |listener: &TcpListener| listener.local_addr().unwrap().port().to_string();
        let v6 = self.tcp_v6.as_ref().map_or_else(|| "1".to_owned(), port);
        [
            ("{out}", self.folder.path().display().to_string()),
            ("{tree}", self.path("tree").display().to_string()),
            ("{tcp}", port(&self.tcp)),
            ("{tcp6}", v6),
            ("{elsewhere}", port(&self.elsewhere)),
            ("{udp}", self.udp.local_addr().unwrap().port().to_string()),
            ("{run}", self.run.path().display().to_string()),
            ("{shared}", self.shared.path().display().to_string()),
            (
                "{names}",
                self.names.local_addr().unwrap().port().to_string(),
            ),
            ("{name}", name(self.folder.path())),
            ("{pid}", std::process::id().to_string()),
            ("{eldeen}", NEEDLE.chars().rev().collect()),
        ]
        .iter()
        .fold(attempt.to_owned(), |words, (name, value)| {
            words.replace(name, value)
        })
    }

    /// Runs the probe with these attempts.
    pub(super) fn probe(&self, role: Role, attempts: &[&str]) -> Output {
        self.command(role)
            .arg(self.path("tree/probe"))
            .args(attempts.iter().map(|attempt| self.filled(attempt)))
            .output()
            .unwrap()
    }

    /// Runs the probe, and gives its answers in order and what is said of the isolation.
    fn answers(&self, role: Role, attempts: &[(&str, Outcomes)]) -> (Vec<String>, String) {
        let all: Vec<&str> = attempts.iter().map(|(attempt, _)| *attempt).collect();
        let output = self.probe(role, &all);
        self.confirm_tier(&output);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{told}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let lines = told.lines().enumerate().map(|(number, line)| {
            let answer = line.strip_prefix(&format!("{number} "));
            answer.ok_or(line).unwrap().to_owned()
        });
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (lines.collect(), said)
    }

    /// The first line of standard error says where the command ran.
    pub(super) fn confirm_tier(&self, output: &Output) {
        let said = String::from_utf8_lossy(&output.stderr);
        let tier = match self.tier {
            Tier::Full => "isolation: full",
            Tier::Reduced => "isolation: reduced",
        };
        assert_eq!(said.lines().next(), Some(tier), "{:?}: {said}", self.user);
    }

    /// Tries every attempt as one role, and looks afterwards that nothing outside was touched.
    pub(super) fn hold_and_look(&self, role: Role, attempts: &[(String, Outcomes)]) {
        let all: Vec<(&str, Outcomes)> = attempts
            .iter()
            .map(|(attempt, outcomes)| (attempt.as_str(), *outcomes))
            .collect();
        self.hold(role, &all);
        self.look(&all, role);
    }

    fn hold(&self, role: Role, attempts: &[(&str, Outcomes)]) {
        let (answers, said) = self.answers(role, attempts);
        assert_eq!(answers.len(), attempts.len());
        for ((attempt, outcomes), answer) in attempts.iter().zip(&answers) {
            let must = self.must(role, *outcomes);
            let value = answer.strip_prefix("ok").map(str::trim);
            let held = match (must, value) {
                (Fail, None) | (Work, Some(_)) => true,
                (BeNamed(gap), Some(_)) => said.contains(gap.shown()),
                (Must::Say(said), Some(value)) => said == value,
                (Must::Stay(most), Some(value)) => {
                    value.parse::<u64>().is_ok_and(|got| got <= most)
                }
                _ => false,
            };
            let (user, tier) = (self.user, self.tier);
            assert!(
                held,
                "{user:?}, {tier:?}, {role:?}: {attempt}: {answer}, must {must:?}"
            );
        }
    }

    fn must(&self, role: Role, outcomes: Outcomes) -> Must {
        let [full_worker, full_explorer, reduced_worker, reduced_explorer] = outcomes;
        match (self.tier, role) {
            (Tier::Full, Role::Worker) => full_worker,
            (Tier::Full, Role::Explorer) => full_explorer,
            (Tier::Reduced, Role::Worker) => reduced_worker,
            (Tier::Reduced, Role::Explorer) => reduced_explorer,
        }
    }

    /// Whatever the program was told: nobody heard from it, and what lies outside is as it was.
    pub(super) fn look(&self, attempts: &[(&str, Outcomes)], role: Role) {
        let unheard = |listener: &TcpListener| {
            listener.set_nonblocking(true).unwrap();
            listener.accept().is_err()
        };
        assert!(
            unheard(&self.tcp) && unheard(&self.elsewhere),
            "somebody connected"
        );
        assert!(
            self.tcp_v6.as_ref().is_none_or(unheard),
            "somebody connected"
        );
        for listener in [&self.local, &self.nameless]
            .into_iter()
            .chain(&self.services)
        {
            listener.set_nonblocking(true).unwrap();
            assert!(
                listener.accept().is_err(),
                "somebody connected to a local socket"
            );
        }
        self.udp.set_nonblocking(true).unwrap();
        self.datagram.set_nonblocking(true).unwrap();
        self.names.set_nonblocking(true).unwrap();
        assert!(self.names.recv(&mut [0; 8]).is_err(), "somebody asked");
        assert!(self.udp.recv(&mut [0; 8]).is_err() && self.datagram.recv(&mut [0; 8]).is_err());
        assert_eq!(fs::read_to_string(self.path("victim")).unwrap(), "victim");
        let named = attempts
            .iter()
            .any(|(_, outcomes)| matches!(self.must(role, *outcomes), BeNamed(_)));
        let mode = fs::metadata(self.path("victim")).unwrap().mode() & 0o7777;
        assert!(named || mode == 0o644, "{mode:o}");
        let mut left: Vec<_> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        let all = [
            "datagram", "home", "other", "person", "repo", "socket", "tree", "victim",
        ];
        assert_eq!(left, all);
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// A folder there that everybody may look into.
fn reachable(parent: &str) -> tempfile::TempDir {
    let folder = tempfile::Builder::new()
        .prefix("isolation-")
        .tempdir_in(parent);
    let folder = folder.unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// A name in the space of local sockets without paths.
fn name(folder: &Path) -> String {
    let last = folder.file_name().unwrap_or_default();
    format!("ampersand-{}", last.to_string_lossy())
}

/// Makes everything below a folder the ordinary user's.
fn give_away(path: &Path) {
    std::os::unix::fs::lchown(path, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    if fs::symlink_metadata(path).unwrap().is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_away(&entry.unwrap().path());
        }
    }
}
