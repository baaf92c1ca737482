//! Work that goes out, in words: what would be pushed, and how a pull request stands. What others wrote is made visible.

use ampersand_core::{PullRequest, PullRequestEnd, PullRequestStage, Push, counted};

use super::{visible, visible_lines};

/// What would leave this machine, all of it.
pub(super) fn question(why: &str, push: &Push) -> String {
    let (added, removed) = (push.diffstat.added, push.diffstat.removed);
    let files = counted(u64::from(push.diffstat.count), "file");
    let target = match push.number {
        Some(number) => format!("to the pull request {number}"),
        None => format!("and open it as a pull request into {}", push.onto),
    };
    let short: String = push.tip.chars().take(7).collect();
    let commits = push.commits.join("; ");
    let unchecked = match push.as_checked {
        true => "",
        false => {
            " What was not committed when it started stays here, so its checks have not seen this."
        }
    };
    format!(
        "Push {} ({commits}; {short}), {files} +{added} -{removed}, to the branch {} of {} at {}, {target}?{unchecked} {why}",
        counted(u64::from(push.count), "commit"),
        push.branch,
        push.remote,
        push.url,
    )
}

pub(super) fn branched(title: &str, branch: &str, commit: &str) -> String {
    let short: String = commit.chars().take(7).collect();
    format!(
        "On a branch \u{b7} {} \u{b7} {} {short}\n",
        visible(title),
        visible(branch)
    )
}

/// How it stands, with what was found where that is new.
pub(super) fn pull_request(title: &str, pull: &PullRequest) -> String {
    let stage = match &pull.stage {
        PullRequestStage::Asking { .. } => "waits for you to allow the push".to_owned(),
        PullRequestStage::Pushing => "is being pushed".to_owned(),
        PullRequestStage::Watching => standing(pull),
        PullRequestStage::Fixing => "its agent mends what was found".to_owned(),
        PullRequestStage::Held { why } => {
            format!(
                "waits for you: {} {}",
                visible(&why.message),
                visible(&why.hint)
            )
        }
        PullRequestStage::Unwatched => "not watched".to_owned(),
        PullRequestStage::Ended { how } => match how {
            PullRequestEnd::Merged { .. } => "merged".to_owned(),
            PullRequestEnd::MergedWithout { why, .. } => format!(
                "merged, not all of it: {} {}",
                visible(&why.message),
                visible(&why.hint)
            ),
            PullRequestEnd::Closed => "closed without being merged".to_owned(),
            PullRequestEnd::GivenUp => "not opened".to_owned(),
        },
    };
    let unseen = match &pull.unseen {
        Some(failure) => format!(" \u{b7} {}", visible(&failure.message)),
        None => String::new(),
    };
    let url = pull
        .opened
        .as_ref()
        .map_or("", |opened| opened.url.as_str());
    let shown = pull.shown();
    let mut first = shown.chars();
    let shown: String = first
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(first)
        .collect();
    format!(
        "{shown} \u{b7} {} \u{b7} {stage}{unseen}\n{}{}",
        visible(title),
        match url {
            "" => String::new(),
            url => format!("  {}\n", visible(url)),
        },
        found(pull)
    )
}

fn standing(pull: &PullRequest) -> String {
    let standing = pull.standing;
    let counted = [
        (standing.passed, "passed"),
        (standing.failed, "failed"),
        (standing.pending, "under way"),
    ];
    let words: Vec<String> = counted
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    match words.is_empty() {
        true => "open, no checks yet".to_owned(),
        false => format!("open, checks: {}", words.join(", ")),
    }
}

/// Only while it is news: where somebody has to look at it, or was sent back with it.
fn found(pull: &PullRequest) -> String {
    let is_news = matches!(
        pull.stage,
        PullRequestStage::Fixing | PullRequestStage::Held { .. } | PullRequestStage::Watching
    );
    if !is_news {
        return String::new();
    }
    let checks = pull.found.checks.iter().map(|check| {
        format!(
            "  check {} failed\n{}",
            visible(&check.name),
            indented(&check.log)
        )
    });
    let comments = pull.found.comments.iter().map(|comment| {
        let place = match (&comment.path, comment.line) {
            (Some(path), Some(line)) => format!(" on {}:{line}", visible(path)),
            (Some(path), None) => format!(" on {}", visible(path)),
            (None, _) => String::new(),
        };
        let stays = match comment.may_write {
            true => "",
            false => " (not sent to its agent: they may not write to the repository)",
        };
        format!(
            "  {} wrote{place}{stays}\n{}",
            visible(&comment.author),
            indented(&comment.body)
        )
    });
    checks.chain(comments).collect()
}

fn indented(text: &str) -> String {
    let lines = visible_lines(text);
    lines.lines().map(|line| format!("    {line}\n")).collect()
}
