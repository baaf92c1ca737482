//! The way to an app for a person's browser: an address of this machine that leads into the app's own network, as long as it
//! runs. Whatever comes back was written by an agent: it is passed on, and read by nobody here.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use ampersand_core::{AttemptId, Failure, TaskId};
use ampersand_sandbox::{Inside, Inward};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep, timeout};

use super::World;
use crate::input::Said;

/// Between two looks at whether it serves yet.
const LOOKS_EVERY: Duration = Duration::from_millis(200);

/// What is asked nothing may answer nothing.
const LEAVES_WITHIN: Duration = Duration::from_secs(1);

/// How long a browser that comes while it restarts is kept waiting.
const WAITS_FOR: Duration = Duration::from_secs(10);

/// An address that leads to an app. Dropping it closes the address and what goes over it.
pub(super) struct Front(AbortHandle);

impl Drop for Front {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Opens the address at once, and tells it as soon as the app answers.
pub(super) async fn open(
    world: &Arc<World>,
    (task, attempt): (TaskId, AttemptId),
    inward: Inward,
) -> Result<Front, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            "no_address",
            format!("No port of this machine can be opened for the app: {error}."),
            "Close some programs and start it again.",
        )
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    let address = format!("http://{}:{port}/", host(task));
    let (world, inward) = (Arc::clone(world), Arc::new(inward));
    let serving = tokio::spawn(async move {
        while !answers(&inward).await {
            sleep(LOOKS_EVERY).await;
        }
        world.tell(task, attempt, Said::Serves { address }).await;
        pass_on(listener, inward).await;
    });
    Ok(Front(serving.abort_handle()))
}

/// Whether something listens. Takes its leave in order, since some complain of callers that just hang up.
async fn answers(inward: &Inward) -> bool {
    let Ok(mut inside) = inward.connect().await else {
        return false;
    };
    let stream = inside.stream();
    let leaving = async {
        stream.shutdown().await?;
        stream.read(&mut [0; 64]).await
    };
    timeout(LEAVES_WITHIN, leaving).await.ok();
    true
}

/// A name of the app's own, where names below `localhost` lead to this machine: cookies are kept by name, whatever the port.
fn host(task: TaskId) -> String {
    if cfg!(target_os = "macos") {
        return "localhost".to_owned();
    }
    let id = task.as_uuid().simple().to_string();
    format!("try-{}.localhost", &id[id.len() - 8..])
}

async fn pass_on(listener: TcpListener, inward: Arc<Inward>) {
    let mut passing = JoinSet::new();
    loop {
        tokio::select! {
            came = listener.accept() => match came {
                Ok((stream, _)) => {
                    passing.spawn(pass(stream, Arc::clone(&inward)));
                }
                // Too many files are open: some will be closed.
                Err(_) => sleep(LOOKS_EVERY).await,
            },
            Some(_) = passing.join_next() => {}
        }
    }
}

async fn pass(mut stream: TcpStream, inward: Arc<Inward>) {
    let Some(mut inside) = patiently(&inward).await else {
        return;
    };
    // Either end may go away at any time.
    copy_bidirectional(&mut stream, inside.stream()).await.ok();
}

async fn patiently(inward: &Inward) -> Option<Inside> {
    let until = Instant::now() + WAITS_FOR;
    loop {
        match inward.connect().await {
            Ok(inside) => return Some(inside),
            Err(_) if Instant::now() < until => sleep(LOOKS_EVERY).await,
            Err(_) => return None,
        }
    }
}
