//! From what was heard to what is to be done, given which tasks stand. Here live the rules that
//! keep an ambiguous word from killing anything.

use super::grammar::Heard;
use super::referent::{self, Count, Said, Target, Tasks};
use super::tables::{Act, Tone};
use super::{Override, Reached, Recognised, Reply, Scope, Verb};

/// Decides what comes of a request.
pub(super) fn resolve(heard: &Heard, tasks: &Tasks<'_>, reply: Reply) -> Recognised {
    let loose = matches!(heard.object, None | Some(Target::That(Said::Pronoun)));
    if reply == Reply::Streaming && loose && matches!(heard.act, Act::Halt | Act::Hush) {
        return Recognised::StopReply {
            offer: reached(&tasks.every(), tasks),
        };
    }
    let verb = match (heard.act, &heard.object) {
        (Act::Hush, _) => return Recognised::None,
        (Act::Pause, _) | (Act::Halt, None) => Verb::Pause,
        (Act::Halt, Some(_)) if heard.manner.has(Tone::Briefly) => Verb::Pause,
        (Act::Halt | Act::Cancel, _) => Verb::Cancel,
        (Act::Resume | Act::Proceed, _) => Verb::Resume,
        (Act::Narrow(what), _) => Verb::Narrow(what),
    };
    let found = match (&heard.object, heard.act) {
        (None, Act::Halt) if tasks.standing.is_empty() => return Recognised::Nobody(verb),
        (None, Act::Halt) => Ok((Scope::All, tasks.every())),
        (None, _) => that(verb, tasks),
        (Some(target), _) => scoped(target, verb, tasks),
    };
    match found {
        Ok((scope, indices)) => carried_out(heard.act, verb, scope, &indices, tasks),
        Err(_) if tasks.standing.is_empty() => Recognised::Nobody(verb),
        // "Go on" with nothing it could mean was said to the one talked with.
        Err(candidates) if candidates.is_empty() || is_small_talk(heard) => Recognised::None,
        Err(candidates) => ambiguous(verb, &candidates, tasks),
    }
}

fn is_small_talk(heard: &Heard) -> bool {
    heard.act == Act::Proceed
        && matches!(
            heard.object,
            None | Some(Target::That(Said::Pronoun | Said::Generally))
        )
}

fn scoped(
    target: &Target,
    verb: Verb,
    tasks: &Tasks<'_>,
) -> Result<(Scope, Vec<usize>), Vec<usize>> {
    match target {
        Target::All(_) => Ok((Scope::All, tasks.every())),
        Target::That(_) => that(verb, tasks),
        Target::Role(role, found) => Ok((Scope::Role(role), found.clone())),
        Target::Tasks(found) => Ok((Scope::Named(titles(found, tasks)), found.clone())),
        Target::AllBut(spared) => Ok(all_but(spared, tasks)),
        Target::Unclear(candidates) => Err(candidates.clone()),
        Target::Paused(count) => paused(*count, verb, tasks),
        Target::Else(count) => {
            let mentioned = tasks.last_mentioned();
            let (scope, others) = all_but(&mentioned, tasks);
            match (mentioned.is_empty(), count) {
                (true, _) => Err(tasks.every()),
                (false, Count::Several) => Ok((scope, others)),
                (false, Count::One) if others.len() == 1 => {
                    Ok((Scope::Named(titles(&others, tasks)), others))
                }
                (false, Count::One) => Err(others),
            }
        }
    }
}

/// Only what is paused can be resumed; for the other verbs one has to know what is.
fn paused(count: Count, verb: Verb, tasks: &Tasks<'_>) -> Result<(Scope, Vec<usize>), Vec<usize>> {
    if verb == Verb::Resume && count == Count::Several {
        return Ok((Scope::All, tasks.every()));
    }
    let known = tasks.standing.iter().all(|task| task.paused.is_some());
    let found: Vec<usize> = tasks
        .every()
        .into_iter()
        .filter(|index| tasks.standing[*index].paused == Some(true))
        .collect();
    if known && !found.is_empty() && (count == Count::Several || found.len() == 1) {
        return Ok((Scope::Named(titles(&found, tasks)), found));
    }
    if verb == Verb::Resume {
        that(verb, tasks)
    } else {
        Err(tasks.every())
    }
}

fn that(verb: Verb, tasks: &Tasks<'_>) -> Result<(Scope, Vec<usize>), Vec<usize>> {
    referent::referent(tasks)
        .or_else(|candidates| {
            // Only what is paused can be resumed, so the only paused one is meant.
            let paused: Vec<usize> = candidates
                .iter()
                .copied()
                .filter(|index| tasks.standing[*index].paused == Some(true))
                .collect();
            match paused[..] {
                [only] if verb == Verb::Resume => Ok(only),
                _ => Err(candidates),
            }
        })
        .map(|index| (Scope::That, vec![index]))
}

fn all_but(spared: &[usize], tasks: &Tasks<'_>) -> (Scope, Vec<usize>) {
    let (kept, rest): (Vec<usize>, Vec<usize>) = tasks
        .every()
        .into_iter()
        .partition(|index| spared.contains(index));
    (Scope::Except(titles(&kept, tasks)), rest)
}

fn carried_out(
    act: Act,
    verb: Verb,
    scope: Scope,
    indices: &[usize],
    tasks: &Tasks<'_>,
) -> Recognised {
    let running = |index: &usize| tasks.standing[*index].paused == Some(false);
    if act == Act::Proceed && indices.iter().all(running) {
        return Recognised::None;
    }
    Recognised::Override(Override {
        verb,
        scope,
        tasks: reached(indices, tasks),
    })
}

fn ambiguous(verb: Verb, candidates: &[usize], tasks: &Tasks<'_>) -> Recognised {
    let candidates = reached(candidates, tasks);
    let freeze = match verb {
        Verb::Cancel => candidates.iter().map(|task| task.id.clone()).collect(),
        Verb::Pause | Verb::Resume | Verb::Narrow(_) | Verb::None => Vec::new(),
    };
    Recognised::Ambiguous {
        verb,
        candidates,
        freeze,
    }
}

fn reached(indices: &[usize], tasks: &Tasks<'_>) -> Vec<Reached> {
    indices
        .iter()
        .map(|index| {
            let task = &tasks.standing[*index];
            Reached {
                id: task.id.clone(),
                title: task.title.clone(),
            }
        })
        .collect()
}

fn titles(indices: &[usize], tasks: &Tasks<'_>) -> Vec<String> {
    indices
        .iter()
        .map(|index| tasks.standing[*index].title.clone())
        .collect()
}
