//! The canary itself: tries each thing once and says what came of it.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use ampersand_core::{Gap, Role};
use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};

use crate::linux::tier::Tier;

/// What is set out for it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Bait {
    pub(super) secret: PathBuf,
    pub(super) worktree: PathBuf,
    pub(super) tcp: SocketAddr,
    pub(super) udp: SocketAddr,
    /// The name of a local socket without a path.
    pub(super) local: String,
    /// The path of one that has one.
    pub(super) local_path: PathBuf,
    /// A process outside.
    pub(super) host: i32,
}

/// What came of each attempt.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Sung(pub(super) Vec<(Attempt, Outcome)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Allowed,
    Denied,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Attempt {
    WriteOutside,
    ReadSecret,
    WriteWorktree,
    WriteTemporary,
    WriteRoot,
    ConnectTcp,
    SendUdp,
    ConnectLocal,
    ConnectLocalPath,
    ReadFirstEnvironment,
    WriteFirstMemory,
    MakeNamespace,
    Mount,
    SignalHost,
    ChangeAttributes,
    SeeName,
}

/// What must come of an attempt for its tier to be what it is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Denied,
    /// A program could not work without it.
    Allowed,
    /// Not enforced; if it works, that is said.
    Open(Gap),
    /// The number may mean one of its own processes.
    Unclear,
}

impl Attempt {
    pub(super) const ALL: [Self; 16] = [
        Self::WriteOutside,
        Self::ReadSecret,
        Self::WriteWorktree,
        Self::WriteTemporary,
        Self::WriteRoot,
        Self::ConnectTcp,
        Self::SendUdp,
        Self::ConnectLocal,
        Self::ConnectLocalPath,
        Self::ReadFirstEnvironment,
        Self::WriteFirstMemory,
        Self::MakeNamespace,
        Self::Mount,
        Self::SignalHost,
        Self::ChangeAttributes,
        Self::SeeName,
    ];

    pub(super) const fn expected(self, tier: Tier, role: Role) -> Expected {
        match (self, tier) {
            (Self::WriteTemporary, _) => Expected::Allowed,
            (Self::WriteWorktree, _) if role.writes() => Expected::Allowed,
            (Self::SignalHost, Tier::Full) => Expected::Unclear,
            (Self::ChangeAttributes, Tier::Reduced) if role.writes() => {
                Expected::Open(Gap::Attributes)
            }
            (Self::SeeName, Tier::Reduced) => Expected::Open(Gap::Names),
            _ => Expected::Denied,
        }
    }

    fn perform(self, bait: &Bait) -> io::Result<()> {
        match self {
            // Without creating: where the way to it leads through a private folder, a new file there hurts nobody.
            Self::WriteOutside => fs::File::options()
                .append(true)
                .open(&bait.secret)?
                .write_all(b"sung"),
            Self::ReadSecret => fs::read(&bait.secret).map(drop),
            Self::WriteWorktree => fs::write(bait.worktree.join("song"), "sung"),
            Self::WriteTemporary => fs::write(std::env::temp_dir().join("song"), "sung"),
            Self::WriteRoot => fs::write("/song", "sung"),
            Self::ConnectTcp => {
                TcpStream::connect_timeout(&bait.tcp, Duration::from_secs(1)).map(drop)
            }
            Self::SendUdp => {
                let socket = UdpSocket::bind("127.0.0.1:0")?;
                socket.send_to(b"sung", bait.udp).map(drop)
            }
            Self::ConnectLocal => {
                let name = std::os::unix::net::SocketAddr::from_abstract_name(&bait.local)?;
                UnixStream::connect_addr(&name).map(drop)
            }
            Self::ConnectLocalPath => UnixStream::connect(&bait.local_path).map(drop),
            // Empty is as good as shut: there is nothing in it to read.
            Self::ReadFirstEnvironment => match fs::read("/proc/1/environ")?.is_empty() {
                true => Err(io::ErrorKind::UnexpectedEof.into()),
                false => Ok(()),
            },
            Self::WriteFirstMemory => fs::File::options()
                .write(true)
                .open("/proc/1/mem")
                .map(drop),
            Self::MakeNamespace => answered(call(libc::SYS_unshare, libc::CLONE_NEWUSER.into())),
            Self::Mount => answered(call(libc::SYS_umount2, 0)),
            Self::SignalHost => {
                let host = Pid::from_raw(bait.host).ok_or(io::ErrorKind::InvalidInput)?;
                Ok(test_kill_process(host)?)
            }
            Self::ChangeAttributes => {
                fs::set_permissions(&bait.secret, fs::Permissions::from_mode(0o600))
            }
            Self::SeeName => fs::symlink_metadata(&bait.secret).map(drop),
        }
    }
}

#[expect(unsafe_code, reason = "these calls are made to be refused")]
fn call(number: libc::c_long, argument: libc::c_long) -> libc::c_long {
    // SAFETY: neither call reads memory of ours: one takes flags, the other a null path it must reject.
    unsafe { libc::syscall(number, argument, 0) }
}

fn answered(answer: libc::c_long) -> io::Result<()> {
    let error = io::Error::last_os_error();
    // An invalid argument would mean that the call itself was let through.
    if answer < 0 && error.raw_os_error() == Some(libc::EPERM) {
        Err(error)
    } else {
        Ok(())
    }
}

/// Tries everything on the `bait` given as JSON, prints what came of it as one line, and waits to be killed.
pub(in crate::linux) fn main(bait: OsString) -> ExitCode {
    let bait = bait
        .to_str()
        .and_then(|bait| serde_json::from_str::<Bait>(bait).ok());
    let Some(bait) = bait else {
        return ExitCode::FAILURE;
    };
    let attempt = |attempt: Attempt| match attempt.perform(&bait) {
        Ok(()) => (attempt, Outcome::Allowed),
        Err(_) => (attempt, Outcome::Denied),
    };
    let sung = Sung(Attempt::ALL.map(attempt).into());
    let written = serde_json::to_string(&sung).map_err(io::Error::from);
    let heard = written.and_then(|song| io::stdout().write_all(format!("{song}\n").as_bytes()));
    let killed = heard.and_then(|()| io::copy(&mut io::stdin(), &mut io::sink()));
    if killed.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
