//! A request to an allowed host in the open: as the agent wrote it, to the address that was checked, both bodies streamed.

use std::sync::Arc;

use futures::StreamExt;
use http_body_util::BodyStream;
use hyper::{
    HeaderMap, Method, Response,
    body::Incoming,
    header::{self, HeaderName, HeaderValue},
};
use url::Url;

use super::{
    Destination,
    answer::{Body, Passage, Stop, first_byte, is_hop_by_hop},
    head::{Framing, Head},
    hosts::Scheme,
    redact::Redactor,
    state::State,
};
use crate::{HttpError, client::builder};

/// Sends a request on.
pub(super) async fn send(
    state: &Arc<State>,
    head: &Head,
    to: &Destination,
    url: &Url,
    body: Incoming,
) -> Result<Response<Body>, Stop> {
    let limits = state.policy.limits;
    state.begin_other().await;
    let pinned = state.hosts.borrow().pin(to, Scheme::Plain);
    let addresses = state.resolver.checked(to, pinned, limits.connect).await?;
    let host = to.to_string();
    // A client for this one request: it knows the checked addresses and keeps no connection for another.
    let client = builder(limits.connect)
        .no_proxy()
        .no_gzip()
        .pool_max_idle_per_host(0)
        .resolve_to_addrs(&to.name, &addresses)
        .build()
        .map_err(|error| Stop::Unreached(HttpError::from_reqwest(&error, &host)))?;
    let method = Method::from_bytes(head.method.as_bytes()).unwrap_or(Method::GET);
    let mut request = client.request(method, url.clone()).headers(onward(head));
    if head.framing != Framing::Nothing {
        request = request.body(counted(Arc::clone(state), body, host.clone()));
    }
    let response = first_byte(request, &host, limits.first_byte)
        .await
        .map_err(Stop::Unreached)?;
    let mut answer = Response::builder().status(response.status().as_u16());
    for (name, value) in response.headers() {
        if !is_hop_by_hop(name, response.headers()) {
            answer = answer.header(name, value);
        }
    }
    let passage = Passage {
        state: Arc::clone(state),
        response,
        redactor: Redactor::new([]),
        account: None,
        permit: None,
        host: host.clone(),
    };
    let answer = answer.body(passage.body());
    answer.map_err(|_| Stop::Unreached(HttpError::Cut { host }))
}

fn onward(head: &Head) -> HeaderMap {
    let mut all = HeaderMap::new();
    for (name, value) in &head.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            all.append(name, value);
        }
    }
    let mut onward = HeaderMap::new();
    for (name, value) in &all {
        let stays = name == header::HOST || name == header::EXPECT || is_hop_by_hop(name, &all);
        if !stays {
            onward.append(name, value.clone());
        }
    }
    onward
}

/// The body as it comes, counted, for as long as it keeps coming.
fn counted(state: Arc<State>, body: Incoming, host: String) -> reqwest::Body {
    let idle = state.policy.limits.request;
    let start = (BodyStream::new(body), state, host);
    let pieces = futures::stream::try_unfold(start, move |(mut body, state, host)| async move {
        loop {
            let cut = || HttpError::Cut { host: host.clone() };
            let next = tokio::time::timeout(idle, body.next()).await;
            let Some(frame) = next.map_err(|_| cut())? else {
                return Ok(None);
            };
            let Ok(bytes) = frame.map_err(|_| cut())?.into_data() else {
                continue;
            };
            if let Err(why) = state.sent(bytes.len()) {
                state.refuse("", &host, why);
                return Err(cut());
            }
            return Ok(Some((bytes, (body, state, host))));
        }
    });
    reqwest::Body::wrap_stream(pieces)
}
