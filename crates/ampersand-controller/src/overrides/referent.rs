//! From a noun phrase to the tasks it means. A phrase counts only when every word of it is
//! understood: as one of the tables' words, or as a word of one and the same task.

mod cover;

use std::cell::Cell;

use self::cover::{Bag, Known, Matched, cover};

use super::Standing;
use super::grammar::trimmed;
use super::likeness::Care;
use super::tables::{Class, tables};
use super::text::Token;

/// The standing tasks, read once for a message.
pub(super) struct Tasks<'a> {
    pub(super) standing: &'a [Standing],
    known: Vec<Known>,
    readings_left: Cell<u32>,
}

/// Ways of reading one message that are tried. Requests people write need some dozens; the bound
/// keeps a message made of the tables' own words from costing more than a moment.
const MOST_READINGS: u32 = 240;

/// What a noun phrase means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// Every task.
    All(Said),
    /// Every task but the last mentioned, or the only other.
    Else(Count),
    /// The last mentioned.
    That(Said),
    /// Every task but these.
    AllBut(Vec<usize>),
    /// Every task that is paused, or the only one.
    Paused(Count),
    /// Every task of a role.
    Role(&'static str, Vec<usize>),
    /// These.
    Tasks(Vec<usize>),
    /// One or some of these; not clear which.
    Unclear(Vec<usize>),
}

/// Whether one was spoken of, or several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    /// One.
    One,
    /// Several, or all.
    Several,
}

/// How definitely it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// "the tasks", "that task".
    Definitely,
    /// "it": definite, but no noun.
    Pronoun,
    /// "tasks", "task": may be meant in general.
    Generally,
}

impl<'a> Tasks<'a> {
    pub(super) fn of(standing: &'a [Standing]) -> Self {
        Self {
            standing,
            known: standing.iter().map(Known::of).collect(),
            readings_left: Cell::new(MOST_READINGS),
        }
    }

    /// Counts one more reading of the message; nothing when there were enough.
    pub(super) fn reading(&self) -> Option<()> {
        let left = self.readings_left.get().checked_sub(1)?;
        self.readings_left.set(left);
        Some(())
    }

    /// Index of every task.
    pub(super) fn every(&self) -> Vec<usize> {
        (0..self.standing.len()).collect()
    }

    /// Tasks the conversation last spoke of.
    pub(super) fn last_mentioned(&self) -> Vec<usize> {
        self.indices(|index| self.standing[index].last_mentioned)
    }

    /// The tokens of a title.
    pub(super) fn title(&self, index: usize) -> &[Token] {
        &self.known[index].title
    }

    fn indices(&self, holds: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..self.standing.len())
            .filter(|index| holds(*index))
            .collect()
    }

    fn in_role(&self, role: &str) -> Vec<usize> {
        self.indices(|index| self.known[index].role == role)
    }
}

/// What `phrase` means, or nothing when a word of it is not understood.
pub(super) fn resolve(phrase: &[Token], tasks: &Tasks<'_>) -> Option<Target> {
    let phrase = trimmed(phrase);
    if phrase.is_empty() {
        return None;
    }
    let parts = parts(phrase);
    let found = if parts.len() == 1 {
        one(parts[0], 1, tasks)
    } else {
        one(phrase, 1, tasks).or_else(|| together(&parts, tasks))
    };
    found.or_else(|| nobody(phrase, tasks))
}

/// With nothing standing no name can be understood; "the scan" is one as far as its form says.
fn nobody(phrase: &[Token], tasks: &Tasks<'_>) -> Option<Target> {
    const LONGEST: usize = 4;
    let pointed = matches!(
        tables().nouns.at(phrase).next(),
        Some((_, Class::The | Class::Demonstrative | Class::Demonstratives))
    );
    let named =
        pointed && phrase.len() <= LONGEST && phrase.iter().all(|token| token.word().is_some());
    (named && tasks.standing.is_empty()).then(|| Target::Unclear(Vec::new()))
}

/// The phrase cut at commas and at "and".
fn parts(phrase: &[Token]) -> Vec<&[Token]> {
    let mut parts = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while at < phrase.len() {
        let cut = if phrase[at] == Token::Comma {
            Some(1)
        } else {
            tables()
                .nouns
                .at(&phrase[at..])
                .find(|(_, class)| *class == Class::And)
                .map(|(n, _)| n)
        };
        match cut {
            Some(length) => {
                parts.push(&phrase[from..at]);
                at += length;
                from = at;
            }
            None => at += 1,
        }
    }
    parts.push(&phrase[from..]);
    parts.retain(|part| !part.is_empty());
    parts
}

fn together(parts: &[&[Token]], tasks: &Tasks<'_>) -> Option<Target> {
    let mut union: Vec<usize> = Vec::new();
    let mut unclear: Option<Vec<usize>> = None;
    for part in parts {
        let found = match one(part, parts.len(), tasks)? {
            Target::Tasks(found) | Target::Role(_, found) => found,
            Target::That(Said::Generally)
            | Target::All(_)
            | Target::AllBut(_)
            | Target::Paused(_)
            | Target::Else(_) => return None,
            Target::That(_) => match referent(tasks) {
                Ok(index) => vec![index],
                Err(candidates) => {
                    unclear = Some(candidates);
                    continue;
                }
            },
            Target::Unclear(candidates) => {
                unclear = Some(candidates);
                continue;
            }
        };
        for index in found {
            if !union.contains(&index) {
                union.push(index);
            }
        }
    }
    Some(unclear.map_or(Target::Tasks(union), Target::Unclear))
}

/// The one task "that" means, or the ones it may.
pub(super) fn referent(tasks: &Tasks<'_>) -> Result<usize, Vec<usize>> {
    let mentioned = tasks.last_mentioned();
    let candidates = if mentioned.is_empty() {
        tasks.every()
    } else {
        mentioned
    };
    match candidates[..] {
        [only] => Ok(only),
        _ => Err(candidates),
    }
}

/// What one of `parts` joined phrases means.
fn one(phrase: &[Token], parts: usize, tasks: &Tasks<'_>) -> Option<Target> {
    let bag = cover(phrase, None);
    let plain = || bag.as_ref().and_then(|bag| without_content(bag, tasks));
    let content = || by_content(phrase, parts, tasks);
    // "Task 4" is an id or part of a title before it is a count.
    let numbers_one = bag.as_ref().is_some_and(|bag| {
        matches!(bag.classes[..], [.., Class::Number(_)]) && !bag.classes.contains(&Class::All)
    });
    if numbers_one {
        content().or_else(plain)
    } else {
        plain().or_else(content)
    }
}

fn without_content(bag: &Bag, tasks: &Tasks<'_>) -> Option<Target> {
    let has = |class: Class| bag.classes.contains(&class);
    if has(Class::Indefinite) || has(Class::Link) || has(Class::And) {
        return None;
    }
    let all = has(Class::All);
    let definite =
        all || has(Class::The) || has(Class::Demonstrative) || has(Class::Demonstratives);
    let said = if definite {
        Said::Definitely
    } else {
        Said::Generally
    };
    let number = bag.classes.iter().find_map(|class| match class {
        Class::Number(n) => Some(*n),
        _ => None,
    });
    if let Some(role) = role(bag) {
        return in_role(role, bag, tasks);
    }
    if has(Class::Else) {
        let others = tasks.standing.len() - tasks.last_mentioned().len();
        if number.is_some_and(|number| number != others) {
            return Some(Target::Unclear(tasks.every()));
        }
        let one = !all && !has(Class::Many) && (has(Class::One) || only_other(bag));
        return Some(Target::Else(if one { Count::One } else { Count::Several }));
    }
    if let Some(number) = number {
        return Some(numbered(number, tasks));
    }
    if has(Class::Paused) || has(Class::AllPaused) {
        let pointed = has(Class::Demonstrative) && !has(Class::Many);
        let one = (has(Class::One) || pointed) && !all;
        let several =
            all || has(Class::AllPaused) || has(Class::Many) || (has(Class::Noun) && !pointed);
        return match (several, one) {
            (true, _) => Some(Target::Paused(Count::Several)),
            (false, true) => Some(Target::Paused(Count::One)),
            (false, false) => None,
        };
    }
    if all {
        return Some(Target::All(Said::Definitely));
    }
    if has(Class::Them) || has(Class::Demonstratives) {
        let mentioned = tasks.last_mentioned();
        return Some(match mentioned.len() {
            0 | 1 => Target::Unclear(tasks.every()),
            _ => Target::Tasks(mentioned),
        });
    }
    if has(Class::It) || has(Class::Demonstrative) {
        let noun = [Class::One, Class::Many, Class::Noun].into_iter().any(has);
        return Some(Target::That(if noun {
            Said::Definitely
        } else {
            Said::Pronoun
        }));
    }
    if has(Class::Many) {
        return Some(Target::All(said));
    }
    if has(Class::Noun) {
        // "后台任务" is all of them; "任务" alone may be one.
        return Some(if has(Class::Adjective) {
            Target::All(said)
        } else {
            Target::That(said)
        });
    }
    (has(Class::One) && definite).then_some(Target::That(Said::Definitely))
}

/// "the other", which says neither one nor several, is one when nothing says otherwise.
fn only_other(bag: &Bag) -> bool {
    bag.classes
        .iter()
        .all(|class| matches!(class, Class::Else | Class::Demonstrative))
        && bag.classes.contains(&Class::Demonstrative)
}

fn role(bag: &Bag) -> Option<&'static str> {
    bag.classes.iter().find_map(|class| match class {
        Class::Role(role) | Class::Roles(role) => Some(*role),
        _ => None,
    })
}

fn in_role(role: &'static str, bag: &Bag, tasks: &Tasks<'_>) -> Option<Target> {
    let has = |class: Class| bag.classes.contains(&class);
    if has(Class::Else) {
        return None;
    }
    let several = [Class::Roles(role), Class::Many, Class::Noun, Class::All]
        .into_iter()
        .any(has);
    let found = tasks.in_role(role);
    let mentioned: Vec<usize> = found
        .iter()
        .copied()
        .filter(|index| tasks.standing[*index].last_mentioned)
        .collect();
    match (found.len(), several) {
        (0, _) => None,
        (_, true) | (1, false) => Some(Target::Role(role, found)),
        (_, false) if has(Class::Demonstrative) && mentioned.len() == 1 => {
            Some(Target::Tasks(mentioned))
        }
        (_, false) => Some(Target::Unclear(found)),
    }
}

fn numbered(number: usize, tasks: &Tasks<'_>) -> Target {
    let mentioned = tasks.last_mentioned();
    if number == tasks.standing.len() {
        Target::All(Said::Definitely)
    } else if number == mentioned.len() {
        Target::Tasks(mentioned)
    } else {
        Target::Unclear(tasks.every())
    }
}

fn by_content(phrase: &[Token], parts: usize, tasks: &Tasks<'_>) -> Option<Target> {
    [Care::Exact, Care::Typos].into_iter().find_map(|care| {
        let found: Vec<(usize, Bag)> = tasks
            .every()
            .into_iter()
            .filter_map(|index| {
                let bag = cover(phrase, Some((&tasks.known[index], index, care)))?;
                bag.is_telling().then_some((index, bag))
            })
            .collect();
        chosen(&found, parts, tasks)
    })
}

fn chosen(found: &[(usize, Bag)], parts: usize, tasks: &Tasks<'_>) -> Option<Target> {
    let (_, first) = found.first()?;
    let indices: Vec<usize> = found.iter().map(|(index, _)| *index).collect();
    let whole: Vec<usize> = found
        .iter()
        .filter(|(_, bag)| bag.content.contains(&Matched::Whole))
        .map(|(index, _)| *index)
        .collect();
    if let [only] = whole[..] {
        return Some(Target::Tasks(vec![only]));
    }
    let has = |class: Class| first.classes.contains(&class);
    let number = first.classes.iter().find_map(|class| match class {
        Class::Number(n) => Some(*n),
        _ => None,
    });
    // "Both the scan and the research" counts the parts, not the scans.
    if let Some(number) = number.filter(|number| parts == 1 || *number != parts) {
        let exactly = number == indices.len();
        return Some(if exactly {
            Target::Tasks(indices)
        } else {
            Target::Unclear(indices)
        });
    }
    let by_agent = found
        .iter()
        .all(|(_, bag)| bag.content.iter().all(|piece| *piece == Matched::Agent));
    let plural = has(Class::All) || has(Class::Many) || has(Class::Demonstratives);
    let named_agent = by_agent && !has(Class::One) && !has(Class::Demonstrative);
    if indices.len() == 1 || plural || named_agent {
        return Some(Target::Tasks(indices));
    }
    let mentioned: Vec<usize> = indices
        .iter()
        .copied()
        .filter(|index| tasks.standing[*index].last_mentioned)
        .collect();
    if has(Class::Demonstrative) && mentioned.len() == 1 {
        return Some(Target::Tasks(mentioned));
    }
    Some(Target::Unclear(indices))
}
