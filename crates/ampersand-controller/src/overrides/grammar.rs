//! From a message to the one request in it: leads, tails, reasons and courtesies are taken off, and
//! what is left must be a phrase of the tables with an object that is understood to the last word.

mod spared;

use super::referent::{self, Said, Target, Tasks};
use super::tables::{Act, Form, Slot, Tables, Tone, tables};
use super::text::Token;

/// A request, understood but not yet resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) act: Act,
    pub(super) object: Option<Target>,
    pub(super) manner: Manner,
}

/// The tones of everything taken off a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Manner(u16);

impl Manner {
    /// This and one tone more.
    pub(super) const fn with(self, tone: Tone) -> Self {
        Self(self.0 | (1 << tone as u8))
    }

    /// The tones of both.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the tone is among them.
    pub(super) const fn has(self, tone: Tone) -> bool {
        self.0 & (1 << tone as u8) != 0
    }
}

/// The one request of the message, if it is nothing but that.
pub(super) fn hear(message: &[Token], tasks: &Tasks<'_>) -> Option<Heard> {
    let titled = with_titles(message, tasks);
    let heard = (titled != message).then(|| whole(&titled, tasks)).flatten();
    heard
        .or_else(|| whole(message, tasks))
        .filter(|heard| !is_a_title(message, heard, tasks))
}

/// Titles said word for word become one token, so that commas and "and" in them are not read.
fn with_titles(message: &[Token], tasks: &Tasks<'_>) -> Vec<Token> {
    let mut by_length = tasks.every();
    by_length.retain(|index| tasks.title(*index).len() >= 2);
    by_length.sort_by_key(|index| std::cmp::Reverse(tasks.title(*index).len()));
    let mut titled = Vec::with_capacity(message.len());
    let mut at = 0;
    while at < message.len() {
        let rest = &message[at..];
        match by_length
            .iter()
            .find(|index| rest.starts_with(tasks.title(**index)))
        {
            Some(index) => {
                titled.push(Token::Title(*index));
                at += tasks.title(*index).len();
            }
            None => {
                titled.push(message[at].clone());
                at += 1;
            }
        }
    }
    titled
}

/// "Resume parser" beside a task called "Fix the resume parser" speaks of the parser.
fn is_a_title(message: &[Token], heard: &Heard, tasks: &Tasks<'_>) -> bool {
    let words: Vec<Token> = message
        .iter()
        .filter(|token| token.word().is_some())
        .cloned()
        .collect();
    words.len() >= 2
        && matches!(heard.object, Some(Target::Tasks(_) | Target::Unclear(_)))
        && tasks.every().into_iter().any(|index| {
            tasks
                .title(index)
                .windows(words.len())
                .any(|run| run == words.as_slice())
        })
}

fn whole(message: &[Token], tasks: &Tasks<'_>) -> Option<Heard> {
    let sentences = sentences(message);
    if let Some(heard) = each(&sentences, tasks) {
        return Some(heard);
    }
    // "Stop everything. Except the scan."
    let spoken: Vec<&Sentence<'_>> = sentences
        .iter()
        .filter(|sentence| !is_courtesy(sentence.words))
        .collect();
    if spoken.len() < 2 {
        return None;
    }
    let manner = spoken.iter().fold(Manner::default(), |manner, sentence| {
        manner.and(sentence.manner)
    });
    let words: Vec<&[Token]> = spoken.iter().map(|sentence| sentence.words).collect();
    spared::reshaped(&words.join(&Token::Comma), manner, tasks)
}

struct Sentence<'a> {
    words: &'a [Token],
    manner: Manner,
}

fn sentences(message: &[Token]) -> Vec<Sentence<'_>> {
    let mut sentences: Vec<Sentence<'_>> = Vec::new();
    for sentence in message.split_inclusive(|token| matches!(token, Token::Ask | Token::Stop)) {
        let (words, manner) = match sentence {
            [words @ .., Token::Ask] => (words, Manner::default().with(Tone::Question)),
            [words @ .., Token::Stop] => (words, Manner::default()),
            words => (words, Manner::default()),
        };
        match (trimmed(words), sentences.last_mut()) {
            // "Really?!" and "Really!?" ask alike.
            ([], Some(last)) => last.manner = last.manner.and(manner),
            ([], None) => {}
            (words, _) => sentences.push(Sentence { words, manner }),
        }
    }
    sentences
}

/// Without the commas around it.
pub(super) fn trimmed(mut words: &[Token]) -> &[Token] {
    while let [Token::Comma, rest @ ..] | [rest @ .., Token::Comma] = words {
        words = rest;
    }
    words
}

/// Sentence by sentence: all courtesy and reason but the one request, which may be repeated.
fn each(sentences: &[Sentence<'_>], tasks: &Tasks<'_>) -> Option<Heard> {
    let mut found: Option<Heard> = None;
    for sentence in sentences {
        let heard = match clause(sentence.words, sentence.manner, tasks) {
            Some(heard) => heard,
            None if is_courtesy(sentence.words) => continue,
            None if !sentence.manner.has(Tone::Question) && is_reason(sentence.words) => continue,
            None => return None,
        };
        found = Some(match found {
            None => heard,
            Some(before) => merged(before, heard)?,
        });
    }
    found
}

/// "Stop! Cancel everything." is one request; two that differ are none.
fn merged(before: Heard, heard: Heard) -> Option<Heard> {
    if before.act == heard.act && before.object == heard.object {
        return Some(heard);
    }
    let cry = |one: &Heard, other: &Heard| {
        one.object.is_none()
            && other.object.is_some()
            && (one.act == other.act
                || one.act == Act::Hush
                || (one.act == Act::Halt && matches!(other.act, Act::Pause | Act::Cancel)))
    };
    if cry(&before, &heard) {
        Some(heard)
    } else if cry(&heard, &before) {
        Some(before)
    } else {
        None
    }
}

fn is_courtesy(words: &[Token]) -> bool {
    let tables = tables();
    let words = trimmed(words);
    if words.is_empty() || tables.interjections.iter().any(|whole| whole == words) {
        return true;
    }
    let harmless = |tone: Tone| matches!(tone, Tone::Plain | Tone::Polite);
    let length = tables
        .leads
        .at(words)
        .chain(tables.closings.at(words))
        .filter(|(_, tone)| harmless(*tone))
        .map(|(length, _)| length)
        .max();
    length.is_some_and(|length| is_courtesy(&words[length..]))
}

fn is_reason(words: &[Token]) -> bool {
    const LONGEST: usize = 14;
    let tables = tables();
    let words = trimmed(words);
    let Some(opening) = tables.reasons.at(words).map(|(length, ())| length).next() else {
        return false;
    };
    words.len() <= LONGEST && is_plain_statement(&words[opening..], tables)
}

fn is_plain_statement(words: &[Token], tables: &Tables) -> bool {
    (0..words.len()).all(|at| {
        tables.beyond_reason.at(&words[at..]).next().is_none()
            && matches!(words[at], Token::Word(_) | Token::Comma | Token::Title(_))
    })
}

/// One sentence: a request as it stands, with an exception, or with a reason beside it.
fn clause(words: &[Token], manner: Manner, tasks: &Tasks<'_>) -> Option<Heard> {
    one_clause(words, manner, tasks).or_else(|| beside(words, manner, tasks))
}

/// Takes off every combination of leads and tails until what is left is a phrase of the tables.
pub(super) fn direct(words: &[Token], manner: Manner, tasks: &Tasks<'_>) -> Option<Heard> {
    tasks.reading()?;
    let words = once(trimmed(words));
    let ends = ends(words);
    let mut unclear = None;
    for (start, before) in starts(words) {
        for (end, after) in &ends {
            let manner = manner.and(before).and(*after);
            if start >= *end || !is_request(manner) {
                continue;
            }
            tasks.reading()?;
            match phrase(&words[start..*end], manner, tasks) {
                Some(heard) if matches!(heard.object, Some(Target::Unclear(_))) => {
                    unclear = unclear.or(Some(heard));
                }
                Some(heard) => return Some(heard),
                None => {}
            }
        }
    }
    unclear
}

/// "Stop, stop, stop" says it once.
fn once(words: &[Token]) -> &[Token] {
    match words {
        [first, .., last] if first == last => {
            let repeated = words
                .iter()
                .all(|token| token == first || *token == Token::Comma);
            if repeated { &words[..1] } else { words }
        }
        _ => words,
    }
}

/// A question is a request only in a form people use for requests.
const fn is_request(manner: Manner) -> bool {
    !manner.has(Tone::Question)
        || manner.has(Tone::Ask)
        || manner.has(Tone::Mind)
        || manner.has(Tone::Tag)
}

/// Where a request may begin, after any leads.
pub(super) fn starts(words: &[Token]) -> Vec<(usize, Manner)> {
    let tables = tables();
    let mut reached = vec![(0, Manner::default())];
    let mut next = 0;
    while let Some(&(at, manner)) = reached.get(next) {
        next += 1;
        if words.get(at) == Some(&Token::Comma) {
            add(&mut reached, (at + 1, manner));
        }
        for (length, tone) in tables.leads.at(&words[at..]) {
            add(&mut reached, (at + length, manner.with(tone)));
        }
    }
    reached
}

/// Where it may end, before any tails.
pub(super) fn ends(words: &[Token]) -> Vec<(usize, Manner)> {
    let tables = tables();
    let mut reached = vec![(words.len(), Manner::default())];
    let mut next = 0;
    while let Some(&(end, manner)) = reached.get(next) {
        next += 1;
        let left = &words[..end];
        if left.last() == Some(&Token::Comma) {
            add(&mut reached, (end - 1, manner));
        }
        for (length, tone) in tables.tails.before(left) {
            add(&mut reached, (end - length, manner.with(tone)));
        }
    }
    reached
}

fn add(reached: &mut Vec<(usize, Manner)>, state: (usize, Manner)) {
    if !reached.contains(&state) {
        reached.push(state);
    }
}

fn phrase(words: &[Token], manner: Manner, tasks: &Tasks<'_>) -> Option<Heard> {
    let mut unclear = None;
    for phrase in tables().phrases_for(words) {
        if (phrase.form == Form::Gerund) != manner.has(Tone::Mind) {
            continue;
        }
        let object = match phrase.slot {
            None => None,
            Some(slot) => {
                let object = &words[phrase.before.len()..words.len() - phrase.after.len()];
                match referent::resolve(object, tasks) {
                    Some(target) if fits(slot, &target, manner) => Some(target),
                    _ => continue,
                }
            }
        };
        let heard = Heard {
            act: phrase.act,
            object,
            manner,
        };
        if !means_it(&heard) {
            continue;
        }
        if matches!(heard.object, Some(Target::Unclear(_))) {
            unclear = unclear.or(Some(heard));
            continue;
        }
        return Some(heard);
    }
    unclear
}

const fn fits(slot: Slot, target: &Target, manner: Manner) -> bool {
    let general = matches!(
        target,
        Target::All(Said::Generally) | Target::That(Said::Generally)
    );
    if general && (manner.has(Tone::Ask) || manner.has(Tone::Permit) || manner.has(Tone::Mind)) {
        return false;
    }
    match slot {
        Slot::Any => true,
        Slot::All => {
            matches!(
                target,
                Target::All(_) | Target::AllBut(_) | Target::Else(_) | Target::Paused(_)
            )
        }
        Slot::Task => matches!(
            target,
            Target::Tasks(_)
                | Target::Unclear(_)
                | Target::Role(..)
                | Target::Paused(_)
                | Target::That(Said::Definitely)
        ),
    }
}

/// "Can you pause?" asks about ability unless it says please, or for how long; "can you stop?"
/// never does.
const fn means_it(heard: &Heard) -> bool {
    match heard.object {
        // What is taken stays taken, so "for now" is not what it does.
        Some(_) => !(matches!(heard.act, Act::Narrow(_)) && heard.manner.has(Tone::Briefly)),
        None if heard.manner.has(Tone::Wish) => false,
        None => match heard.act {
            Act::Halt | Act::Hush => true,
            Act::Pause | Act::Resume | Act::Cancel => {
                !heard.manner.has(Tone::Ask)
                    || heard.manner.has(Tone::Polite)
                    || heard.manner.has(Tone::Briefly)
            }
            Act::Proceed => !heard.manner.has(Tone::Ask),
            Act::Narrow(_) => false,
        },
    }
}

/// A request with its reason, or a courtesy, on the other side of a comma or of "because".
fn beside(words: &[Token], manner: Manner, tasks: &Tasks<'_>) -> Option<Heard> {
    let tables = tables();
    (1..words.len()).find_map(|at| {
        let (left, right) = (&words[..at], &words[at..]);
        if tables.because.at(right).next().is_some() && is_plain_statement(&right[1..], tables) {
            return one_clause(left, manner, tasks);
        }
        let right = match right {
            [Token::Comma, rest @ ..] => rest,
            _ => return None,
        };
        let aside = |words: &[Token]| is_reason(words) || is_courtesy(words);
        if aside(right) {
            return clause(left, manner, tasks);
        }
        if aside(left) {
            return clause(right, manner, tasks);
        }
        let (first, second) = (
            one_clause(left, Manner::default(), tasks)?,
            one_clause(right, manner, tasks)?,
        );
        merged(first, second)
    })
}

fn one_clause(words: &[Token], manner: Manner, tasks: &Tasks<'_>) -> Option<Heard> {
    direct(words, manner, tasks).or_else(|| spared::reshaped(words, manner, tasks))
}
