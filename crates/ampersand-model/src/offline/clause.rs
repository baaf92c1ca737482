//! Where one wish of a line ends and the next begins. Never inside quotes, and never inside a command line unless what
//! follows cannot be part of it.

use super::{
    Offline, command,
    words::{Words, closing_quote, is_courtesy, is_filler},
};

/// Verbs of wishes that need a model. After a command they begin another wish.
const MODEL_VERBS: &str = "\
    add analyse analyze build change check clean compare create debug delete describe \
    document explain fix generate implement improve investigate map migrate modernise \
    modernize move optimise optimize plan port refactor remove rename replace research \
    review rewrite simplify split summarise summarize tell update upgrade write translate";

/// Whether a text opens with a verb that needs a model.
pub(super) fn needs_a_model(text: &str) -> bool {
    let first = Words::new(text).without_courtesy().first();
    first.is_some_and(|(verb, _)| MODEL_VERBS.split(' ').any(|known| known == verb))
}

/// Splits a line into wishes, each a slice of it.
pub(super) fn split(line: &str) -> Vec<&str> {
    let mut wishes: Vec<&str> = Vec::new();
    let mut start = 0;
    for (at, after, joint) in joints(line) {
        if at < start {
            continue;
        }
        let (before, rest) = (line[start..at].trim(), line[after..].trim());
        if before.is_empty() || (!rest.is_empty() && is_boundary(before, rest, joint)) {
            if !before.is_empty() {
                wishes.push(before);
            }
            start = after;
        }
    }
    let last = line[start..].trim();
    let last = last.trim_end_matches([';', ',']).trim_end();
    if !last.is_empty() {
        wishes.push(last);
    }
    wishes
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    /// A word of English: `and`, `then`, `also`.
    Word,
    Comma,
    /// Means the same to people and to shells.
    Semicolon,
    FullStop,
    LineBreak,
}

fn is_boundary(before: &str, rest: &str, joint: Joint) -> bool {
    let next = next_wish(rest);
    // `Hey, …` and `…, please` belong to what they stand beside.
    if Words::new(rest).iter().all(|word| is_filler(&word))
        || Words::new(before).iter().all(|word| is_courtesy(&word))
    {
        return false;
    }
    let follows = command(next);
    match command(before) {
        Some(Offline::Run { .. }) => match joint {
            Joint::LineBreak => true,
            // A shell takes everything after a semicolon or comma, except what no shell knows.
            Joint::Semicolon | Joint::Comma => {
                matches!(follows, Some(Offline::Scan | Offline::Run { .. }))
            }
            Joint::Word => follows.is_some() || needs_a_model(next),
            Joint::FullStop => false,
        },
        Some(Offline::Find { .. }) => {
            joint == Joint::LineBreak || follows.is_some() || needs_a_model(next)
        }
        Some(Offline::Scan | Offline::Help) => true,
        // `fix it and run make` wants the fix first: what follows is no wish of its own.
        _ if needs_a_model(before) => match joint {
            Joint::LineBreak => true,
            Joint::FullStop => follows.is_some() || needs_a_model(next),
            Joint::Comma | Joint::Semicolon => needs_a_model(next),
            Joint::Word => false,
        },
        _ => joint == Joint::LineBreak || follows.is_some(),
    }
}

/// What follows a joint, up to the next one: enough to see whether it is a command.
fn next_wish(rest: &str) -> &str {
    let next = joints(rest).find(|(at, ..)| !rest[..*at].trim().is_empty());
    next.map_or(rest, |(at, ..)| rest[..at].trim())
}

/// Places where a line might be split: begin and end of the joint, and what it is.
fn joints(line: &str) -> impl Iterator<Item = (usize, usize, Joint)> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        let after = at + c.len_utf8();
        if let Some(close) = quote {
            if c == close {
                quote = None;
            }
        } else if let Some(close) = closing_quote(c).filter(|close| {
            // An apostrophe inside a word opens nothing, and neither does a quote that is never closed.
            !before.is_alphanumeric() && line[after..].contains(*close)
        }) {
            quote = Some(close);
        } else {
            let ends_word = line[after..].starts_with(char::is_whitespace);
            match c {
                '\n' => found.push((at, after, Joint::LineBreak)),
                ';' => found.push((at, after, Joint::Semicolon)),
                ',' if ends_word => found.push((at, after, Joint::Comma)),
                '.' | '!' if ends_word && before != '.' => found.push((at, after, Joint::FullStop)),
                c if c.is_whitespace() => found.extend(word_joint(line, after)),
                _ => {}
            }
        }
        before = c;
    }
    found.into_iter()
}

fn word_joint(line: &str, from: usize) -> Option<(usize, usize, Joint)> {
    ["and then", "and also", "and", "then", "also", "plus"]
        .into_iter()
        .find_map(|word| {
            let end = from + word.len();
            let matches = line.get(from..end)?.eq_ignore_ascii_case(word);
            (matches && line[end..].starts_with(char::is_whitespace)).then_some((
                from,
                end,
                Joint::Word,
            ))
        })
}
