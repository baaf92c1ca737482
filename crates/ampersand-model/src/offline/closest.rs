//! The command that may have been meant by what is no command.

use super::{
    clause::needs_a_model,
    words::{FIND_VERBS, Words},
};

/// Programs people type without saying `run`.
const PROGRAMS: &str = "\
    bun bundle cargo cmake composer deno docker dotnet eslint git go gradle jest just ls \
    make mvn mypy node npm npx php pip pnpm pytest python python3 ruby ruff rustc tox tsc \
    yarn";

/// The commands a misspelling is measured against.
const VERBS: [&str; 5] = ["scan", "find", "search", "run", "help"];

/// A whole command line to offer for a text, or `None` if the text plainly needs a model.
pub fn closest(text: &str) -> Option<String> {
    let words = Words::new(text).without_courtesy();
    let (first, rest) = words.first()?;
    if PROGRAMS.split(' ').any(|known| known == first) {
        return Some(format!("run {}", words.text()));
    }
    if needs_a_model(text) {
        return None;
    }
    if let Some(verb) = VERBS.iter().find(|verb| is_misspelt(&first, verb)) {
        return Some(match *verb {
            "scan" | "help" => (*verb).to_owned(),
            "run" if rest.is_empty() => "help".to_owned(),
            "run" => format!("run {}", rest.text()),
            _ => find_for(rest).unwrap_or_else(|| "help".to_owned()),
        });
    }
    if first == "run" || first == "scan" {
        return Some(if first == "scan" { "scan" } else { "help" }.to_owned());
    }
    let is_wish_to_find = FIND_VERBS.contains(&first.as_str());
    let is_question = text.trim_end().ends_with('?')
        || matches!(
            first.as_str(),
            "why"
                | "where"
                | "what"
                | "how"
                | "which"
                | "who"
                | "when"
                | "is"
                | "are"
                | "does"
                | "do"
                | "show"
        );
    if is_wish_to_find || is_question || Words::new(text).iter().count() <= 2 {
        return find_for(if is_wish_to_find { rest } else { words })
            .or_else(|| Some("help".to_owned()));
    }
    Some("help".to_owned())
}

/// `find` for the word that says most: quoted, else shaped like code, else the first that is no everyday word.
fn find_for(words: Words<'_>) -> Option<String> {
    let quoted = words.text().char_indices().find_map(|(at, c)| {
        let opens = matches!(c, '"' | '`' | '“');
        opens
            .then(|| Words::new(&words.text()[at..]).quoted_first())
            .flatten()
    });
    if let Some((quoted, _)) = quoted {
        return Some(format!("find \"{quoted}\""));
    }
    let trim = |c: char| !c.is_alphanumeric() && c != '_';
    let tokens = || {
        words
            .text()
            .split_whitespace()
            .map(|token| token.trim_matches(trim))
    };
    let code = tokens().find(|token| is_code(token));
    let said =
        || tokens().find(|token| token.chars().count() > 2 && !is_everyday(&token.to_lowercase()));
    code.or_else(said).map(|word| format!("find \"{word}\""))
}

fn is_code(token: &str) -> bool {
    let inner_capital = token
        .chars()
        .zip(token.chars().skip(1))
        .any(|(a, b)| a.is_lowercase() && b.is_uppercase());
    inner_capital || token.contains('_') || token.contains("::") || token.contains("->")
}

const EVERYDAY: &str = "\
    the and for are was were why how what where when who which does did can could would \
    should will shall may might must this that these those there here with from into about \
    our your you has have had its it's isn't not but all any some out get got make makes \
    show see use used uses work works defined called code repo repository project file files \
    so too very much many like look please hello thanks thank hey what's where's mean means \
    function class module method hi yes okay good great nice bugs bug problem problems";

fn is_everyday(word: &str) -> bool {
    EVERYDAY.split(' ').any(|known| known == word)
}

/// One letter wrong, missing, extra or swapped with its neighbour.
fn is_misspelt(word: &str, verb: &str) -> bool {
    if word == verb || word.len() < 3 {
        return false;
    }
    let (a, b): (Vec<char>, Vec<char>) = (word.chars().collect(), verb.chars().collect());
    let same_start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same_start..], &b[same_start..]);
    match a.len().cmp(&b.len()) {
        // Three-letter words differ by one letter from far too much.
        std::cmp::Ordering::Equal => {
            verb.len() > 3
                && (a.get(1..) == b.get(1..)
                    || (a.len() > 1 && a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..]))
        }
        std::cmp::Ordering::Less => verb.len() > 3 && a == &b[1..] && a.len() + 1 == b.len(),
        std::cmp::Ordering::Greater => &a[1..] == b,
    }
}
