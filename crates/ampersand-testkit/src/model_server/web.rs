//! A tiny web: pages by path, and searches in SearXNG's form.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};

use super::{
    server::Recorded,
    wire::{self, HttpRequest},
};

/// One answer, whatever the question was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canned {
    /// The status.
    pub status: u16,
    /// Besides the length.
    pub headers: Vec<(String, String)>,
    /// The bytes of the body.
    pub body: Vec<u8>,
}

impl Canned {
    /// A page.
    pub fn html(page: &str) -> Self {
        Self::ok("text/html; charset=utf-8", page)
    }

    /// Status 200 with any content.
    pub fn ok(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self {
            status: 200,
            headers,
            body: body.into(),
        }
    }

    /// A redirect.
    pub fn redirect(to: &str) -> Self {
        Self {
            status: 302,
            headers: vec![("location".to_owned(), to.to_owned())],
            body: Vec::new(),
        }
    }

    /// What a SearXNG endpoint answers; each hit is title, address, content.
    pub fn searxng(hits: &[(&str, &str, &str)]) -> Self {
        let results: Vec<_> = hits
            .iter()
            .map(|(title, url, content)| json!({"title": title, "url": url, "content": content}))
            .collect();
        Self::ok(
            "application/json",
            json!({"query": "", "results": results}).to_string(),
        )
    }
}

/// A running web server on a port of its own. What it does not know is 404. Dropping it closes every connection.
#[derive(Debug)]
pub struct WebServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

#[derive(Debug)]
struct Shared {
    pages: HashMap<String, Canned>,
    requests: Mutex<Vec<Recorded>>,
}

impl WebServer {
    /// Starts on a free port of 127.0.0.1; pages are found by path without query.
    pub async fn start<const N: usize>(pages: [(&str, Canned); N]) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let pages = pages
            .into_iter()
            .map(|(path, page)| (path.to_owned(), page))
            .collect();
        let shared = Arc::new(Shared {
            pages,
            requests: Mutex::default(),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self {
            address,
            shared,
            accepting,
        })
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// `127.0.0.1` and the port, as a host policy names it.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// The port alone.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
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
    let (mut from, mut out) = stream.into_split();
    let Some(request) = wire::read_request(&mut from).await? else {
        return Ok(());
    };
    shared
        .requests
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Recorded::new(&request));
    let Some(page) = shared.pages.get(path_of(&request)) else {
        return wire::send_whole(&mut out, 404, &[], b"").await;
    };
    let headers: Vec<_> = page
        .headers
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    wire::send_whole(&mut out, page.status, &headers, &page.body).await
}

fn path_of(request: &HttpRequest) -> &str {
    request.path.split('?').next().unwrap_or_default()
}
