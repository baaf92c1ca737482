//! Verbs that go to the orchestrator alone: they work whoever holds the conversation.

use ampersand_controller::{Opener, Options, Remote};
use ampersand_core::{Actor, Answer, ApprovalId, Failure, Narrowing, Task, TaskId};
use ampersand_protocol::{Command, Reply, TaskSnapshot, TaskView};
use serde::Serialize;

use crate::{
    arguments::{Arguments, Verb, Which},
    conflicts, consent, landing, named, outgoing, sessions,
    show::{Overridden, Screen},
    trust,
};

const BY: Actor = Actor::Person;

/// A verb that is one command, and what is said when it is done.
enum Order {
    /// Answered with what it reached.
    Override(&'static str, Command),
    /// Answered with nothing but that it was done.
    Plain(Command, &'static str),
}

pub(crate) async fn run(arguments: &Arguments, screen: &Screen) -> Result<(), Failure> {
    let remote = Remote::open(&options(arguments)?).await?;
    let snapshot = remote.tasks().await?;
    match order(arguments, &snapshot)? {
        Some(Order::Override(verb, command)) => overridden(&remote, screen, verb, command).await,
        Some(Order::Plain(command, words)) => simple(&remote, screen, command, words).await,
        None => {
            let find = |name: &str| named::task(&snapshot.tasks, name).map(|task| task.id);
            match &arguments.verb {
                Verb::Tasks => list(screen, &snapshot),
                Verb::Trust => trust::trust(&remote, screen, repository(arguments)?).await?,
                Verb::Land { id } => landing::land(&remote, screen, find(id)?).await?,
                Verb::Resolve { id, by_hand } => {
                    conflicts::resolve(&remote, screen, find(id)?, *by_hand).await?;
                }
                Verb::Keep { id, side } => {
                    conflicts::keep(&remote, screen, find(id)?, side).await?;
                }
                Verb::Show { id } => landing::show(&remote, screen, find(id)?).await?,
                Verb::PutBack { id } => {
                    let task = match id {
                        Some(name) => find(name)?,
                        None => landing::shown(&snapshot)?,
                    };
                    landing::put_back(&remote, screen, task).await?;
                }
                Verb::Open { id, within } => {
                    let opener = match within.as_str() {
                        "terminal" => Opener::Terminal,
                        "folder" => Opener::Folder,
                        _ => Opener::Editor,
                    };
                    remote
                        .open_in(&options(arguments)?.home, find(id)?, opener)
                        .await?;
                    screen.object("done", &serde_json::Map::new(), "Opened.");
                }
                Verb::PutOnBranch { id, branch } => {
                    outgoing::branch(&remote, screen, find(id)?, branch).await?;
                }
                Verb::OpenPullRequest { id, branch } => {
                    outgoing::pull_request(&remote, screen, find(id)?, branch.clone()).await?;
                }
                Verb::Sessions => sessions::list(&remote, screen, repository(arguments)?).await?,
                Verb::Continue { session, text } => {
                    let repository = repository(arguments)?;
                    sessions::go_on(&remote, screen, repository, session, text.join(" ")).await?;
                }
                Verb::UndoLanding { id } => {
                    let task = match id {
                        Some(name) => find(name)?,
                        None => landing::last(&remote, &snapshot, repository(arguments)?).await?,
                    };
                    landing::undo(&remote, screen, task).await?;
                }
                read => print(&remote, screen, read, find).await?,
            }
            Ok(())
        }
    }
}

/// The command a verb is, unless it lists, waits or prints.
fn order(arguments: &Arguments, snapshot: &TaskSnapshot) -> Result<Option<Order>, Failure> {
    use ampersand_core::Verb as TaskVerb;
    let find = |name: &str| named::task(&snapshot.tasks, name).map(|task| task.id);
    Ok(Some(match &arguments.verb {
        Verb::Pause(which) => {
            let tasks = those(which, snapshot, TaskVerb::Pause)?;
            Order::Override("pause", Command::Pause { tasks, by: BY })
        }
        Verb::Resume(which) => {
            let tasks = those(which, snapshot, TaskVerb::Resume)?;
            Order::Override("resume", Command::Resume { tasks, by: BY })
        }
        Verb::Cancel { which, now } => {
            let (tasks, now) = (those(which, snapshot, TaskVerb::Cancel)?, *now);
            let by = BY;
            Order::Override("cancel", Command::Cancel { tasks, now, by })
        }
        Verb::Narrow { which, no } => {
            let (tasks, what) = (standing(which, snapshot)?, narrowing(no)?);
            let by = BY;
            Order::Override("narrow", Command::Narrow { tasks, what, by })
        }
        Verb::Undo => Order::Override("undo", Command::Undo { tasks: Vec::new() }),
        Verb::Approve {
            id,
            for_task,
            for_project,
        } => {
            let answer = allowed(*for_task, *for_project);
            let approval = approval(snapshot, id)?;
            Order::Plain(Command::Answer { approval, answer }, "Allowed.")
        }
        Verb::Deny { id } => {
            let (approval, answer) = (approval(snapshot, id)?, Answer::Deny);
            Order::Plain(Command::Answer { approval, answer }, "Denied.")
        }
        Verb::Steer { id, text } => {
            let (task, text) = (find(id)?, text.join(" "));
            Order::Plain(Command::Steer { task, text, by: BY }, "Told.")
        }
        Verb::RunApp { id } => Order::Plain(
            Command::RunApp { task: find(id)? },
            "It starts as a task of its own.",
        ),
        Verb::Watch { id } => Order::Plain(Command::Watch { task: find(id)? }, "Watched."),
        Verb::Unwatch { id } => {
            Order::Plain(Command::Unwatch { task: find(id)? }, "Watched no more.")
        }
        Verb::Rewind { id, text } => {
            let (task, text) = (find(id)?, text.join(" "));
            Order::Plain(Command::Rewind { task, text }, "Told instead.")
        }
        Verb::Discard { id } => Order::Plain(Command::Discard { task: find(id)? }, "Put aside."),
        Verb::Restart {
            id,
            without_isolation,
        } => {
            let task = find(id)?;
            let command = if *without_isolation {
                let typed = consent::typed(snapshot.tasks.iter().find(|other| other.id == task))?;
                Command::RestartUnsafe { task, typed }
            } else {
                Command::Restart { task }
            };
            Order::Plain(command, "Started again.")
        }
        _ => return Ok(None),
    }))
}

const fn allowed(for_task: bool, for_project: bool) -> Answer {
    match (for_task, for_project) {
        (_, true) => Answer::AllowForProject,
        (true, _) => Answer::AllowForTask,
        _ => Answer::Allow,
    }
}

/// Verbs that only print.
async fn print(
    remote: &Remote,
    screen: &Screen,
    verb: &Verb,
    find: impl Fn(&str) -> Result<TaskId, Failure>,
) -> Result<(), Failure> {
    let (Verb::Report { id } | Verb::Diff { id } | Verb::Given { id } | Verb::Output { id }) = verb
    else {
        return Ok(());
    };
    let task = find(id)?;
    let named = task.to_string();
    let command = match verb {
        Verb::Report { .. } => Command::ReadReport { task },
        Verb::Diff { .. } => Command::ReadDiff { task },
        Verb::Given { .. } => Command::ReadGiven { task },
        _ => Command::ReadOutput { task },
    };
    match remote.call(command).await? {
        Reply::Report { title, report } => screen.report(&named, &title, &report),
        Reply::Diff { diff } => screen.diff(&named, &diff),
        Reply::Text { text } => {
            #[derive(Serialize)]
            struct Text<'a> {
                task: &'a str,
                text: &'a str,
            }
            screen.object(
                "text",
                &Text {
                    task: &named,
                    text: &text,
                },
                text.trim_end(),
            );
        }
        Reply::Done
        | Reply::Overridden { .. }
        | Reply::Repository { .. }
        | Reply::Tasks { .. }
        | Reply::Pictures { .. }
        | Reply::Isolation { .. }
        | Reply::Agents { .. }
        | Reply::Sessions { .. } => {}
    }
    Ok(())
}

fn list(screen: &Screen, snapshot: &TaskSnapshot) {
    for task in &snapshot.tasks {
        screen.task(&TaskView::new(task, None));
    }
    if snapshot.tasks.is_empty() {
        screen.say("No tasks.");
    }
    for approval in &snapshot.approvals {
        let words = format!("Needs you: approve {0} or deny {0}", approval.id);
        screen.object("approval", approval, &words);
    }
}

async fn simple(
    remote: &Remote,
    screen: &Screen,
    command: Command,
    words: &str,
) -> Result<(), Failure> {
    remote.call(command).await?;
    screen.object("done", &serde_json::Map::new(), words);
    Ok(())
}

async fn overridden(
    remote: &Remote,
    screen: &Screen,
    verb: &str,
    command: Command,
) -> Result<(), Failure> {
    if let Reply::Overridden {
        tasks,
        processes,
        took_ms,
    } = remote.call(command).await?
    {
        screen.overridden(&Overridden {
            verb,
            tasks,
            processes,
            took_ms,
        });
    }
    Ok(())
}

/// The tasks a verb is for. `--all` with nothing to do it to is no error: that is what was wanted.
fn those(
    which: &Which,
    snapshot: &TaskSnapshot,
    verb: ampersand_core::Verb,
) -> Result<Vec<TaskId>, Failure> {
    match &which.id {
        Some(name) => {
            let task = named::task(&snapshot.tasks, name)?;
            possible(task, verb)?;
            Ok(vec![task.id])
        }
        None => Ok(snapshot
            .tasks
            .iter()
            .filter(|task| task.verbs().contains(&verb))
            .map(|task| task.id)
            .collect()),
    }
}

/// The task, or all that are not over.
fn standing(which: &Which, snapshot: &TaskSnapshot) -> Result<Vec<TaskId>, Failure> {
    if let Some(name) = &which.id {
        return Ok(vec![named::task(&snapshot.tasks, name)?.id]);
    }
    let tasks = snapshot.tasks.iter();
    Ok(tasks
        .filter(|task| !task.state.is_over())
        .map(|task| task.id)
        .collect())
}

/// What is taken, by its word.
fn narrowing(word: &str) -> Result<Narrowing, Failure> {
    let found = Narrowing::ALL.into_iter().find(|what| what.word() == word);
    found.ok_or_else(|| {
        Failure::new(
            "unknown_capability",
            format!("{word:?} cannot be taken."),
            "Take network, web_search or execute.",
        )
    })
}

/// A verb for one named task that makes no sense for it is an error, not silence.
fn possible(task: &Task, verb: ampersand_core::Verb) -> Result<(), Failure> {
    if task.verbs().contains(&verb) {
        return Ok(());
    }
    Err(Failure::new(
        "not_possible_now",
        format!(
            "{:?} is {}.",
            task.title,
            task.state.word().replace('_', " ")
        ),
        "`tasks` shows how each stands.",
    ))
}

fn approval(snapshot: &TaskSnapshot, name: &str) -> Result<ApprovalId, Failure> {
    let found: Vec<ApprovalId> = snapshot
        .approvals
        .iter()
        .map(|approval| approval.id)
        .filter(|id| {
            let id = id.to_string();
            id == name || (name.len() >= 4 && (id.ends_with(name) || id.starts_with(name)))
        })
        .collect();
    match found[..] {
        [one] => Ok(one),
        _ => Err(Failure::new(
            "unknown_approval",
            format!("There is no one open question {name:?}."),
            "`tasks` lists the open ones.",
        )),
    }
}

/// How controller and orchestrator are to be found.
pub(crate) fn options(arguments: &Arguments) -> Result<Options, Failure> {
    let home = ampersand_protocol::Home::find(arguments.home.as_deref()).map_err(|error| {
        Failure::new(
            "home_unusable",
            format!("{error}."),
            "Choose another one with --home.",
        )
    })?;
    Ok(Options {
        home,
        repository: Some(repository(arguments)?.into()),
        orchestrator: None,
        build: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

fn repository(arguments: &Arguments) -> Result<String, Failure> {
    let path = arguments.repo.clone().unwrap_or_else(|| ".".into());
    let path = std::path::absolute(&path).map_err(|error| {
        Failure::new(
            "no_folder",
            format!("{} cannot be made absolute: {error}.", path.display()),
            "Name an existing folder with --repo.",
        )
    })?;
    Ok(path.display().to_string())
}
