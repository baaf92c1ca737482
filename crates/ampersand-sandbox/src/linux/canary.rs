//! Before a sandbox is relied on, something is let loose in it that tries what must not work. What it reports, and what
//! is seen from outside, must both be what a full sandbox gives.

pub(super) mod inside;

use std::fs;
use std::io;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ampersand_core::Role;
use ampersand_process::lines::Lines;
use tokio::time::timeout;

use super::ready::Ready;
use super::root;
use crate::policy::Policy;
use inside::{Bait, Sung};

/// Lets it sing as an explorer and as a worker. The error is the first thing that should not have worked.
pub(super) async fn sing(ready: &Ready, state_dir: &Path) -> Result<(), String> {
    let failed = |step: &str, error: io::Error| format!("canary: cannot {step}: {error}");
    let name = format!(
        "canary-{}-{}",
        std::process::id(),
        SUNG.fetch_add(1, Ordering::Relaxed)
    );
    let nest = state_dir.join("sandbox").join(&name);
    fs::create_dir_all(&nest).map_err(|error| failed("make its nest", error))?;
    let nest = Nest(fs::canonicalize(&nest).map_err(|error| failed("find its nest", error))?);
    for role in [Role::Worker, Role::Explorer] {
        let worktree = nest.0.join(role.shown());
        fs::create_dir_all(&worktree).map_err(|error| failed("make its worktree", error))?;
        let secret = nest.0.join("secret");
        fs::write(&secret, "secret").map_err(|error| failed("write its secret", error))?;
        let song = one(ready, role, &name, &worktree, &secret);
        match timeout(PATIENCE, song).await {
            Ok(sung) => sung?,
            Err(_) => return Err(format!("canary: as {} it did not end", role.shown())),
        }
    }
    Ok(())
}

/// The canary with a child that has left its session and its parent.
const BROOD: &str = "(setsid sleep 1000 &); exec \"$0\" \"$@\"";

/// How long one song may take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the end of a dead process may take to be seen.
const LAST_BREATH: Duration = Duration::from_secs(2);

/// Told apart, since several may sing at once.
static SUNG: AtomicU32 = AtomicU32::new(0);

/// A folder that goes with the canary.
struct Nest(PathBuf);

impl Drop for Nest {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "a canary's nest is left behind");
        }
    }
}

/// What is within reach of anybody on the host, and would notice.
struct Host {
    tcp: TcpListener,
    udp: UdpSocket,
    local: UnixListener,
}

impl Host {
    fn set_out(local: String, worktree: &Path, secret: &Path) -> io::Result<(Self, String)> {
        let address = SocketAddr::from_abstract_name(&local)?;
        let host = Self {
            tcp: TcpListener::bind("127.0.0.1:0")?,
            udp: UdpSocket::bind("127.0.0.1:0")?,
            local: UnixListener::bind_addr(&address)?,
        };
        let bait = Bait {
            secret: secret.to_owned(),
            worktree: worktree.to_owned(),
            tcp: host.tcp.local_addr()?,
            udp: host.udp.local_addr()?,
            local,
        };
        Ok((host, serde_json::to_string(&bait)?))
    }

    fn untouched(&self, secret: &Path) -> bool {
        let Self { tcp, udp, local } = self;
        let waiting = [
            tcp.set_nonblocking(true),
            udp.set_nonblocking(true),
            local.set_nonblocking(true),
        ];
        waiting.iter().all(Result::is_ok)
            && tcp.accept().is_err()
            && udp.recv(&mut [0; 8]).is_err()
            && local.accept().is_err()
            && fs::read(secret).is_ok_and(|secret| secret == b"secret")
    }
}

async fn one(
    ready: &Ready,
    role: Role,
    nest: &str,
    worktree: &Path,
    secret: &Path,
) -> Result<(), String> {
    let (host, bait) = Host::set_out(
        format!("ampersand-{nest}-{}", role.shown()),
        worktree,
        secret,
    )
    .map_err(|error| format!("canary: cannot set out its bait: {error}"))?;
    let policy = Policy::new(role, worktree);
    let argv = [
        "/bin/sh",
        "-c",
        BROOD,
        root::ENTER,
        super::enter::CANARY,
        &bait,
    ];
    let argv = argv.map(Into::into).into();
    let mut launched = ready
        .launch(&policy, argv, "canary")
        .await
        .map_err(|error| error.to_string())?;
    let silent = || format!("canary: as {} it did not answer", role.shown());
    let stdout = launched.child.take_stdout().ok_or_else(silent)?;
    let mut lines = Lines::new(stdout, 1 << 16);
    let song = lines.next().await.ok().flatten().ok_or_else(silent)?;
    let sung: Sung = serde_json::from_str(&song).map_err(|_| silent())?;
    for (attempt, outcome) in &sung.0 {
        let expected = attempt.expected(role);
        if *outcome != expected {
            return Err(format!(
                "canary: as {} it should be {expected:?}, but was {outcome:?}, to {attempt:?}",
                role.shown()
            ));
        }
    }
    if sung.0.len() != inside::Attempt::ALL.len() {
        return Err("canary: it did not try everything".to_owned());
    }
    if !host.untouched(secret) {
        return Err("canary: it reached what is outside".to_owned());
    }
    let gone = launched
        .tree
        .kill()
        .await
        .map_err(|error| format!("canary: {error}"))?;
    // The builder outside, the first process inside, the canary and its child.
    if gone.processes < 4 {
        return Err(format!(
            "canary: only {} of its processes were found",
            gone.processes
        ));
    }
    // The child holds the other end of the pipe for as long as it lives.
    match timeout(LAST_BREATH, lines.next()).await {
        Ok(Ok(None)) => Ok(()),
        _ => Err("canary: a child in a session of its own outlived it".to_owned()),
    }
}
