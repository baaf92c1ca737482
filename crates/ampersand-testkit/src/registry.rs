//! A registry of packages on a port of its own: answers with what it was given, and counts what it was asked.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

/// What is at each path.
type Pages = BTreeMap<String, Vec<u8>>;

/// A running registry. Dropping it ends it.
#[derive(Debug)]
pub struct Registry {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

#[derive(Debug, Default)]
struct Shared {
    pages: Mutex<Pages>,
    asked: Mutex<Vec<String>>,
}

impl Registry {
    /// Starts on a free port of 127.0.0.1, with nothing in it.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::<Shared>::default();
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self {
            address,
            shared,
            accepting,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Puts a page at a path, which begins with a slash.
    pub fn put(&self, path: &str, page: impl Into<Vec<u8>>) {
        let mut pages = lock(&self.shared.pages);
        pages.insert(path.to_owned(), page.into());
    }

    /// What it was asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        lock(&self.shared.asked).clone()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, Arc::clone(&shared)));
    }
}

/// One request to a connection. Who leaves early is not waited for.
async fn answer(stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    stream.read_line(&mut first).await?;
    let mut header = String::from("-");
    while !header.trim().is_empty() {
        header.clear();
        stream.read_line(&mut header).await?;
    }
    let target = first.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default();
    lock(&shared.asked).push(path.to_owned());
    let page = lock(&shared.pages).get(path).cloned();
    let (status, page) = match page {
        Some(page) => ("200 OK", page),
        None => ("404 Not Found", Vec::new()),
    };
    let (length, kind) = match path.ends_with('/') {
        true => (page.len(), "text/html"),
        false => (page.len(), "application/octet-stream"),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\ncontent-type: {kind}\r\n\
         cache-control: public, max-age=3600\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&page).await?;
    stream.shutdown().await
}
