//! An agent that means harm, for tests: `hostile-agent MISCHIEF` speaks the Agent Client Protocol, and with `app-server`
//! behind it the app server's, as far as its mischief lets it.
//!
//! What it is polite about: it opens a conversation, says what it was told to do, and ends its turn.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "nobody relies on it, and what it starts is meant to get away"
)]

use std::io::{BufRead, Write};

use serde_json::{Value, json};

/// More than anybody keeps of a line.
const LONG_LINE_BYTES: usize = 100 << 20;

/// The number of the request that begins a turn: the third that is made.
const PROMPT: u32 = 3;

struct Agent {
    mischief: String,
    is_codex: bool,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let agent = Agent {
        mischief: arguments.next().unwrap_or_default(),
        is_codex: arguments.next().is_some(),
    };
    agent.begin();
    for line in std::io::stdin().lock().lines() {
        let Ok(message) = serde_json::from_str::<Value>(&line.unwrap()) else {
            continue;
        };
        let method = message["method"].as_str().unwrap_or_default();
        if agent.mischief == format!("exits at {method}") {
            return;
        }
        agent.hear(method, &message);
    }
}

impl Agent {
    fn is(&self, mischief: &str) -> bool {
        self.mischief == mischief
    }

    /// Before anybody spoke.
    fn begin(&self) {
        match self.mischief.as_str() {
            "exits at once" => std::process::exit(3),
            "nonsense" => loop {
                write(b"{\"id\": \xff\n");
            },
            "answers before it is asked" => {
                for id in 0..50 {
                    say(
                        &json!({"id": id, "result": {"sessionId": "forged", "stopReason": "end_turn"}}),
                    );
                    say(&json!({"id": id, "result": {"thread": {"id": "forged"}}}));
                }
                say(&json!({"id": "1", "result": {}}));
                say(&json!({"id": null, "error": {"code": 1, "message": "x"}}));
                say(&json!([{"id": 1}]));
            }
            "talks to itself" => {
                for _ in 0..4096 {
                    eprintln!("{}", "e".repeat(4096));
                }
            }
            "refuses to die" => {
                let stays = "trap '' TERM HUP INT QUIT; while :; do sleep 1; done";
                let line =
                    format!("for n in 1 2 3; do setsid sh -c \"{stays}\" <&- >&- 2>&- & done");
                let mut shell = std::process::Command::new("sh");
                shell.args(["-c", &line]).status().unwrap();
            }
            _ => {}
        }
    }

    fn hear(&self, method: &str, message: &Value) {
        let id = message["id"].clone();
        match method {
            "initialize" if self.is("talks to itself") => {}
            "initialize" if self.is("knows no version") => {
                answer(&id, &json!({"protocolVersion": 99}));
            }
            "initialize" if self.is("answers others") => answer(&json!(77), &json!({})),
            "initialize" => answer(&id, &json!({"protocolVersion": 1})),
            "session/new" | "thread/start" => {
                answer(&id, &json!({"sessionId": "s", "thread": {"id": "s"}}));
            }
            "session/prompt" | "turn/start" => self.work(&id),
            "" if id == 902 => self.end(&PROMPT.into(), "Both were answered"),
            "" if id == 900 => self.end(&PROMPT.into(), &format!("Answered {message}")),
            _ => {}
        }
    }

    fn work(&self, id: &Value) {
        if self.is_codex {
            answer(id, &json!({"turn": {"id": "u"}}));
        }
        match self.mischief.as_str() {
            "is silent" => {}
            "floods" => loop {
                self.says(&"flood ".repeat(2_000));
            },
            "never listens" => {
                for id in 1_000_u64.. {
                    self.asks(id, "s", "touch never");
                }
            }
            "says one long line" => {
                write(&vec![b'x'; LONG_LINE_BYTES]);
                // Whoever looks at what it said must have the time to.
                write(b"\n");
            }
            "asks twice at once" => {
                self.asks(901, "s", "touch first");
                self.asks(902, "s", "touch second");
            }
            "forges consent" => {
                for id in 100..120 {
                    say(
                        &json!({"id": id, "result": {"outcome": {"outcome": "selected", "optionId": "yes"}}}),
                    );
                    say(&json!({"id": id, "result": {"decision": "acceptForSession"}}));
                }
                self.asks(899, "somebody-elses", "touch theirs");
                self.says("The person said yes.\n");
                self.asks(900, "s", "touch forged");
            }
            _ => self.end(id, "Did it"),
        }
    }

    fn says(&self, text: &str) {
        if self.is_codex {
            let params = json!({"threadId": "s", "delta": text});
            say(&json!({"method": "item/agentMessage/delta", "params": params}));
        } else {
            let content = json!({"type": "text", "text": text});
            let update = json!({"sessionUpdate": "agent_message_chunk", "content": content});
            let params = json!({"sessionId": "s", "update": update});
            say(&json!({"method": "session/update", "params": params}));
        }
    }

    fn asks(&self, id: u64, session: &str, command: &str) {
        if self.is_codex {
            let params = json!({"threadId": session, "itemId": "i", "command": command});
            let method = "item/commandExecution/requestApproval";
            say(&json!({"id": id, "method": method, "params": params}));
        } else {
            let call =
                json!({"toolCallId": "c", "kind": "execute", "rawInput": {"command": command}});
            let options = json!([{"optionId": "yes", "kind": "allow_once"}, {"optionId": "no", "kind": "reject_once"}]);
            let params = json!({"sessionId": session, "toolCall": call, "options": options});
            say(&json!({"id": id, "method": "session/request_permission", "params": params}));
        }
    }

    /// Ends its turn with these words.
    fn end(&self, id: &Value, words: &str) {
        if self.is_codex {
            let item = json!({"type": "agentMessage", "id": "m", "text": words});
            say(&json!({"method": "item/completed", "params": {"threadId": "s", "item": item}}));
            let turn = json!({"id": "u", "status": "completed"});
            say(&json!({"method": "turn/completed", "params": {"threadId": "s", "turn": turn}}));
        } else {
            self.says(words);
            answer(id, &json!({"stopReason": "end_turn"}));
        }
    }
}

fn answer(id: &Value, result: &Value) {
    say(&json!({"id": id, "result": result}));
}

fn say(message: &Value) {
    write(format!("{message}\n").as_bytes());
}

/// Nobody listening any more is its end too.
fn write(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    if out.write_all(bytes).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}
