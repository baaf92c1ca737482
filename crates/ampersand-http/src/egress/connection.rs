//! One connection: its head, the decision, and whoever carries the request out. One request, then it is closed.

use std::{convert::Infallible, sync::Arc, time::Duration};

use hyper::{Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{
    Refusal,
    admit::{Admission, Here, admit},
    answer::{self, Body, Stop},
    forward,
    head::{self, Head, HeadFault},
    hosts::Scheme,
    listener::{Duplex, Replayed},
    model,
    state::State,
    tunnel,
};

/// How much of a refused request is still read, and how long, so that its sender reads the answer.
const LINGER_BYTES: u64 = 1024 * 1024;
const LINGER: Duration = Duration::from_secs(2);

/// Serves one connection to its end.
pub(super) async fn serve(mut stream: Box<dyn Duplex>, state: Arc<State>) {
    let (bytes, end) = match head::read(&mut stream, state.policy.limits.head).await {
        Ok(read) => read,
        Err(HeadFault::Gone) => return,
        Err(HeadFault::Slow) => return refuse(stream, &state, "", "", Refusal::TooSlow).await,
        Err(HeadFault::TooLarge) => {
            let why = Refusal::Malformed {
                why: "its head is too large",
            };
            return refuse(stream, &state, "", "", why).await;
        }
    };
    let head = match Head::parse(&bytes[..end]) {
        Ok(head) => head,
        Err(why) => {
            let line = String::from_utf8_lossy(&bytes[..end]);
            let line = line.lines().next().unwrap_or_default();
            let (method, target) = line.split_once(' ').unwrap_or((line, ""));
            return refuse(stream, &state, method, target, Refusal::Malformed { why }).await;
        }
    };
    match decide(&head, &state) {
        Err(why) => refuse(stream, &state, &head.method, &shown(&head, &state), why).await,
        Ok(Admission::Tunnel { to }) => {
            let stream = Replayed::new(bytes[end..].to_vec(), stream);
            tunnel::carry(stream, &head, &state, to).await;
        }
        Ok(admission) => {
            let stream = Replayed::new(bytes, stream);
            exchange(stream, &head, &state, &admission).await;
        }
    }
}

fn decide(head: &Head, state: &State) -> Result<Admission, Refusal> {
    let hosts = state.hosts.borrow().clone();
    let model = state.model();
    let here = Here {
        port: state.port,
        hosts: &hosts,
        model: model.as_ref(),
    };
    admit(head, &state.policy, here)
}

/// The target as it may be told: the token that opens this proxy is no business of whoever reads events.
fn shown(head: &Head, state: &State) -> String {
    let target = &head.target;
    let token = state.policy.token.as_ref();
    token.map_or_else(|| target.clone(), |token| token.redact(target))
}

/// Lets the server side of HTTP read the body and write the answer.
async fn exchange(stream: Replayed, head: &Head, state: &Arc<State>, admission: &Admission) {
    // Boxed, because the connection below is driven by hand to get the socket back.
    let service = service_fn(|request: hyper::Request<Incoming>| {
        Box::pin(async move {
            let body = request.into_body();
            let answered = match admission {
                Admission::Model { url } => model::ask(state, head, url.clone(), body).await,
                Admission::Forward { to, url } => forward::send(state, head, to, url, body).await,
                Admission::Tunnel { .. } => Err(Stop::Refused(Refusal::Upgrade)),
            };
            Ok::<Response<Body>, Infallible>(answered.unwrap_or_else(|stop| {
                stop.tell(state, &head.method, &shown(head, state));
                answer::whole(&stop)
            }))
        })
    });
    let mut connection = http1::Builder::new()
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    let ending = std::future::poll_fn(|cx| connection.poll_without_shutdown(cx));
    let ended = match admission {
        Admission::Forward { to, .. } => tokio::select! {
            biased;
            () = state.shut(to, Scheme::Plain) => {
                let why = Refusal::HostNotAllowed { host: to.clone() };
                return state.refuse(&head.method, &head.target, why);
            }
            ended = ending => ended,
        },
        Admission::Model { .. } | Admission::Tunnel { .. } => ending.await,
    };
    // Whatever broke told of it where it happened; here the connection just ends.
    if ended.is_ok() {
        linger(connection.into_parts().io.into_inner()).await;
    }
}

/// Answers a request that goes nowhere.
async fn refuse(stream: impl Duplex, state: &State, method: &str, target: &str, why: Refusal) {
    state.refuse(method, target, why.clone());
    let mut stream = stream;
    if write_refusal(&mut stream, &why).await {
        linger(stream).await;
    }
}

/// Writes a refusal where no HTTP library has the connection; false if nobody reads it.
pub(super) async fn write_refusal(stream: &mut (impl AsyncWrite + Unpin), why: &Refusal) -> bool {
    let stop = Stop::Refused(why.clone());
    let bytes = answer::whole_bytes(&stop);
    stream.write_all(&bytes).await.is_ok() && stream.flush().await.is_ok()
}

async fn linger(mut stream: impl Duplex) {
    let draining = async {
        stream.shutdown().await?;
        tokio::io::copy(
            &mut (&mut stream).take(LINGER_BYTES),
            &mut tokio::io::sink(),
        )
        .await
    };
    // However it ends, the connection is over.
    drop(tokio::time::timeout(LINGER, draining).await);
}
