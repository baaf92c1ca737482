//! What every part of the controller works at: the conversation, what stands, the link, and who looks on.

mod kept;
mod snapshot;

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use ampersand_core::{Failure, Message, MessageBody, MessageId, ModelSettings, Settings};
use ampersand_keys::Keychain;
use ampersand_login::Logins;
use ampersand_model::Client;
use ampersand_protocol::{Command, Home, Reply, RepositoryFacts, UpdateBody};
use ampersand_store::Conversation;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

pub(crate) use kept::Kept;

use crate::{
    board::Board, connected::Connected, hub::Hub, inbox::Mail, load::Load, order::Order,
    supervisor::Link, turns::Occurrence,
};

/// What the parts share.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) home: Home,
    pub(crate) conversation: Conversation,
    pub(crate) hub: Arc<Hub>,
    pub(crate) link: Link,
    pub(crate) order: Arc<Order>,
    /// Turns, explanations, and messages on their way.
    pub(crate) load: Load,
    /// Messages that are neither carried out, nor handed on, nor a turn yet.
    pub(crate) on_its_way: Load,
    /// Commands that are kept until they are answered.
    pub(crate) unsent: Load,
    /// The newest line of the journal that was taken in and shown.
    pub(crate) newest: watch::Sender<u64>,
    pub(crate) inbox: mpsc::Sender<Mail>,
    pub(crate) turns: mpsc::Sender<Occurrence>,
    pub(crate) client: Option<Client>,
    /// Overrides go one after another, each confirmed before the next is sent: a pause must not overtake the
    /// resume that was said before it.
    pub(crate) overriding: tokio::sync::Mutex<()>,
    board: Mutex<Board>,
    connected: watch::Sender<Connected>,
    /// The model for what is small and often, if it has one of its own.
    helper: Mutex<Option<ModelSettings>>,
    /// How often something was connected.
    connections: AtomicU64,
    keychain: Keychain,
    logins: Arc<Logins>,
    place: Mutex<Place>,
}

/// Where messages are about.
#[derive(Debug, Default)]
struct Place {
    path: Option<PathBuf>,
    facts: Option<RepositoryFacts>,
}

/// What a desk is made of.
pub(crate) struct Parts {
    pub(crate) home: Home,
    pub(crate) conversation: Conversation,
    pub(crate) hub: Arc<Hub>,
    pub(crate) link: Link,
    pub(crate) newest: u64,
    pub(crate) inbox: mpsc::Sender<Mail>,
    pub(crate) turns: mpsc::Sender<Occurrence>,
    pub(crate) board: Board,
}

impl Desk {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts {
            home,
            conversation,
            hub,
            link,
            newest,
            inbox,
            turns,
            board,
        } = parts;
        let logins = Arc::new(Logins::new(home.root()));
        Self {
            home,
            conversation,
            hub,
            link,
            order: Arc::new(Order::new()),
            load: Load::new(),
            on_its_way: Load::new(),
            unsent: Load::new(),
            newest: watch::Sender::new(newest),
            inbox,
            turns,
            // Without one every turn says so; the rest works.
            client: Client::new().ok(),
            overriding: tokio::sync::Mutex::default(),
            board: Mutex::new(board),
            connected: watch::channel(Connected::default()).0,
            helper: Mutex::default(),
            connections: AtomicU64::new(0),
            keychain: Keychain::new(),
            logins,
            place: Mutex::default(),
        }
    }

    /// What stands. Never held across an await.
    pub(crate) fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is connected.
    pub(crate) fn connected(&self) -> Connected {
        self.connected.borrow().clone()
    }

    /// What is connected, once a keychain that is being asked has answered or its time is over.
    pub(crate) async fn settled(&self) -> Connected {
        let mut connected = self.connected.subscribe();
        let settled = connected.wait_for(|now| !matches!(now, Connected::Asking(_)));
        // The sender lives in `self`, so waiting cannot fail.
        match settled.await {
            Ok(now) => now.clone(),
            Err(_) => Connected::Nothing,
        }
    }

    /// What is asked for what is small and often: a model of its own, or what is connected where that has none or it cannot
    /// be used.
    pub(crate) async fn helper(&self) -> Connected {
        let wanted = self.helper_wanted().clone();
        let Some(wanted) = wanted else {
            return self.settled().await;
        };
        let client = self.client.as_ref();
        match Connected::with_keychain(&wanted, client, &self.keychain).await {
            (now @ Connected::Model(..), _) => now,
            (now, _) => {
                if let Connected::Unusable(name, failure) = now {
                    tracing::warn!(name, code = failure.code, "the helper cannot be used");
                }
                self.settled().await
            }
        }
    }

    fn helper_wanted(&self) -> MutexGuard<'_, Option<ModelSettings>> {
        self.helper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects what the settings ask for, and says so if it is something else than before. What a keychain has to be
    /// asked for is left to [`Self::ask_keychain`].
    pub(crate) fn connect(&self, settings: &Settings) {
        self.helper_wanted().clone_from(&settings.helper);
        let now = Connected::of(settings, self.client.as_ref(), &self.logins);
        self.connections.fetch_add(1, Ordering::Relaxed);
        self.now_connected(now);
    }

    /// Asks the keychain behind, if what was connected last needs it. Only once somebody hears what it answers.
    pub(crate) fn ask_keychain(self: &Arc<Self>, settings: &Settings) {
        let (Connected::Asking(_), Some(wanted)) = (self.connected(), settings.controller.clone())
        else {
            return;
        };
        let number = self.connections.load(Ordering::Relaxed);
        let (desk, client) = (Arc::downgrade(self), self.client.clone());
        let keychain = self.keychain.clone();
        tokio::spawn(async move {
            let (now, notice) = Connected::with_keychain(&wanted, client.as_ref(), &keychain).await;
            let Some(desk) = desk.upgrade() else { return };
            // The settings may ask for something else by now.
            if desk.connections.load(Ordering::Relaxed) == number {
                desk.now_connected(now);
                if let Some(words) = notice {
                    desk.notice(None, from_environment(&words)).await;
                }
            }
        });
    }

    fn now_connected(&self, now: Connected) {
        let before = self.connected.send_replace(now.clone());
        if before.name() != now.name() {
            self.say_ready();
        }
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The repository's facts as far as they are known.
    pub(crate) fn facts(&self) -> Option<RepositoryFacts> {
        self.place().facts.clone()
    }

    /// The repository tasks are for: its root, or the folder that was named.
    pub(crate) fn repository(&self) -> Option<PathBuf> {
        let place = self.place();
        let root = place.facts.as_ref().map(|facts| facts.root.clone().into());
        root.or_else(|| place.path.clone())
    }

    pub(crate) fn set_path(&self, path: Option<PathBuf>) {
        *self.place() = Place { path, facts: None };
    }

    /// Learns how the repository stands, from the orchestrator.
    pub(crate) async fn attach(&self) -> Result<(), Failure> {
        let Some(path) = self.place().path.clone() else {
            return Ok(());
        };
        let command = Command::Attach {
            repository: path.display().to_string(),
        };
        let answer = self.link.call(crate::new_command(), command).await?;
        if let Reply::Repository { repository } = answer {
            self.learn(&path, repository);
        }
        Ok(())
    }

    /// Takes in facts about the folder, if messages are still about it.
    pub(crate) fn learn(&self, path: &std::path::Path, facts: RepositoryFacts) {
        let changed = {
            let mut place = self.place();
            let is_it = place.path.as_deref() == Some(path);
            let changed = is_it && place.facts.as_ref() != Some(&facts);
            if changed {
                place.facts = Some(facts);
            }
            changed
        };
        if changed {
            self.say_ready();
        }
    }

    /// The head of the conversation as it stands.
    pub(crate) fn ready(&self) -> UpdateBody {
        UpdateBody::Ready {
            repository: self.facts(),
            model: self.connected().name(),
            newest: *self.newest.borrow(),
        }
    }

    fn say_ready(&self) {
        self.hub.emit(None, self.ready());
    }

    /// Writes an entry and shows it.
    pub(crate) async fn put(&self, message: &Message) -> Result<(), Failure> {
        let written = self.conversation.put(std::slice::from_ref(message)).await;
        written?;
        self.hub.message(None, message);
        Ok(())
    }

    /// Puts a card under a message, or at the end.
    pub(crate) async fn card(
        &self,
        under: Option<MessageId>,
        body: MessageBody,
    ) -> Result<Message, Failure> {
        let position = match under {
            Some(under) => self.conversation.position_after(under).await?,
            None => self.conversation.next_position(),
        };
        let message = Message {
            id: MessageId::new(Uuid::now_v7()),
            position,
            at: Timestamp::now(),
            body,
        };
        self.put(&message).await?;
        Ok(message)
    }

    /// Something to know: a card, under what asked for it or at the end, and an update.
    pub(crate) async fn notice(&self, under: Option<MessageId>, failure: Failure) {
        let body = MessageBody::Notice {
            failure: failure.clone(),
        };
        if let Err(unwritten) = self.card(under, body).await {
            tracing::warn!(code = unwritten.code, "a notice was not written");
        }
        self.hub.emit(None, UpdateBody::Notice { failure });
    }

    /// Something did not work: a card under what asked for it, and an update.
    pub(crate) async fn trouble(&self, under: MessageId, failure: Failure) {
        let body = MessageBody::Notice {
            failure: failure.clone(),
        };
        if let Err(unwritten) = self.card(Some(under), body).await {
            tracing::warn!(code = unwritten.code, "an error was not written");
        }
        self.hub.emit(None, UpdateBody::Error { failure });
    }

    /// Tells the lanes of something.
    pub(crate) async fn happened(&self, occurrence: Occurrence) {
        // The lanes end with the controller; then nothing is to be done any more.
        self.turns.send(occurrence).await.ok();
    }
}

/// A key that was to be in the keychain is not, and that is said each time.
fn from_environment(words: &str) -> Failure {
    Failure::new(
        "key_from_environment",
        words,
        "`ampersand-cli key set NAME` puts it into the keychain once that answers.",
    )
}
