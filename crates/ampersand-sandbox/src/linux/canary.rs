//! Before a sandbox is relied on, something is let loose in it that tries what must not work. What it reports, and what
//! is seen from outside, must both be what a full sandbox gives.

pub(super) mod inside;

use std::fs;
use std::io;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ampersand_core::{Gap, Role};
use ampersand_process::lines::Lines;
use tokio::time::timeout;

use super::tier::{Ready, Tier, open_in};
use crate::nest::Nest;
use crate::policy::Policy;
use inside::{Attempt, Bait, Expected, Outcome, Sung};

/// Lets it sing as an explorer and as a worker: what was found open that the tier does not promise to shut. The error is
/// the first thing that should not have been so.
pub(super) async fn sing(ready: &Ready, state_dir: &Path) -> Result<Vec<Gap>, String> {
    let failed = |step: &str, error: io::Error| format!("canary: cannot {step}: {error}");
    let name = format!(
        "canary-{}-{}",
        std::process::id(),
        SUNG.fetch_add(1, Ordering::Relaxed)
    );
    let nest = state_dir.join("sandbox").join(&name);
    fs::create_dir_all(&nest).map_err(|error| failed("make its nest", error))?;
    let nest = Nest(dunce::canonicalize(&nest).map_err(|error| failed("find its nest", error))?);
    let mut open = Vec::new();
    for role in [Role::Worker, Role::Explorer] {
        let worktree = nest.0.join(role.shown());
        fs::create_dir_all(&worktree).map_err(|error| failed("make its worktree", error))?;
        let secret = nest.0.join("secret");
        fs::write(&secret, "secret").map_err(|error| failed("write its secret", error))?;
        let song = one(ready, role, &name, &worktree, &secret);
        match timeout(PATIENCE, song).await {
            Ok(sung) => open.extend(sung?),
            Err(_) => return Err(format!("canary: as {} it did not end", role.shown())),
        }
    }
    Ok(open)
}

/// The canary with a child that has left its session and its parent.
const BROOD: &str = "(setsid sleep 1000 &); exec \"$0\" \"$@\"";

/// How long one song may take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the end of a dead process may take to be seen.
const LAST_BREATH: Duration = Duration::from_secs(2);

/// Told apart, since several may sing at once.
static SUNG: AtomicU32 = AtomicU32::new(0);

/// What is within reach of anybody on the host, and would notice.
struct Host {
    tcp: TcpListener,
    udp: UdpSocket,
    local: UnixListener,
    /// Absent where the path would be too long for a socket.
    local_path: Option<UnixListener>,
}

impl Host {
    fn set_out(local: String, worktree: &Path, secret: &Path) -> io::Result<(Self, String)> {
        let address = SocketAddr::from_abstract_name(&local)?;
        let local_path = worktree.with_extension("socket");
        let host = Self {
            local_path: UnixListener::bind(&local_path).ok(),
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
            local_path,
            host: std::process::id().cast_signed(),
        };
        Ok((host, serde_json::to_string(&bait)?))
    }

    fn untouched(&self, secret: &Path) -> bool {
        let Self {
            tcp,
            udp,
            local,
            local_path,
        } = self;
        let unheard = |listener: &UnixListener| {
            listener.set_nonblocking(true).is_ok() && listener.accept().is_err()
        };
        let waiting = [tcp.set_nonblocking(true), udp.set_nonblocking(true)];
        waiting.iter().all(Result::is_ok)
            && tcp.accept().is_err()
            && udp.recv(&mut [0; 8]).is_err()
            && unheard(local)
            && local_path.as_ref().is_none_or(unheard)
            && fs::read(secret).is_ok_and(|secret| secret == b"secret")
    }
}

async fn one(
    ready: &Ready,
    role: Role,
    nest: &str,
    worktree: &Path,
    secret: &Path,
) -> Result<Vec<Gap>, String> {
    let (host, bait) = Host::set_out(
        format!("ampersand-{nest}-{}", role.shown()),
        worktree,
        secret,
    )
    .map_err(|error| format!("canary: cannot set out its bait: {error}"))?;
    let mut policy = Policy::new(role, worktree);
    let canary = ready.insider();
    policy.read_only.extend(ready.shown_for_canary());
    let argv = [
        "/bin/sh".into(),
        "-c".into(),
        BROOD.into(),
        canary.into(),
        super::enter::CANARY.into(),
        bait.into(),
    ]
    .into();
    let mut launched = ready
        .launch(&policy, argv, "canary")
        .await
        .map_err(|error| error.to_string())?;
    let silent = || format!("canary: as {} it did not answer", role.shown());
    let stdout = launched.child.take_stdout().ok_or_else(silent)?;
    let mut lines = Lines::new(stdout, 1 << 16);
    let song = lines.next().await.ok().flatten().ok_or_else(silent)?;
    let sung: Sung = serde_json::from_str(&song).map_err(|_| silent())?;
    let mut open = judge(&sung, ready.tier(), role)?;
    if !host.untouched(secret) {
        return Err("canary: it reached what is outside".to_owned());
    }
    open.extend(open_in(ready.tier(), &launched.tree));
    let gone = launched
        .tree
        .kill()
        .await
        .map_err(|error| format!("canary: {error}"))?;
    // Two of ours, whatever the tier, the canary and its child.
    if gone.processes < 4 {
        return Err(format!(
            "canary: only {} of its processes were found",
            gone.processes
        ));
    }
    // The child holds the other end of the pipe for as long as it lives.
    match timeout(LAST_BREATH, lines.next()).await {
        Ok(Ok(None)) => Ok(open),
        _ => Err("canary: a child in a session of its own outlived it".to_owned()),
    }
}

/// Compares a song with what the tier promises.
fn judge(sung: &Sung, tier: Tier, role: Role) -> Result<Vec<Gap>, String> {
    if sung.0.len() != Attempt::ALL.len() {
        return Err("canary: it did not try everything".to_owned());
    }
    let mut open = Vec::new();
    for (attempt, outcome) in &sung.0 {
        match (attempt.expected(tier, role), outcome) {
            (Expected::Open(gap), Outcome::Allowed) => open.push(gap),
            (Expected::Denied, Outcome::Denied)
            | (Expected::Allowed, Outcome::Allowed)
            | (Expected::Open(_) | Expected::Unclear, _) => {}
            (expected, outcome) => {
                return Err(format!(
                    "canary: as {} it should be {expected:?}, but was {outcome:?}, to {attempt:?}",
                    role.shown()
                ));
            }
        }
    }
    Ok(open)
}
