//! Before a tier is relied on, something is let loose in it that tries what must not work. What it reports, what is
//! seen from outside, and what is left when it has gone must all be as they have to be.

use std::fs;
use std::io;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ampersand_core::{Gap, Role};
use ampersand_process::lines::Lines;
use tokio::net::windows::named_pipe::{NamedPipeServer, ServerOptions};
use tokio::time::timeout;

use super::enter::CANARY;
use super::started::Started;
use super::{Tier, access};
use crate::container::grants::{Grant, Right};
use crate::container::sid::Sid;
use crate::container::song::{Bait, Fence, Sung, UserBait, judge};
use crate::gateway::Gateway;
use crate::nest::Nest;
use crate::policy::Policy;

/// How long one song may take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the end of a dead process may take to be seen.
const LAST_BREATH: Duration = Duration::from_secs(2);

/// More than any song is.
const SONG_MAX: usize = 8 * 1024;

/// Told apart, since several may sing at once.
static SUNG: AtomicU32 = AtomicU32::new(0);

/// Lets it sing as a worker and as an explorer: what was found open that the tier does not promise to shut.
pub(super) async fn sing(tier: &Tier, state_dir: &Path, enter: &Path) -> Result<Vec<Gap>, String> {
    let number = SUNG.fetch_add(1, Ordering::Relaxed);
    let name = format!("canary-{}-{number}", std::process::id());
    let nest = Nest(state_dir.join("sandbox").join(&name));
    let mut open = Vec::new();
    for role in [Role::Worker, Role::Explorer] {
        let song = Box::pin(one(tier, role, &nest.0, &name, enter));
        match timeout(PATIENCE, song).await {
            Ok(sung) => open.extend(sung?),
            Err(_) => return Err(format!("canary: as {} it did not end", role.shown())),
        }
    }
    open.sort_unstable();
    open.dedup();
    Ok(open)
}

/// What is within reach of any program of the person's, and would notice.
struct Host {
    tcp: TcpListener,
    udp: UdpSocket,
    _pipe: NamedPipeServer,
    /// Where a way out is to be found, and used once.
    way: Option<TcpListener>,
}

/// All who log on to this machine.
const ALL_USERS: &str = "S-1-5-32-545";

impl Host {
    fn set_out(
        tier: &Tier,
        (nest, worktree): (&Path, &Path),
        name: &str,
        role: Role,
    ) -> io::Result<(Self, Bait)> {
        let secret = nest.join("secret");
        fs::write(&secret, "secret")?;
        let (user, way) = match user_bait(tier, nest)? {
            Some((bait, way)) => (Some(bait), Some(way)),
            None => (None, None),
        };
        let pipe = format!(r"\\.\pipe\ampersand-{name}-{}", role.shown());
        let host = Self {
            tcp: TcpListener::bind("127.0.0.1:0")?,
            udp: UdpSocket::bind("127.0.0.1:0")?,
            _pipe: ServerOptions::new()
                .first_pipe_instance(true)
                .create(&pipe)?,
            way,
        };
        let bait = Bait {
            secret,
            worktree: worktree.to_owned(),
            tcp: host.tcp.local_addr()?,
            udp: host.udp.local_addr()?,
            pipe,
            host: std::process::id(),
            user,
        };
        Ok((host, bait))
    }

    /// Whether the one way there is was found, where there is one.
    fn was_reached(&self) -> bool {
        self.way.as_ref().is_none_or(|way| way.accept().is_ok())
    }

    fn untouched(&self, secret: &Path) -> bool {
        let waiting = [
            self.tcp.set_nonblocking(true),
            self.udp.set_nonblocking(true),
        ];
        waiting.iter().all(Result::is_ok)
            && self.tcp.accept().is_err()
            && self.udp.recv(&mut [0; 8]).is_err()
            && fs::read(secret).is_ok_and(|secret| secret == b"secret")
    }
}

/// What is set out for one that has a user of its own, and the port where it gets out.
fn user_bait(tier: &Tier, nest: &Path) -> io::Result<Option<(UserBait, TcpListener)>> {
    let Tier::Users(users) = tier else {
        return Ok(None);
    };
    let lend = |name: &str, right, to: &Sid| {
        let path = nest.join(name);
        fs::write(&path, name)?;
        let grant = Grant {
            path: path.clone(),
            right,
        };
        access::grant(&grant, to).map(|()| path)
    };
    let all: Sid = ALL_USERS.parse().map_err(io::Error::other)?;
    let neighbour = users.neighbour().ok_or(io::ErrorKind::NotFound)?;
    let way = Gateway::open()?;
    let bait = UserBait {
        way: way.port(),
        shared: lend("shared", Right::Write, &all)?,
        others: lend("others", Right::Read, neighbour)?,
        person: users.person().to_string(),
    };
    let listener = way.into_listener().ok_or(io::ErrorKind::NotFound)?;
    Ok(Some((bait, listener)))
}

async fn one(
    tier: &Tier,
    role: Role,
    nest: &Path,
    name: &str,
    enter: &Path,
) -> Result<Vec<Gap>, String> {
    let failed = |error: io::Error| format!("canary: cannot set out its bait: {error}");
    let worktree = nest.join(role.shown());
    fs::create_dir_all(&worktree).map_err(failed)?;
    for bait in ["notes", ".git"] {
        fs::write(worktree.join(bait), bait).map_err(failed)?;
    }
    let (host, bait) = Host::set_out(tier, (nest, &worktree), name, role).map_err(failed)?;
    let secret = bait.secret.clone();
    let mut policy = Policy::new(role, &worktree);
    policy.read_only = vec![enter.to_owned()];
    let bait = serde_json::to_string(&bait).map_err(|error| format!("canary: {error}"))?;
    let argv = vec![enter.into(), CANARY.into(), bait.into()];
    let started = tier.start(&policy, argv, name).await;
    let mut started = started.map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        format!("canary: {error}{}", cause.unwrap_or_default())
    })?;
    let sung = hear(&mut started, role, tier.fence()).await;
    let stood = started.tree.freeze().await;
    // A user of its own has a desktop of its own.
    let off_desktop = matches!(tier.fence(), Fence::User(_)) || started.tree.is_off_desktop();
    let identity = started.identity().clone();
    // Whatever it sang, it ends, and what it was given is taken back.
    started
        .ended()
        .await
        .map_err(|error| format!("canary: {error}"))?;
    let (mut open, mut rest) = sung?;
    stood.map_err(|error| format!("canary: it does not stand still: {error}"))?;
    if !host.untouched(&secret) {
        return Err("canary: something outside was reached or changed".to_owned());
    }
    if !host.was_reached() {
        return Err("canary: the one way out does not lead here".to_owned());
    }
    if !off_desktop {
        open.push(Gap::Desktop);
    }
    // A child of its own holds the pipe: it ends when that does.
    match timeout(LAST_BREATH, rest.next()).await {
        Ok(Ok(None)) => {}
        _ => return Err("canary: a child of its own outlived it".to_owned()),
    }
    for path in [
        &worktree,
        &worktree.join("notes"),
        &worktree.join(".git"),
        &enter.to_owned(),
    ] {
        let named = access::names(path, &identity).map_err(|error| format!("canary: {error}"))?;
        if named {
            return Err(format!(
                "canary: rights on {} were not taken back",
                path.display()
            ));
        }
    }
    Ok(open)
}

type Voice = Lines<ampersand_process::Output<tokio::process::ChildStdout>>;

/// What it sang, and the pipe it sang through.
async fn hear(
    started: &mut Started,
    role: Role,
    fence: Fence,
) -> Result<(Vec<Gap>, Voice), String> {
    let stdout = started.child.take_stdout();
    let stdout = stdout.ok_or("canary: it has no voice")?;
    let mut lines = Lines::new(stdout, SONG_MAX);
    let line = lines
        .next()
        .await
        .map_err(|error| format!("canary: {error}"))?;
    let line = line.ok_or("canary: it did not sing")?;
    let sung: Sung = serde_json::from_str(&line)
        .map_err(|error| format!("canary: it sang nonsense: {error}"))?;
    Ok((judge(&sung, role, fence)?, lines))
}
