//! What a scripted server says, as data: rules tried in order, each a condition and an answer in steps.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The rules of a server. The first that fits and is not used up answers; with none, the answer is status 500 naming
/// the question, so that a forgotten rule is seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// In the order they are tried.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// When it fits.
    #[serde(default)]
    pub when: When,
    /// How often it answers; absent means always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<usize>,
    /// What it answers.
    pub reply: Reply,
}

/// A condition on a request. Every part that is set must hold; none set means every request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// The last user message contains this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The system prompt contains this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Any message, of any author, contains this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any: Option<String>,
    /// The name of the model asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// A tool of this name is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// How many tool results follow the last user message: the step of a conversation with tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_results: Option<usize>,
    /// The number of the request, counted from zero over the server's life.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<usize>,
}

/// An answer in steps. What ends an answer (finish reason, usage, end mark) is added unless a step ends it otherwise.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reply {
    /// In order.
    pub steps: Vec<Step>,
}

/// One step of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A chunk with this text.
    Text(String),
    /// A chunk for every word of this text.
    Words(String),
    /// A call of a tool, its arguments in as many chunks as asked for (at least one).
    Call {
        /// The tool.
        name: String,
        /// Its arguments. A text on its own is what a tool is given that takes any text; only the Responses API has those.
        arguments: Value,
        /// Its id; made up if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// In how many chunks its arguments come.
        #[serde(default)]
        fragments: usize,
    },
    /// What the answer used, in place of the estimate.
    Usage {
        /// Tokens read.
        input: u64,
        /// Tokens written.
        output: u64,
        /// Tokens read from a cache.
        #[serde(default)]
        cached: u64,
    },
    /// The server says nothing of what the answer used.
    WithoutUsage,
    /// Only before the first word: how the stream is written.
    Shape(Shape),
    /// Only before the first word: a header of the answer.
    Header {
        /// Its name, in lower case.
        name: String,
        /// Its value.
        value: String,
    },
    /// Waits at the gate of this name.
    Gate(String),
    /// Waits this many milliseconds. For shows; a test waits at a gate.
    PauseMs(u64),
    /// The reason given for ending, in place of the usual one, in the words of Chat Completions (`length`,
    /// `content_filter`).
    Finish(String),
    /// Only as the first step: this status instead of an answer.
    Status {
        /// The status.
        code: u16,
        /// The body, as JSON.
        #[serde(default)]
        body: Value,
        /// The Retry-After header.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<String>,
    },
    /// Only as the first step: status 200 with this page.
    Html(String),
    /// Only as the first step: status 307 to this address.
    Redirect(String),
    /// Only as the first step: the connection is closed without a word.
    HangUp,
    /// An event whose data is exactly this.
    Event(String),
    /// These very bytes of the stream.
    Raw(String),
    /// The connection breaks in the middle of the stream.
    Cut,
    /// The stream ends in an orderly way, without a finish reason.
    EndEarly,
    /// Silence until the client leaves.
    Stall,
}

/// How a stream is written: each is allowed, and each has broken somebody's reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Every byte on its own, characters cut in two.
    Bytes,
    /// Lines end with CR LF.
    Crlf,
    /// Comments and unknown fields in between.
    Comments,
    /// The data of an event over several lines.
    MultiLine,
    /// Compressed.
    Gzip,
}

impl Script {
    /// No rules yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One answer to everything.
    pub fn always(reply: Reply) -> Self {
        Self::new().rule(When::anything(), reply)
    }

    /// Adds a rule.
    #[must_use]
    pub fn rule(mut self, when: When, reply: Reply) -> Self {
        self.rules.push(Rule {
            when,
            times: None,
            reply,
        });
        self
    }

    /// Adds a rule that answers so many times.
    #[must_use]
    pub fn times(mut self, times: usize, when: When, reply: Reply) -> Self {
        self.rules.push(Rule {
            when,
            times: Some(times),
            reply,
        });
        self
    }
}

impl When {
    /// Every request.
    pub fn anything() -> Self {
        Self::default()
    }

    /// The last user message contains this.
    pub fn user(text: &str) -> Self {
        Self {
            user: Some(text.to_owned()),
            ..Self::default()
        }
    }

    /// The system prompt contains this.
    pub fn system(text: &str) -> Self {
        Self {
            system: Some(text.to_owned()),
            ..Self::default()
        }
    }

    /// Any message, of any author, contains this.
    pub fn any(text: &str) -> Self {
        Self {
            any: Some(text.to_owned()),
            ..Self::default()
        }
    }

    /// The number of the request, counted from zero.
    pub fn nth(nth: usize) -> Self {
        Self {
            nth: Some(nth),
            ..Self::default()
        }
    }

    /// And the system prompt contains this.
    #[must_use]
    pub fn and_system(mut self, text: &str) -> Self {
        self.system = Some(text.to_owned());
        self
    }

    /// And so many tool results follow the last user message.
    #[must_use]
    pub fn after_results(mut self, count: usize) -> Self {
        self.tool_results = Some(count);
        self
    }

    /// And a tool of this name is offered.
    #[must_use]
    pub fn with_tool(mut self, name: &str) -> Self {
        self.tool = Some(name.to_owned());
        self
    }

    pub(super) fn fits(&self, request: &Value, nth: usize) -> bool {
        let messages = request["messages"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        let last_user = messages
            .iter()
            .rposition(|message| message["role"] == "user");
        let results = messages[last_user.unwrap_or(0)..]
            .iter()
            .filter(|message| message["role"] == "tool")
            .count();
        let holds = |text: &Option<String>, of: &[&Value]| {
            let found = |text: &str| of.iter().any(|message| text_of(message).contains(text));
            text.as_deref().is_none_or(found)
        };
        let all: Vec<_> = messages.iter().collect();
        let system: Vec<_> = messages.iter().filter(|m| m["role"] == "system").collect();
        let user: Vec<_> = last_user.map(|at| &messages[at]).into_iter().collect();
        let tools = request["tools"].as_array().map_or(&[][..], Vec::as_slice);
        holds(&self.user, &user)
            && holds(&self.system, &system)
            && holds(&self.any, &all)
            && self
                .model
                .as_ref()
                .is_none_or(|model| request["model"] == model.as_str())
            && self
                .tool
                .as_ref()
                .is_none_or(|tool| tools.iter().any(|t| t["function"]["name"] == tool.as_str()))
            && self.tool_results.is_none_or(|count| count == results)
            && self.nth.is_none_or(|wanted| wanted == nth)
    }
}

/// A message's text, whether it is a string or parts.
fn text_of(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect(),
        _ => String::new(),
    }
}

impl Reply {
    /// An answer with no steps yet: empty, and complete.
    pub fn new() -> Self {
        Self::default()
    }

    /// An answer of one chunk of text.
    pub fn says(text: &str) -> Self {
        Self::new().text(text)
    }

    /// An answer that calls one tool.
    pub fn calls(name: &str, arguments: Value) -> Self {
        Self::new().call(name, arguments)
    }

    /// A status instead of an answer.
    pub fn status(code: u16, body: Value) -> Self {
        Self::new().step(Step::Status {
            code,
            body,
            retry_after: None,
        })
    }

    /// Status 429 with this Retry-After.
    pub fn rate_limited(retry_after: &str) -> Self {
        let body = serde_json::json!({"error": {"message": "too many requests"}});
        Self::new().step(Step::Status {
            code: 429,
            body,
            retry_after: Some(retry_after.to_owned()),
        })
    }

    /// Adds any step.
    #[must_use]
    pub fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Adds a chunk of text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.step(Step::Text(text.to_owned()))
    }

    /// Adds a call.
    #[must_use]
    pub fn call(self, name: &str, arguments: Value) -> Self {
        self.step(Step::Call {
            name: name.to_owned(),
            arguments,
            id: None,
            fragments: 3,
        })
    }

    /// Waits at the gate of this name.
    #[must_use]
    pub fn gate(self, name: &str) -> Self {
        self.step(Step::Gate(name.to_owned()))
    }

    /// States what was used.
    #[must_use]
    pub fn usage(self, input: u64, output: u64) -> Self {
        self.step(Step::Usage {
            input,
            output,
            cached: 0,
        })
    }
}
