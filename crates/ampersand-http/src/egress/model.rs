//! A request to the model endpoint: whole before it leaves, with our key instead of the agent's, its answer passed on
//! as it comes and without the key in it.

use std::sync::{Arc, atomic::Ordering};

use ampersand_core::holds_more_than;
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{
    HeaderMap, Method, Response,
    body::Incoming,
    header::{self, HeaderName, HeaderValue},
};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::{
    ModelRoute, Policy, Refusal,
    account::Account,
    admit::too_large,
    answer::{Body, Passage, Stop, first_byte, is_hop_by_hop},
    api::{asks, header_passes, streams},
    fetches::fetched,
    head::Head,
    reading::Reading,
    redact::Redactor,
    room::Share,
    state::{Phase, State},
    web_tools,
};
use crate::client::{content_type_of, essence, host_of, redirect_target, retry_after_of};

/// Values in one request; the longest conversations have a tenth of that. Built, each may take hundreds of bytes.
const VALUES_MAX: usize = 500_000;

/// Asks the model endpoint.
pub(super) async fn ask(
    state: &Arc<State>,
    head: &Head,
    url: Url,
    body: Incoming,
) -> Result<Response<Body>, Stop> {
    let (body, share) = whole(state, body).await?;
    judge(&body, &state.policy)?;
    let permit = state.begin_model().await?;
    // Read after the wait: while it paused, a login may have been refreshed, and the web taken.
    let route = state.model().ok_or(Refusal::NoModel)?;
    let body = match state.web_is_taken.load(Ordering::Acquire) {
        true => without_web(body),
        false => body,
    };
    state.sent(body.len())?;
    let host = host_of(&url);
    let asks = asks(&head.method, url.path());
    let api = streams(url.path());
    let method = Method::from_bytes(head.method.as_bytes()).unwrap_or(Method::POST);
    let mut request = state
        .client
        .towards(&url)
        .request(method, url)
        .headers(headers(head, &route)?);
    if !body.is_empty() {
        request = request.body(body);
    }
    let response = first_byte(request, &host, state.policy.limits.first_byte).await?;
    drop(share);
    if response.status().is_redirection() {
        let to = redirect_target(&response);
        return Err(Refusal::Redirected { to }.into());
    }
    if response.headers().contains_key(header::CONTENT_ENCODING) {
        if asks && response.status().is_success() {
            // It was given, and may have to be paid for; the next would be as unreadable.
            state.enter(Phase::Halted);
        }
        return Err(Refusal::Unreadable { host }.into());
    }
    let keys = route.headers.secrets().map(|key| key.expose().to_owned());
    let keys: Vec<String> = keys.collect();
    let mut answer = Response::builder().status(response.status().as_u16());
    for (name, value) in response.headers() {
        if comes_back(name, value, response.headers(), &keys) {
            answer = answer.header(name, value);
        }
    }
    let account = asks.then(|| {
        let (status, retry_after) = (response.status(), retry_after_of(&response));
        let reading = api.filter(|_| essence(&content_type_of(&response)) == "text/event-stream");
        Account::new(Arc::clone(state), host.clone(), status, retry_after)
            .reading(reading.map(Reading::new))
    });
    let passage = Passage {
        state: Arc::clone(state),
        account,
        host,
        redactor: Redactor::new(keys.into_iter().map(String::into_bytes)),
        permit: Some(permit),
        response,
    };
    let answer = answer.body(passage.body());
    answer.map_err(|_| {
        Refusal::Malformed {
            why: "its answer is malformed",
        }
        .into()
    })
}

/// Refuses what the provider would fetch, and what is too much to look into.
fn judge(body: &[u8], policy: &Policy) -> Result<(), Refusal> {
    if body.is_empty() {
        return Ok(());
    }
    if holds_more_than(VALUES_MAX, body) {
        return Err(too_large(policy));
    }
    let request: Value = serde_json::from_slice(body).map_err(|_| Refusal::Malformed {
        why: "its body is no JSON",
    })?;
    match fetched(&request) {
        Some(what) => Err(Refusal::Fetches { what }),
        None => Ok(()),
    }
}

/// The same request without the provider's own tools for the web.
fn without_web(body: Bytes) -> Bytes {
    let Ok(mut request) = serde_json::from_slice(&body) else {
        return body;
    };
    match web_tools::take_out(&mut request) {
        true => request.to_string().into(),
        false => body,
    }
}

/// The request's body, once it is all there, and its share of the room. Only its sender's slowness counts as such.
async fn whole(state: &State, body: Incoming) -> Result<(Bytes, Share), Refusal> {
    let limits = state.policy.limits;
    let mut body = Limited::new(body, limits.model_request_bytes);
    let (mut whole, mut share) = (BytesMut::new(), state.room.share());
    let mut left = limits.request;
    loop {
        let since = Instant::now();
        let frame = tokio::time::timeout(left, body.frame()).await;
        left = left.saturating_sub(since.elapsed());
        match frame.map_err(|_| Refusal::TooSlow)? {
            None => return Ok((whole.freeze(), share)),
            Some(Ok(frame)) => {
                if let Ok(piece) = frame.into_data() {
                    share.grow(piece.len()).await;
                    whole.extend_from_slice(&piece);
                }
            }
            Some(Err(error)) if error.is::<LengthLimitError>() => {
                return Err(too_large(&state.policy));
            }
            Some(Err(_)) => {
                return Err(Refusal::Malformed {
                    why: "its body is malformed",
                });
            }
        }
    }
}

fn headers(head: &Head, route: &ModelRoute) -> Result<HeaderMap, Stop> {
    let mut headers = HeaderMap::new();
    for (name, value) in &head.headers {
        if header_passes(name)
            && let Ok(name) = HeaderName::try_from(name)
            && let Ok(value) = HeaderValue::try_from(value)
        {
            headers.append(name, value);
        }
    }
    // Read by us on its way back, and passed on event by event.
    headers.insert(
        header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    );
    let ours = route.headers.to_map()?;
    for (name, value) in &ours {
        if value.is_sensitive() {
            headers.remove(name);
        }
    }
    for (name, value) in ours {
        if let Some(name) = name {
            headers.append(name, value);
        }
    }
    Ok(headers)
}

/// Whether a header of the answer goes to the agent.
fn comes_back(name: &HeaderName, value: &HeaderValue, all: &HeaderMap, keys: &[String]) -> bool {
    let ours = matches!(
        name.as_str(),
        "set-cookie" | "alt-svc" | "strict-transport-security" | "content-length"
    );
    let holds_key = || {
        let value = String::from_utf8_lossy(value.as_bytes());
        keys.iter()
            .any(|key| !key.is_empty() && value.contains(key))
    };
    !ours && !is_hop_by_hop(name, all) && !holds_key()
}
