//! The server: accepts, records, chooses the rule, and notices when a client leaves.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{AbortHandle, JoinSet},
};

use super::{
    accounts,
    gate::Gate,
    reply::Answer,
    script::{Reply, Script},
    voice::Api,
    wire::{self, HttpRequest},
};

/// One request as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// `GET`, `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; null if there was none or it was no JSON.
    pub body: Value,
    /// When it was there.
    #[serde(skip)]
    pub at: SystemTime,
}

/// How a path ends, and the API it belongs to.
const PATHS: [(&str, Api); 5] = [
    ("/chat/completions", Api::ChatCompletions),
    ("/responses", Api::Responses),
    ("/messages", Api::AnthropicMessages),
    ("/v1internal:streamGenerateContent", Api::CodeAssist),
    (":streamGenerateContent", Api::Gemini),
];

impl Recorded {
    pub(super) fn new(request: &HttpRequest) -> Self {
        Self {
            method: request.method.clone(),
            path: request.path.clone(),
            headers: request.headers.clone(),
            body: serde_json::from_slice(&request.body).unwrap_or(Value::Null),
            at: SystemTime::now(),
        }
    }

    /// The API it came by, if it asks a model.
    pub fn api(&self) -> Option<Api> {
        let path = self.path.split('?').next().unwrap_or_default();
        let of = |(end, api): &(&str, Api)| path.ends_with(end).then_some(*api);
        PATHS.iter().find_map(of)
    }

    /// The body in the shape of Chat Completions, whichever API it came by.
    pub fn as_chat(&self) -> Value {
        match self.api() {
            Some(api) => api.as_chat(&self.body),
            None => self.body.clone(),
        }
    }

    /// A header's value; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A running scripted server on a port of its own. Dropping it closes every connection.
///
/// Besides `/v1/chat/completions`, `/v1/responses`, `/v1/messages`, `/v1beta/models/NAME:streamGenerateContent` and `/v1/models`
/// it serves `GET /requests` (what it was asked, as JSON) and `POST /gates/NAME` (releases a gate), for drivers in another
/// process.
#[derive(Debug)]
pub struct ModelServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

#[derive(Debug)]
struct Shared {
    script: Script,
    state: Mutex<State>,
    counts: watch::Sender<Counts>,
}

#[derive(Debug, Default)]
struct State {
    requests: Vec<Recorded>,
    refreshes: Vec<Value>,
    /// Of the account's window, of a hundred.
    used_percent: Option<u8>,
    used: HashMap<usize, usize>,
    gates: HashMap<String, Gate>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    requests: usize,
    abandoned: usize,
    refreshes: usize,
}

impl ModelServer {
    /// Starts on a free port of 127.0.0.1.
    pub async fn start(script: Script) -> io::Result<Self> {
        Self::listen(TcpListener::bind(("127.0.0.1", 0)).await?, script)
    }

    /// Starts where one was before that is gone, or where nothing ever was: see [`Self::base_url`].
    pub async fn start_at(base_url: &str, script: Script) -> io::Result<Self> {
        let address = base_url.trim_start_matches("http://");
        let address = address.trim_end_matches("/v1");
        Self::listen(TcpListener::bind(address).await?, script)
    }

    fn listen(listener: TcpListener, script: Script) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            script,
            state: Mutex::default(),
            counts: watch::Sender::new(Counts::default()),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self {
            address,
            shared,
            accepting,
        })
    }

    /// An address like a model server's where nothing listens.
    pub async fn refusing_base_url() -> io::Result<String> {
        let address = TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?;
        Ok(format!("http://{address}/v1"))
    }

    /// What goes before `/chat/completions`, `/responses` and `/messages`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Every model request so far, in order of arrival.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.state().requests.clone()
    }

    /// Says of accounts, from now on, that so much is used of their first window, of a hundred. Before, nothing is said.
    pub fn account_used(&self, percent: u8) {
        self.shared.state().used_percent = Some(percent);
    }

    /// What logins were refreshed with so far, at `/oauth/token`: see [`Self::wait_for_refreshes`].
    pub fn refreshes(&self) -> Vec<Value> {
        self.shared.state().refreshes.clone()
    }

    /// Waits until logins were refreshed so often. A token `over` is refused, and `slow` once the gate `refresh` is open;
    /// for any other the `n`th refresh gives `access-n` and `refreshed-n`.
    pub async fn wait_for_refreshes(&self, count: usize) {
        let mut counts = self.shared.counts.subscribe();
        drop(counts.wait_for(|counts| counts.refreshes >= count).await);
    }

    /// The gate of this name, whether or not an answer has met it yet.
    pub fn gate(&self, name: &str) -> Gate {
        self.shared.gate(name)
    }

    /// Waits until `count` model requests have arrived in all.
    pub async fn wait_for_requests(&self, count: usize) {
        let mut counts = self.shared.counts.subscribe();
        drop(counts.wait_for(|counts| counts.requests >= count).await);
    }

    /// Waits until `count` answers in all were abandoned by their clients before they ended.
    pub async fn wait_for_abandoned(&self, count: usize) {
        let mut counts = self.shared.counts.subscribe();
        drop(counts.wait_for(|counts| counts.abandoned >= count).await);
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn gate(&self, name: &str) -> Gate {
        self.state()
            .gates
            .entry(name.to_owned())
            .or_insert_with(Gate::new)
            .clone()
    }

    /// Records the request and chooses its answer.
    fn choose(&self, request: Recorded) -> (usize, Reply) {
        let mut state = self.state();
        let nth = state.requests.len();
        let asked = request.as_chat();
        let chosen = self.script.rules.iter().enumerate().find(|(at, rule)| {
            let used = state.used.get(at).copied().unwrap_or(0);
            rule.times.is_none_or(|times| used < times) && rule.when.fits(&asked, nth)
        });
        let reply = match chosen {
            Some((at, rule)) => {
                *state.used.entry(at).or_default() += 1;
                rule.reply.clone()
            }
            // Agents of others ask for titles and the like on the side, without tools.
            None if request.api() != Some(Api::ChatCompletions) && asked["tools"] == json!([]) => {
                Reply::says("A title")
            }
            None => {
                let message = format!(
                    "no rule of the script fits request {nth}: {}",
                    asked["messages"]
                );
                Reply::status(500, json!({"error": {"message": message}}))
            }
        };
        state.requests.push(request);
        drop(state);
        self.counts.send_modify(|counts| counts.requests += 1);
        (nth, reply)
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Owned here, so that aborting this loop closes every connection too.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, Arc::clone(&shared)));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut from, mut out) = stream.into_split();
    let Some(request) = wire::read_request(&mut from).await? else {
        return Ok(());
    };
    let recorded = Recorded::new(&request);
    let path = request.path.split('?').next().unwrap_or_default();
    let answer = match (request.method.as_str(), recorded.api(), path) {
        ("POST", Some(api), _) => {
            let body = recorded.body.clone();
            let (nth, reply) = shared.choose(recorded);
            let gate = |name: &str| shared.gate(name);
            let answer = Answer {
                out: &mut out,
                api,
                request: &body,
                nth,
                gate: &gate,
            };
            return tokio::select! {
                given = answer.give(&reply) => given.inspect_err(|_| shared.abandon()),
                () = left(&mut from) => {
                    shared.abandon();
                    Ok(())
                }
            };
        }
        ("POST", _, path) if path.ends_with("/messages/count_tokens") => {
            json!({"input_tokens": request.body.len() / 4})
        }
        ("POST", _, path) if path.ends_with(":countTokens") => {
            json!({"totalTokens": request.body.len() / 4})
        }
        ("POST", _, "/v1internal:loadCodeAssist") => accounts::plan(),
        ("POST", _, "/tokeninfo") => accounts::token_info(),
        ("POST" | "GET", _, path) if path.starts_with("/v1internal") => json!({}),
        ("GET", _, path) if path.ends_with("/models") => {
            json!({"object": "list", "data": [{"id": "scripted", "object": "model"}]})
        }
        ("POST", _, "/oauth/token") => {
            let nth = shared.refresh(recorded.body.clone());
            let gate = shared.gate("refresh");
            let (status, answer) = accounts::refreshed(&recorded.body, nth, &gate).await;
            let headers = [("content-type", "application/json")];
            let answer = answer.to_string();
            return wire::send_whole(&mut out, status, &headers, answer.as_bytes()).await;
        }
        ("GET", _, "/wham/usage") => match shared.state().used_percent {
            Some(used) => accounts::usage(used),
            None => json!({}),
        },
        ("GET", _, "/requests") => json!(shared.state().requests),
        ("POST", _, path) if path.starts_with("/gates/") => {
            let name = path.trim_start_matches("/gates/");
            shared.gate(name).release();
            json!({"released": name})
        }
        _ => return wire::send_whole(&mut out, 404, &[], b"").await,
    };
    let headers = [("content-type", "application/json")];
    wire::send_whole(&mut out, 200, &headers, answer.to_string().as_bytes()).await
}

impl Shared {
    /// Records a refresh; which one it is, counted from one.
    fn refresh(&self, body: Value) -> usize {
        let mut state = self.state();
        state.refreshes.push(body);
        let nth = state.refreshes.len();
        drop(state);
        self.counts.send_modify(|counts| counts.refreshes += 1);
        nth
    }

    fn abandon(&self) {
        self.counts.send_modify(|counts| counts.abandoned += 1);
    }
}

/// Returns once the client has closed its side or vanished.
async fn left(from: &mut (impl tokio::io::AsyncRead + Unpin)) {
    let mut rest = [0; 256];
    while matches!(from.read(&mut rest).await, Ok(1..)) {}
}
