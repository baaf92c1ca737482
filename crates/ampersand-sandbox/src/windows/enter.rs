//! What our program does where attempts run: as the canary's insider it tries each thing once, from inside, and says what came
//! of it. As the usher of a user, and as an administrator's, it does what `users/` says.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{TcpStream, UdpSocket};
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use windows_sys::Win32::Storage::FileSystem::WRITE_DAC;
use windows_sys::Win32::System::Registry::HKEY_CURRENT_USER;
use windows_sys::Win32::System::Threading::{
    CREATE_BREAKAWAY_FROM_JOB, PROCESS_TERMINATE, PROCESS_VM_READ, PROCESS_VM_WRITE,
};

use super::users::{set_up, usher};
use super::{system, tries};
use crate::container::song::{Attempt, Bait, Fence, Outcome, Sung};
use crate::users::token::Cut;

/// The argument that makes this program the canary's insider.
pub(super) const CANARY: &str = "--canary";

/// As this it waits to be ended.
const BROOD: &str = "--brood";

const REFUSED: u8 = 125;

/// Entry of the `ampersand-enter` program.
pub fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let (asked, bait) = (
        args.next().unwrap_or_default(),
        args.next().unwrap_or_default(),
    );
    if asked == BROOD {
        loop {
            std::thread::park();
        }
    }
    if asked == usher::USHER {
        return usher::main();
    }
    if asked == set_up::AS_ADMINISTRATOR {
        let code = set_up::as_administrator(Path::new(&bait));
        // A code of the system's has more bits than those of programs have elsewhere.
        std::process::exit(code.cast_signed());
    }
    let bait = bait
        .to_str()
        .and_then(|bait| serde_json::from_str(bait).ok());
    match bait {
        Some(bait) if asked == CANARY => sing(&bait),
        _ => {
            eprintln!("ampersand-enter is started by the sandbox only");
            ExitCode::from(REFUSED)
        }
    }
}

/// Tries everything, prints what came of it as one line, and waits to be killed.
fn sing(bait: &Bait) -> ExitCode {
    let attempt = |attempt: Attempt| match perform(attempt, bait) {
        Ok(()) => (attempt, Outcome::Allowed),
        Err(_) => (attempt, Outcome::Denied),
    };
    let fence = match &bait.user {
        // It tries the same whatever its token is cut by.
        Some(_) => Fence::User(Cut::Everything),
        None => Fence::Container,
    };
    let sung = Sung(Attempt::all(fence).map(attempt).collect());
    let written = serde_json::to_string(&sung).map_err(io::Error::from);
    let heard = written.and_then(|song| io::stdout().write_all(format!("{song}\n").as_bytes()));
    let killed = heard.and_then(|()| io::copy(&mut io::stdin(), &mut io::sink()));
    match killed {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn perform(attempt: Attempt, bait: &Bait) -> io::Result<()> {
    let git = bait.worktree.join(".git");
    match attempt {
        Attempt::ReadWorktree => fs::read(bait.worktree.join("notes")).map(drop),
        Attempt::WriteWorktree => fs::write(bait.worktree.join("song"), "sung"),
        Attempt::WriteTemporary => fs::write(std::env::temp_dir().join("song"), "sung"),
        Attempt::StartProgram => again(0).map(drop),
        Attempt::WriteGit => append(&git),
        Attempt::MoveGit => fs::rename(&git, bait.worktree.join("moved")),
        Attempt::ChangeRights => {
            let opened = File::options().access_mode(WRITE_DAC).open(&git);
            opened.map(drop)
        }
        Attempt::MoveWorktree => {
            let moved = bait.worktree.with_extension("moved");
            fs::rename(&bait.worktree, moved)
        }
        Attempt::WriteOutside => append(&bait.secret),
        Attempt::ReadSecret => fs::read(&bait.secret).map(drop),
        Attempt::ConnectTcp => {
            TcpStream::connect_timeout(&bait.tcp, Duration::from_secs(1)).map(drop)
        }
        Attempt::SendUdp => {
            let socket = UdpSocket::bind("127.0.0.1:0")?;
            socket.send_to(b"sung", bait.udp).map(drop)
        }
        Attempt::OpenPipe => File::options()
            .read(true)
            .write(true)
            .open(&bait.pipe)
            .map(drop),
        Attempt::OpenHost => {
            let any = [PROCESS_VM_READ, PROCESS_VM_WRITE, PROCESS_TERMINATE];
            let opened = any
                .iter()
                .find_map(|access| system::open(bait.host, *access).ok());
            opened
                .map(drop)
                .ok_or_else(|| io::ErrorKind::PermissionDenied.into())
        }
        Attempt::LeaveJob => {
            let mut child = again(CREATE_BREAKAWAY_FROM_JOB)?;
            // It got away: whoever hears of that relies on nothing here.
            child.kill()
        }
        Attempt::SeeName => fs::symlink_metadata(&bait.secret).map(drop),
        Attempt::ReadRegistry => tries::open_key(HKEY_CURRENT_USER, "Software"),
        Attempt::ReachWay
        | Attempt::ReachNeighbour
        | Attempt::ReachOut
        | Attempt::Listen
        | Attempt::ReadShared
        | Attempt::WriteShared
        | Attempt::WriteSystem
        | Attempt::ReadOthers
        | Attempt::ReadHive
        | Attempt::ReadCredentials
        | Attempt::OpenStation => {
            let user = bait.user.as_ref().ok_or(io::ErrorKind::NotFound)?;
            tries::perform(attempt, user)
        }
    }
}

/// Without creating: a new file hurts nobody.
pub(super) fn append(path: &Path) -> io::Result<()> {
    File::options().append(true).open(path)?.write_all(b"sung")
}

/// A child that holds our output and waits to be ended.
#[expect(
    clippy::disallowed_methods,
    reason = "inside; whether it stays in the job is what is tried"
)]
fn again(flags: u32) -> io::Result<std::process::Child> {
    Command::new(std::env::current_exe()?)
        .arg(BROOD)
        .creation_flags(flags)
        .stdin(Stdio::null())
        .stdout(Stdio::inherit())
        .stderr(Stdio::null())
        .spawn()
}
