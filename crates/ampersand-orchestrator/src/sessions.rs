//! What sessions see: commands that change something are resolved and queued for the dispatcher; those that only
//! read are answered here, so that no reader ever holds up a change.

use std::{path::PathBuf, sync::Arc, time::Instant};

use ampersand_core::{AgentKind, App, CommandId, Event, Failure, Project, Settings, Task, TaskId};
use ampersand_git::{BranchRefusal, Repository};
use ampersand_link::Responder;
use ampersand_login::Logins;
use ampersand_protocol::{
    Activity, AgentFound, Command, Hello, PROTOCOL_VERSION, Reply, RepositoryFacts,
};
use ampersand_sandbox::Launcher;
use ampersand_store::{Journal, OutputLog};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::{
    continued, going_out,
    input::{Asked, Found},
    project_file,
    quotas::Quotas,
    refusal::Refusal,
    repository,
    visible::visible,
};

/// How much of what an agent printed is shown at once.
const OUTPUT_BYTES_SHOWN: u64 = 64 * 1024;

/// The largest command that is taken, in bytes of JSON.
const COMMAND_BYTES_MAX: usize = 1024 * 1024;

/// Cheap to clone: a session has one.
#[derive(Clone)]
pub(crate) struct Sessions {
    pub(crate) journal: Journal,
    pub(crate) output: Arc<OutputLog>,
    pub(crate) commands: mpsc::Sender<Asked>,
    pub(crate) activities: broadcast::Sender<Activity>,
    /// The sandbox that is asked about, and that programs are asked for their versions in.
    pub(crate) launcher: Arc<Launcher>,
    /// A folder for that.
    pub(crate) asking: PathBuf,
    /// What agents told of their accounts.
    pub(crate) quotas: Arc<Quotas>,
    pub(crate) logins: Arc<Logins>,
    pub(crate) settings: watch::Receiver<Settings>,
    /// A folder in which forges' programs run: there is nothing in it.
    pub(crate) forge: PathBuf,
}

impl Responder for Sessions {
    fn hello(&self) -> Hello {
        Hello {
            protocol: PROTOCOL_VERSION,
            build: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
        }
    }

    async fn handle(&self, id: CommandId, command: Command) -> Result<Reply, Failure> {
        let arrived = Instant::now();
        match command {
            Command::Attach { repository } => {
                let repository = self.attach(repository).await?;
                Ok(Reply::Repository { repository })
            }
            Command::ReadReport { task } => self.read_report(task).await,
            Command::ReadDiff { task } => {
                let task = self.task(task).await?;
                Ok(Reply::Diff {
                    diff: repository::diff(task).await?,
                })
            }
            Command::ReadPictures { task, path } => {
                let task = self.task(task).await?;
                let [before, after] = repository::pictures(task, path).await?;
                Ok(Reply::Pictures { before, after })
            }
            Command::ReadGiven { task } => {
                self.task(task).await?;
                let text = self.journal.given(task).await?.unwrap_or_default();
                Ok(Reply::Text { text })
            }
            Command::ReadOutput { task } => {
                self.task(task).await?;
                let tail = self.output.tail(task, OUTPUT_BYTES_SHOWN).await?;
                Ok(Reply::Text { text: tail })
            }
            Command::ReadWorktree { task } => {
                let task = self.task(task).await?;
                let text = repository::worktree(task).await?;
                Ok(Reply::Text { text })
            }
            Command::ReadIsolation => Ok(Reply::Isolation {
                isolation: self.launcher.look_again().await,
            }),
            Command::ReadAgents => Ok(Reply::Agents {
                agents: self.agents().await,
            }),
            Command::ReadSessions { repository } => {
                let root = repository::root(repository).await?;
                Ok(Reply::Sessions {
                    sessions: continued::list(&root).await,
                })
            }
            command => self.change(id, command, arrived).await,
        }
    }

    async fn events_after(&self, after: u64, limit: u32) -> Result<Vec<Event>, Failure> {
        Ok(self.journal.events_after(after, limit).await?)
    }

    fn newest(&self) -> watch::Receiver<u64> {
        self.journal.subscribe()
    }

    fn activities(&self) -> broadcast::Receiver<Activity> {
        self.activities.subscribe()
    }
}

impl Sessions {
    async fn agents(&self) -> Vec<AgentFound> {
        let all = self.settings.borrow().clone();
        let settings = &all.agents;
        let place = ampersand_agent::Place {
            launcher: &self.launcher,
            folder: &self.asking,
        };
        let found = ampersand_agent::discover(settings, place).await.into_iter();
        let kept = |name: &str| settings.named.get(name).map(|set| set.keep_percent);
        let (all, kept) = (&all, &kept);
        let agents = found.map(|found| async move {
            AgentFound {
                facts: AgentKind::named(&found.name).facts(),
                quota: self.quotas.asked(&found.name, all, &self.logins).await,
                keep_percent: kept(&found.name).unwrap_or_default(),
                name: found.name,
                version: found.version,
                logged_in: found.logged_in,
                login: found.login,
                missing: found.missing,
            }
        });
        futures::future::join_all(agents).await
    }

    async fn change(
        &self,
        id: CommandId,
        mut command: Command,
        arrived: Instant,
    ) -> Result<Reply, Failure> {
        refuse_oversized(&command)?;
        let urgent = matches!(command, Command::Pause { .. } | Command::Cancel { .. });
        // An override is safe to repeat, and looking up whether it is a repetition would only delay it.
        if !urgent && let Some(reply) = self.journal.reply_to(id).await? {
            return serde_json::from_str(&reply).map_err(|error| unreadable_reply(&error));
        }
        let found = self.find_out(&mut command).await?;
        let (reply, replied) = oneshot::channel();
        let asked = Asked {
            id,
            command,
            found,
            arrived,
            reply,
        };
        self.commands.send(asked).await.map_err(|_| leaving())?;
        replied.await.map_err(|_| leaving())?
    }

    /// Resolves what needs I/O, so that the dispatcher needs none.
    async fn find_out(&self, command: &mut Command) -> Result<Found, Failure> {
        match command {
            Command::SubmitPlan { plan, .. } => {
                plan.repository = repository::root(plan.repository.clone()).await?;
                Ok(Found::Nothing)
            }
            Command::KeepSide { task, side, .. } => {
                let task = self.task(*task).await?;
                let manner = repository::manner(&self.settings.borrow());
                repository::keeping(task, manner, *side).await
            }
            Command::ContinueSession {
                agent,
                session,
                repository,
                ..
            } => {
                let root = repository::root(std::mem::take(repository)).await?;
                continued::find(agent, session, root)
                    .await
                    .map(Found::Session)
            }
            Command::RunApp { task } => self.app(*task).await.map(Found::App),
            Command::OpenPullRequest { task, branch, .. } => {
                let task = self.task(*task).await?;
                let settings = self.settings.borrow().clone();
                let place = going_out::Place {
                    journal: &self.journal,
                    settings: &settings.pull_requests,
                    folder: &self.forge,
                };
                going_out::first(place, task, branch.take()).await
            }
            Command::PutOnBranch { branch, .. } if !Repository::is_branch_name(branch) => {
                Err(BranchRefusal::Name {
                    name: visible(branch),
                }
                .failure())
            }
            Command::PutOnBranch { task, .. } | Command::Propose { task, .. } => {
                Ok(Found::Report(self.journal.report(*task).await?))
            }
            Command::Trust { repository, digest } => {
                *repository = repository::root(std::mem::take(repository)).await?;
                let declared = project_file::read(&PathBuf::from(&*repository))?;
                if declared.digest != *digest {
                    return Err(not_as_shown());
                }
                Ok(Found::Nothing)
            }
            _ => Ok(Found::Nothing),
        }
    }

    /// How the app of a task's repository is started, if that is declared and trusted.
    async fn app(&self, task: TaskId) -> Result<App, Failure> {
        let task = self.task(task).await?;
        let declared = project_file::read(&PathBuf::from(&task.repository))?;
        let Some(app) = declared.project.app.clone() else {
            return Err(Failure::new(
                "no_app",
                format!("{} does not say how its app is started.", Project::FILE),
                "Declare it there: [app] with command = \"…\", and port = … if it serves one.",
            ));
        };
        if project_file::is_trusted(&self.journal, &task.repository, &declared).await? {
            return Ok(app);
        }
        Err(Failure::new(
            "app_not_trusted",
            "This repository's commands are not trusted as they are now.",
            "Trust them first.",
        ))
    }

    async fn attach(&self, path: String) -> Result<RepositoryFacts, Failure> {
        let mut facts = repository::facts(path).await?;
        let declared = project_file::read(&PathBuf::from(&facts.root))?;
        facts.trusted = project_file::is_trusted(&self.journal, &facts.root, &declared).await?;
        facts.app = declared.project.app.map(|app| app.command);
        facts.checks = declared
            .project
            .checks
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        Ok(facts)
    }

    async fn read_report(&self, id: TaskId) -> Result<Reply, Failure> {
        let task = self.task(id).await?;
        let Some(report) = self.journal.report(id).await? else {
            return Err(Failure::new(
                "no_report",
                format!(
                    "{:?} has not reported yet; it is {}.",
                    task.title,
                    task.state.word()
                ),
                "Its report comes by itself when it ends.",
            ));
        };
        Ok(Reply::Report {
            title: task.title,
            report,
        })
    }

    async fn task(&self, id: TaskId) -> Result<Task, Failure> {
        self.journal
            .task(id)
            .await?
            .ok_or_else(|| crate::state::unknown_task(id))
    }
}

/// What a person or a model says in one piece is far smaller, and the journal's line about it is larger than itself:
/// one that no reader could take would stand in the way of all lines after it.
fn refuse_oversized(command: &Command) -> Result<(), Failure> {
    let size = serde_json::to_vec(command).map_or(usize::MAX, |text| text.len());
    if size <= COMMAND_BYTES_MAX {
        return Ok(());
    }
    Err(Failure::new(
        "command_too_large",
        format!("The command has {size} bytes; at most {COMMAND_BYTES_MAX} are taken."),
        "Put long texts into a file of the repository and name it.",
    ))
}

fn not_as_shown() -> Failure {
    Failure::new(
        "declaration_changed",
        "The commands are not those that were shown any more, so nothing was trusted.",
        "Look at them again.",
    )
}

fn leaving() -> Failure {
    Failure::new(
        "orchestrator_lost",
        "The background process is leaving.",
        "It is started again by itself; the command is repeated then.",
    )
}

fn unreadable_reply(error: &serde_json::Error) -> Failure {
    Failure::new(
        "journal_unreadable",
        format!("The kept reply to a repeated command cannot be read: {error}."),
        "Send the command again.",
    )
}
