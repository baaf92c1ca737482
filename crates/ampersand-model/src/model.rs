//! One model behind one endpoint: asks, waits out what passes by itself, and hands on what it says.

use std::collections::VecDeque;

use ampersand_core::Api;
use ampersand_http::{Client, EventStream, HttpError, Secret, Url, retry};
use futures::{Stream, StreamExt, TryStreamExt, stream, stream::BoxStream};
use serde_json::Value;

use crate::{
    Delta, ModelError, Request,
    wire::{Decoder, Wire},
};

/// Where a model is and how it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// How it is spoken to.
    pub api: Api,
    /// Everything before `/chat/completions`, `/responses` or `/messages`, often ending in `/v1`.
    pub base_url: String,
    /// The model's name there.
    pub model: String,
    /// The key, if the endpoint wants one.
    pub key: Option<Secret>,
}

/// An answer as it arrives. It ends after [`Delta::Done`] or after the first error; dropping it cancels the request.
pub type Deltas = BoxStream<'static, Result<Delta, ModelError>>;

/// A model behind one of the known APIs. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Model {
    client: Client,
    wire: Wire,
    url: Url,
    name: String,
    key: Option<Secret>,
}

impl Model {
    /// A model at an endpoint. Nothing is asked of it yet. Errors if the address is none, or the API is none that could
    /// be asked.
    pub fn new(client: Client, endpoint: Endpoint) -> Result<Self, ModelError> {
        let Endpoint {
            api,
            base_url,
            model,
            key,
        } = endpoint;
        let invalid = |why: &str| {
            let why = why.to_owned();
            ModelError::Http(HttpError::Invalid { why })
        };
        let no_address = || invalid("the model's base URL is not an http address");
        let wire = Wire::of(api).ok_or_else(|| invalid("nothing is asked while offline"))?;
        let base = base_url.trim().trim_end_matches('/');
        let url = Url::parse(&format!("{base}/{}", wire.path())).map_err(|_| no_address())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(no_address());
        }
        Ok(Self {
            client,
            wire,
            url,
            name: model,
            key,
        })
    }

    /// The model's name, as the endpoint knows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Asks. Nothing is sent before the stream is polled. What fails before the answer begins is tried again as
    /// [`retry::next`] allows; after its first byte nothing is.
    pub fn stream(&self, request: &Request) -> Deltas {
        let is_openai = self.url.host_str() == Some("api.openai.com");
        let body = self.wire.body(&self.name, request, is_openai);
        let model = self.clone();
        let opened = async move {
            let events = model.open(&body).await?;
            Ok(decode(events, model.wire.decoder(model.host())))
        };
        stream::once(opened).try_flatten().boxed()
    }

    async fn open(&self, body: &Value) -> Result<EventStream, ModelError> {
        let headers = self.wire.headers(self.key.as_ref());
        let mut attempt = 1;
        loop {
            let error = match self.client.post_stream(&self.url, &headers, body).await {
                Ok(events) => return Ok(events),
                Err(error) => error,
            };
            let judged = ModelError::from_http(error.clone(), &self.name);
            let wait = retry::next(attempt, &error).filter(|_| judged.passes_by_itself());
            let Some(wait) = wait else {
                return Err(judged);
            };
            tracing::info!(%error, attempt, wait_ms = wait.as_millis(), "asking the model again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }
}

struct Answer {
    events: EventStream,
    decoder: Decoder,
    ready: VecDeque<Delta>,
    is_over: bool,
}

fn decode(
    events: EventStream,
    decoder: Decoder,
) -> impl Stream<Item = Result<Delta, ModelError>> + Send {
    let answer = Answer {
        events,
        decoder,
        ready: VecDeque::new(),
        is_over: false,
    };
    stream::try_unfold(answer, |mut answer| async move {
        loop {
            if let Some(delta) = answer.ready.pop_front() {
                return Ok(Some((delta, answer)));
            }
            if answer.is_over {
                return Ok(None);
            }
            let next = answer.events.next().await;
            answer.is_over = answer.decoder.take(next, &mut answer.ready)?;
        }
    })
}
