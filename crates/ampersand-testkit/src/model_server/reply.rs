//! Carries out the steps of one answer on one connection.

use std::{io, time::Duration};

use serde_json::{Value, json};
use tokio::net::tcp::OwnedWriteHalf;

use super::{
    gate::Gate,
    script::{Reply, Step},
    wire,
};

/// One answer being given.
pub(super) struct Answer<'a> {
    pub(super) out: &'a mut OwnedWriteHalf,
    /// The request it answers.
    pub(super) request: &'a Value,
    /// The number of that request.
    pub(super) nth: usize,
    pub(super) gate: &'a (dyn Fn(&str) -> Gate + Sync),
}

/// What is known of an answer when it ends.
struct Ending {
    calls: usize,
    finish: Option<String>,
    usage: Option<Value>,
    written: usize,
}

impl Answer<'_> {
    /// Gives the answer. Errors are the client leaving; nobody needs to know.
    pub(super) async fn give(mut self, reply: &Reply) -> io::Result<()> {
        let mut steps = reply.steps.as_slice();
        // Gates and pauses before the first word hold back the status line too.
        while let [first, rest @ ..] = steps {
            match first {
                Step::Gate(name) => (self.gate)(name).pass().await,
                Step::PauseMs(ms) => tokio::time::sleep(Duration::from_millis(*ms)).await,
                Step::Stall => return self.stall().await,
                Step::HangUp => return Ok(()),
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
        wire::begin_stream(self.out).await?;
        self.event(&self.chunk(&json!({"role": "assistant", "content": ""}), None))
            .await?;
        self.stream(steps).await
    }

    async fn stream(&mut self, steps: &[Step]) -> io::Result<()> {
        let mut ending = Ending {
            calls: 0,
            finish: None,
            usage: None,
            written: 0,
        };
        for step in steps {
            match step {
                Step::Text(text) => self.text(text, &mut ending).await?,
                Step::Words(text) => {
                    for word in text.split_inclusive(' ') {
                        self.text(word, &mut ending).await?;
                    }
                }
                Step::Call {
                    name,
                    arguments,
                    id,
                    fragments,
                } => {
                    let id = id
                        .clone()
                        .unwrap_or_else(|| format!("call_{}_{}", self.nth, ending.calls));
                    self.call(ending.calls, &id, name, &arguments.to_string(), *fragments)
                        .await?;
                    ending.calls += 1;
                }
                Step::Usage {
                    input,
                    output,
                    cached,
                } => {
                    ending.usage = Some(usage(*input, *output, *cached));
                }
                Step::Gate(name) => (self.gate)(name).pass().await,
                Step::PauseMs(ms) => tokio::time::sleep(Duration::from_millis(*ms)).await,
                Step::Finish(reason) => ending.finish = Some(reason.clone()),
                Step::Event(data) => {
                    wire::send_chunk(self.out, format!("data: {data}\n\n").as_bytes()).await?;
                }
                Step::Raw(bytes) => wire::send_chunk(self.out, bytes.as_bytes()).await?,
                Step::EndEarly => return wire::end_stream(self.out).await,
                Step::Stall => return self.stall().await,
                Step::Cut
                | Step::HangUp
                | Step::Status { .. }
                | Step::Html(_)
                | Step::Redirect(_) => {
                    return Ok(());
                }
            }
        }
        self.end(ending).await
    }

    async fn end(&mut self, ending: Ending) -> io::Result<()> {
        let usual = if ending.calls > 0 {
            "tool_calls"
        } else {
            "stop"
        };
        let finish = ending.finish.as_deref().unwrap_or(usual);
        self.event(&self.chunk(&json!({}), Some(finish))).await?;
        if self.request["stream_options"]["include_usage"] == true || ending.usage.is_some() {
            let estimate = || {
                usage(
                    self.request.to_string().len() as u64 / 4,
                    ending.written as u64 / 4,
                    0,
                )
            };
            let mut chunk = self.chunk(&json!({}), None);
            chunk["choices"] = json!([]);
            chunk["usage"] = ending.usage.unwrap_or_else(estimate);
            self.event(&chunk).await?;
        }
        wire::send_chunk(self.out, b"data: [DONE]\n\n").await?;
        wire::end_stream(self.out).await
    }

    async fn text(&mut self, text: &str, ending: &mut Ending) -> io::Result<()> {
        ending.written += text.len();
        self.event(&self.chunk(&json!({"content": text}), None))
            .await
    }

    async fn call(
        &mut self,
        index: usize,
        id: &str,
        name: &str,
        arguments: &str,
        fragments: usize,
    ) -> io::Result<()> {
        let head = json!({"tool_calls": [{"index": index, "id": id, "type": "function",
            "function": {"name": name, "arguments": ""}}]});
        self.event(&self.chunk(&head, None)).await?;
        let letters: Vec<char> = arguments.chars().collect();
        for part in letters.chunks(letters.len().div_ceil(fragments.max(1)).max(1)) {
            let part: String = part.iter().collect();
            let delta = json!({"tool_calls": [{"index": index, "function": {"arguments": part}}]});
            self.event(&self.chunk(&delta, None)).await?;
        }
        Ok(())
    }

    fn chunk(&self, delta: &Value, finish: Option<&str>) -> Value {
        json!({
            "id": format!("chatcmpl-{}", self.nth),
            "object": "chat.completion.chunk",
            "model": self.request["model"],
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        })
    }

    async fn event(&mut self, data: &Value) -> io::Result<()> {
        wire::send_chunk(self.out, format!("data: {data}\n\n").as_bytes()).await
    }

    /// Whoever drives the answer drops it when the client leaves.
    async fn stall(&self) -> io::Result<()> {
        std::future::pending().await
    }
}

fn usage(input: u64, output: u64, cached: u64) -> Value {
    json!({
        "prompt_tokens": input,
        "completion_tokens": output,
        "total_tokens": input + output,
        "prompt_tokens_details": {"cached_tokens": cached},
    })
}
