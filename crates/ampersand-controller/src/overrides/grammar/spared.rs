//! What a request spares: "everything except the scan", and "keep the scan, stop the rest". Refuses
//! to act on the rest when what was to be spared is not understood.

use super::super::referent::{self, Said, Target, Tasks};
use super::super::tables::{Act, Tables, tables};
use super::super::text::Token;
use super::{Heard, Manner, direct, ends, starts, trimmed};

/// A request with an exception, however it is said.
pub(super) fn reshaped(words: &[Token], manner: Manner, tasks: &Tasks<'_>) -> Option<Heard> {
    kept(words, manner, tasks).or_else(|| excepted(words, manner, tasks))
}

/// "everything except {}", wherever the exception stands.
fn excepted(words: &[Token], manner: Manner, tasks: &Tasks<'_>) -> Option<Heard> {
    let mut unclear = None;
    for frame in &tables().exceptions {
        for at in 0..words.len() {
            if !words[at..].starts_with(&frame.before)
                || (frame.before.is_empty() && at > 0 && words[at - 1] != Token::Comma)
            {
                continue;
            }
            let from = at + frame.before.len();
            for to in (from + 1..=words.len()).rev() {
                if !words[to..].starts_with(&frame.after) {
                    continue;
                }
                let mut rest = words[..at].to_vec();
                rest.extend_from_slice(&words[to + frame.after.len()..]);
                match without(&rest, &words[from..to], manner, tasks) {
                    Some(heard) if matches!(heard.object, Some(Target::Unclear(_))) => {
                        unclear = unclear.or(Some(heard));
                    }
                    Some(heard) => return Some(heard),
                    None => {}
                }
            }
        }
    }
    unclear
}

/// The request `rest`, spared what `spared` names.
fn without(rest: &[Token], spared: &[Token], manner: Manner, tasks: &Tasks<'_>) -> Option<Heard> {
    tasks.reading()?;
    let spared = trimmed(spared);
    let mut tails = ends(spared);
    tails.sort_by_key(|(end, _)| *end);
    let (named, after) = tails
        .iter()
        .rev()
        .filter(|(end, _)| *end > 0)
        .find_map(|(end, manner)| Some((referent::resolve(&spared[..*end], tasks)?, *manner)))
        .map_or((None, Manner::default()), |(target, manner)| {
            (Some(target), manner)
        });
    let mut heard = direct(rest, manner.and(after), tasks)?;
    if heard.object.is_none() && matches!(heard.act, Act::Resume | Act::Proceed | Act::Hush) {
        return None;
    }
    // "Stop, don't cancel it" is a cry about one task, no word about the others.
    if heard.object.is_none() && matches!(named, Some(Target::That(Said::Pronoun))) {
        return None;
    }
    heard.object = Some(match named.and_then(|target| tasks_of(&target, tasks)) {
        Some(spared) => subtracted(heard.object, &spared)?,
        // Nothing it could mean: the rest must not be acted on alone.
        None => match heard.object {
            None | Some(Target::All(_) | Target::Else(_) | Target::Role(..)) => {
                Target::Unclear(tasks.every())
            }
            Some(_) => return None,
        },
    });
    Some(heard)
}

fn tasks_of(target: &Target, tasks: &Tasks<'_>) -> Option<Vec<usize>> {
    match target {
        Target::Tasks(found) | Target::Role(_, found) => Some(found.clone()),
        Target::That(Said::Definitely | Said::Pronoun) => {
            referent::referent(tasks).ok().map(|index| vec![index])
        }
        Target::That(Said::Generally)
        | Target::All(_)
        | Target::Else(_)
        | Target::AllBut(_)
        | Target::Paused(_)
        | Target::Unclear(_) => None,
    }
}

fn subtracted(target: Option<Target>, spared: &[usize]) -> Option<Target> {
    match target {
        None | Some(Target::All(_) | Target::Else(_) | Target::That(Said::Generally)) => {
            Some(Target::AllBut(spared.to_vec()))
        }
        Some(Target::Role(_, found) | Target::Tasks(found)) => {
            let left: Vec<usize> = found
                .into_iter()
                .filter(|index| !spared.contains(index))
                .collect();
            (!left.is_empty()).then_some(Target::Tasks(left))
        }
        Some(Target::That(_) | Target::AllBut(_) | Target::Paused(_) | Target::Unclear(_)) => None,
    }
}

/// "Keep the scan and stop everything else": an exception said as a wish of its own.
fn kept(words: &[Token], manner: Manner, tasks: &Tasks<'_>) -> Option<Heard> {
    let tables = tables();
    for at in 1..words.len() {
        let joint = tables
            .joints
            .at(&words[at..])
            .map(|(length, ())| length)
            .next();
        let (left, mut right) = match (&words[at], joint) {
            (Token::Comma, _) => (&words[..at], &words[at + 1..]),
            (_, Some(length)) => (&words[..at], &words[at + length..]),
            _ => continue,
        };
        if let Some((length, ())) = tables.joints.at(right).next() {
            right = &right[length..];
        }
        let pairs = [(left, right), (right, left)];
        let found = pairs.into_iter().find_map(|(wish, request)| {
            let spared = wished(wish, tables)?;
            without(request, spared, manner, tasks).filter(|heard| {
                matches!(heard.object, Some(Target::AllBut(_) | Target::Unclear(_)))
            })
        });
        if found.is_some() {
            return found;
        }
    }
    None
}

/// What a keeping clause spares.
fn wished<'a>(words: &'a [Token], tables: &Tables) -> Option<&'a [Token]> {
    let words = trimmed(words);
    let ends = ends(words);
    starts(words).into_iter().find_map(|(start, _)| {
        ends.iter().find_map(|(end, _)| {
            let words = words.get(start..*end)?;
            tables.keeps.iter().find_map(|frame| {
                let inside = words.len() > frame.before.len() + frame.after.len()
                    && words.starts_with(&frame.before)
                    && words.ends_with(&frame.after);
                inside.then(|| &words[frame.before.len()..words.len() - frame.after.len()])
            })
        })
    })
}
