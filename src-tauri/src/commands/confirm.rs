//! What only the person may decide: asked in a dialog of the system's, which no page can answer.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use ampersand_controller::Controller;
use ampersand_core::{Failure, Project};
use ampersand_protocol::Command;
use serde::Deserialize;
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons, MessageDialogKind};
use tokio::sync::oneshot;

use crate::{window, words};

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Wish {
    /// Trust the commands that the repository declares.
    Trust,
}

/// Whoever agrees sooner was typing something else when the dialog came.
const READING: Duration = Duration::from_secs(1);
/// A declaration larger than this cannot be read in a dialog.
const BYTES_MAX: u64 = 16 * 1024;

pub(crate) async fn ask(
    app: &AppHandle,
    controller: &Controller,
    Wish::Trust: Wish,
) -> Result<bool, Failure> {
    let facts = controller.facts().ok_or_else(|| {
        Failure::new(
            "no_repository",
            "There is no repository to trust.",
            "Open Ampersand in the folder of one.",
        )
    })?;
    let file = Path::new(&facts.root).join(Project::FILE);
    let shown = read(&file)?;
    let commands = Project::parse(&shown)?;
    let question = question(&facts.root, &commands);
    let asked = Instant::now();
    if !agreed(
        app,
        format!("Trust {}?", words::visible(&facts.name)),
        question,
    )
    .await
    {
        return Ok(false);
    }
    if asked.elapsed() < READING {
        return Err(Failure::new(
            "answered_unread",
            "That was answered before it could be read, so nothing was trusted.",
            "Ask again, and read what the commands are.",
        ));
    }
    // Refused if the file says anything else by now.
    let (repository, digest) = (facts.root, Project::digest(&shown));
    controller
        .command(Command::Trust { repository, digest })
        .await
        .map(|_| true)
}

fn question(root: &str, project: &Project) -> String {
    let mut lines = vec![
        words::visible(root),
        "Its checks run these commands, sandboxed, after each task:".to_owned(),
        String::new(),
    ];
    let shown = |(name, command): &(String, String)| {
        format!("{}:  {}", words::visible(name), words::visible(command))
    };
    lines.extend(project.checks.iter().map(shown));
    lines.join("\n")
}

fn read(file: &Path) -> Result<String, Failure> {
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

async fn agreed(app: &AppHandle, title: String, question: String) -> bool {
    let (sender, receiver) = oneshot::channel();
    let buttons = MessageDialogButtons::OkCancelCustom("Trust".into(), "Cancel".into());
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
