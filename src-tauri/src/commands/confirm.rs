//! What only the person may decide: asked in a dialog of the system's, which no page can answer.

use std::{
    fs,
    path::Path,
    pin::pin,
    time::{Duration, Instant},
};

use ampersand_controller::Controller;
use ampersand_core::{AgentKind, Answer, ApprovalId, Failure, Gap, Project, Question, list_gaps};
use ampersand_protocol::Command;
use serde::Deserialize;
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::{DialogExt, FilePath, MessageDialogButtons, MessageDialogKind};
use tokio::sync::oneshot;

use super::refused;
use crate::{shell::Shell, window, words};

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Wish {
    /// Trust the commands that the repository declares.
    Trust,
    /// Pick the folder of another repository.
    Repository,
    /// Let an agent read its own login.
    ReadLogin { agent: String },
    /// Let what writes in a repository run with what this question says is not enforced, from now on.
    AcceptReduced { approval: ApprovalId },
}

/// Whoever agrees sooner was typing something else when the dialog came.
const READING: Duration = Duration::from_secs(1);
/// A declaration larger than this cannot be read in a dialog.
const BYTES_MAX: u64 = 16 * 1024;

/// Asks, and carries out what was agreed to; whether anything was.
pub(crate) async fn ask(app: &AppHandle, shell: &Shell, wish: Wish) -> Result<bool, Failure> {
    match wish {
        Wish::Trust => trust(app, shell).await,
        Wish::Repository => open(app, shell.controller().await?).await,
        Wish::ReadLogin { agent } => let_read(app, shell, &agent).await,
        Wish::AcceptReduced { approval } => accept_reduced(app, shell, approval).await,
    }
}

async fn open(app: &AppHandle, controller: &Controller) -> Result<bool, Failure> {
    let Some(folder) = picked(app, controller).await else {
        return Ok(false);
    };
    let path = folder.into_path().map_err(|error| {
        Failure::new(
            "no_folder",
            format!("That is no folder of this machine: {error}."),
            "Pick the folder of a git repository.",
        )
    })?;
    controller.set_repository(path).await.map(|_| true)
}

async fn picked(app: &AppHandle, controller: &Controller) -> Option<FilePath> {
    let (sender, receiver) = oneshot::channel();
    let mut dialog = app.dialog().file().set_title("Open a repository");
    if let Some(facts) = controller.facts() {
        dialog = dialog.set_directory(facts.root);
    }
    if let Some(window) = app.get_webview_window(window::LABEL) {
        dialog = dialog.set_parent(&window);
    }
    dialog.pick_folder(move |folder| {
        sender.send(folder).ok();
    });
    receiver.await.ok().flatten()
}

async fn trust(app: &AppHandle, shell: &Shell) -> Result<bool, Failure> {
    let controller = shell.controller().await?;
    let facts = controller.facts().ok_or_else(|| {
        Failure::new(
            "no_repository",
            "There is no repository to trust.",
            "Open Ampersand in the folder of one.",
        )
    })?;
    let file = Path::new(&facts.root).join(Project::FILE);
    let shown = declared(&file)?;
    let commands = Project::parse(&shown)?;
    let question = question(&facts.root, &commands);
    let title = format!("Trust {}?", words::visible(&facts.name));
    if !agreed(app, shell, (title, question, "Trust")).await? {
        return Ok(false);
    }
    // Refused if the file says anything else by now.
    let (repository, digest) = (facts.root, Project::digest(&shown));
    controller
        .command(Command::Trust { repository, digest })
        .await
        .map(|_| true)
}

async fn let_read(app: &AppHandle, shell: &Shell, agent: &str) -> Result<bool, Failure> {
    let controller = shell.controller().await?;
    // It goes into a question as a name, and comes from the page.
    let known = AgentKind::READS_LOGIN
        .into_iter()
        .find(|name| *name == agent);
    let Some(agent) = known else {
        return Err(refused(
            "It is not known where that agent keeps its login.",
            "Name its files and hosts in the settings.",
        ));
    };
    let name = match agent {
        "gemini" => "Gemini CLI",
        other => other,
    };
    let title = format!("Let {name} read its login?");
    let question = format!(
        "Its login cannot be kept from it. Each of its tasks would get a copy, and reach the hosts that the login is good for.\n\n\
         What {name}, or something it was tricked into running, does with it there cannot be seen from here. Its cards \
         say that it can read its own login."
    );
    if !agreed(app, shell, (title, question, "Let it read")).await? {
        return Ok(false);
    }
    controller.connect_reading(agent).map(|()| true)
}

async fn accept_reduced(
    app: &AppHandle,
    shell: &Shell,
    approval: ApprovalId,
) -> Result<bool, Failure> {
    let controller = shell.controller().await?;
    // What is asked is ours to say; the page names it.
    let asked = controller.approvals().into_iter();
    let Some(Question::Reduced { why, gaps }) = asked
        .filter(|asked| asked.id == approval)
        .map(|asked| asked.question)
        .next()
    else {
        return Err(refused(
            "No question about isolation stands there.",
            "It may have been answered already, or its task ended.",
        ));
    };
    let question = reduced(&why, &gaps);
    let title = "Use reduced isolation for this project?".to_owned();
    if !agreed(app, shell, (title, question, "Use reduced")).await? {
        return Ok(false);
    }
    let answer = Answer::AllowForProject;
    let answered = controller.command(Command::Answer { approval, answer });
    answered.await.map(|_| true)
}

fn reduced(why: &str, gaps: &[Gap]) -> String {
    format!(
        "Every task that writes in the repository of this question would run so from now on, without being asked about.\n\n\
         Not enforced: {}.\n\n{}",
        list_gaps(gaps),
        words::visible(why)
    )
}

fn question(root: &str, project: &Project) -> String {
    let mut lines = vec![
        words::visible(root),
        "For its tasks, inside their sandbox alone, this is run or copied in:".to_owned(),
        String::new(),
    ];
    let shown = |(name, command): &(String, String)| {
        format!("{}:  {}", words::visible(name), words::visible(command))
    };
    lines.extend(project.asks_for().iter().map(shown));
    lines.join("\n")
}

/// The answer, and for how long the question stood there before it. That begins when the dialog has taken the keys
/// from the window: on a busy machine it is there long after it was asked for.
async fn read(shell: &Shell, answer: impl Future<Output = bool>) -> (bool, Duration) {
    let mut stands_since = Instant::now();
    let (mut left, mut answer) = (pin!(shell.is_left()), pin!(answer));
    left.as_mut().enable();
    let answer = tokio::select! {
        biased;
        () = left => {
            stands_since = Instant::now();
            answer.await
        }
        answer = &mut answer => answer,
    };
    (answer, stands_since.elapsed())
}

fn declared(file: &Path) -> Result<String, Failure> {
    let is_small =
        fs::symlink_metadata(file).is_ok_and(|found| found.is_file() && found.len() <= BYTES_MAX);
    is_small
        .then(|| fs::read_to_string(file).ok())
        .flatten()
        .ok_or_else(|| {
            Failure::new(
                "project_unreadable",
                format!("{} is no small plain file of text.", file.display()),
                "Make it one; then its commands can be shown and trusted.",
            )
        })
}

/// Whether the person agreed, after reading. An error if there was no time for that.
async fn agreed(
    app: &AppHandle,
    shell: &Shell,
    question: (String, String, &str),
) -> Result<bool, Failure> {
    let (agreed, read_for) = read(shell, asked(app, question)).await;
    if agreed && read_for < READING {
        return Err(Failure::new(
            "answered_unread",
            "That was answered before it could be read, so nothing was done.",
            "Ask again, and read it.",
        ));
    }
    Ok(agreed)
}

async fn asked(app: &AppHandle, (title, question, yes): (String, String, &str)) -> bool {
    let (sender, receiver) = oneshot::channel();
    let buttons = MessageDialogButtons::OkCancelCustom(yes.into(), "Cancel".into());
    let mut dialog = app
        .dialog()
        .message(question)
        .title(title)
        .kind(MessageDialogKind::Warning)
        .buttons(buttons);
    if let Some(window) = app.get_webview_window(window::LABEL) {
        dialog = dialog.parent(&window);
    }
    dialog.show(move |agreed| {
        // The command that asked may be gone with its page; then nobody trusts anything.
        sender.send(agreed).ok();
    });
    receiver.await.unwrap_or(false)
}
