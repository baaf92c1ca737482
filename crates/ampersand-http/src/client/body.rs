//! The body of an answer: as events, or whole and bounded.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures::{Stream, StreamExt, stream::BoxStream};
use reqwest::Response;

use super::{ERROR_BODY_BYTES, Limits};
use crate::{Event, EventDecoder, HttpError};

/// Events as they arrive. It ends when the server ends the answer in an orderly way; whether the answer was complete is
/// for the reader to judge. After an error it is over. Dropping it closes the connection.
pub struct EventStream {
    events: BoxStream<'static, Result<Event, HttpError>>,
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").finish_non_exhaustive()
    }
}

impl EventStream {
    pub(super) fn new(response: Response, host: String, limits: Limits) -> Self {
        let decoder = EventDecoder::new(limits.event_bytes);
        let start = (response, decoder, VecDeque::new());
        let events =
            futures::stream::try_unfold(start, move |(mut response, mut decoder, mut ready)| {
                let host = host.clone();
                async move {
                    loop {
                        if let Some(event) = ready.pop_front() {
                            return Ok(Some((event, (response, decoder, ready))));
                        }
                        let chunk = next_chunk(&mut response, limits.idle).await;
                        let Some(bytes) = chunk.map_err(|fault| fault.into_error(&host))? else {
                            return Ok(None);
                        };
                        let mut decoded = Vec::new();
                        decoder.push(&bytes, &mut decoded).map_err(|error| {
                            HttpError::TooLarge {
                                host: host.clone(),
                                limit_bytes: error.limit_bytes,
                            }
                        })?;
                        ready.extend(decoded);
                    }
                }
            });
        Self {
            events: events.boxed(),
        }
    }
}

impl Stream for EventStream {
    type Item = Result<Event, HttpError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.poll_next_unpin(cx)
    }
}

/// What stops the reading of a body.
pub(crate) enum BodyFault {
    Silent(Duration),
    Broken(reqwest::Error),
}

impl BodyFault {
    pub(crate) fn into_error(self, host: &str) -> HttpError {
        let host = host.to_owned();
        match self {
            Self::Silent(after) => HttpError::Idle { host, after },
            Self::Broken(error) => {
                tracing::debug!(host, error = %error.without_url(), "answer broke off");
                HttpError::Cut { host }
            }
        }
    }
}

async fn next_chunk(response: &mut Response, idle: Duration) -> Result<Option<Vec<u8>>, BodyFault> {
    match tokio::time::timeout(idle, response.chunk()).await {
        Err(_) => Err(BodyFault::Silent(idle)),
        Ok(Err(error)) => Err(BodyFault::Broken(error)),
        Ok(Ok(chunk)) => Ok(chunk.map(Into::into)),
    }
}

/// Reads at most `limit_bytes` (after decompression) and says whether there was more.
pub(crate) async fn read_bounded(
    mut response: Response,
    limit_bytes: usize,
    idle: Duration,
) -> Result<(Vec<u8>, bool), BodyFault> {
    let mut bytes = Vec::new();
    while let Some(chunk) = next_chunk(&mut response, idle).await? {
        let room = limit_bytes - bytes.len();
        if chunk.len() > room {
            bytes.extend_from_slice(&chunk[..room]);
            return Ok((bytes, true));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok((bytes, false))
}

/// The start of what came with an error; empty if it cannot be read, which changes nothing about the error.
pub(super) async fn error_body(response: Response, idle: Duration) -> String {
    let read = read_bounded(response, ERROR_BODY_BYTES, idle.min(Duration::from_secs(5))).await;
    read.map(|(bytes, _)| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}
