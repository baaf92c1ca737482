//! A tunnel to an allowed host. What goes through it is not read, except for its very first message: it must be TLS, and
//! for the host the tunnel was opened for.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rustls::server::Acceptor;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

use super::{
    Destination, Refusal,
    answer::{Stop, whole_bytes},
    head::Head,
    hosts::Scheme,
    listener::Replayed,
    resolve::dial,
    state::State,
};

/// The most the first message may hold.
const HELLO_BYTES: usize = 64 * 1024;

/// Opens a tunnel and carries it to its end, or until its host is not allowed any more.
pub(super) async fn carry(agent: Replayed, head: &Head, state: &Arc<State>, to: Destination) {
    tokio::select! {
        biased;
        () = state.shut(&to, Scheme::Tls) => {
            state.refuse(&head.method, &head.target, Refusal::HostNotAllowed { host: to });
        }
        () = through(agent, head, state, &to) => {}
    }
}

async fn through(mut agent: Replayed, head: &Head, state: &Arc<State>, to: &Destination) {
    let mut server = match open(state, to).await {
        Ok(server) => server,
        Err(stop) => {
            stop.tell(state, &head.method, &head.target);
            // Whether or not the agent still reads it, the connection is over.
            agent.write_all(&whole_bytes(&stop)).await.ok();
            agent.shutdown().await.ok();
            return;
        }
    };
    let opened = b"HTTP/1.1 200 Connection established\r\n\r\n";
    if agent.write_all(opened).await.is_err() {
        return;
    }
    let passed = async {
        let hello = hello(&mut agent, state, to).await?;
        state.sent(hello.len())?;
        Ok::<_, Refusal>(hello)
    };
    let hello = match passed.await {
        Ok(hello) => hello,
        Err(why) => return state.refuse(&head.method, &head.target, why),
    };
    if server.write_all(&hello).await.is_err() {
        return;
    }
    if let Err(why) = both_ways(agent, server, state).await {
        state.refuse(&head.method, &head.target, why);
    }
}

async fn open(state: &State, to: &Destination) -> Result<TcpStream, Stop> {
    state.begin_other().await;
    let limits = state.policy.limits;
    let pinned = state.hosts.borrow().pin(to, Scheme::Tls);
    let addresses = state.resolver.checked(to, pinned, limits.connect).await?;
    dial(to, &addresses, limits.connect)
        .await
        .map_err(Stop::Unreached)
}

/// Reads the first message of TLS and compares the server it names.
async fn hello(agent: &mut Replayed, state: &State, to: &Destination) -> Result<Vec<u8>, Refusal> {
    let other = |named| Refusal::OtherServer {
        host: to.clone(),
        named,
    };
    let reading = async {
        let mut acceptor = Acceptor::default();
        let (mut bytes, mut fed) = (Vec::new(), 0);
        loop {
            let read = agent.read_buf(&mut bytes).await;
            if !matches!(read, Ok(1..)) || bytes.len() > HELLO_BYTES {
                return Err(other(None));
            }
            while fed < bytes.len() {
                fed += acceptor
                    .read_tls(&mut &bytes[fed..])
                    .map_err(|_| other(None))?;
            }
            match acceptor.accept() {
                Ok(None) => {}
                Ok(Some(accepted)) => {
                    let hello = accepted.client_hello();
                    let named = hello.server_name();
                    return if named.is_some_and(|name| name.eq_ignore_ascii_case(&to.name)) {
                        Ok(bytes)
                    } else {
                        Err(other(named.map(str::to_owned)))
                    };
                }
                Err(_) => return Err(other(None)),
            }
        }
    };
    tokio::time::timeout(state.policy.limits.head, reading)
        .await
        .unwrap_or(Err(Refusal::TooSlow))
}

/// Until both sides are done, or nothing has moved for too long.
async fn both_ways(agent: Replayed, server: TcpStream, state: &State) -> Result<(), Refusal> {
    let (agent_reads, agent_writes) = tokio::io::split(agent);
    let (server_reads, server_writes) = server.into_split();
    let moved = Moved::new();
    let up = pump(agent_reads, server_writes, state, &moved, State::sent);
    let down = pump(server_reads, agent_writes, state, &moved, State::received);
    tokio::select! {
        both = async { tokio::try_join!(up, down) } => match both {
            Ok(_) | Err(Broken::Connection) => Ok(()),
            Err(Broken::Refused(why)) => Err(why),
        },
        () = moved.not_for(state.policy.limits.idle) => Ok(()),
    }
}

enum Broken {
    Connection,
    Refused(Refusal),
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self::Connection
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    state: &State,
    moved: &Moved,
    count: fn(&State, usize) -> Result<(), Refusal>,
) -> Result<(), Broken> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await?;
        state.open().await;
        if read == 0 {
            to.shutdown().await?;
            return Ok(());
        }
        moved.touch();
        count(state, read).map_err(Broken::Refused)?;
        to.write_all(&buffer[..read]).await?;
    }
}

/// When something last moved, in either direction.
struct Moved {
    start: Instant,
    after_ms: AtomicU64,
}

impl Moved {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            after_ms: AtomicU64::new(0),
        }
    }

    fn touch(&self) {
        let after = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.after_ms.store(after, Ordering::Relaxed);
    }

    async fn not_for(&self, idle: Duration) {
        loop {
            let last = self.start + Duration::from_millis(self.after_ms.load(Ordering::Relaxed));
            if last.elapsed() >= idle {
                return;
            }
            tokio::time::sleep_until(last + idle).await;
        }
    }
}
