//! What a line means when no model is there: a few commands, understood with tolerance, and never guessed at.
//!
//! Pure. What it does not understand comes back as [`Offline::Unknown`], at most with a command to offer: nothing is
//! done that was not plainly asked for. A command to run is handed on letter by letter as it was typed.

mod clause;
mod closest;
mod words;

use clause::split;
pub use closest::closest;
use words::{FIND_VERBS, Words, is_filler};

/// What one part of a line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offline {
    /// Look over the repository.
    Scan,
    /// Find a text in the repository.
    Find {
        /// The text, without quotes.
        pattern: String,
    },
    /// Run a command.
    Run {
        /// The command line exactly as typed.
        command: String,
    },
    /// Say what can be done.
    Help,
    /// Not a command.
    Unknown {
        /// This part of the line.
        text: String,
        /// A command that may have been meant; `None` if this plainly needs a model.
        closest: Option<String>,
    },
}

/// Understands a line: its commands in order, with what lies between them as [`Offline::Unknown`]. Empty for a blank line.
pub fn understand(line: &str) -> Vec<Offline> {
    split(line)
        .into_iter()
        .map(|text| {
            command(text).unwrap_or_else(|| Offline::Unknown {
                text: text.to_owned(),
                closest: closest(text),
            })
        })
        .collect()
}

/// The command a text is, if it is one.
fn command(text: &str) -> Option<Offline> {
    let text = text.trim();
    if let Some(typed) = text.strip_prefix("$ ").or_else(|| text.strip_prefix('!')) {
        return run(typed);
    }
    let words = Words::new(text).without_courtesy();
    let (verb, rest) = words.first()?;
    match verb.as_str() {
        "scan" | "rescan" => scan(rest),
        "do" | "make" | "start" | "perform" | "run" if is_a_scan(rest) => Some(Offline::Scan),
        "help" | "commands" | "?" => rest.is_empty().then_some(Offline::Help),
        "what"
            if matches!(
                rest.plain().as_str(),
                "can you do" | "can i do" | "can i say"
            ) =>
        {
            Some(Offline::Help)
        }
        "run" | "execute" | "exec" => run(rest.text()),
        verb if FIND_VERBS.contains(&verb) => find(verb, rest),
        _ => None,
    }
}

/// What every scan looks for anyway.
const SCANNED: &str =
    "todos todo fixmes secrets secret leaks keys problems issues languages dependencies size";

/// `scan`, then nothing but what surrounds it in a sentence.
fn scan(rest: Words<'_>) -> Option<Offline> {
    let (place, sought) = match rest.split_at_word("for") {
        Some((place, sought)) => (place, Some(sought)),
        None => (rest, None),
    };
    if !place.iter().all(|word| is_filler(&word)) {
        return None;
    }
    match sought {
        Some(sought)
            if !sought
                .iter()
                .all(|w| is_filler(&w) || SCANNED.split(' ').any(|known| known == w)) =>
        {
            find("scan", sought)
        }
        _ => Some(Offline::Scan),
    }
}

/// `a scan`, `the scan`, `another scan of this repo`.
fn is_a_scan(rest: Words<'_>) -> bool {
    let article = |word: &str| matches!(word, "a" | "the" | "another" | "full" | "quick" | "new");
    let mut words = rest.iter().skip_while(|word| article(word));
    words.next().is_some_and(|word| word == "scan") && words.all(|word| is_filler(&word))
}

/// `run the tests` is English; a program called `the` would be a strange thing to run unasked.
const NOT_PROGRAMS: &str = "\
    the my our your all this that these those it them a an some every everything something tests again";

fn run(typed: &str) -> Option<Offline> {
    let typed = typed.trim();
    if let Some(quoted) = typed.strip_prefix('`') {
        let (command, after) = quoted.split_once('`')?;
        let command = command.trim().to_owned();
        return (!command.is_empty() && is_politeness(after)).then_some(Offline::Run { command });
    }
    let first = Words::new(typed).iter().next()?;
    let is_english = NOT_PROGRAMS.split(' ').any(|word| word == first);
    (!is_english).then(|| Offline::Run {
        command: typed.to_owned(),
    })
}

fn is_politeness(after: &str) -> bool {
    Words::new(after).iter().all(|word| is_filler(&word))
}

/// English that wants an answer, not a text that stands in a file.
const NOT_PATTERNS: &str = "\
    the a an out my our any some why how what where when who which me and bugs problems ways";

fn find(verb: &str, rest: Words<'_>) -> Option<Offline> {
    let rest = match verb {
        "look" => rest.after("for")?,
        "search" => match rest.split_at_word("for") {
            Some((place, sought)) if place.iter().all(|word| is_filler(&word)) => sought,
            _ => rest,
        },
        _ => rest,
    };
    let rest = rest.after("me").unwrap_or(rest);
    if let Some((pattern, after)) = rest.quoted_first() {
        let is_all = Words::new(after).iter().all(|word| is_filler(&word));
        return is_all.then(|| Offline::Find {
            pattern: pattern.to_owned(),
        });
    }
    let bare = rest.without_occurrences().without_place();
    if let Some((pattern, "")) = bare.quoted_first() {
        return Some(Offline::Find {
            pattern: pattern.to_owned(),
        });
    }
    let first = bare.iter().next()?;
    // More words than this are a wish, not a pattern.
    let is_short = bare.iter().count() <= 4;
    let is_english = NOT_PATTERNS.split(' ').any(|word| word == first);
    (!is_english && is_short).then(|| Offline::Find {
        pattern: bare.text().to_owned(),
    })
}

#[cfg(test)]
mod tests;
