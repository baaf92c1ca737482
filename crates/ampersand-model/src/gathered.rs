//! What was gathered of an answer, whichever wire it comes over, and how it ends. Pure.

use std::collections::VecDeque;

use ampersand_http::{Event, HttpError};
use serde_json::Value;

use crate::{Call, Delta, ModelError, Stop};

/// An answer so far. Calls are held back until the model has ended it, so that half a call is never carried out.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) host: String,
    pub(crate) calls: Vec<Partial>,
    /// Why the model ended; without it the answer was cut.
    pub(crate) finish: Option<Stop>,
    pub(crate) usage: Option<Delta>,
    /// The server's name for the answer; makes up ids of calls that have none.
    pub(crate) response_id: String,
}

/// A call so far.
#[derive(Debug)]
pub(crate) struct Partial {
    /// As the server gave it; empty if it gave none.
    pub(crate) id: String,
    pub(crate) index: Option<u64>,
    pub(crate) name: String,
    pub(crate) arguments: String,
}

impl Gathered {
    /// Nothing yet, from `host`.
    pub(crate) fn new(host: String) -> Self {
        Self {
            host,
            calls: Vec::new(),
            finish: None,
            usage: None,
            response_id: String::new(),
        }
    }

    /// An event's JSON; `None` if there is nothing in it.
    pub(crate) fn json(&self, event: &Event) -> Result<Option<Value>, ModelError> {
        if event.data.trim().is_empty() {
            return Ok(None);
        }
        serde_json::from_str(&event.data)
            .map(Some)
            .map_err(|_| match event.event.as_str() {
                "error" => self.reported(&event.data),
                _ => ModelError::BadJson {
                    host: self.host.clone(),
                },
            })
    }

    /// An error the server put where an answer belongs.
    pub(crate) fn reported(&self, body: &str) -> ModelError {
        ModelError::reported(self.host.clone(), body)
    }

    /// The stream ended, or broke: an error after everything was said is none. Appends what was held back.
    pub(crate) fn over(
        &mut self,
        last: Option<Result<Event, HttpError>>,
        out: &mut VecDeque<Delta>,
    ) -> Result<bool, ModelError> {
        match (last, self.finish) {
            (Some(Err(error)), None) => Err(ModelError::from_stream(error)),
            (_, None) => Err(ModelError::Cut {
                host: self.host.clone(),
            }),
            (_, Some(stop)) => {
                self.end(stop, out);
                Ok(true)
            }
        }
    }

    fn end(&mut self, mut stop: Stop, out: &mut VecDeque<Delta>) {
        let calls = std::mem::take(&mut self.calls);
        let is_limited = matches!(stop, Stop::Length | Stop::Filtered);
        let whole = calls
            .into_iter()
            .filter(|call| !is_limited || call.is_whole());
        for (index, partial) in whole.enumerate() {
            let call = partial.into_call(&self.response_id, index);
            out.push_back(Delta::Call { index, call });
            // Several servers say they stopped although they call.
            if stop == Stop::End {
                stop = Stop::Calls;
            }
        }
        if stop == Stop::Calls && !out.iter().any(|delta| matches!(delta, Delta::Call { .. })) {
            stop = Stop::End;
        }
        out.extend(self.usage.take());
        out.push_back(Delta::Done { stop });
    }
}

impl Partial {
    /// Whether its arguments are whole, by their JSON.
    pub(crate) fn is_whole(&self) -> bool {
        serde_json::from_str::<Value>(&self.arguments).is_ok()
    }

    fn into_call(self, response_id: &str, index: usize) -> Call {
        let Self {
            id,
            name,
            arguments,
            ..
        } = self;
        let id = if id.is_empty() {
            format!("call_{response_id}_{index}")
        } else {
            id
        };
        let arguments = if arguments.trim().is_empty() {
            "{}".to_owned()
        } else {
            arguments
        };
        Call {
            id,
            name,
            arguments,
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::{lines, lines_until};
