//! Wishes: a closed set of verbs, none of which needs more than the page's word.

use ampersand_controller::Opener;
use ampersand_core::{Actor, Answer, Failure, MessageId, TaskId};
use ampersand_protocol::Command;
use serde::Deserialize;
use tauri::{
    AppHandle, Manager, Webview,
    ipc::{Channel, InvokeResponseBody, JavaScriptChannelId},
};
use tauri_plugin_opener::OpenerExt;
use url::Url;

use super::refused;
use crate::{notify::Event, shell::Shell};

/// Bytes of a message or a draft.
const TEXT_MAX: usize = 256 * 1024;

/// What can be wished for.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Act {
    Subscribe,
    Send { text: String, id: MessageId },
    Command { command: Command },
    StopReply,
    SetDraft { text: String },
    Choose { message: MessageId, says: String },
    Seen { message: MessageId },
    OpenLink { url: String },
    OpenWorktree { task: TaskId, within: Opener },
    Connect { agent: String },
    Reserve { agent: String, percent: u8 },
}

pub(crate) async fn perform(
    shell: &Shell,
    webview: &Webview,
    verb: Act,
    updates: Option<JavaScriptChannelId>,
) -> Result<(), Failure> {
    match verb {
        Act::Subscribe => {
            let updates = updates.ok_or_else(|| {
                refused(
                    "Updates were asked for without a place to send them.",
                    "Reload the window.",
                )
            })?;
            let channel: Channel<InvokeResponseBody> = updates.channel_on(webview.clone());
            shell
                .listen(move |batch| channel.send(InvokeResponseBody::Json(batch)).is_ok())
                .await
        }
        Act::Send { text, id } => shell.controller().await?.send(id, bounded(text)?).await,
        Act::Command { command } => {
            let command = permitted(command)?;
            shell.controller().await?.command(command).await.map(drop)
        }
        Act::StopReply => {
            shell.controller().await?.stop_reply().await;
            Ok(())
        }
        Act::SetDraft { text } => shell.controller().await?.set_draft(&bounded(text)?).await,
        Act::Choose { message, says } => {
            let says = bounded(says)?;
            shell.controller().await?.choose(message, &says).await
        }
        Act::Seen { message } => {
            shell.ring(Event::Seen(message));
            Ok(())
        }
        Act::OpenWorktree { task, within } => shell.controller().await?.open_in(task, within).await,
        Act::Connect { agent } => shell.controller().await?.connect(&agent),
        Act::Reserve { agent, percent } => shell.controller().await?.reserve(&agent, percent),
        Act::OpenLink { url } => open_link(webview.app_handle(), &url),
    }
}

fn bounded(text: String) -> Result<String, Failure> {
    if text.len() <= TEXT_MAX {
        return Ok(text);
    }
    Err(Failure::new(
        "message_too_long",
        format!("A message may have {} KB.", TEXT_MAX / 1024),
        "Put the text into a file of the repository and name the file.",
    ))
}

/// The verbs that stand on buttons, said by the person whoever the page claims it was.
fn permitted(command: Command) -> Result<Command, Failure> {
    let by = Actor::Person;
    match command {
        command @ (Command::Steer { .. }
        | Command::Rewind { .. }
        | Command::ContinueSession { .. }
        | Command::KeepSide { .. }
        | Command::PutOnBranch { .. }
        | Command::OpenPullRequest { .. }) => with_words(command),
        Command::Pause { tasks, .. } => Ok(Command::Pause { tasks, by }),
        Command::Resume { tasks, .. } => Ok(Command::Resume { tasks, by }),
        Command::Cancel { tasks, now, .. } => Ok(Command::Cancel { tasks, now, by }),
        Command::Narrow { tasks, what, .. } => Ok(Command::Narrow { tasks, what, by }),
        Command::Answer {
            answer: Answer::AllowForProject,
            ..
        } => Err(refused(
            "A page cannot lower isolation for a whole repository.",
            "Confirm it in the dialog that the window opens for it.",
        )),
        Command::Undo { .. }
        | Command::Answer {
            answer: Answer::Allow | Answer::AllowForTask | Answer::Deny,
            ..
        }
        | Command::Land { .. }
        | Command::UndoLanding { .. }
        | Command::RunApp { .. }
        | Command::Show { .. }
        | Command::PutBack { .. }
        | Command::Resolve { .. }
        | Command::Watch { .. }
        | Command::Unwatch { .. }
        | Command::Discard { .. }
        | Command::Restart { .. } => Ok(command),
        Command::RestartUnsafe { .. } => Err(refused(
            "A page cannot switch isolation off.",
            "Type it in the terminal: ampersand-cli restart TASK --unsafe.",
        )),
        Command::Trust { .. } => Err(refused(
            "A page cannot trust a repository.",
            "Confirm it in the dialog that the window opens for it.",
        )),
        Command::Attach { .. }
        | Command::SubmitPlan { .. }
        | Command::Propose { .. }
        | Command::ListTasks { .. }
        | Command::ReadReport { .. }
        | Command::ReadDiff { .. }
        | Command::ReadGiven { .. }
        | Command::ReadOutput { .. }
        | Command::ReadPictures { .. }
        | Command::ReadWorktree { .. }
        | Command::ReadIsolation
        | Command::ReadAgents
        | Command::ReadSessions { .. }
        | Command::Drain => Err(refused(
            "The window has no button for this.",
            "Say it in the conversation, or use the terminal.",
        )),
    }
}

/// Verbs with words of the person's, which have a length.
fn with_words(command: Command) -> Result<Command, Failure> {
    let by = Actor::Person;
    match command {
        Command::Steer { task, text, .. } => {
            let text = bounded(text)?;
            Ok(Command::Steer { task, text, by })
        }
        Command::Rewind { task, text } => {
            let text = bounded(text)?;
            Ok(Command::Rewind { task, text })
        }
        Command::ContinueSession {
            agent,
            session,
            repository,
            text,
        } => Ok(Command::ContinueSession {
            text: bounded(text)?,
            agent,
            session,
            repository,
        }),
        Command::KeepSide { task, side, why } => {
            let why = bounded(why)?;
            Ok(Command::KeepSide { task, side, why })
        }
        Command::PutOnBranch {
            task, branch, why, ..
        } => {
            let (branch, why) = (bounded(branch)?, bounded(why)?);
            Ok(Command::PutOnBranch {
                task,
                branch,
                why,
                by,
            })
        }
        Command::OpenPullRequest { task, branch, why } => {
            let (branch, why) = (branch.map(bounded).transpose()?, bounded(why)?);
            Ok(Command::OpenPullRequest { task, branch, why })
        }
        command => Ok(command),
    }
}

fn open_link(app: &AppHandle, link: &str) -> Result<(), Failure> {
    let url = outside(link)?;
    app.opener()
        .open_url(url.as_str(), None::<&str>)
        .map_err(|error| {
            Failure::new(
                "link_not_opened",
                format!("The system did not open the link: {error}."),
                "Copy the address and open it in a browser.",
            )
        })
}

/// What may be handed to other programs: an address of the web or of mail, and no way to start anything else.
fn outside(link: &str) -> Result<Url, Failure> {
    let url = Url::parse(link).ok().filter(|url| match url.scheme() {
        "http" | "https" => url.has_host() && url.username().is_empty() && url.password().is_none(),
        scheme => scheme == "mailto",
    });
    url.ok_or_else(|| {
        Failure::new(
            "link_refused",
            "Only web and mail addresses are opened.",
            "Copy the address if you know what it leads to.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_and_of_mail_are_opened() {
        let opened = ["https://docs.rs/a?b#c", "http://[::1]:80/", "mailto:a@b.c"];
        let refused = [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://good.com@evil.com/",
            "https:",
            "vscode://x",
            "/usr/bin/true",
            "",
        ];
        let opens = |link: &&str| outside(link).is_ok();
        assert_eq!(opened.iter().filter(|link| opens(link)).count(), 3);
        assert_eq!(refused.iter().filter(|link| opens(link)).count(), 0);
    }

    #[test]
    fn a_page_speaks_for_the_person_and_trusts_nothing() {
        let pause = Command::Pause {
            tasks: Vec::new(),
            by: Actor::Orchestrator,
        };
        let by_person = Command::Pause {
            tasks: Vec::new(),
            by: Actor::Person,
        };
        assert_eq!(permitted(pause).unwrap(), by_person);
        let trust = Command::Trust {
            repository: "/".into(),
            digest: String::new(),
        };
        let list = Command::ListTasks {
            after: None,
            limit: 1,
        };
        for command in [trust, Command::Drain, list] {
            assert_eq!(permitted(command).unwrap_err().code, "not_for_the_page");
        }
    }

    #[test]
    fn what_a_page_allows_lasts_no_longer_than_the_task_that_asked() {
        for (answer, is_permitted) in [
            (Answer::Allow, true),
            (Answer::AllowForTask, true),
            (Answer::Deny, true),
            (Answer::AllowForProject, false),
        ] {
            let approval = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
            let command = Command::Answer { approval, answer };
            assert_eq!(permitted(command).is_ok(), is_permitted, "{answer:?}");
        }
    }
}
