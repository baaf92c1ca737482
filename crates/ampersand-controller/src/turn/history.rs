//! The conversation as a model is given it: what fits into its budget, and an honest word about the rest.

use ampersand_core::{Failure, Message, MessageBody, ReplyState};
use ampersand_model::{
    Message as Said, Request, ToolSpec,
    tokens::{
        Budget, Item, LeftOut, Priority, bound, estimate, estimate_message, estimate_request,
    },
};

use crate::board::Board;

/// The most of a context that is kept for the answer.
const ANSWER_TOKENS_MAX: u32 = 4_096;

/// A request, and what was left out of it.
pub(crate) struct Packed {
    pub(crate) request: Request,
    pub(crate) left_out: Option<String>,
}

/// The request that answers `now`, whose place in the history is not looked at: it stands last.
pub(crate) fn request(
    system: String,
    tools: Vec<ToolSpec>,
    (history, now): (&[Message], &Message),
    board: &Board,
    context_tokens: u32,
) -> Packed {
    let mut request = Request {
        system,
        messages: Vec::new(),
        tools,
        max_output_tokens: None,
    };
    let answer = (context_tokens / 4).min(ANSWER_TOKENS_MAX);
    let budget = Budget::beside(context_tokens, estimate_request(&request), answer);
    let mut shortened = 0;
    let mut items: Vec<Item<Said>> = history
        .iter()
        .filter(|message| message.id != now.id)
        .filter_map(|message| entry(message, board))
        .map(|(said, noun)| {
            let (said, is_cut) = shorter(said, context_tokens);
            shortened += usize::from(is_cut);
            item(said, noun, Priority::Normal)
        })
        .collect();
    if let MessageBody::Said { text, .. } = &now.body {
        items.push(item(Said::user(text.clone()), "message", Priority::Must));
    }
    let packed = budget.pack(items);
    request.messages = joined(packed.kept);
    let left_out = in_words(&packed.left_out, shortened);
    if let Some(left_out) = &left_out {
        request
            .system
            .push_str(&format!("\n\nOf this conversation, {left_out}."));
    }
    Packed { request, left_out }
}

/// One entry may not push out all the others: it takes a third of the context at most, at three bytes to a token.
fn shorter(said: Said, context_tokens: u32) -> (Said, bool) {
    let most = usize::try_from(context_tokens).unwrap_or(usize::MAX);
    match &said {
        Said::User { text } if text.len() > most => (Said::user(bound(text, most).text), true),
        Said::Assistant { text, .. } if text.len() > most => {
            (Said::assistant(bound(text, most).text), true)
        }
        Said::User { .. } | Said::Assistant { .. } | Said::ToolResult { .. } => (said, false),
    }
}

fn in_words(left_out: &LeftOut, shortened: usize) -> Option<String> {
    let shortened = match shortened {
        0 => None,
        1 => Some("1 long message shortened".to_owned()),
        n => Some(format!("{n} long messages shortened")),
    };
    let left_out = Some(left_out.to_string()).filter(|words| !words.is_empty());
    let parts: Vec<String> = left_out.into_iter().chain(shortened).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn item(said: Said, noun: &'static str, priority: Priority) -> Item<Said> {
    Item {
        tokens: estimate_message(&said),
        value: said,
        noun,
        priority,
    }
}

fn entry(message: &Message, board: &Board) -> Option<(Said, &'static str)> {
    let entry = match &message.body {
        MessageBody::Said { text, understood } => {
            let text = match understood {
                None => text.clone(),
                Some(done) => format!("{text}\n[done already, by a rule: {done}]"),
            };
            (Said::user(text), "message")
        }
        MessageBody::Reply { text, state, .. } => {
            let text = match state {
                ReplyState::Done => text.clone(),
                ReplyState::Streaming => {
                    format!("{text}\n[unfinished: this is still being written]")
                }
                ReplyState::Stopped => format!("{text}\n[stopped here by the person]"),
                ReplyState::Superseded => {
                    format!("{text}\n[given up: the next message took its place]")
                }
                ReplyState::Broken { .. } => format!("{text}\n[broke off here]"),
            };
            (Said::assistant(text), "message")
        }
        MessageBody::Plan { tasks, .. } => {
            let tasks: Vec<String> = tasks
                .iter()
                .map(|id| format!("{} {:?}", board.handle(*id), board.title(*id)))
                .collect();
            let text = format!("[started: {}]", tasks.join(", "));
            (Said::assistant(text), "plan")
        }
        MessageBody::Result {
            explanation: Some(text),
            ..
        } => (Said::assistant(text.clone()), "message"),
        MessageBody::Choice {
            question, chosen, ..
        } => {
            let chosen = chosen.as_deref().map_or("nothing yet", |chosen| chosen);
            let text = format!("[asked: {question} Chosen: {chosen}]");
            (Said::assistant(text), "message")
        }
        // What these say stands in the list of tasks, or is the person's alone.
        MessageBody::Result { .. }
        | MessageBody::NeedsYou { .. }
        | MessageBody::Landing { .. }
        | MessageBody::PullRequest { .. }
        | MessageBody::Branched { .. }
        | MessageBody::Override { .. }
        | MessageBody::Kept { .. }
        | MessageBody::Notice { .. } => return None,
    };
    Some(entry)
}

/// One message where one author spoke several times: many servers insist on turns.
fn joined(messages: Vec<Said>) -> Vec<Said> {
    let mut out: Vec<Said> = Vec::new();
    for message in messages {
        match (out.last_mut(), message) {
            (Some(Said::User { text }), Said::User { text: more }) => {
                text.push_str(&format!("\n\n{more}"));
            }
            (Some(Said::Assistant { text, .. }), Said::Assistant { text: more, .. }) => {
                text.push_str(&format!("\n\n{more}"));
            }
            (_, message) => out.push(message),
        }
    }
    out
}

/// The words that are answered are never shortened: what the model cannot read at once is not sent at all.
pub(crate) fn check(said: &Message, request: &Request, context_tokens: u32) -> Result<(), Failure> {
    let MessageBody::Said { text, .. } = &said.body else {
        return Ok(());
    };
    let tokens = estimate(text);
    if estimate_request(request) <= context_tokens || tokens < context_tokens / 2 {
        return Ok(());
    }
    Err(Failure::new(
        "message_beyond_model",
        format!(
            "The message takes about {tokens} tokens; the model is given {context_tokens} for everything at once."
        ),
        "Say it shorter or put it into a file, or raise context_tokens for a model that reads more.",
    ))
}

const LEFT_OUT: &str = "[left out to save room; call the tool again if it is needed]";

/// Takes the oldest tool results out until the request fits again.
pub(crate) fn fit(request: &mut Request, context_tokens: u32) {
    let limit = context_tokens - (context_tokens / 4).min(ANSWER_TOKENS_MAX);
    for at in 0..request.messages.len() {
        if estimate_request(request) <= limit {
            return;
        }
        if let Said::ToolResult { text, .. } = &mut request.messages[at]
            && text.len() > LEFT_OUT.len()
        {
            LEFT_OUT.clone_into(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use ampersand_core::MessageId;
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn entry(n: u128, body: MessageBody) -> Message {
        Message {
            id: MessageId::new(Uuid::from_u128(n)),
            position: 0,
            at: Timestamp::UNIX_EPOCH,
            body,
        }
    }

    fn said(n: u128, text: &str, understood: Option<&str>) -> Message {
        let text = text.to_owned();
        let understood = understood.map(str::to_owned);
        entry(n, MessageBody::Said { text, understood })
    }

    fn reply(n: u128, text: &str, state: ReplyState) -> Message {
        let body = MessageBody::Reply {
            text: text.to_owned(),
            to: MessageId::new(Uuid::from_u128(1)),
            state,
            left_out: None,
        };
        entry(n, body)
    }

    fn shown(packed: &Packed) -> String {
        let lines = packed.request.messages.iter().map(|said| match said {
            Said::User { text } => format!("user: {text}"),
            Said::Assistant { text, .. } => format!("model: {text}"),
            Said::ToolResult { text, .. } => format!("tool: {text}"),
        });
        lines.collect::<Vec<_>>().join("\n--\n")
    }

    #[test]
    fn the_conversation_is_told_in_turns_with_every_end_that_was_none() {
        let failure = Failure::new("c", "m", "h");
        let history = [
            said(1, "one", None),
            reply(2, "First", ReplyState::Done),
            said(3, "pause that", Some("pause A")),
            said(4, "two", None),
            reply(5, "Second", ReplyState::Streaming),
            said(6, "three", None),
            reply(7, "Third", ReplyState::Stopped),
            reply(8, "Fourth", ReplyState::Broken { failure }),
        ];
        let now = said(9, "four", None);
        let board = Board::default();
        let packed = request(String::new(), vec![], (&history, &now), &board, 32_000);
        assert_eq!(packed.left_out, None);
        insta::assert_snapshot!(shown(&packed), @r"
        user: one
        --
        model: First
        --
        user: pause that
        [done already, by a rule: pause A]

        two
        --
        model: Second
        [unfinished: this is still being written]
        --
        user: three
        --
        model: Third
        [stopped here by the person]

        Fourth
        [broke off here]
        --
        user: four
        ");
    }

    #[test]
    fn old_tool_results_go_first_when_a_turn_grows_too_long() {
        let result = |text: &str| Said::tool_result("c", text.repeat(400));
        let mut grown = Request {
            messages: vec![Said::user("go"), result("old "), result("new ")],
            ..Request::default()
        };
        fit(&mut grown, 900);
        let texts: Vec<bool> = grown
            .messages
            .iter()
            .map(|said| matches!(said, Said::ToolResult { text, .. } if text == LEFT_OUT))
            .collect();
        assert_eq!(texts, [false, true, false]);
    }
}
