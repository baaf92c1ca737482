//! A way over real sockets: what is seen of it, and that nothing begins on it while it is held.

use std::net::SocketAddr;
use std::sync::Arc;

use ampersand_core::{AttemptLimits, Meter};
use ampersand_http::Headers;
use ampersand_http::egress::Api;
use ampersand_testkit::model_server::{ModelServer, Reply, Script, Step};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::*;
use crate::executor::limits::Ledger;

/// A way that is served, and whoever would stop its agent.
struct Stand {
    control: Arc<Control>,
    served: Served,
    address: SocketAddr,
    shut: watch::Receiver<Option<Outage>>,
}

impl Stand {
    fn new(server: &ModelServer) -> Self {
        let ledger = Ledger::new(Meter::new(AttemptLimits::default(), &[]));
        let control = Control::new(Arc::new(Semaphore::new(1)), ledger);
        let apis = vec![Api::AnthropicMessages];
        let route = ModelRoute::new(&server.base_url(), apis, Headers::new()).unwrap();
        let leads = Leads {
            model: Some(ToModel {
                route,
                name: "scripted".to_owned(),
                login: None,
            }),
            hosts: Hosts::default(),
            stays: Hosts::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let entrance = Entrance::own(address.port());
        let (shut, told) = watch::channel(None);
        Self {
            served: Served::new(listener, (leads, &entrance), &control, shut).unwrap(),
            control,
            address,
            shut: told,
        }
    }

    async fn begin(&self, path: &str) -> TcpStream {
        self.say(path, "{}").await
    }

    async fn say(&self, path: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let (host, length) = (self.address, body.len());
        let ask = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(ask.as_bytes()).await.unwrap();
        stream
    }

    async fn ask(&self, path: &str) -> String {
        rest(self.begin(path).await).await
    }

    /// Why its agent was stopped.
    async fn stopped(&mut self) -> Outage {
        let why = self.shut.wait_for(Option::is_some).await.unwrap();
        why.clone().unwrap()
    }
}

async fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn an_agent_whose_model_lies_elsewhere_is_stopped_and_the_person_told() {
    let elsewhere = Reply::default().step(Step::Redirect("http://elsewhere.invalid/".to_owned()));
    let server = ModelServer::start(Script::always(elsewhere)).await.unwrap();
    let mut stand = Stand::new(&server);
    stand.ask("/v1/messages").await;
    let outage = stand.stopped().await;
    assert_eq!(outage.failure.code, "redirected");
    assert!(outage.failure.hint.contains("settings"), "{outage:?}");
    assert_eq!(outage.next_try(1, Timestamp::now(), 0), None);
    let way = stand.served.end().await.unwrap();
    assert_eq!(way.judge(None), Some(outage));
}

#[tokio::test]
async fn an_agent_that_speaks_another_api_is_stopped_but_not_one_that_is_answered() {
    let server = ModelServer::start(Script::always(Reply::says("so")))
        .await
        .unwrap();
    let answered = Stand::new(&server);
    answered.ask("/v1/messages").await;
    let mut other = Stand::new(&server);
    for _ in 0..REFUSALS_MAX {
        other.ask("/v1/telemetry").await;
    }
    for nth in 0..REFUSALS_MAX {
        assert!(!other.shut.has_changed().unwrap(), "{nth}");
        for stand in [&answered, &other] {
            let refused = stand.ask("/v1/responses").await;
            assert!(refused.contains("path_refused"), "{refused}");
        }
    }
    assert_eq!(other.stopped().await.failure.code, "path_refused");
    answered.ask("/v1/messages").await;
    assert!(!answered.shut.has_changed().unwrap());
    assert_eq!(answered.served.end().await.unwrap().judge(None), None);
}

#[tokio::test]
async fn an_agent_whose_conversation_has_its_model_fetch_something_is_stopped() {
    let server = ModelServer::start(Script::always(Reply::says("so")))
        .await
        .unwrap();
    let mut stand = Stand::new(&server);
    stand.ask("/v1/messages").await;
    let fetches = r#"{"mcp_servers": [{"url": "https://elsewhere.invalid"}]}"#;
    for _ in 0..REFUSALS_MAX {
        let refused = rest(stand.say("/v1/messages", fetches).await).await;
        assert!(refused.contains("fetch_refused"), "{refused}");
    }
    assert_eq!(stand.stopped().await.failure.code, "fetch_refused");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn nothing_begins_once_the_gate_is_closed_also_on_a_way_that_opens_then() {
    let reply = Reply::default().gate("held").text("so");
    let server = ModelServer::start(Script::always(reply)).await.unwrap();
    let gate = server.gate("held");
    let stand = Stand::new(&server);
    let most = egress::Limits::default().model_requests_at_once;
    let mut asked = Vec::new();
    for _ in 0..most {
        asked.push(stand.begin("/v1/messages").await);
    }
    gate.reached_by(most).await;
    // Its turn comes once another is answered.
    let waits = stand.begin("/v1/messages").await;

    stand.control.close_gate();
    let policy = egress::Policy::default();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let late = Proxy::serve(listener, policy, mpsc::channel(1).0).unwrap();
    stand.control.reach().follow(late.shutter());
    assert!(late.is_paused());
    gate.release();
    for stream in asked {
        assert!(rest(stream).await.contains("so"));
    }
    assert_eq!(server.requests().len(), most);

    stand.control.want_open();
    stand.control.open_gate();
    assert!(!late.is_paused());
    assert!(rest(waits).await.contains("so"));
    assert_eq!(server.requests().len(), most + 1);
}
