//! Keeps the link to the orchestrator: finds it, starts it, takes up the journal where it was left, and begins
//! again when the wire breaks. What is done with the journal's lines is the inbox's to say.

mod connector;
mod step;

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use ampersand_core::{CommandId, Failure};
use ampersand_link::{CallError, Client, FrameError, Incoming, dial};
use ampersand_protocol::{Command, Hello, PROTOCOL_VERSION, Reply, ToOrchestrator, UpdateBody};
use futures::future::BoxFuture;
use tokio::{
    io::AsyncWriteExt,
    sync::{mpsc, watch},
    time::{sleep, timeout},
};
use uuid::Uuid;

pub(crate) use connector::Local;
pub use connector::{Connector, Duplex, NotReached, Wire};
use step::{Do, Met, Search, step};

use crate::{hub::Hub, inbox::Mail};

/// How long one that listens may take to say hello.
const HELLO_WITHIN: Duration = Duration::from_secs(5);

/// How long to wait before asking one again that said it is leaving.
pub(crate) const ASK_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// Whether the orchestrator can be asked.
#[derive(Debug, Clone)]
pub(crate) enum Reach {
    /// Not at the moment.
    Away,
    /// Not, and it will not be until somebody does something about this.
    Trouble,
    /// Yes.
    Up(Client),
}

impl Reach {
    fn live(&self) -> Option<&Client> {
        match self {
            Self::Up(client) if !client.is_closed() => Some(client),
            _ => None,
        }
    }
}

/// Makes calls that survive the wire: the same command under the same id until it is answered.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    reach: watch::Receiver<Reach>,
}

impl Link {
    pub(crate) const fn new(reach: watch::Receiver<Reach>) -> Self {
        Self { reach }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.reach.borrow().live().is_some()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Reach> {
        self.reach.clone()
    }

    /// Asks, and waits for the answer however often the orchestrator has to come back for it.
    pub(crate) async fn call(&self, id: CommandId, command: Command) -> Result<Reply, Failure> {
        let mut reach = self.reach.clone();
        loop {
            let live = reach.wait_for(|reach| reach.live().is_some()).await;
            let live = live.map(|reach| reach.live().cloned()).ok();
            let client = match live {
                Some(Some(client)) => client,
                Some(None) => continue,
                // The controller closes; whoever waits is dropped with it.
                None => std::future::pending().await,
            };
            match client.call(id, command.clone()).await {
                Ok(reply) => return Ok(reply),
                Err(CallError::Refused(failure)) if failure.code != "orchestrator_lost" => {
                    return Err(failure);
                }
                Err(CallError::Refused(_)) => sleep(ASK_AGAIN_AFTER).await,
                Err(CallError::Lost) => {}
            }
        }
    }

    /// Asks under a new id, for an answer within this time.
    pub(crate) async fn call_within(
        &self,
        limit: Duration,
        command: Command,
    ) -> Result<Reply, Failure> {
        let id = CommandId::new(Uuid::now_v7());
        timeout(limit, self.call(id, command))
            .await
            .unwrap_or_else(|_| Err(away()))
    }
}

/// The orchestrator did not answer in time.
pub(crate) fn away() -> Failure {
    Failure::new(
        "orchestrator_away",
        "The background process is away and is being started again.",
        "Try again in a moment.",
    )
}

/// A connection that stands. The driver has to be polled for anything to move.
pub(crate) struct Reached {
    pub(crate) client: Client,
    pub(crate) incoming: mpsc::Receiver<Incoming>,
    pub(crate) driver: BoxFuture<'static, FrameError>,
}

/// Who we say we are.
pub(crate) fn hello(build: &str) -> Hello {
    Hello {
        protocol: PROTOCOL_VERSION,
        build: build.to_owned(),
        pid: std::process::id(),
    }
}

/// Finds the orchestrator, starting it if need be. `tell` hears what is wrong and says whether to go on trying.
pub(crate) async fn reach(
    connector: &dyn Connector,
    hello: &Hello,
    after: u64,
    mut tell: impl FnMut(Failure) -> ControlFlow<()>,
) -> Result<Reached, Failure> {
    let (mut search, mut met) = (Search::default(), Met::Begun);
    loop {
        let (next, todo) = step(search, met);
        (search, met) = (next, Met::Due);
        for one in todo {
            match one {
                Do::Connect => match connect(connector, hello, after).await {
                    Ok(reached) => return Ok(reached),
                    Err(why) => met = why,
                },
                Do::Start => {
                    met = match connector.start().await {
                        Ok(()) => Met::Started,
                        Err(failure) => Met::Refused(failure),
                    }
                }
                Do::Drain(version) => drain(connector, hello, version).await,
                Do::Tell(failure) => {
                    if tell(failure.clone()).is_break() {
                        return Err(failure);
                    }
                }
                Do::Wait(time) => sleep(time).await,
            }
        }
    }
}

async fn connect(connector: &dyn Connector, hello: &Hello, after: u64) -> Result<Reached, Met> {
    let wire = match connector.connect().await {
        Ok(wire) => wire,
        Err(NotReached::Nobody) => return Err(Met::Nobody(connector.last_words())),
        Err(NotReached::Refused(failure)) => return Err(Met::Refused(failure)),
    };
    match timeout(HELLO_WITHIN, dial(wire, hello.clone(), after)).await {
        Ok(Ok((client, incoming, _, driver))) => Ok(Reached {
            client,
            incoming,
            driver: Box::pin(driver),
        }),
        Ok(Err(FrameError::Version { theirs, .. })) => Err(Met::Foreign(theirs)),
        // It came and went, or hangs: look again.
        Ok(Err(_)) | Err(_) => Err(Met::Nobody(None)),
    }
}

/// Speaks the other side's version just enough to ask it to hand over. It may not understand; then the person's
/// next start of the machine does what this could not.
async fn drain(connector: &dyn Connector, hello: &Hello, version: u32) {
    let Ok(mut wire) = connector.connect().await else {
        return;
    };
    let hello = Hello {
        protocol: version,
        ..hello.clone()
    };
    let request = ToOrchestrator::Request {
        id: CommandId::new(Uuid::now_v7()),
        command: Command::Drain,
    };
    for frame in [ToOrchestrator::Hello { hello }, request] {
        let Ok(mut line) = serde_json::to_vec(&frame) else {
            return;
        };
        line.push(b'\n');
        if wire.write_all(&line).await.is_err() {
            return;
        }
    }
    wire.flush().await.ok();
}

/// How long to wait before dialling again after a wire broke: longer each time nothing came over it.
pub(crate) struct Redial {
    wait: Duration,
}

/// Nobody waits longer than this for a background process that is there again.
const REDIAL_AFTER_MAX: Duration = Duration::from_secs(2);

impl Redial {
    pub(crate) const fn new() -> Self {
        Self {
            wait: ASK_AGAIN_AFTER,
        }
    }

    /// Waits after a break; `came` says whether anything came before it.
    pub(crate) async fn after_break(&mut self, came: bool) {
        if came {
            *self = Self::new();
        }
        sleep(self.wait).await;
        self.wait = (self.wait * 2).min(REDIAL_AFTER_MAX);
    }
}

/// The same version of the protocol, and still not understood.
pub(crate) fn unreadable() -> Failure {
    Failure::new(
        "link_unreadable",
        "The background process says something this program does not understand; it is of another version.",
        "Close Ampersand, wait until its tasks have ended, and start it again.",
    )
}

/// Keeps the link until this future is dropped.
pub(crate) async fn supervise(
    connector: Arc<dyn Connector>,
    hello: Hello,
    mut after: u64,
    inbox: mpsc::Sender<Mail>,
    state: watch::Sender<Reach>,
    hub: Arc<Hub>,
) {
    let mut redial = Redial::new();
    loop {
        let before = after;
        let tell = |failure: Failure| {
            state.send_replace(Reach::Trouble);
            hub.emit(None, UpdateBody::Error { failure });
            ControlFlow::Continue(())
        };
        let Ok(reached) = reach(&*connector, &hello, after, tell).await else {
            return;
        };
        state.send_replace(Reach::Up(reached.client));
        hub.emit(None, UpdateBody::Link { up: true });
        tokio::select! {
            error = reached.driver => {
                tracing::warn!(%error, "the link broke");
                if matches!(error, FrameError::Foreign(_)) {
                    let failure = unreadable();
                    hub.emit(None, UpdateBody::Error { failure });
                }
            }
            () = pump(reached.incoming, &inbox, &mut after) => {}
        }
        state.send_replace(Reach::Away);
        hub.emit(None, UpdateBody::Link { up: false });
        redial.after_break(after > before).await;
    }
}

async fn pump(mut incoming: mpsc::Receiver<Incoming>, inbox: &mpsc::Sender<Mail>, after: &mut u64) {
    while let Some(came) = incoming.recv().await {
        let mail = match came {
            Incoming::Event(event) if event.seq <= *after => continue,
            Incoming::Event(event) => Mail::Event(event),
            Incoming::Activity(activity) => Mail::Activity(activity),
        };
        let seq = match &mail {
            Mail::Event(event) => Some(event.seq),
            _ => None,
        };
        if inbox.send(mail).await.is_err() {
            return;
        }
        // Only once handed over: a cut in between makes it come again.
        *after = seq.unwrap_or(*after);
    }
}
