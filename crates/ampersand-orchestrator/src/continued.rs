//! Conversations that agents' own programs keep of a repository: listed, found again, and copied for the task that goes on
//! with one.

use std::path::Path;

use ampersand_agent::{Assignment, Session, carry_over, sessions};
use ampersand_core::{AgentKind, Failure, Task};
use ampersand_protocol::SessionFound;

use crate::input::Continued;

/// Those of the repository with this root, the newest first.
pub(crate) async fn list(root: &str) -> Vec<SessionFound> {
    let found = sessions(Path::new(root)).await.into_iter();
    let shown = found.map(|session| SessionFound {
        agent: session.agent.vendor().unwrap_or_default().to_owned(),
        id: session.id,
        title: session.title,
        at: session.at,
        folder: session.folder.display().to_string(),
    });
    shown.collect()
}

/// The one of this name, of this agent.
pub(crate) async fn find(agent: &str, id: &str, root: String) -> Result<Continued, Failure> {
    let session = found(&AgentKind::named(agent), id, &root).await?;
    Ok(Continued {
        agent: session.agent,
        session: session.id,
        title: session.title,
        repository: root,
    })
}

/// Gives the agent of a task that goes on with one a copy of it. Once: a later attempt has its own.
pub(crate) async fn carry(task: &Task, assignment: &Assignment) -> Result<(), Failure> {
    let (Some(id), Some(vendor)) = (&task.continues, &assignment.vendor) else {
        return Ok(());
    };
    // Whoever took it over has a conversation of its own.
    if !task.before.is_empty() || assignment.transcript.exists() {
        return Ok(());
    }
    let session = found(&task.agent, id, &task.repository).await?;
    let (home, worktree) = (&vendor.home, &assignment.worktree);
    carry_over(&session, home, worktree, &assignment.transcript).await
}

async fn found(agent: &AgentKind, id: &str, root: &str) -> Result<Session, Failure> {
    let all = sessions(Path::new(root)).await;
    let mut all = all.into_iter();
    let session = all.find(|session| session.agent == *agent && session.id == id);
    session.ok_or_else(|| {
        Failure::new(
            "session_gone",
            format!(
                "{} has no conversation {id:?} about this repository.",
                agent.shown()
            ),
            "List those there are; older ones are reached through their own program.",
        )
    })
}
