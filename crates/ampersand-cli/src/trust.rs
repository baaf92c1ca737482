//! `trust`: the repository's declared commands, shown and trusted as they were shown.

use std::{fs, io, path::Path};

use ampersand_controller::Remote;
use ampersand_core::{Failure, Project};
use ampersand_protocol::{Command, Reply};
use serde::Serialize;

use crate::show::Screen;

/// A declared command, as a line.
#[derive(Serialize)]
struct Declared<'a> {
    name: &'a str,
    command: &'a str,
}

/// Shows what the repository declares and trusts exactly that.
pub(crate) async fn trust(
    remote: &Remote,
    screen: &Screen,
    repository: String,
) -> Result<(), Failure> {
    let attach = Command::Attach {
        repository: repository.clone(),
    };
    let repository = match remote.call(attach).await? {
        Reply::Repository { repository } => repository.root,
        _ => repository,
    };
    let (project, digest) = match read(&Path::new(&repository).join(Project::FILE))? {
        Some(text) => (Project::parse(&text)?, Project::digest(&text)),
        None => Default::default(),
    };
    for (name, command) in &project.asks_for() {
        let words = format!("{name}: {command}");
        screen.object("declared", &Declared { name, command }, &words);
    }
    let trust = Command::Trust { repository, digest };
    remote.call(trust).await?;
    let nothing = serde_json::Map::new();
    screen.object("done", &nothing, "Trusted, as it is now.");
    Ok(())
}

fn read(file: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::new(
            "project_unreadable",
            format!("{} cannot be read: {error}.", file.display()),
            "Make it a small plain file, or remove it.",
        )),
    }
}
