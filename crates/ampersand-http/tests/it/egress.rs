//! The proxy of an attempt over real sockets: what an agent sends, what arrives where, and what is told.

mod close;
mod endings;
mod hosts;
mod limits;
mod model;
mod room;
mod upstream;

use std::net::SocketAddr;

use ampersand_http::{
    Headers, Secret,
    egress::{Api, Event, ModelRoute, Policy, Proxy, Refusal},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
};

/// The key only we know.
const KEY: &str = "sk-ours-0123456789";

/// A proxy, as its owner and its agent see it.
struct Out {
    proxy: Proxy,
    address: SocketAddr,
    events: mpsc::Receiver<Event>,
}

impl Out {
    fn new(policy: Policy) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, events) = mpsc::channel(256);
        Self {
            proxy: Proxy::serve(listener, policy, sender).unwrap(),
            address,
            events,
        }
    }

    /// Connects and sends, `@` in the text being the address the agent was given.
    async fn open(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let text = text.replace('@', &self.address.to_string());
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// Sends, and reads everything that comes back.
    async fn ask(&self, text: &str) -> String {
        rest(&mut self.open(text).await).await
    }

    async fn refusal(&mut self) -> Refusal {
        let refused = match self.events.recv().await.unwrap() {
            Event::Refused(refused) => Some(refused.why),
            Event::Answered | Event::Failed { .. } | Event::Unreached { .. } => None,
        };
        refused.unwrap()
    }
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that was cut is one that ended.
    stream.read_to_end(&mut bytes).await.ok();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads until `sign` has come.
async fn until(stream: &mut TcpStream, sign: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 1024];
    while !text.contains(sign) {
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(read > 0, "ended before {sign:?}: {text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    text
}

fn status(answer: &str) -> u16 {
    let code = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    code.unwrap_or(0)
}

fn model(base_url: &str) -> Policy {
    let headers = Headers::new().secret("authorization", "Bearer ", Secret::new(KEY));
    let apis = vec![Api::ChatCompletions, Api::AnthropicMessages];
    Policy {
        model: Some(ModelRoute::new(base_url, apis, headers).unwrap()),
        ..Policy::default()
    }
}

fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nHost: @\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
}
