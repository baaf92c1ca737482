//! Carries out the steps of one answer on one connection.

use std::{io, time::Duration};

use serde_json::Value;
use tokio::net::tcp::OwnedWriteHalf;

use super::{
    gate::Gate,
    script::{Reply, Shape, Step},
    shape::Stream,
    voice::{Api, Calling, Said, Used, Voice},
    wire,
};

/// One answer being given.
pub(super) struct Answer<'a> {
    pub(super) out: &'a mut OwnedWriteHalf,
    /// How it was asked for.
    pub(super) api: Api,
    /// The request it answers.
    pub(super) request: &'a Value,
    /// The number of that request.
    pub(super) nth: usize,
    pub(super) gate: &'a (dyn Fn(&str) -> Gate + Sync),
}

/// What is known of an answer when it ends.
#[derive(Default)]
struct Ending {
    calls: usize,
    finish: Option<String>,
    written: usize,
}

impl Answer<'_> {
    /// Gives the answer. Errors are the client leaving; nobody needs to know.
    pub(super) async fn give(self, reply: &Reply) -> io::Result<()> {
        let mut steps = reply.steps.as_slice();
        let mut shape = None;
        let mut headers = String::new();
        // Gates and pauses before the first word hold back the status line too.
        while let [first, rest @ ..] = steps {
            match first {
                Step::Gate(name) => (self.gate)(name).pass().await,
                Step::PauseMs(ms) => tokio::time::sleep(Duration::from_millis(*ms)).await,
                Step::Stall => return stall().await,
                Step::HangUp => return Ok(()),
                Step::Shape(wanted) => shape = Some(*wanted),
                Step::Header { name, value } => headers.push_str(&format!("{name}: {value}\r\n")),
                Step::Status {
                    code,
                    body,
                    retry_after,
                } => {
                    let mut headers = vec![("content-type", "application/json")];
                    headers.extend(retry_after.as_deref().map(|value| ("retry-after", value)));
                    let body = if body.is_null() {
                        String::new()
                    } else {
                        body.to_string()
                    };
                    return wire::send_whole(self.out, *code, &headers, body.as_bytes()).await;
                }
                Step::Html(page) => {
                    let headers = [("content-type", "text/html; charset=utf-8")];
                    return wire::send_whole(self.out, 200, &headers, page.as_bytes()).await;
                }
                Step::Redirect(to) => {
                    return wire::send_whole(self.out, 307, &[("location", to)], b"").await;
                }
                _ => break,
            }
            steps = rest;
        }
        self.stream(steps, shape, &headers).await
    }

    async fn stream(self, steps: &[Step], shape: Option<Shape>, headers: &str) -> io::Result<()> {
        let used = self.used(steps);
        let mut voice = Voice::new(self.api, self.nth, self.request);
        let mut stream = Stream::begin(self.out, shape, headers).await?;
        let mut ending = Ending::default();
        say(&mut stream, voice.begin(used)).await?;
        for step in steps {
            match step {
                Step::Text(text) => {
                    ending.written += text.len();
                    say(&mut stream, voice.text(text)).await?;
                }
                Step::Words(text) => {
                    ending.written += text.len();
                    for word in text.split_inclusive(' ') {
                        say(&mut stream, voice.text(word)).await?;
                    }
                }
                Step::Call {
                    name,
                    arguments,
                    id,
                    fragments,
                } => {
                    let made_up = format!("call_{}_{}", self.nth, ending.calls);
                    let call = Calling {
                        id: id.as_deref().unwrap_or(&made_up),
                        name,
                        free: arguments.as_str(),
                        pieces: pieces(&arguments.to_string(), *fragments),
                    };
                    say(&mut stream, voice.call(&call)).await?;
                    ending.calls += 1;
                }
                Step::Usage { .. } | Step::WithoutUsage | Step::Shape(_) | Step::Header { .. } => {}
                Step::Gate(name) => (self.gate)(name).pass().await,
                Step::PauseMs(ms) => tokio::time::sleep(Duration::from_millis(*ms)).await,
                Step::Finish(reason) => ending.finish = Some(reason.clone()),
                Step::Event(data) => stream.event("", data).await?,
                Step::Raw(bytes) => stream.raw(bytes).await?,
                Step::EndEarly => return stream.end().await,
                Step::Stall => return stall().await,
                Step::Cut
                | Step::HangUp
                | Step::Status { .. }
                | Step::Html(_)
                | Step::Redirect(_) => {
                    return Ok(());
                }
            }
        }
        let is_set = steps.iter().any(|step| matches!(step, Step::Usage { .. }));
        let used = used.map(|used| Used {
            output: if is_set {
                used.output
            } else {
                ending.written as u64 / 4
            },
            ..used
        });
        say(&mut stream, voice.end(ending.finish.as_deref(), used)).await?;
        stream.end().await
    }

    /// What the script says was used, or an estimate of what was read.
    fn used(&self, steps: &[Step]) -> Option<Used> {
        let mut used = Some(Used {
            input: self.request.to_string().len() as u64 / 4,
            output: 0,
            cached: 0,
        });
        for step in steps {
            match step {
                Step::Usage {
                    input,
                    output,
                    cached,
                } => {
                    used = Some(Used {
                        input: *input,
                        output: *output,
                        cached: *cached,
                    });
                }
                Step::WithoutUsage => used = None,
                _ => {}
            }
        }
        used
    }
}

fn pieces(arguments: &str, count: usize) -> Vec<String> {
    let letters: Vec<char> = arguments.chars().collect();
    letters
        .chunks(letters.len().div_ceil(count.max(1)).max(1))
        .map(|piece| piece.iter().collect())
        .collect()
}

async fn say(stream: &mut Stream<'_>, said: Vec<Said>) -> io::Result<()> {
    for (kind, data) in said {
        stream.event(kind, &data).await?;
    }
    Ok(())
}

/// Whoever drives the answer drops it when the client leaves.
async fn stall() -> io::Result<()> {
    std::future::pending().await
}
