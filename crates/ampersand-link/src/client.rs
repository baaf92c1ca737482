//! The controller's end: calls that are answered under their id, and the journal as it grows.

use std::collections::HashMap;

use ampersand_core::{CommandId, Event, Failure};
use ampersand_protocol::{
    Activity, Command, FromOrchestrator, Hello, PROTOCOL_VERSION, Reply, ToOrchestrator,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{mpsc, oneshot},
};

use crate::frames::{FrameError, FrameReader, FrameWriter};

/// Calls under way. When all are taken a caller waits: there is no other use for an unbounded number.
const CALLS_MAX: usize = 256;

/// What comes by itself and is not taken yet. When it is full the socket is not read, and the orchestrator's
/// session waits: nothing is lost, as the journal is read by number.
const INCOMING_MAX: usize = 1024;

/// A call that was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The wire broke before the reply came. The same call under the same id may be made again.
    #[error("the orchestrator went away before it answered")]
    Lost,
    /// The orchestrator refused, and says why.
    #[error("{0}")]
    Refused(Failure),
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Lost => Self::new(
                "orchestrator_lost",
                "The background process went away before it answered.",
                "It is started again by itself; the command is repeated then.",
            ),
            CallError::Refused(failure) => failure,
        }
    }
}

/// What comes by itself.
#[derive(Debug)]
pub enum Incoming {
    /// A line of the journal, in order, without gaps. Boxed: it is many times the size of the other.
    Event(Box<Event>),
    /// What a task is doing.
    Activity(Activity),
}

type Call = (CommandId, Command, oneshot::Sender<Result<Reply, Failure>>);

/// Makes calls. Cheap to clone; when the last clone is gone the wire is closed.
#[derive(Debug, Clone)]
pub struct Client {
    calls: mpsc::Sender<Call>,
}

impl Client {
    /// Makes a call and waits for its reply.
    pub async fn call(&self, id: CommandId, command: Command) -> Result<Reply, CallError> {
        let (reply, replied) = oneshot::channel();
        self.calls
            .send((id, command, reply))
            .await
            .map_err(|_| CallError::Lost)?;
        replied
            .await
            .map_err(|_| CallError::Lost)?
            .map_err(CallError::Refused)
    }

    /// Whether the wire is closed, so that every further call is lost.
    pub fn is_closed(&self) -> bool {
        self.calls.is_closed()
    }
}

/// Says hello over `stream`, asks for every event after `after`, and returns what makes calls, what comes by
/// itself, and the future that carries both: it ends when the wire breaks and has to be driven by the caller.
pub async fn dial<S>(
    stream: S,
    hello: Hello,
    after: u64,
) -> Result<
    (
        Client,
        mpsc::Receiver<Incoming>,
        Hello,
        impl Future<Output = FrameError> + Send + 'static,
    ),
    FrameError,
>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (read, write) = tokio::io::split(stream);
    let (mut reader, mut writer) = (FrameReader::new(read), FrameWriter::new(write));
    writer.send(&ToOrchestrator::Hello { hello }).await?;
    let theirs = match reader.next().await? {
        FromOrchestrator::Hello { hello, .. } => hello,
        FromOrchestrator::Reply { .. }
        | FromOrchestrator::Event { .. }
        | FromOrchestrator::Activity { .. } => return Err(FrameError::Silent),
    };
    if theirs.protocol != PROTOCOL_VERSION {
        return Err(FrameError::Version {
            theirs: theirs.protocol,
            ours: PROTOCOL_VERSION,
        });
    }
    writer.send(&ToOrchestrator::Subscribe { after }).await?;
    let (calls, called) = mpsc::channel(CALLS_MAX);
    let (incoming, received) = mpsc::channel(INCOMING_MAX);
    let driver = drive(reader, writer, called, incoming);
    Ok((Client { calls }, received, theirs, driver))
}

async fn drive<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
    reader: FrameReader<R>,
    writer: FrameWriter<W>,
    called: mpsc::Receiver<Call>,
    incoming: mpsc::Sender<Incoming>,
) -> FrameError {
    let (asked, asking) = mpsc::channel(CALLS_MAX);
    // Two halves, so that a slow taker of events never keeps a call from being sent.
    tokio::select! {
        error = send_calls(writer, called, asked) => error,
        error = receive(reader, asking, incoming) => error,
    }
}

type Asked = (CommandId, oneshot::Sender<Result<Reply, Failure>>);

async fn send_calls<W: AsyncWrite + Unpin>(
    mut writer: FrameWriter<W>,
    mut called: mpsc::Receiver<Call>,
    asked: mpsc::Sender<Asked>,
) -> FrameError {
    while let Some((id, command, reply)) = called.recv().await {
        // Known before it is sent, so that no reply can come too early.
        if asked.send((id, reply)).await.is_err() {
            return FrameError::Gone;
        }
        if let Err(error) = writer.send(&ToOrchestrator::Request { id, command }).await {
            return error;
        }
    }
    FrameError::Gone
}

async fn receive<R: AsyncRead + Unpin>(
    mut reader: FrameReader<R>,
    mut asking: mpsc::Receiver<Asked>,
    incoming: mpsc::Sender<Incoming>,
) -> FrameError {
    let mut open: HashMap<CommandId, Vec<oneshot::Sender<Result<Reply, Failure>>>> = HashMap::new();
    loop {
        let frame = tokio::select! {
            biased;
            Some((id, reply)) = asking.recv() => {
                open.entry(id).or_default().push(reply);
                continue;
            }
            frame = reader.next() => match frame {
                Ok(frame) => frame,
                Err(error) => return error,
            },
        };
        let came = match frame {
            FromOrchestrator::Reply { id, outcome } => {
                for reply in open.remove(&id).unwrap_or_default() {
                    // Whoever asked does not wait any more.
                    reply.send(outcome.clone()).ok();
                }
                continue;
            }
            FromOrchestrator::Event { event } => Incoming::Event(Box::new(event)),
            FromOrchestrator::Activity { activity } => {
                // Activity may be dropped; events may not.
                incoming.try_send(Incoming::Activity(activity)).ok();
                continue;
            }
            FromOrchestrator::Hello { .. } => continue,
        };
        // While the taker is slow, calls go on being answered: only `asking` matters then.
        let mut sending = std::pin::pin!(incoming.send(came));
        loop {
            tokio::select! {
                sent = &mut sending => match sent {
                    Ok(()) => break,
                    Err(_) => return FrameError::Gone,
                },
                Some((id, reply)) = asking.recv() => open.entry(id).or_default().push(reply),
            }
        }
    }
}
