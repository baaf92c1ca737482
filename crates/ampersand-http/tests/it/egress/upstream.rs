//! A server on raw TCP that says what it is told to and remembers what it heard.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::AbortHandle,
};

/// A running server; every connection gets the same answer once something was heard on it.
pub(super) struct Upstream {
    pub(super) address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    accepting: AbortHandle,
}

impl Upstream {
    /// Answers with `answer` once what it heard ends with `ending`.
    pub(super) async fn start(ending: &'static str, answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&heard);
        let accepting = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let nth = {
                    let mut all = all.lock().unwrap();
                    all.push(String::new());
                    all.len() - 1
                };
                let (all, answer) = (Arc::clone(&all), answer.clone());
                tokio::spawn(async move {
                    let mut buffer = [0; 4096];
                    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                        let text = String::from_utf8_lossy(&buffer[..read]).into_owned();
                        let is_whole = {
                            let mut all = all.lock().unwrap();
                            all[nth].push_str(&text);
                            all[nth].ends_with(ending)
                        };
                        if is_whole {
                            stream.write_all(answer.as_bytes()).await.ok();
                            return;
                        }
                    }
                });
            }
        });
        Self {
            address,
            heard,
            accepting: accepting.abort_handle(),
        }
    }

    /// Answers a request without a body, or one that ends with `}`.
    pub(super) async fn answers(ending: &'static str, head: &str, body: &str) -> Self {
        let length = body.len();
        let answer =
            format!("{head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        Self::start(ending, answer).await
    }

    /// What each connection said.
    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    pub(super) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
