//! Opening a conversation: the lock, the file, what an earlier run left behind, and the parts that work on it.

mod look;
mod mend;

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ampersand_core::{CommandId, Failure, Message, MessageBody, MessageId, Settings};
use ampersand_protocol::{Command, UpdateBody};
use ampersand_store::Conversation;
use tokio::{
    sync::{Mutex as AsyncMutex, mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use super::{Controller, Options};
use crate::{
    board::Board,
    connected,
    desk::{Desk, Kept, Parts},
    home,
    hub::{Hub, Updates, update},
    inbox::{self, Cards, MAIL_MAX},
    lock::Lock,
    supervisor::{Connector, Link, Local, Reach, hello, supervise},
    turns::{self, OCCURRENCES_MAX, Occurrence},
};

/// The preference that names the last repository.
pub(super) const REPOSITORY: &str = "repository";

/// Entries that are looked through for what is still open.
pub(super) const LOOKED_THROUGH: u32 = 500;

/// How long a look at the repository may hold up the first update.
const LOOK_WITHIN: Duration = Duration::from_millis(250);

/// What works behind a controller.
pub(super) struct Machinery {
    lock: Mutex<Option<Lock>>,
    turns: AsyncMutex<Option<JoinHandle<()>>>,
    /// Ended without ceremony: what they leave undone is done at the next start.
    others: AsyncMutex<JoinSet<()>>,
    /// Messages said in this run.
    said: Mutex<HashSet<MessageId>>,
}

impl Machinery {
    /// Whether this message was not said yet.
    pub(super) fn is_new(&self, id: MessageId) -> bool {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.insert(id)
    }

    pub(super) fn forget(&self, id: MessageId) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.remove(&id);
    }

    pub(super) async fn end(&self) {
        if let Some(turns) = self.turns.lock().await.take() {
            turns.await.ok();
        }
        self.others.lock().await.shutdown().await;
    }

    pub(super) fn unlock(&self) {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        drop(lock.take());
    }
}

impl Controller {
    /// Opens the conversation of a home. The first update is `ready`; the orchestrator is found or started behind.
    /// Errors if another program holds it (`conversation_open`, naming the process) or it cannot be opened.
    pub async fn open(options: Options) -> Result<(Self, Updates), Failure> {
        let connector = Local::new(options.home.clone(), options.orchestrator.clone());
        Self::open_with(options, Arc::new(connector)).await
    }

    /// As [`Self::open`], over another way of reaching the orchestrator.
    pub async fn open_with(
        options: Options,
        connector: Arc<dyn Connector>,
    ) -> Result<(Self, Updates), Failure> {
        let home = home::prepare(&options.home)?;
        let lock = Lock::take(&home.conversation_lock())?;
        let conversation = Conversation::open(&home.conversation()).await?;
        mend::replies(&conversation).await?;
        let history = conversation.messages(None, LOOKED_THROUGH).await?;
        let cards = Cards::of(&history);
        let kept = kept(&conversation).await?;
        let board = board(&conversation, &cards, &history, &kept).await?;
        let newest = conversation.newest_taken_in().await?;

        let hub = Arc::new(Hub::new());
        let (inbox, mail) = mpsc::channel(MAIL_MAX);
        let (turns, occurrences) = mpsc::channel(OCCURRENCES_MAX);
        let (state, reach) = watch::channel(Reach::Away);
        let desk = Arc::new(Desk::new(Parts {
            home,
            conversation,
            hub: Arc::clone(&hub),
            link: Link::new(reach),
            newest,
            inbox: inbox.clone(),
            turns,
            board,
        }));
        let read_at = connected::mark(&desk.home.settings());
        let (settings, broken) = settings(&desk);
        desk.connect(&settings);
        place(&desk, options.repository).await?;
        let (live, _) = hub.listen();
        let updates = Updates {
            first: [update(None, desk.ready())].into(),
            live,
            desk: Arc::downgrade(&desk),
        };
        desk.ask_keychain(&settings);
        if let Some(failure) = broken {
            desk.notice(None, failure).await;
        }

        let mut others = JoinSet::new();
        let hello = hello(&options.build);
        others.spawn(supervise(connector, hello, newest, inbox, state, hub));
        others.spawn(inbox::take_in(Arc::clone(&desk), cards, mail));
        others.spawn(connected::watch(Arc::clone(&desk), read_at));
        others.spawn(attach(Arc::clone(&desk)));
        let unanswered = mend::unanswered_in(&history, &kept);
        if !unanswered.is_empty() {
            others.spawn(mend::messages(Arc::clone(&desk), unanswered));
        }
        for (id, kept) in kept {
            others.spawn(send_kept(Arc::clone(&desk), id, kept));
        }
        let turns = tokio::spawn(turns::run(Arc::clone(&desk), occurrences));
        for result in mend::unexplained_in(&history) {
            let under_way = desk.load.begin();
            let happened = Occurrence::Result { result, under_way };
            desk.happened(happened).await;
        }
        let machinery = Machinery {
            lock: Mutex::new(Some(lock)),
            turns: AsyncMutex::new(Some(turns)),
            others: AsyncMutex::new(others),
            said: Mutex::new(said(&history)),
        };
        let machinery = Arc::new(machinery);
        Ok((Self { desk, machinery }, updates))
    }
}

fn said(history: &[Message]) -> HashSet<MessageId> {
    let said = history
        .iter()
        .filter(|message| matches!(message.body, MessageBody::Said { .. }));
    said.map(|message| message.id).collect()
}

async fn kept(conversation: &Conversation) -> Result<Vec<(CommandId, Kept)>, Failure> {
    let mut kept = Vec::new();
    for (id, text) in conversation.outbox().await? {
        match serde_json::from_str(&text) {
            Ok(command) => kept.push((id, command)),
            // Written by a version whose commands are not known here; there is nobody to send it to.
            Err(error) => tracing::warn!(%error, "a kept command cannot be read"),
        }
    }
    Ok(kept)
}

async fn board(
    conversation: &Conversation,
    cards: &Cards,
    history: &[Message],
    kept: &[(CommandId, Kept)],
) -> Result<Board, Failure> {
    let mut board = Board::new(conversation.tasks().await?);
    for approval in cards.open() {
        board.approvals.insert(approval.id, approval);
    }
    for message in history {
        match &message.body {
            MessageBody::Result { results, .. } => {
                for result in results {
                    board.reports.insert(result.task, result.report.clone());
                }
            }
            MessageBody::Plan { tasks, .. } => board.mentioned.clone_from(tasks),
            _ => {}
        }
    }
    for (_, kept) in kept {
        if let (Command::SubmitPlan { plan, .. }, Some(under)) = (&kept.command, kept.under) {
            board.planned_under.insert(plan.id, under);
        }
    }
    Ok(board)
}

/// What the settings ask for; a broken file asks for nothing and is told of.
fn settings(desk: &Desk) -> (Settings, Option<Failure>) {
    match connected::read(&desk.home.settings()) {
        Ok(settings) => (settings, None),
        Err(failure) => (Settings::default(), Some(failure)),
    }
}

/// Takes up the repository that was named, or the last one, and looks at it as far as that is quick.
async fn place(desk: &Desk, named: Option<PathBuf>) -> Result<(), Failure> {
    let path = match named {
        Some(path) => Some(path),
        None => {
            let last = desk.conversation.preference(REPOSITORY).await?;
            last.map(PathBuf::from)
        }
    };
    desk.set_path(path.clone());
    let Some(path) = path else { return Ok(()) };
    let looked = path.clone();
    let looking = ampersand_git::blocking(move || look::look(&looked));
    if let Ok(Ok(Some(facts))) = timeout(LOOK_WITHIN, looking).await {
        desk.learn(&path, facts);
    }
    Ok(())
}

/// Sends what an earlier run could not, and says under its message what came of it if it was refused.
async fn send_kept(desk: Arc<Desk>, id: CommandId, kept: Kept) {
    let answer = desk.send_kept(id, kept.command).await;
    if let (Err(failure), Some(under)) = (answer, kept.under) {
        desk.trouble(under, failure).await;
    }
}

async fn attach(desk: Arc<Desk>) {
    if let Err(failure) = desk.attach().await {
        desk.hub.emit(None, UpdateBody::Error { failure });
    }
}
