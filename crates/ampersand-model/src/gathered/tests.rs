//! Answers as lines of text, for the tests of every wire.

use std::collections::VecDeque;

use ampersand_http::{Event, HttpError};

use crate::{Delta, wire::Decoder};

/// Deltas on one line each; an error as the last line. An event is its data, or its type, `|` and its data.
pub(crate) fn lines(decoder: Decoder, events: &[&str]) -> Vec<String> {
    lines_until(decoder, events, None)
}

/// The same, with how the stream ends.
pub(crate) fn lines_until(
    mut decoder: Decoder,
    events: &[&str],
    end: Option<HttpError>,
) -> Vec<String> {
    let mut out = VecDeque::new();
    let events = events.iter().map(|data| {
        let (event, data) = data.split_once("|").unwrap_or(("", data));
        Some(Ok(Event {
            event: event.into(),
            data: data.into(),
        }))
    });
    let mut failure = None;
    for next in events.chain([end.map(Err)]) {
        match decoder.take(next, &mut out) {
            Ok(false) => {}
            Ok(true) => break,
            Err(error) => {
                failure = Some(format!("error {}", error.code()));
                break;
            }
        }
    }
    out.iter().map(line).chain(failure).collect()
}

fn line(delta: &Delta) -> String {
    match delta {
        Delta::Text { text } => format!("text {text}"),
        Delta::Call { index, call } => {
            format!("call {index} {} {} {}", call.id, call.name, call.arguments)
        }
        Delta::Usage {
            input_tokens,
            output_tokens,
            cached_tokens,
        } => {
            format!("usage {input_tokens} {output_tokens} {cached_tokens}")
        }
        Delta::Done { stop } => format!("done {stop:?}"),
    }
}
