//! A model behind the chat whose first word is the moment it left. On threads of its own, and without a look at what
//! it is asked, so that it takes next to nothing of the processors that are measured.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use serde_json::json;

use crate::moment::Moment;

/// Serves until the program ends.
pub(super) struct PacedModel {
    address: SocketAddr,
}

impl PacedModel {
    pub(super) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that leaves in the middle is no concern of ours.
                thread::spawn(move || serve(&stream));
            }
        });
        Ok(Self { address })
    }

    /// What goes before `/chat/completions`.
    pub(super) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

fn serve(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut from = BufReader::new(stream);
    for turn in 0.. {
        skip_request(&mut from)?;
        answer(stream, thinks_for(turn))?;
    }
    Ok(())
}

/// Different from turn to turn, so that no answer keeps step with the agents.
fn thinks_for(turn: u64) -> Duration {
    Duration::from_millis(12 + turn * 7 % 23)
}

fn skip_request(from: &mut impl BufRead) -> io::Result<()> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    io::copy(&mut from.by_ref().take(length), &mut io::sink()).map(drop)
}

fn answer(mut to: &TcpStream, thinks_for: Duration) -> io::Result<()> {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let begins = chunk(&json!({"role": "assistant", "content": ""}), None);
    to.write_all(format!("{head}{begins}").as_bytes())?;
    thread::sleep(thinks_for);
    let first = chunk(&json!({"content": format!("{} ", Moment::now())}), None);
    to.write_all(first.as_bytes())?;
    thread::sleep(Duration::from_millis(5));
    let rest = chunk(&json!({"content": "is when the first word left."}), None);
    let ends = chunk(&json!({}), Some("stop"));
    let done = framed("data: [DONE]\n\n");
    to.write_all(format!("{rest}{ends}{done}0\r\n\r\n").as_bytes())
}

fn chunk(delta: &serde_json::Value, finish: Option<&str>) -> String {
    let event = json!({
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "model": "paced",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    });
    framed(&format!("data: {event}\n\n"))
}

fn framed(bytes: &str) -> String {
    format!("{:x}\r\n{bytes}\r\n", bytes.len())
}
