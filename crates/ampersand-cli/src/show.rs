//! What is printed: JSON lines for programs, short sentences for people.

mod flow;
pub(crate) mod text;

use std::io::{self, Write};

use ampersand_core::{Approval, Conflict, Failure, Report, TaskId, counted};
use ampersand_protocol::{AgentFound, Diff, TaskView, Update, UpdateBody};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

pub(crate) use flow::Flow;

/// What an override came to, as a line.
#[derive(Serialize)]
pub(crate) struct Overridden<'a> {
    pub(crate) verb: &'a str,
    pub(crate) tasks: Vec<TaskId>,
    pub(crate) processes: u32,
    pub(crate) took_ms: u32,
}

/// Where output goes. A reader that went away ends nothing: the work goes on behind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    json: bool,
}

impl Screen {
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// An update of the conversation; `flow` is what was shown of it before.
    pub(crate) fn update(self, flow: &mut Flow, update: &Update) {
        if self.json {
            line(&encode(update));
        } else {
            words_out(&flow.update(&update.body));
        }
    }

    /// The last words of a conversation.
    pub(crate) fn close(self, mut flow: Flow) {
        words_out(&flow.close());
    }

    /// A line of its own, for people only.
    pub(crate) fn say(self, words: &str) {
        if !self.json {
            line(words);
        }
    }

    /// A line as it is, for programs only.
    pub(crate) fn raw(self, text: &str) {
        if self.json {
            line(text);
        }
    }

    /// An object with a `type`, for programs; `words` for people.
    pub(crate) fn object(self, kind: &str, value: &impl Serialize, words: &str) {
        if !self.json {
            return line(words);
        }
        let mut object = json!({ "type": kind, "at": Timestamp::now() });
        if let (Value::Object(object), Ok(Value::Object(fields))) =
            (&mut object, serde_json::to_value(value))
        {
            // `at` and `type` of the outer object win: they are what every line promises.
            for (key, value) in fields {
                object.entry(key).or_insert(value);
            }
        }
        line(&object.to_string());
    }

    /// What an override came to.
    pub(crate) fn overridden(self, done: &Overridden<'_>) {
        let tasks = match done.tasks.len() {
            0 => "no task".to_owned(),
            n => counted(n as u64, "task"),
        };
        let confirmed = text::confirmed(done.processes, done.took_ms);
        let words = format!("{}: {tasks}{confirmed}", done.verb);
        self.object("overridden", done, &words);
    }

    /// Agents of others. For people those that are here, or one line if none is.
    pub(crate) fn agents(self, found: &[AgentFound]) {
        #[derive(Serialize)]
        struct All<'a> {
            agents: &'a [AgentFound],
        }
        let here = found.iter().filter(|agent| agent.version.is_some());
        let lines: Vec<String> = here
            .map(|agent| {
                let (message, hint) = crate::doctor::agents::said(agent);
                format!("Found {} · {message} {hint}", agent.name)
            })
            .collect();
        let words = match lines.is_empty() {
            true => "No agent of others was found here; `doctor` says which can be installed."
                .to_owned(),
            false => lines.join("\n"),
        };
        self.object("agents", &All { agents: found }, words.trim_end());
    }

    pub(crate) fn task(self, task: &TaskView) {
        let words = text::task(task);
        self.object("task", task, &words);
    }

    pub(crate) fn report(self, task: &str, title: &str, report: &Report) {
        #[derive(Serialize)]
        struct Titled<'a> {
            task: &'a str,
            title: &'a str,
            report: &'a Report,
        }
        self.object(
            "report",
            &Titled {
                task,
                title,
                report,
            },
            &text::report(title, report),
        );
    }

    pub(crate) fn diff(self, task: &str, diff: &Diff) {
        #[derive(Serialize)]
        struct Of<'a> {
            task: &'a str,
            diff: &'a Diff,
        }
        self.object("diff", &Of { task, diff }, text::diff(diff).trim_end());
    }

    /// A question that waits for the person.
    pub(crate) fn approval(self, approval: &Approval) {
        let (id, question) = (approval.id, text::question(&approval.question));
        let words = format!("Needs you: {question}\n  approve {id}   or   deny {id}");
        self.object("approval", approval, &words);
    }

    /// What both sides want where a landing was refused for it.
    pub(crate) fn conflicts(self, task: TaskId, conflicts: &[Conflict]) {
        #[derive(Serialize)]
        struct Of<'a> {
            task: TaskId,
            conflicts: &'a [Conflict],
        }
        let words = text::conflicts::conflicts(conflicts);
        self.object("conflicts", &Of { task, conflicts }, words.trim_end());
    }

    pub(crate) fn error(self, failure: &Failure) {
        if self.json {
            let body = UpdateBody::Error {
                failure: failure.clone(),
            };
            line(&encode(&Update {
                at: Timestamp::now(),
                seq: None,
                body,
            }));
        } else {
            let mut err = io::stderr().lock();
            writeln!(err, "{} {}", failure.message, failure.hint).ok();
        }
    }
}

fn encode(update: &Update) -> String {
    // Every type in an update has string keys, so this cannot fail; an empty line would be visible.
    serde_json::to_string(update).unwrap_or_default()
}

fn line(words: &str) {
    let mut out = io::stdout().lock();
    writeln!(out, "{words}").and_then(|()| out.flush()).ok();
}

fn words_out(words: &str) {
    let mut out = io::stdout().lock();
    write!(out, "{words}").and_then(|()| out.flush()).ok();
}
