//! What of a long exchange goes into one request: the brief and what people said always, old results last.

use ampersand_model::tokens::{estimate_message, estimate_request};
use ampersand_model::{Message, Request};

/// Less than this is not worth asking with.
pub(super) const LEAST_TOKENS: u32 = 2_000;
/// Messages at the end that stay whole: what the model is working with.
const FRESH: usize = 6;
/// Arguments longer than this are left out with the results.
const SHORT_BYTES: usize = 300;
const RESULT_LEFT_OUT: &str = "[left out to save room; call the tool again if you need it]";
const ARGUMENTS_LEFT_OUT: &str = r#"{"left_out":"to save room"}"#;
const STEPS_LEFT_OUT: &str = "[Earlier steps are left out to save room.]";

/// Tokens for messages beside what `request` holds already; a quarter is kept for the answer.
pub(super) fn room(request: &Request, context_tokens: u32) -> u32 {
    let answer = context_tokens / 4;
    context_tokens
        .saturating_sub(answer)
        .saturating_sub(estimate_request(request))
}

/// As much of `messages` as fits into `room` tokens, in order, every call with its result.
pub(super) fn fit(messages: &[Message], room: u32) -> Vec<Message> {
    let mut kept = messages.to_vec();
    let mut total: u32 = kept
        .iter()
        .map(estimate_message)
        .fold(0, u32::saturating_add);
    let old = kept.len().saturating_sub(FRESH);
    for message in &mut kept[..old] {
        if total <= room {
            return kept;
        }
        let before = estimate_message(message);
        shorten(message);
        total = total
            .saturating_sub(before)
            .saturating_add(estimate_message(message));
    }
    let mut dropped = None;
    while total > room {
        let Some(steps) = oldest_steps(&kept) else {
            break;
        };
        dropped.get_or_insert(steps.start);
        let gone = kept.drain(steps).map(|message| estimate_message(&message));
        total = total.saturating_sub(gone.fold(0, u32::saturating_add));
    }
    if let Some(at) = dropped {
        kept.insert(at, Message::user(STEPS_LEFT_OUT));
    }
    kept
}

fn shorten(message: &mut Message) {
    match message {
        Message::User { .. } => {}
        Message::ToolResult { text, .. } if text.len() > RESULT_LEFT_OUT.len() => {
            RESULT_LEFT_OUT.clone_into(text);
        }
        Message::ToolResult { .. } => {}
        Message::Assistant { calls, .. } => {
            for call in calls
                .iter_mut()
                .filter(|call| call.arguments.len() > SHORT_BYTES)
            {
                ARGUMENTS_LEFT_OUT.clone_into(&mut call.arguments);
            }
        }
    }
}

/// The first answer with its results, unless it is the last.
fn oldest_steps(messages: &[Message]) -> Option<std::ops::Range<usize>> {
    let is_answer = |message: &Message| matches!(message, Message::Assistant { .. });
    let start = messages.iter().position(is_answer)?;
    let last = messages.iter().rposition(is_answer)?;
    let is_result = |message: &&Message| matches!(message, Message::ToolResult { .. });
    let results = messages[start + 1..].iter().take_while(is_result).count();
    (start < last).then_some(start..start + 1 + results)
}

#[cfg(test)]
mod tests {
    use ampersand_model::Call;

    use super::*;

    fn exchange(steps: usize) -> Vec<Message> {
        let mut messages = vec![Message::user("the brief")];
        for step in 0..steps {
            let id = step.to_string();
            let call = Call {
                id: id.clone(),
                name: "read".to_owned(),
                arguments: "{}".to_owned(),
            };
            messages.push(Message::Assistant {
                text: String::new(),
                calls: vec![call],
            });
            messages.push(Message::tool_result(id, "many words ".repeat(200)));
        }
        messages.insert(3, Message::user("keep the interface"));
        messages
    }

    #[test]
    fn old_results_go_first_and_what_people_said_never() {
        let messages = exchange(20);
        let all: u32 = messages.iter().map(estimate_message).sum();
        assert_eq!(fit(&messages, all), messages);
        for room in [all / 2, all / 4, all / 8, 0] {
            let kept = fit(&messages, room);
            let size: u32 = kept.iter().map(estimate_message).sum();
            assert!(size <= room || room == 0, "{size} of {room}");
            assert_eq!(kept[0], messages[0]);
            assert!(kept.contains(&Message::user("keep the interface")));
            assert_eq!(
                kept.last().map(estimate_message),
                messages.last().map(estimate_message)
            );
            let calls = kept
                .iter()
                .filter(|message| matches!(message, Message::Assistant { .. }))
                .count();
            let results = kept
                .iter()
                .filter(|message| matches!(message, Message::ToolResult { .. }))
                .count();
            assert_eq!(calls, results);
        }
    }
}
