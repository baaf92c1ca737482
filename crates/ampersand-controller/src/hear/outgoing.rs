//! Work that goes out, as a sentence of its own: on a branch, as a pull request; and whether that is watched.

use std::sync::Arc;

use ampersand_core::{Actor, Failure, Task, TaskId, Verb};
use ampersand_protocol::Command;
use std::time::Duration;

use super::{Heard, PERSON_WAITS, overridden, plain};
use crate::{board::Board, desk::Desk};

/// A forge is asked who is logged in before anything else.
const FORGE_ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// What a sentence wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outgoing {
    /// Put it on this branch.
    Branch(String),
    /// Open a pull request.
    PullRequest,
    /// Watch it again.
    Watch,
    /// Watch it no more.
    Unwatch,
}

/// What a text wants to go out, if it says nothing else.
pub(super) fn meant(text: &str) -> Option<Outgoing> {
    if let Some(branch) = branch(text) {
        return Some(Outgoing::Branch(branch));
    }
    let text = plain(text);
    let text = text.strip_prefix("please ").unwrap_or(&text);
    let text = text.strip_suffix(" please").unwrap_or(text);
    match text {
        "open a pr"
        | "open a pull request"
        | "open a merge request"
        | "open an mr"
        | "open pr"
        | "make a pr"
        | "make a pull request"
        | "make it a pr"
        | "make that a pr"
        | "create a pr"
        | "create a pull request"
        | "create a merge request"
        | "put it up as a pr"
        | "put it up as a pull request"
        | "打开 pr"
        | "开个 pr"
        | "提个 pr"
        | "提交 pr"
        | "开 pr"
        | "提 pr"
        | "打开合并请求"
        | "创建合并请求" => Some(Outgoing::PullRequest),
        "stop watching that"
        | "stop watching it"
        | "stop watching the pr"
        | "stop watching the pull request"
        | "stop watching"
        | "don't watch that"
        | "don't watch it"
        | "unwatch"
        | "unwatch that"
        | "别再盯着"
        | "别盯了"
        | "停止关注"
        | "不用再看了" => Some(Outgoing::Unwatch),
        "watch it again"
        | "watch that again"
        | "watch the pr"
        | "watch the pr again"
        | "watch the pull request"
        | "watch the pull request again"
        | "keep watching"
        | "继续盯着"
        | "继续关注" => Some(Outgoing::Watch),
        _ => None,
    }
}

/// `put it on branch NAME`. A name has letters that a sentence is stripped of, so that it is taken from what was written.
fn branch(text: &str) -> Option<String> {
    const BEGINNINGS: [&str; 7] = [
        "put it on branch ",
        "put it on the branch ",
        "put that on branch ",
        "put that on the branch ",
        "put the work on branch ",
        "放到分支 ",
        "放到分支上 ",
    ];
    let text = text.trim();
    let lower = text.to_lowercase();
    let lower = lower.strip_prefix("please ").unwrap_or(&lower);
    // Lower case changes no length where these words are.
    let text = &text[text.len() - lower.len().min(text.len())..];
    let begins = BEGINNINGS.iter().find(|words| lower.starts_with(**words))?;
    let name = text.get(begins.len()..)?.trim();
    let name = name
        .trim_end_matches(['.', '!', '。'])
        .trim_matches(['`', '"', '\'']);
    (!name.is_empty() && !name.contains(char::is_whitespace)).then(|| name.to_owned())
}

impl Outgoing {
    const fn verb(&self) -> (Verb, &'static str) {
        match self {
            Self::Branch(_) => (Verb::PutOnBranch, "put_on_branch"),
            Self::PullRequest => (Verb::OpenPullRequest, "open_pull_request"),
            Self::Watch => (Verb::Watch, "watch"),
            Self::Unwatch => (Verb::Unwatch, "unwatch"),
        }
    }

    fn command(&self, task: TaskId) -> Command {
        let why = String::new();
        match self {
            Self::Branch(branch) => Command::PutOnBranch {
                task,
                branch: branch.clone(),
                why,
                by: Actor::Person,
            },
            Self::PullRequest => Command::OpenPullRequest {
                task,
                branch: None,
                why,
            },
            Self::Watch => Command::Watch { task },
            Self::Unwatch => Command::Unwatch { task },
        }
    }
}

/// Does it to the one task it can mean.
pub(super) async fn carry_out(desk: &Arc<Desk>, mut heard: Heard, meant: Outgoing) {
    let (verb, word) = meant.verb();
    let found = {
        let board = desk.board();
        the_one(&board, verb).map(|task| (task.id, task.title.clone()))
    };
    let (task, title) = match found {
        Ok(found) => found,
        Err(failure) => return desk.notice(Some(heard.message.id), failure).await,
    };
    let within = match meant {
        Outgoing::PullRequest => FORGE_ANSWERS_WITHIN,
        Outgoing::Branch(_) | Outgoing::Watch | Outgoing::Unwatch => PERSON_WAITS,
    };
    let answer = desk.link.call_within(within, meant.command(task)).await;
    desk.order.acted();
    if !heard.is_stored().await {
        return;
    }
    match answer {
        Ok(_) => {
            let words = format!("{} \u{b7} {title}", verb.spoken());
            let tasks = vec![task];
            overridden::say_understood(desk, &mut heard, word, &words, tasks, 0).await;
        }
        Err(failure) => desk.trouble(heard.message.id, failure).await,
    }
}

/// The one task that was spoken of and can be meant, or the only one that can.
fn the_one(board: &Board, verb: Verb) -> Result<&Task, Failure> {
    let can = |task: &&Task| task.verbs().contains(&verb);
    let possible: Vec<&Task> = board.tasks().iter().filter(can).collect();
    let spoken_of: Vec<&Task> = possible
        .iter()
        .filter(|task| board.mentioned.contains(&task.id))
        .copied()
        .collect();
    match (&possible[..], &spoken_of[..]) {
        ([only], _) | (_, [only]) => Ok(only),
        ([], _) => Err(Failure::new(
            "nothing_to_go_out",
            match verb {
                Verb::Watch | Verb::Unwatch => {
                    "There is no pull request that this could be meant of."
                }
                _ => "No task has work that is ready to go out.",
            },
            "Its card offers it once there is one.",
        )),
        (_, _) => Err(Failure::new(
            "several_could_be_meant",
            "More than one task could be meant, so nothing was done.",
            "Do it on its card; in a terminal, with the verb and its id.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_goes_out_in_sentences_of_their_own() {
        for (text, expected) in [
            ("Open a PR.", Some(Outgoing::PullRequest)),
            ("please open a merge request", Some(Outgoing::PullRequest)),
            ("提个 PR", Some(Outgoing::PullRequest)),
            ("Stop watching that!", Some(Outgoing::Unwatch)),
            ("don't watch it", Some(Outgoing::Unwatch)),
            ("watch it again", Some(Outgoing::Watch)),
            (
                "put it on branch Fix/Login-1.",
                Some(Outgoing::Branch("Fix/Login-1".into())),
            ),
            (
                "Please put that on branch `x`",
                Some(Outgoing::Branch("x".into())),
            ),
            ("put it on branch", None),
            ("put it on branch x and y", None),
            ("open a PR for the login page when you are done", None),
            ("watch the tests", None),
            ("how do I open a pull request?", None),
        ] {
            assert_eq!(meant(text), expected, "{text}");
        }
    }
}
