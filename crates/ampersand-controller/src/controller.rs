//! The controller as whoever shows it sees it: open, say, command, look, close.

mod idle;
mod open;

use std::{path::PathBuf, sync::Arc};

use ampersand_core::{Approval, Failure, Message, MessageBody, MessageId, TaskId};
use ampersand_protocol::{Command, Counts, Home, Reply, RepositoryFacts, TaskView, UpdateBody};
use jiff::Timestamp;
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};
use uuid::Uuid;

use crate::{
    connected::Connected,
    desk::Desk,
    elsewhere::{self, Opener},
    hear::{self, Heard, Route},
    hub::Updates,
    turn::{Begin, no_model},
    turns::Occurrence,
};
use open::Machinery;

/// What a controller is opened with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder that holds all state.
    pub home: Home,
    /// The repository messages are about: an absolute path inside it. The last one that was set if absent.
    pub repository: Option<PathBuf>,
    /// The orchestrator's program; beside the running one if absent.
    pub orchestrator: Option<PathBuf>,
    /// The version and build of whoever opens it.
    pub build: String,
}

/// The one controller of a conversation. Clones share it.
#[derive(Clone)]
pub struct Controller {
    desk: Arc<Desk>,
    machinery: Arc<Machinery>,
}

impl Controller {
    /// Says something. Returns once it is on the disk; everything else happens behind. The same id a second time
    /// says nothing new. Errors if it says nothing, is too long, or could not be written; then nothing of it is kept.
    pub async fn send(&self, id: MessageId, text: impl Into<String>) -> Result<(), Failure> {
        let text = text.into();
        hear::check(&text)?;
        if !self.machinery.is_new(id) {
            return Ok(());
        }
        let desk = &self.desk;
        let arrived = Instant::now();
        let route = hear::route(desk, &text);
        let message = Message {
            id,
            position: desk.conversation.next_position(),
            at: Timestamp::now(),
            body: hear::said(text),
        };
        // Taken before anything is waited for, so that turns act in the order in which things were said.
        let turn = matches!(route, Route::Model { .. }).then(|| desk.order.enter(message.position));
        let (stored, is_stored) = watch::channel(false);
        let heard = Heard {
            message: message.clone(),
            arrived,
            stored: is_stored,
            under_way: desk.load.begin(),
            on_its_way: desk.on_its_way.begin(),
        };
        let is_urgent = route.is_urgent();
        let following = hear::follow(Arc::clone(desk), route, heard, turn);
        let mut following = Some(following);
        if is_urgent && let Some(following) = following.take() {
            // An override holds even when the disk is full.
            tokio::spawn(following);
        }
        desk.happened(Occurrence::Heard).await;
        if let Err(failure) = desk.put(&message).await {
            self.machinery.forget(id);
            return Err(failure);
        }
        stored.send_replace(true);
        if let Some(following) = following {
            tokio::spawn(following);
        }
        Ok(())
    }

    /// Asks the orchestrator, waiting for it if it is away.
    pub async fn command(&self, command: Command) -> Result<Reply, Failure> {
        let changes = !matches!(
            command,
            Command::Attach { .. }
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
        );
        let trusts = matches!(command, Command::Trust { .. });
        let _under_way = self.desk.load.begin();
        let answer = self.desk.link.call(crate::new_command(), command).await;
        if changes {
            self.desk.order.acted();
        }
        if trusts && answer.is_ok() {
            self.desk.attach().await?;
        }
        answer
    }

    /// As [`Self::command`], for an answer within this time. Errors with `orchestrator_away` after it; the command
    /// may still have reached the orchestrator.
    pub async fn command_within(
        &self,
        limit: std::time::Duration,
        command: Command,
    ) -> Result<Reply, Failure> {
        timeout(limit, self.command(command))
            .await
            .unwrap_or_else(|_| Err(crate::supervisor::away()))
    }

    /// Opens a task's worktree in a program of the person's own.
    pub async fn open_in(&self, task: TaskId, opener: Opener) -> Result<(), Failure> {
        let place = self.command(Command::ReadWorktree { task }).await?;
        elsewhere::open_answered(opener, place, &self.desk.home.settings()).await
    }

    /// Stops every reply that is being written; tasks go on.
    pub async fn stop_reply(&self) {
        self.desk.happened(Occurrence::Stop).await;
    }

    /// Chooses on a card: `says` is what the chip says, or what was kept until a model is connected.
    pub async fn choose(&self, card: MessageId, says: &str) -> Result<(), Failure> {
        let Some(mut message) = self.desk.conversation.message(card).await? else {
            return self.choose_unkept(card, says).await;
        };
        match &message.body {
            MessageBody::Choice { .. } => {
                message = chosen(message, says).ok_or_else(nothing_to_choose)?;
                if let Err(failure) = self.desk.put(&message).await {
                    // What was chosen may be an override, and that holds even when the disk is full.
                    tracing::warn!(code = failure.code, "what was chosen was not written");
                    self.desk.hub.message(None, &message);
                }
                self.send(MessageId::new(Uuid::now_v7()), says).await
            }
            MessageBody::Kept { text, .. } if text == says => self.start_kept(message).await,
            MessageBody::Kept { .. } => self.send(MessageId::new(Uuid::now_v7()), says).await,
            _ => Err(nothing_to_choose()),
        }
    }

    /// The same on a card that could not be kept.
    async fn choose_unkept(&self, card: MessageId, says: &str) -> Result<(), Failure> {
        let chosen = {
            let mut board = self.desk.board();
            let choice = board.unkept_choice.take_if(|choice| choice.id == card);
            choice.and_then(|choice| chosen(choice, says))
        };
        let chosen = chosen.ok_or_else(nothing_to_choose)?;
        self.desk.hub.message(None, &chosen);
        self.send(MessageId::new(Uuid::now_v7()), says).await
    }

    /// Lets the model answer what was kept; its reply takes the card's place.
    async fn start_kept(&self, card: Message) -> Result<(), Failure> {
        let desk = &self.desk;
        if matches!(desk.connected(), Connected::Nothing) {
            return Err(no_model());
        }
        let MessageBody::Kept { text, .. } = &card.body else {
            return Err(nothing_to_choose());
        };
        let above = desk.conversation.messages(Some(card.position), 64).await?;
        let asked = above
            .into_iter()
            .rev()
            .find(|message| matches!(message.body, MessageBody::Said { .. }));
        let Some(asked) = asked else {
            return Err(nothing_to_choose());
        };
        let said = Message {
            body: hear::said(text.clone()),
            ..asked
        };
        let begin = Begin {
            // It acts after everything said so far.
            turn: desk.order.enter(desk.conversation.next_position()),
            said,
            instead_of: Some(card),
            corrects: false,
            under_way: desk.load.begin(),
        };
        desk.happened(Occurrence::Turn(Box::new(begin))).await;
        Ok(())
    }

    /// Keeps what stands in the composer, across crashes.
    pub async fn set_draft(&self, text: &str) -> Result<(), Failure> {
        self.desk.happened(Occurrence::Heard).await;
        Ok(self.desk.conversation.set_draft(text).await?)
    }

    /// What stands in the composer.
    pub async fn draft(&self) -> Result<String, Failure> {
        Ok(self.desk.conversation.draft().await?)
    }

    /// The last `limit` entries before a place, or of all; the newest is last.
    pub async fn history(&self, before: Option<u64>, limit: u32) -> Result<Vec<Message>, Failure> {
        self.desk.history(before, limit).await
    }

    /// All tasks in the order they were planned.
    pub fn tasks(&self) -> Vec<TaskView> {
        self.desk.board().views()
    }

    /// How many tasks there are of each kind that counts.
    pub fn counts(&self) -> Counts {
        self.desk.board().counts()
    }

    /// Questions that wait for the person.
    pub fn approvals(&self) -> Vec<Approval> {
        self.desk.board().approvals.values().cloned().collect()
    }

    /// The model that answers, by name; absent when only commands work.
    pub fn model(&self) -> Option<String> {
        self.desk.connected().name()
    }

    /// The repository messages are about, as far as it is known.
    pub fn facts(&self) -> Option<RepositoryFacts> {
        self.desk.facts()
    }

    /// Whether the orchestrator is there.
    pub fn link_is_up(&self) -> bool {
        self.desk.link.is_up()
    }

    /// Makes messages be about another repository. Errors if it cannot be worked on, naming why.
    pub async fn set_repository(&self, path: PathBuf) -> Result<RepositoryFacts, Failure> {
        let command = Command::Attach {
            repository: path.display().to_string(),
        };
        let reply = self.desk.link.call(crate::new_command(), command).await?;
        let Reply::Repository { repository } = reply else {
            return Err(ampersand_link::CallError::Lost.into());
        };
        self.desk.set_path(Some(path.clone()));
        self.desk.learn(&path, repository.clone());
        let text = path.display().to_string();
        self.desk
            .conversation
            .set_preference(open::REPOSITORY, &text)
            .await?;
        Ok(repository)
    }

    /// Lets the login of an agent's program be used, from now on.
    pub fn connect(&self, agent: &str) -> Result<(), Failure> {
        self.desk.connect(&crate::connect(&self.desk.home, agent)?);
        Ok(())
    }

    /// Lets an agent read its own login, from now on.
    pub fn connect_reading(&self, agent: &str) -> Result<(), Failure> {
        self.desk
            .connect(&crate::connect_reading(&self.desk.home, agent)?);
        Ok(())
    }

    /// Keeps so much of every window of an agent's account for the person, of a hundred.
    pub fn reserve(&self, agent: &str, percent: u8) -> Result<(), Failure> {
        crate::reserve(&self.desk.home, agent, percent).map(drop)
    }

    /// What follows from now on, without a gap: for a window that has just begun to look, and asks for entries and tasks
    /// itself. First come replies that are being written, and questions that wait, however long ago they were asked.
    pub async fn subscribe(&self) -> Updates {
        let (live, first) = self.desk.beginning().await;
        Updates {
            first,
            live,
            desk: Arc::downgrade(&self.desk),
        }
    }

    /// Ends in order: replies are ended and written, then the file is closed. Background tasks go on.
    pub async fn close(&self) {
        self.desk.happened(Occurrence::Close).await;
        self.machinery.end().await;
        self.desk.conversation.close().await;
        self.desk.hub.close();
        self.machinery.unlock();
    }

    /// Shows something that went wrong outside, among everything else.
    pub fn tell(&self, failure: Failure) {
        self.desk.hub.emit(None, UpdateBody::Error { failure });
    }
}

/// A card with what was chosen on it; `None` if that cannot be chosen there.
fn chosen(mut card: Message, says: &str) -> Option<Message> {
    let MessageBody::Choice {
        options, chosen, ..
    } = &mut card.body
    else {
        return None;
    };
    let option = options.iter().find(|option| option.says == says)?;
    *chosen = Some(option.label.clone());
    Some(card)
}

fn nothing_to_choose() -> Failure {
    Failure::new(
        "nothing_to_choose",
        "There is nothing to choose there any more.",
        "Say what you want in a message instead.",
    )
}
