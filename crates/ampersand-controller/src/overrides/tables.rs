//! The shape of a language's tables, and all languages compiled into one set. Holds no words: those
//! are in one file per language, and adding a language is adding a file.

mod lexicon;

use std::collections::HashMap;
use std::sync::LazyLock;

use ampersand_core::Narrowing;

use self::lexicon::{Endings, Lexicon};
use super::text::{self, Token};
use super::{chinese, english};

/// An act, and ways of saying it.
pub(super) type Said = (Act, Form, &'static [&'static str]);

/// One language: nothing but words and patterns.
pub(super) struct Language {
    /// Ways of saying each act. `{}` takes any object; `{all}` only one that means everything or
    /// everything else; `{task}` only one that names a task, for words with another everyday use.
    /// Without a slot the phrase stands alone.
    pub(super) phrases: &'static [&'static [Said]],
    /// What may stand before a request.
    pub(super) leads: &'static [(Tone, &'static [&'static str])],
    /// What may stand after it.
    pub(super) tails: &'static [(Tone, &'static [&'static str])],
    /// Whole sentences that say nothing to act on.
    pub(super) interjections: &'static [&'static str],
    /// Words of a noun phrase.
    pub(super) nouns: &'static [(Class, &'static [&'static str])],
    /// "except {}".
    pub(super) exceptions: &'static [&'static str],
    /// "keep {} running", said beside "stop everything else".
    pub(super) keeps: &'static [&'static str],
    /// Words that join a request and a keeping clause.
    pub(super) joints: &'static [&'static str],
    /// Words that open a reason inside a sentence: "because".
    pub(super) because: &'static [&'static str],
    /// Openings of a clause that only gives a reason.
    pub(super) reasons: &'static [&'static str],
    /// Words no mere reason has: they ask for something more, or set a condition.
    pub(super) beyond_reason: &'static [&'static str],
    /// Words of a title too common to tell it from another.
    pub(super) common: &'static [&'static str],
    /// The same thing in several words, in this or another language.
    pub(super) alike: &'static [&'static [&'static str]],
}

/// What a phrase does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Act {
    /// Freeze.
    Pause,
    /// Thaw.
    Resume,
    /// Thaw, by a word that people also say to the one they talk with: "go on".
    Proceed,
    /// Kill.
    Cancel,
    /// Kill when it has an object; alone it is ambiguous, and freezes.
    Halt,
    /// Take a capability. It always has an object.
    Narrow(Narrowing),
    /// Be quiet: only ever about the reply being written.
    Hush,
}

/// The grammatical form of a phrase, where only some leads go with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Stands by itself.
    Plain,
    /// Needs a lead such as "would you mind".
    Gerund,
}

/// What a lead or tail says about the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Nothing.
    Plain,
    /// Says please, or is a form nobody uses to ask about ability.
    Polite,
    /// May ask about ability: "can you".
    Ask,
    /// Gives leave: "you can".
    Permit,
    /// Says what the person wants to do: "I want to". Needs an object.
    Wish,
    /// Asks for the gerund.
    Mind,
    /// For a while only.
    Briefly,
    /// Turns the request into a polite question: "…, ok?".
    Tag,
    /// Turns the sentence into a question without a question mark.
    Question,
}

/// What a word does in a noun phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Class {
    /// everything, all, every
    All,
    /// both, three
    Number(usize),
    /// the, my
    The,
    /// that, this
    Demonstrative,
    /// those, these
    Demonstratives,
    /// a, some: no task in particular
    Indefinite,
    /// it
    It,
    /// them
    Them,
    /// other, rest
    Else,
    /// running, background: true of any standing task
    Adjective,
    /// paused: true of what can be resumed
    Paused,
    /// everything that is paused
    AllPaused,
    /// task
    One,
    /// tasks, work
    Many,
    /// a noun of a language without number
    Noun,
    /// of
    Of,
    /// on, about, doing: joins "the task" and what names it
    Link,
    /// explorer, or a word for what has this role
    Role(&'static str),
    /// explorers
    Roles(&'static str),
    /// and
    And,
}

/// What may fill a phrase's slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Any,
    All,
    Task,
}

/// A phrase ready to be matched.
#[derive(Debug)]
pub(super) struct Phrase {
    pub(super) act: Act,
    pub(super) form: Form,
    pub(super) before: Vec<Token>,
    pub(super) slot: Option<Slot>,
    pub(super) after: Vec<Token>,
}

/// A circumfix around one noun phrase.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) before: Vec<Token>,
    pub(super) after: Vec<Token>,
}

/// All languages together. Their words never collide, and people mix them.
pub(super) struct Tables {
    phrases: Vec<Phrase>,
    by_first: HashMap<Token, Vec<usize>>,
    by_last: HashMap<Token, Vec<usize>>,
    pub(super) leads: Lexicon<Tone>,
    pub(super) tails: Endings<Tone>,
    /// The tails once more, to be found by how they begin.
    pub(super) closings: Lexicon<Tone>,
    pub(super) interjections: Vec<Vec<Token>>,
    pub(super) nouns: Lexicon<Class>,
    pub(super) exceptions: Vec<Frame>,
    pub(super) keeps: Vec<Frame>,
    pub(super) joints: Lexicon<()>,
    pub(super) because: Lexicon<()>,
    pub(super) reasons: Lexicon<()>,
    pub(super) beyond_reason: Lexicon<()>,
    pub(super) common: Vec<&'static str>,
    pub(super) alike: Vec<Vec<Vec<Token>>>,
}

const LANGUAGES: [&Language; 2] = [&english::ENGLISH, &chinese::CHINESE];

/// The compiled tables.
pub(super) fn tables() -> &'static Tables {
    static TABLES: LazyLock<Tables> = LazyLock::new(compile);
    &TABLES
}

impl Tables {
    /// Phrases that may fit `tokens`, the most specific first.
    pub(super) fn phrases_for(&self, tokens: &[Token]) -> impl Iterator<Item = &Phrase> {
        let mut fitting: Vec<usize> = tokens
            .first()
            .and_then(|first| self.by_first.get(first))
            .into_iter()
            .flatten()
            .chain(
                tokens
                    .last()
                    .and_then(|last| self.by_last.get(last))
                    .into_iter()
                    .flatten(),
            )
            .copied()
            .filter(|index| {
                let phrase = &self.phrases[*index];
                match phrase.slot {
                    None => tokens == phrase.before,
                    Some(_) => {
                        tokens.len() > phrase.before.len() + phrase.after.len()
                            && tokens.starts_with(&phrase.before)
                            && tokens.ends_with(&phrase.after)
                    }
                }
            })
            .collect();
        fitting.sort_unstable();
        fitting.into_iter().map(|index| &self.phrases[index])
    }
}

fn compile() -> Tables {
    let mut phrases: Vec<Phrase> = LANGUAGES
        .iter()
        .flat_map(|language| language.phrases)
        .flat_map(|said| *said)
        .flat_map(|(act, form, spellings)| {
            spellings
                .iter()
                .map(|spelling| phrase(*act, *form, spelling))
        })
        .collect();
    phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.before.len() + phrase.after.len()));
    let mut by_first: HashMap<Token, Vec<usize>> = HashMap::new();
    let mut by_last: HashMap<Token, Vec<usize>> = HashMap::new();
    for (index, phrase) in phrases.iter().enumerate() {
        // A phrase that opens with its slot is found by how it closes.
        match (phrase.before.first(), phrase.after.last()) {
            (Some(first), _) => by_first.entry(first.clone()).or_default().push(index),
            (None, Some(last)) => by_last.entry(last.clone()).or_default().push(index),
            (None, None) => {}
        }
    }
    Tables {
        phrases,
        by_first,
        by_last,
        leads: Lexicon::of(all(|language| language.leads)),
        tails: Endings::of(all(|language| language.tails)),
        closings: Lexicon::of(all(|language| language.tails)),
        interjections: words(|language| language.interjections)
            .map(text::tokens)
            .collect(),
        nouns: Lexicon::of(all(|language| language.nouns)),
        exceptions: frames(|language| language.exceptions),
        keeps: frames(|language| language.keeps),
        joints: Lexicon::of(LANGUAGES.iter().map(|language| ((), language.joints))),
        because: Lexicon::of(LANGUAGES.iter().map(|language| ((), language.because))),
        reasons: Lexicon::of(LANGUAGES.iter().map(|language| ((), language.reasons))),
        beyond_reason: Lexicon::of(
            LANGUAGES
                .iter()
                .map(|language| ((), language.beyond_reason)),
        ),
        common: words(|language| language.common).collect(),
        alike: LANGUAGES
            .iter()
            .flat_map(|language| language.alike)
            .map(|same| same.iter().map(|word| text::tokens(word)).collect())
            .collect(),
    }
}

fn all<T: Copy + 'static>(
    of: impl Fn(&'static Language) -> &'static [(T, &'static [&'static str])],
) -> impl Iterator<Item = (T, &'static [&'static str])> {
    LANGUAGES
        .into_iter()
        .flat_map(move |language| of(language).iter().copied())
}

fn words(
    of: impl Fn(&'static Language) -> &'static [&'static str],
) -> impl Iterator<Item = &'static str> {
    LANGUAGES
        .into_iter()
        .flat_map(move |language| of(language).iter().copied())
}

fn frames(of: impl Fn(&'static Language) -> &'static [&'static str]) -> Vec<Frame> {
    let mut frames: Vec<Frame> = words(of)
        .map(|spelling| {
            let (before, after) = spelling.split_once("{}").unwrap_or((spelling, ""));
            Frame {
                before: text::tokens(before),
                after: text::tokens(after),
            }
        })
        .collect();
    frames.sort_by_key(|frame| std::cmp::Reverse(frame.before.len() + frame.after.len()));
    frames
}

fn phrase(act: Act, form: Form, spelling: &str) -> Phrase {
    let slots = [
        ("{}", Slot::Any),
        ("{all}", Slot::All),
        ("{task}", Slot::Task),
    ];
    for (mark, slot) in slots {
        if let Some((before, after)) = spelling.split_once(mark) {
            let (before, after) = (text::tokens(before), text::tokens(after));
            return Phrase {
                act,
                form,
                before,
                slot: Some(slot),
                after,
            };
        }
    }
    Phrase {
        act,
        form,
        before: text::tokens(spelling),
        slot: None,
        after: Vec::new(),
    }
}
