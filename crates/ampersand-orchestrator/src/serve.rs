//! The process as a whole: lock, journal, dispatcher, sessions; and when it leaves.

use std::{fs, path::Path, sync::Arc, time::Duration};

use ampersand_core::Failure;
use ampersand_keys::start_log;
use ampersand_protocol::Home;
use ampersand_store::{Journal, OutputLog};
use tokio::{
    sync::{broadcast, mpsc, watch},
    task::JoinSet,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    dispatcher::{COMMANDS_MAX, Dispatcher, Load, NEWS_MAX},
    executor::Executor,
    going_out,
    input::News,
    lock::Lock,
    options::Options,
    sessions::Sessions,
    settings_file,
};

/// How long nobody has to be there, with nothing to do, before it leaves.
const LEAVES_AFTER: Duration = Duration::from_secs(20);

/// Sessions at once; further ones wait to be taken. A controller has one, and each costs a few open files at most.
const SESSIONS_MAX: usize = 128;

/// How long to wait when a connection cannot be taken.
const ACCEPTS_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// How often it is made sure that the home is still there.
const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// Activity not yet taken by a session; older lines are dropped, as only the newest counts.
const ACTIVITIES_MAX: usize = 1024;

pub(crate) async fn serve(options: Options) -> Result<(), Failure> {
    let home = Home::find(options.home.as_deref()).map_err(|error| home_unusable(&error))?;
    make_private(home.root())?;
    let lock = Lock::take(&home.orchestrator_lock()).await;
    let lock = lock.map_err(|error| Failure::from(&error))?;
    let _log = start_log(&home.logs(), "orchestrator");
    let mark = settings_file::Mark::of(&home.settings());
    let settings = settings_file::read(&home.settings());
    let journal = Journal::open(&home.journal()).await?;
    let output = Arc::new(OutputLog::new(home.output()));

    let (commands, asked) = mpsc::channel(COMMANDS_MAX);
    let (news, told) = mpsc::channel(NEWS_MAX);
    let (activities, _) = broadcast::channel(ACTIVITIES_MAX);
    let (load, loaded) = watch::channel(Load::default());
    let executor = Executor::new(
        home.clone(),
        journal.clone(),
        Arc::clone(&output),
        news.clone(),
        activities.clone(),
        settings.clone().unwrap_or_default(),
    )
    .await;
    let in_force = executor.settings();
    let (launcher, quotas) = (executor.launcher(), executor.quotas());
    let logins = executor.logins();
    let effective = settings.clone().unwrap_or_default();
    if settings.is_err() {
        // Said like any later mistake in the file; there is room, as nothing else was told yet.
        news.try_send(News::SettingsRead(Box::new(settings))).ok();
    }
    let dispatcher = Dispatcher::open(journal.clone(), asked, executor, effective, load).await?;

    let stop = CancellationToken::new();
    let running = TaskTracker::new();
    running.spawn(dispatcher.run(told, stop.clone()));
    running.spawn({
        let (stop, path) = (stop.clone(), home.settings());
        async move { settings_file::watch(&path, mark, news, stop).await }
    });
    let sessions = Sessions {
        journal,
        output,
        commands,
        activities,
        launcher,
        quotas,
        logins,
        asking: home.root().join("asking"),
        settings: in_force,
        forge: home.root().join(going_out::FOLDER),
    };
    let served = if options.stdio {
        let stream = tokio::io::join(tokio::io::stdin(), tokio::io::stdout());
        ampersand_link::serve(stream, sessions)
            .await
            .map_err(|error| broken(&error))
    } else {
        accept(&home, &lock, sessions, loaded).await
    };
    stop.cancel();
    running.close();
    running.wait().await;
    served
}

/// Serves every controller that connects, until there is no reason to stay.
async fn accept(
    home: &Home,
    lock: &Lock,
    sessions: Sessions,
    mut load: watch::Receiver<Load>,
) -> Result<(), Failure> {
    let mut listener = ampersand_link::listen(home).map_err(|error| Failure::from(&error))?;
    // Owned here, so that leaving ends every session.
    let mut attended = JoinSet::new();
    let mut signals = Signals::new()?;
    let mut lost = std::pin::pin!(lost(lock, home));
    loop {
        let now = *load.borrow_and_update();
        if now.is_drained {
            tracing::info!("drained, leaving");
            return Ok(());
        }
        let idle = attended.is_empty() && now == Load::default();
        tokio::select! {
            stream = listener.accept(), if attended.len() < SESSIONS_MAX => match stream {
                Ok(stream) => {
                    let session = ampersand_link::serve(stream, sessions.clone());
                    attended.spawn(async move {
                        if let Err(error) = session.await {
                            tracing::warn!(%error, "a session broke");
                        }
                    });
                }
                // Too many open files, for one: no reason to end what runs.
                Err(error) => {
                    tracing::error!(%error, "a connection cannot be taken");
                    tokio::time::sleep(ACCEPTS_AGAIN_AFTER).await;
                }
            },
            Some(_) = attended.join_next() => {}
            Ok(()) = load.changed() => {}
            () = signals.asked_to_leave() => return Ok(()),
            () = &mut lost => {
                tracing::error!("the home folder is gone, leaving");
                return Err(home_unusable(&"it was removed or replaced while in use"));
            }
            () = tokio::time::sleep(LEAVES_AFTER), if idle => {
                tracing::info!("idle and unattended, leaving");
                return Ok(());
            }
        }
    }
}

/// Ends when the lock no longer guards the home.
async fn lost(lock: &Lock, home: &Home) {
    loop {
        tokio::time::sleep(LOOKS_EVERY).await;
        if !lock.is_at(&home.orchestrator_lock()) {
            return;
        }
    }
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| {
            signal(kind).map_err(|error| {
                Failure::new(
                    "signals_unavailable",
                    format!("Signals cannot be listened for: {error}."),
                    "Start Ampersand again.",
                )
            })
        };
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn asked_to_leave(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "on other systems listening can fail"
    )]
    fn new() -> Result<Self, Failure> {
        Ok(Self)
    }

    async fn asked_to_leave(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn home_unusable(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(
        "home_unusable",
        format!("The home folder cannot be used: {error}."),
        "Choose another one with --home or AMPERSAND_HOME.",
    )
}

/// Makes the folder for this user alone: it holds the conversation and what agents printed.
fn make_private(root: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(root).map_err(|error| home_unusable(&error))
}

fn broken(error: &ampersand_link::FrameError) -> Failure {
    Failure::new(
        "link_broken",
        format!("The session broke: {error}."),
        "Connect again.",
    )
}
