//! `sessions` and `continue`: conversations that agents' own programs keep of a repository, and tasks that go on with them.

use ampersand_controller::Remote;
use ampersand_core::Failure;
use ampersand_protocol::{Command, Reply, SessionFound};

use crate::show::{Screen, text};

/// How much of an id is printed for people; enough to name it by.
const SHOWN: usize = 8;

pub(crate) async fn list(
    remote: &Remote,
    screen: &Screen,
    repository: String,
) -> Result<(), Failure> {
    let found = read(remote, repository).await?;
    for session in &found {
        let short = session.id.get(session.id.len().saturating_sub(SHOWN)..);
        let words = format!(
            "{} · {} · {} · {}",
            short.unwrap_or(&session.id),
            session.agent,
            text::moment(session.at),
            text::visible(&session.title)
        );
        screen.object("session", session, &words);
    }
    if found.is_empty() {
        screen.say("No agent's program keeps a conversation of this repository.");
    }
    Ok(())
}

pub(crate) async fn go_on(
    remote: &Remote,
    screen: &Screen,
    repository: String,
    name: &str,
    text: String,
) -> Result<(), Failure> {
    let found = read(remote, repository.clone()).await?;
    let session = named(&found, name)?;
    let command = Command::ContinueSession {
        agent: session.agent.clone(),
        session: session.id.clone(),
        repository,
        text,
    };
    remote.call(command).await?;
    screen.object("done", &serde_json::Map::new(), "It goes on as a task.");
    Ok(())
}

async fn read(remote: &Remote, repository: String) -> Result<Vec<SessionFound>, Failure> {
    match remote.call(Command::ReadSessions { repository }).await? {
        Reply::Sessions { sessions } => Ok(sessions),
        _ => Ok(Vec::new()),
    }
}

fn named<'a>(found: &'a [SessionFound], name: &str) -> Result<&'a SessionFound, Failure> {
    let is_it =
        |id: &str| id == name || (name.len() >= 4 && (id.starts_with(name) || id.ends_with(name)));
    let those: Vec<&SessionFound> = found.iter().filter(|session| is_it(&session.id)).collect();
    match those[..] {
        [one] => Ok(one),
        _ => Err(Failure::new(
            "unknown_session",
            format!("There is no one conversation {name:?}."),
            "`sessions` lists the ones there are.",
        )),
    }
}
