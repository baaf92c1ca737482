//! Landing and undoing it: asked for and then waited for, so that a refusal is the verb's own error.

use ampersand_controller::Remote;
use ampersand_core::{EventBody, Failure, Showing, TaskId, counted, last_landing};
use ampersand_protocol::{Command, Reply, TaskSnapshot};
use serde::Serialize;

use crate::show::Screen;

/// Where a branch went.
#[derive(Serialize)]
struct Moved<'a> {
    task: TaskId,
    branch: &'a str,
    from: &'a str,
    to: &'a str,
}

/// What stands in the checkout.
#[derive(Serialize)]
struct Shown {
    task: TaskId,
    files: u32,
}

/// What came back into it.
#[derive(Serialize)]
struct Back<'a> {
    task: TaskId,
    kept: &'a [String],
}

/// Brings a task's work into the branch.
pub(crate) async fn land(remote: &Remote, screen: &Screen, task: TaskId) -> Result<(), Failure> {
    let before = remote.tasks().await?.seq;
    remote.call(Command::Land { task }).await?;
    let outcome = remote
        .wait_for(before, |event| match &event.body {
            EventBody::TaskLanded {
                task: landed,
                branch,
                from,
                to,
            } if *landed == task => Some(Ok((branch.clone(), from.clone(), to.clone()))),
            EventBody::LandingRefused {
                task: refused,
                failure,
                conflicts,
            } if *refused == task => Some(Err((failure.clone(), conflicts.clone()))),
            _ => None,
        })
        .await?;
    let moved = outcome.map_err(|(failure, conflicts)| {
        if !conflicts.is_empty() {
            screen.conflicts(task, &conflicts);
        }
        failure
    })?;
    say(screen, ("landing", "Landed on"), task, &moved);
    Ok(())
}

/// Takes it out again.
pub(crate) async fn undo(remote: &Remote, screen: &Screen, task: TaskId) -> Result<(), Failure> {
    let before = remote.tasks().await?.seq;
    remote.call(Command::UndoLanding { task }).await?;
    let outcome = remote
        .wait_for(before, |event| match &event.body {
            EventBody::LandingUndone {
                task: undone,
                branch,
                from,
                to,
            } if *undone == task => Some(Ok((branch.clone(), from.clone(), to.clone()))),
            EventBody::LandingStands {
                task: stands,
                failure,
            } if *stands == task => Some(Err(failure.clone())),
            _ => None,
        })
        .await?;
    say(
        screen,
        ("landing_undone", "Landing undone on"),
        task,
        &outcome?,
    );
    Ok(())
}

/// Puts a task's work into the checkout.
pub(crate) async fn show(remote: &Remote, screen: &Screen, task: TaskId) -> Result<(), Failure> {
    let before = remote.tasks().await?.seq;
    remote.call(Command::Show { task }).await?;
    let outcome = remote.wait_for(before, |event| match &event.body {
        EventBody::TaskShown { task: shown, files } if *shown == task => Some(Ok(*files)),
        EventBody::Noticed {
            task: Some(other),
            failure,
        } if *other == task => Some(Err(failure.clone())),
        _ => None,
    });
    let files = outcome.await??;
    let count = counted(u64::from(files), "file");
    let words = format!(
        "In your checkout: {count} other than before. `put-back` brings back what was there."
    );
    screen.object("shown", &Shown { task, files }, &words);
    Ok(())
}

/// Puts the checkout back.
pub(crate) async fn put_back(
    remote: &Remote,
    screen: &Screen,
    task: TaskId,
) -> Result<(), Failure> {
    let before = remote.tasks().await?.seq;
    remote.call(Command::PutBack { task }).await?;
    let outcome = remote.wait_for(before, |event| match &event.body {
        EventBody::TaskPutBack { task: back, kept } if *back == task => Some(Ok(kept.clone())),
        EventBody::Noticed {
            task: Some(other),
            failure,
        } if *other == task => Some(Err(failure.clone())),
        _ => None,
    });
    let kept = outcome.await??;
    let words = match kept.len() {
        0 => "Your checkout is as it was.".to_owned(),
        _ => format!(
            "Your checkout is as it was, but for what you changed: {}",
            kept.join(", ")
        ),
    };
    screen.object("put_back", &Back { task, kept: &kept }, &words);
    Ok(())
}

/// The task whose work is shown.
pub(crate) fn shown(snapshot: &TaskSnapshot) -> Result<TaskId, Failure> {
    let mut shown = snapshot
        .tasks
        .iter()
        .filter(|task| task.showing == Some(Showing::Up));
    match (shown.next(), shown.next()) {
        (Some(task), None) => Ok(task.id),
        (Some(_), Some(_)) => Err(Failure::new(
            "several_shown",
            "Work is shown in the checkouts of several repositories.",
            "Name the task.",
        )),
        (None, _) => Err(Failure::new(
            "nothing_shown",
            "No work is shown in a checkout.",
            "`show ID` puts a task's work there.",
        )),
    }
}

/// The last landing in the repository that holds a folder.
pub(crate) async fn last(
    remote: &Remote,
    snapshot: &TaskSnapshot,
    repository: String,
) -> Result<TaskId, Failure> {
    let root = match remote.call(Command::Attach { repository }).await? {
        Reply::Repository { repository } => repository.root,
        _ => String::new(),
    };
    let last = last_landing(&snapshot.tasks, &root).map(|task| task.id);
    last.ok_or_else(|| {
        Failure::new(
            "no_landing_to_undo",
            "Nothing has landed here that could be undone.",
            "`git log` shows what the branch holds; `git revert` takes a commit of it back.",
        )
    })
}

fn say(
    screen: &Screen,
    (kind, words): (&str, &str),
    task: TaskId,
    (branch, from, to): &(String, String, String),
) {
    let words = format!("{words} {branch}: {from} -> {to}");
    let moved = Moved {
        task,
        branch,
        from,
        to,
    };
    screen.object(kind, &moved, &words);
}
