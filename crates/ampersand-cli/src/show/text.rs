//! Updates in words. What an agent or a model wrote is shown with its control characters made visible.

pub(super) mod conflicts;
mod outgoing;

use ampersand_core::visible as visible_lines;
/// One line with everything invisible or commanding made visible.
pub(crate) use ampersand_core::visible_line as visible;
use ampersand_core::{
    CheckOutcome, ChoiceOption, Finding, LandingOutcome, MessageBody, Narrowing, Pause, Question,
    QuotaWindow, ReplyState, Report, Task, TaskId, TaskState, Verdict, counted, list_gaps,
    scarcest, visible_prose,
};
use ampersand_protocol::{Diff, DiffLineKind, RepositoryFacts, TaskView, UpdateBody};
use jiff::{Timestamp, tz::TimeZone};

/// An update as whole lines; `None` for what only a window shows, and for replies, which flow.
pub(super) fn update(body: &UpdateBody) -> Option<String> {
    let words = match body {
        UpdateBody::Ready {
            repository, model, ..
        } => ready(repository.as_ref(), model.as_deref()),
        UpdateBody::Plan { reason, tasks, .. } => {
            let rows: Vec<String> = tasks
                .iter()
                .map(|task| format!("  {}\n", self::task(task)))
                .collect();
            format!("Plan · {}\n{}", visible(reason), rows.concat())
        }
        UpdateBody::Task { task } => format!("  {}\n", self::task(task)),
        UpdateBody::Result { title, report, .. } => format!("{}\n", self::report(title, report)),
        UpdateBody::Explanation { text, .. } => format!("& {}\n", visible_prose(text)),
        UpdateBody::Approval {
            id,
            title,
            approval,
            answered,
        } => match answered {
            Some(answer) => format!("{} · {answer}\n", visible(title)),
            None => format!(
                "Needs you · {} · {}\n  approve {id}   or   deny {id}\n",
                visible(title),
                visible(&question(&approval.question))
            ),
        },
        UpdateBody::Landing { title, outcome, .. } => landing(title, outcome),
        UpdateBody::PullRequest {
            title,
            pull_request,
            ..
        } => outgoing::pull_request(title, pull_request),
        UpdateBody::Branched {
            title,
            branch,
            commit,
            ..
        } => outgoing::branched(title, branch, commit),
        UpdateBody::Understood {
            text,
            processes,
            took_ms,
            ..
        } => format!(
            "Understood as: {}{}\n",
            visible(text),
            confirmed(*processes, *took_ms)
        ),
        UpdateBody::Choice {
            question, options, ..
        } => choice(question, options),
        UpdateBody::Notice { failure } | UpdateBody::Error { failure } => {
            format!("{} {}\n", visible(&failure.message), visible(&failure.hint))
        }
        UpdateBody::Link { up } => {
            if *up {
                return None;
            }
            "The background process is away; it is being started again.\n".to_owned()
        }
        UpdateBody::Message { message } => return message_words(&message.body),
        UpdateBody::MessageDelta { .. }
        | UpdateBody::MessageDone { .. }
        | UpdateBody::Activity { .. }
        | UpdateBody::Show { .. }
        | UpdateBody::Counts { .. } => return None,
    };
    Some(words)
}

/// What the operating system confirmed; nothing where there was nothing to confirm.
pub(super) fn confirmed(processes: u32, took_ms: u32) -> String {
    match processes {
        0 => String::new(),
        n => format!(" · {} in {took_ms} ms", counted(u64::from(n), "process")),
    }
}

fn ready(repository: Option<&RepositoryFacts>, model: Option<&str>) -> String {
    let place = repository.map_or_else(
        || "no repository".to_owned(),
        |facts| {
            let branch = facts.branch.as_deref().unwrap_or("detached");
            format!("{} · {branch}", facts.name)
        },
    );
    let model = model.unwrap_or("no model: scan · find · run");
    format!("{} · {}\n", visible(&place), visible(model))
}

fn choice(question: &str, options: &[ChoiceOption]) -> String {
    let option = |option: &ChoiceOption| {
        let (label, says) = (visible(&option.label), visible(&option.says));
        format!("  {label} -> {says}\n")
    };
    let options: String = options.iter().map(option).collect();
    format!("{}\n{options}", visible(question))
}

fn message_words(body: &MessageBody) -> Option<String> {
    match body {
        MessageBody::Kept { closest, .. } => {
            let closest = closest
                .as_ref()
                .map(|words| format!(" Closest command: {}", visible(words)));
            Some(format!(
                "Kept until a model is connected.{}\n",
                closest.unwrap_or_default()
            ))
        }
        _ => None,
    }
}

/// The lines under a reply that has ended; none if it ended well and whole.
pub(super) fn ending(state: &ReplyState, left_out: Option<&str>) -> String {
    match state {
        ReplyState::Done | ReplyState::Streaming => left_out
            .map(|words| format!("({})\n", visible(words)))
            .unwrap_or_default(),
        ReplyState::Stopped => "(stopped)\n".to_owned(),
        ReplyState::Superseded => "(superseded)\n".to_owned(),
        ReplyState::Broken { failure } => {
            format!("{} {}\n", visible(&failure.message), visible(&failure.hint))
        }
    }
}

fn landing(title: &str, outcome: &LandingOutcome) -> String {
    let short = |commit: &str| commit.chars().take(7).collect::<String>();
    match outcome {
        LandingOutcome::Landed { branch, from, to } => format!(
            "Landed · {} · {} {} -> {}\n",
            visible(title),
            visible(branch),
            short(from),
            short(to)
        ),
        LandingOutcome::Undone { branch, from, to } => format!(
            "Landing undone · {} · {} {} -> {}\n",
            visible(title),
            visible(branch),
            short(from),
            short(to)
        ),
        LandingOutcome::Shown { files } => format!(
            "Shown in your checkout · {} · {}\n",
            visible(title),
            counted(u64::from(*files), "file")
        ),
        LandingOutcome::PutBack { kept } if kept.is_empty() => {
            format!("Checkout put back · {}\n", visible(title))
        }
        LandingOutcome::PutBack { kept } => format!(
            "Checkout put back · {} · yours since: {}\n",
            visible(title),
            visible(&kept.join(", "))
        ),
        LandingOutcome::Stands { failure } => format!(
            "Landing not undone · {} · {} {}\n",
            visible(title),
            visible(&failure.message),
            visible(&failure.hint)
        ),
        LandingOutcome::Refused { failure, conflicts } => format!(
            "Not landed · {} · {} {}\n{}",
            visible(title),
            visible(&failure.message),
            visible(&failure.hint),
            conflicts::conflicts(conflicts)
        ),
    }
}

pub(super) fn question(question: &Question) -> String {
    match question {
        Question::Host { host, url } => format!("May it reach {host}? ({url})"),
        Question::Act { tool, detail, path } => {
            let path = path
                .as_deref()
                .map(|path| format!(" ({path})"))
                .unwrap_or_default();
            format!("May it {tool}: {detail}{path}?")
        }
        Question::Land {
            why,
            diffstat,
            keeps,
        } => {
            let files = counted(u64::from(diffstat.count), "file");
            let keeps = keeps.as_ref().map_or_else(String::new, |kept| {
                format!(
                    ", with {} where both changed the same places",
                    kept.side.shown()
                )
            });
            let (added, removed) = (diffstat.added, diffstat.removed);
            format!("Land {files} +{added} -{removed}{keeps}? {why}")
        }
        Question::Branch {
            why,
            branch,
            diffstat,
        } => {
            let files = counted(u64::from(diffstat.count), "file");
            format!("Put its work, {files}, on the branch {branch}? {why}")
        }
        Question::Push { why, push } => outgoing::question(why, push),
        Question::Discard { why } => format!("Discard its work? {why}"),
        Question::Reduced { why, gaps } => format!(
            "Run it in reduced isolation ({why})? NOT enforced: {}.",
            list_gaps(gaps)
        ),
    }
}

/// A task on one line.
pub(super) fn task(task: &TaskView) -> String {
    let short = short_id(task.id);
    let agent = match &task.before {
        None => task.agent.clone(),
        Some(before) => format!("{}, after {before}", task.agent),
    };
    let mut words = vec![task.role.clone(), agent];
    words.extend(task.isolation.clone());
    words.extend(task.reads_login.then(|| Task::READS_LOGIN.to_owned()));
    words.push(match task.detail.limit() {
        Some(limit) => format!("paused: {}", limit.told()),
        None => task.state.replace('_', " "),
    });
    words.extend(held_up(&task.detail));
    words.extend(taken(task));
    words.extend(task.clashes.iter().map(|clash| visible(&clash.shown())));
    if let Some(activity) = &task.activity {
        words.push(visible(&activity.line));
        words.extend(scarcest(&activity.quota, Timestamp::now()).map(quota_left));
    }
    words.extend(task.address.clone());
    words.extend(task.from.clone());
    format!("{short}  {}  {}", visible(&task.title), words.join(" · "))
}

/// What was taken from a task, and what of the network that leaves.
fn taken(task: &TaskView) -> Vec<String> {
    let words = task.taken.iter().map(|what| match what {
        Narrowing::Network if task.reaches_a_model => {
            "no network, but its agent's model".to_owned()
        }
        Narrowing::Network | Narrowing::WebSearch | Narrowing::Execute => what.shown().to_owned(),
    });
    words.collect()
}

/// `38 % left until Sat 14:10`: of a window of an agent's account.
pub(crate) fn quota_left(window: &QuotaWindow) -> String {
    let left = window.left_percent();
    let until = window.resets_at.map(|at| {
        let at = at.to_zoned(TimeZone::system());
        format!(" until {}", at.strftime("%a %H:%M"))
    });
    format!("{left} % left{}", until.unwrap_or_default())
}

/// A moment as the person's clock shows it.
pub(crate) fn moment(at: Timestamp) -> String {
    let shown = at.to_zoned(TimeZone::system());
    shown.strftime("%Y-%m-%d %H:%M").to_string()
}

/// What keeps a paused task, and when it goes on by itself.
fn held_up(state: &TaskState) -> Option<String> {
    let TaskState::Paused {
        why: Pause::Limit {
            failure,
            next_try_at,
        },
        ..
    } = state
    else {
        return None;
    };
    let next = next_try_at.map_or_else(
        || failure.hint.clone(),
        |at| {
            let at = at.to_zoned(TimeZone::system());
            format!("next try {}", at.strftime("%a %H:%M"))
        },
    );
    Some(visible(&format!("{} · {next}", failure.message)))
}

/// The end of an id: the beginning of ids made in the same second is the same.
fn short_id(id: TaskId) -> String {
    let id = id.to_string();
    id[id.len() - 8..].to_owned()
}

/// A report as text.
pub(super) fn report(title: &str, report: &Report) -> String {
    let mut lines = vec![format!(
        "Result · {} · {}",
        visible(title),
        said(&report.headline)
    )];
    lines.extend(
        report
            .summary
            .lines()
            .map(|line| format!("  {}", said(line))),
    );
    lines.extend(report.findings.iter().map(found));
    if let Some(diffstat) = &report.diffstat {
        let (added, removed) = (diffstat.added, diffstat.removed);
        let files = counted(u64::from(diffstat.count), "file");
        lines.push(format!("  {files} +{added} -{removed}"));
        for path in &diffstat.executes_later {
            lines.push(format!("  runs later on this machine: {}", visible(path)));
        }
    }
    for check in &report.checks {
        let outcome = match &check.outcome {
            CheckOutcome::Passed => "passed".to_owned(),
            CheckOutcome::Failed {
                status: Some(status),
            } => format!("failed with {status}"),
            CheckOutcome::Failed { status: None } => "ended by a signal".to_owned(),
            CheckOutcome::NotRun { why } => format!("not run: {why}"),
        };
        let seconds = f64::from(check.took_ms) / 1000.0;
        lines.push(format!(
            "  check {} {outcome} · {seconds:.1} s",
            visible(&check.name)
        ));
    }
    if let Some(review) = &report.review {
        let (told, headline) = (visible(&review.told()), said(&review.headline));
        lines.push(format!("  review: {told}"));
        if !headline.is_empty() {
            lines.push(format!("  {headline}"));
        }
        lines.extend(review.findings.iter().map(found));
    }
    if report.diffstat.is_some() && report.verdict() == Verdict::Red {
        lines.push("  does not land while a check is red".to_owned());
    }
    lines.join("\n")
}

fn found(finding: &Finding) -> String {
    let place = match (&finding.path, finding.line) {
        (Some(path), Some(line)) => format!("  {path}:{line}"),
        (Some(path), None) => format!("  {path}"),
        (None, _) => String::new(),
    };
    let severity = format!("{:?}", finding.severity).to_lowercase();
    let (text, place) = (said(&finding.text), visible(&place));
    format!("  {severity:<6}  {text}{place}")
}

/// A diff as unified text.
pub(super) fn diff(diff: &Diff) -> String {
    let mut text = String::new();
    for file in &diff.files {
        let old = file.old_path.as_deref().unwrap_or(&file.path);
        text.push_str(&format!(
            "--- a/{}\n+++ b/{}\n",
            visible(old),
            visible(&file.path)
        ));
        if file.binary {
            text.push_str("(not text)\n");
        }
        for hunk in &file.hunks {
            text.push_str(&format!("{}\n", visible(&hunk.header)));
            for line in &hunk.lines {
                let sign = match line.kind {
                    DiffLineKind::Context => ' ',
                    DiffLineKind::Added => '+',
                    DiffLineKind::Removed => '-',
                };
                text.push_str(&format!("{sign}{}\n", visible(&line.text)));
            }
        }
        if file.cut {
            text.push_str("(cut: too much to show)\n");
        }
    }
    if diff.files_left_out > 0 {
        let more = counted(u64::from(diff.files_left_out), "more file");
        text.push_str(&format!("({more})\n"));
    }
    if text.is_empty() {
        text.push_str("Nothing changed.\n");
    }
    text
}

/// What people and models say, made visible, on one line.
fn said(text: &str) -> String {
    visible_prose(text).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_an_agent_writes_commands_the_terminal() {
        assert_eq!(
            visible("a\u{1b}[2Jb\u{202e}c\r"),
            "a\\u{1b}[2Jb\\u{202e}c\\u{d}"
        );
        assert_eq!(visible_lines("a\n\tb\u{7}"), "a\n\tb\\u{7}");
        assert_eq!(said("\u{26a0}\u{fe0f}\n\u{ad}"), "\u{26a0}\u{fe0f} \\u{ad}");
    }
}
