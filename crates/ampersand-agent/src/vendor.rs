//! Agents of others: one process for each attempt, spoken to in JSON-RPC lines. What is common to all of them is here; what
//! each protocol means is a pure machine behind [`Driver`].

mod asking;
mod driver;
mod prompt;
mod record;
pub mod rpc;
mod said;
pub mod strangers;
mod talk;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::path::Path;

use ampersand_core::{Failure, Obstacle};
use ampersand_process::{Exit, Output, lines::Lines};
use tokio::process::ChildStderr;

pub(crate) use asking::{Unasked, are_shown};
pub(crate) use driver::{Brief, Driver, Effect, Input};
pub(crate) use prompt::{cut, manners};
pub(crate) use record::{Entry, Past};
pub(crate) use said::Said;

use crate::before::Words;
use crate::host::Launch;
use crate::ledger::LedgerError;
use crate::outcome::Outcome;
use crate::runtime::Attempt;
use crate::toolhost::not_launched;
use record::Record;
use talk::{Ended, Limits, Talk};

/// The tool by which an agent asks the person something in words of its own, where it has one.
pub(crate) const ASK: &str = "ask";

/// What is quoted of the words of an agent about itself.
const MAX_WORDS_BYTES: usize = 2_000;
/// Lines of them that are kept.
const MAX_WORDS: usize = 20;
/// Ends in a row without a word said in between, after which it is not tried again.
const MAX_DEATHS: u32 = 3;

/// Runs an attempt: starts the agent, speaks with it until it is done, and ends its tree.
pub(crate) async fn run<D: Driver>(
    mut attempt: Attempt,
    launch: Launch,
    driver: impl FnOnce(Brief) -> D,
) -> Outcome {
    let (mut record, past) = match Record::open(&attempt.assignment.transcript).await {
        Ok(opened) => opened,
        Err(error) => return Outcome::failed(error.failure()),
    };
    let Some(vendor) = attempt.assignment.vendor.clone() else {
        return Outcome::failed(unfit());
    };
    attempt.at(format!("starting {}", vendor.name)).await;
    let was_cut_off = past.prompted && !past.reported;
    let takes_over = attempt.assignment.before.is_some() && !past.prompted;
    let changes = if was_cut_off || takes_over {
        changes(&attempt).await
    } else {
        None
    };
    let launched = attempt.host.launch(launch).await;
    let mut launched = match launched {
        Ok(launched) => launched,
        Err(error) => return Outcome::failed(not_launched(&error)),
    };
    let child = &mut launched.child;
    let pipes = (child.take_stdin(), child.take_stdout(), child.take_stderr());
    let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
        return Outcome::failed(unfit());
    };
    let words = tokio::spawn(last_words(stderr));
    let brief = Brief::new(&attempt.assignment, &vendor, past.clone(), changes);
    let limits = Limits {
        silence: vendor.silence,
        ..Limits::default()
    };
    let talk = Talk::new(driver(brief), &mut attempt, &mut record, past, limits);
    let ended = talk.run(stdout, stdin).await;
    if matches!(ended, Ended::Silently { .. }) {
        // It closed its output: give its end a moment to be seen, so that it can be told.
        tokio::time::timeout(std::time::Duration::from_secs(2), launched.child.wait())
            .await
            .ok();
    }
    let exit = launched.child.exited();
    if let Err(error) = launched.tree.kill().await {
        tracing::warn!(%error, "an agent did not end");
    }
    let words = words.await.unwrap_or_default();
    let (opened, past) = match ended {
        Ended::With(outcome) => return *outcome,
        Ended::Silently { opened, past } => (opened, past),
    };
    let death = Death {
        name: &vendor.name,
        exit,
        words: &words,
        opened,
    };
    died(death, &past, &mut record).await
}

/// How an agent ended that nobody had told to.
struct Death<'a> {
    name: &'a str,
    exit: Option<Exit>,
    words: &'a str,
    /// Its conversation was open.
    opened: bool,
}

/// An agent that ended by itself: worth another try while it was getting somewhere, if only in an earlier attempt, and where
/// somebody else ended it.
async fn died(death: Death<'_>, past: &Past, record: &mut Record) -> Outcome {
    let Death { name, opened, .. } = death;
    let said = match death.words.trim() {
        "" => String::new(),
        words => format!(" It said: {words}"),
    };
    let exit = match death.exit {
        Some(Exit::Code(code)) => format!(" with {code}"),
        Some(Exit::Signal(signal)) => format!(" by signal {signal}"),
        None => String::new(),
    };
    let was_killed = matches!(death.exit, Some(Exit::Signal(_)));
    if !opened && !was_killed && past.session.is_none() {
        return Outcome::failed(Failure::new(
            "agent_not_started",
            format!("{name} ended{exit} before it was ready.{said}"),
            "Try it in its own program; `doctor` says what is missing.",
        ));
    }
    if let Err(error) = record.add(&Entry::Died).await {
        return Outcome::failed(error.failure());
    }
    let when = match opened {
        true => "in the middle of its work",
        false => "before it was ready",
    };
    let failure = Failure::new(
        "agent_ended",
        format!("{name} ended{exit} {when}.{said}"),
        "It goes on where it stopped when the task is resumed.",
    );
    if past.deaths + 1 >= MAX_DEATHS {
        return Outcome::failed(failure);
    }
    Outcome::limit(Obstacle::Death, failure)
}

pub(crate) fn unfit() -> Failure {
    Failure::new(
        "agent_unfit",
        "This agent is not set up here.",
        "`doctor` says what is missing.",
    )
}

/// What the checkout differs in from where it began, own commits included, and which files are new to git; as git tells it
/// inside the sandbox: for an agent that has to be told what was done. `None` where there is nothing or it cannot be had.
pub(crate) async fn changes(attempt: &Attempt) -> Option<String> {
    let began = attempt.assignment.began.as_str();
    let plain = ["diff", "--no-color", "--no-ext-diff", "--no-textconv"];
    let diff = [&plain[..], &[began, "--"]].concat();
    let mut told = git(attempt, &diff).await.unwrap_or_default();
    let others = ["ls-files", "--others", "--exclude-standard"];
    let new = git(attempt, &others).await.unwrap_or_default();
    if !new.trim().is_empty() {
        told.push_str("Files that are new, and in no commit:\n");
        told.push_str(&ampersand_toolhost::visible(&new));
    }
    Some(told).filter(|told| !told.trim().is_empty())
}

/// The start of what a git command says inside the sandbox.
async fn git(attempt: &Attempt, words: &[&str]) -> Option<String> {
    let argv = ["git", "--no-pager"].into_iter();
    let argv = argv.chain(words.iter().copied());
    let launch = Launch::new(argv.map(Into::into).collect());
    let mut launched = attempt.host.launch(launch).await.ok()?;
    drop(launched.child.take_stdin());
    let mut lines = Lines::new(launched.child.take_stdout()?, prompt::MAX_LINE_BYTES);
    let mut said = String::new();
    while let Ok(Some(line)) = lines.next().await {
        if said.len() > prompt::MAX_CHANGES_BYTES {
            break;
        }
        said.push_str(&line);
        said.push('\n');
    }
    launched.tree.kill().await.ok();
    Some(cut(said, prompt::MAX_CHANGES_BYTES))
}

/// What was said after the brief, by the record of an agent of this name.
pub(crate) async fn said(record: &Path, name: &str) -> Result<Vec<Words>, LedgerError> {
    let (_, past) = Record::open(record).await?;
    Ok(prompt::said(&past, name))
}

/// Keeps in a record that its agent goes on with a conversation, unless it has one already.
pub(crate) async fn continued_in(record: &Path, entry: Entry) -> Result<(), Failure> {
    let opened = Record::open(record).await;
    let (mut record, past) = opened.map_err(|error| error.failure())?;
    if past.session.is_some() {
        return Ok(());
    }
    let added = record.add(&entry).await;
    added.map_err(|error| error.failure())
}

/// What is said of a conversation that could not be taken up.
pub(crate) fn not_continued(name: &str, said: &str) -> Failure {
    Failure::new(
        "session_not_taken_up",
        format!(
            "{name} did not take up the conversation: {}.",
            crate::shown::line(said)
        ),
        "Go on with it in its own program, or begin a new one.",
    )
}

/// What an agent says about itself, for the log and for the reason of its end. Read to the end, so that it never waits
/// for us.
async fn last_words(stderr: Output<ChildStderr>) -> String {
    let mut lines = Lines::new(stderr, MAX_WORDS_BYTES);
    let mut kept = std::collections::VecDeque::new();
    while let Ok(Some(line)) = lines.next().await {
        let line = ampersand_toolhost::visible(&line);
        tracing::debug!(line, "an agent");
        kept.push_back(line);
        if kept.len() > MAX_WORDS {
            kept.pop_front();
        }
    }
    cut(Vec::from(kept).join("\n"), MAX_WORDS_BYTES)
}
