//! The loop around the machine: starts the process and its way out, carries lines between them, and ends both with the turn.
//! Whoever drops it ends everything it began.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ampersand_agent::{find, rpc};
use ampersand_core::{Failure, Role};
use ampersand_http::HttpError;
use ampersand_http::egress::{Entrance, Event, Policy as Way, Proxy};
use ampersand_model::{Answer, Delta, Request, Talk};
use ampersand_process::Output;
use ampersand_process::lines::Lines;
use ampersand_sandbox::{Gateway, LaunchError, Launched, Launcher, Policy};
use futures::{StreamExt, stream};
use tokio::io::AsyncWriteExt;
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::step::{Effect, Input, Thread};
use super::{CodexMind, config, fault};
use crate::{Account, Fresh};

/// The longest line that is understood.
const LINE_BYTES_MAX: usize = 16 << 20;
/// What a turn may say in all.
const SAID_BYTES_MAX: usize = 64 << 20;
/// Longer than any model thinks without a word of it coming here.
const SILENCE: Duration = Duration::from_secs(600);
/// How long a line to it may take.
const UNREAD: Duration = Duration::from_secs(30);
/// What the way tells and nobody took in yet; more is dropped.
const EVENTS_MAX: usize = 256;
/// What is kept of its words about itself.
const WORDS_BYTES_MAX: usize = 2_000;

/// One turn with Codex.
#[derive(Debug)]
pub(super) struct CodexTalk {
    mind: Arc<CodexMind>,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    /// The process; gone with it.
    _launched: Launched,
    _proxy: Proxy,
    login: Fresh,
    seen: mpsc::Receiver<Event>,
    stdin: ChildStdin,
    lines: Lines<Output<ChildStdout>>,
    said_bytes: usize,
    words: JoinHandle<String>,
    thread: Thread,
}

/// An answer under way.
struct Asking<'a> {
    talk: &'a mut CodexTalk,
    /// What is asked, until it was.
    request: Option<Request>,
    ready: VecDeque<Delta>,
    is_over: bool,
}

impl CodexTalk {
    pub(super) const fn new(mind: Arc<CodexMind>) -> Self {
        let running = None;
        Self { mind, running }
    }
}

impl Talk for CodexTalk {
    fn ask<'a>(&'a mut self, request: &Request) -> Answer<'a> {
        let asking = Asking {
            talk: self,
            request: Some(request.clone()),
            ready: VecDeque::new(),
            is_over: false,
        };
        stream::try_unfold(asking, |mut asking| async move {
            loop {
                if let Some(delta) = asking.ready.pop_front() {
                    return Ok(Some((delta, asking)));
                }
                if asking.is_over {
                    return Ok(None);
                }
                if let Err(failure) = Box::pin(asking.go_on()).await {
                    // What follows is another process.
                    asking.talk.running = None;
                    return Err(failure);
                }
            }
        })
        .boxed()
    }

    fn asked(&self) -> usize {
        self.running
            .as_ref()
            .map_or(0, |running| running.thread.asked)
    }
}

impl Asking<'_> {
    async fn go_on(&mut self) -> Result<(), Failure> {
        let Some(running) = &mut self.talk.running else {
            let running = Running::start(&self.talk.mind).await?;
            self.talk.running = Some(running);
            return Ok(());
        };
        let input = match self.request.take() {
            Some(request) if running.is_new() => Input::Begin(request),
            Some(request) => Input::Again(request),
            None => Input::Heard(running.hear().await?),
        };
        for effect in running.thread.step(input) {
            match effect {
                Effect::Send(message) => running.send(&message).await?,
                Effect::Give(delta) => self.ready.push_back(delta),
                Effect::Answered => self.is_over = true,
                Effect::Failed(fault) => {
                    let mind = &self.talk.mind;
                    let seen = running.seen(mind);
                    return Err(fault::failure(&fault, seen.as_ref(), super::SHOWN));
                }
            }
        }
        Ok(())
    }
}

impl Running {
    async fn start(mind: &CodexMind) -> Result<Self, Failure> {
        let login = mind.logins.fresh(Account::Codex, &mind.set).await;
        let login = login.map_err(|error| Failure::from(&error))?;
        let route = login.route(&mind.set)?;
        let program = find("codex", Some(&mind.program))?;
        let gateway = Gateway::open().map_err(|error| not_set_up(&error))?;
        let entrance = match gateway.is_shared() {
            true => Entrance::shared(gateway.port()),
            false => Entrance::own(gateway.port()),
        };
        let (home, nothing) =
            folders(mind, &entrance, login.plan()).map_err(|error| not_set_up(&error))?;
        let mut policy = Policy::new(Role::Explorer, &nothing);
        policy.read_only = program.reads;
        policy.env = config::env(&home);
        policy.writable = vec![home];
        policy.way_port = Some(gateway.port());
        let mut argv = program.program;
        argv.push("app-server".into());
        let state = mind.logins.root.join("sandbox");
        let launcher = mind
            .logins
            .launcher
            .get_or_init(|| async move { Launcher::probe(&state).await });
        let launched = launcher.await.launch(&policy, argv, "controller").await;
        let mut launched = launched.map_err(|error| not_launched(&error))?;
        let listener = gateway
            .of(&mut launched)
            .map_err(|error| not_set_up(&error))?;
        let Some(listener) = listener else {
            return Err(no_way());
        };
        let way = Way {
            model: Some(route),
            token: entrance.token().cloned(),
            ..Way::default()
        };
        let (events, seen) = mpsc::channel(EVENTS_MAX);
        let proxy = Proxy::serve(listener, way, events).map_err(|error| not_set_up(&error))?;
        let child = &mut launched.child;
        let pipes = (child.take_stdin(), child.take_stdout(), child.take_stderr());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(fault::gone("could not be spoken to", ""));
        };
        Ok(Self {
            _launched: launched,
            _proxy: proxy,
            login,
            seen,
            stdin,
            lines: Lines::new(stdout, LINE_BYTES_MAX),
            said_bytes: 0,
            words: tokio::spawn(last_words(stderr)),
            thread: Thread::new(mind.set.model.clone(), nothing.display().to_string()),
        })
    }

    const fn is_new(&self) -> bool {
        self.thread.is_new()
    }

    async fn send(&mut self, message: &serde_json::Value) -> Result<(), Failure> {
        let line = format!("{message}\n");
        let sending = async {
            self.stdin.write_all(line.as_bytes()).await?;
            self.stdin.flush().await
        };
        match timeout(UNREAD, sending).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(self.gone("ended").await),
            Err(_) => Err(fault::gone("did not listen", "")),
        }
    }

    /// Its next message.
    async fn hear(&mut self) -> Result<rpc::Incoming, Failure> {
        loop {
            let line = match timeout(SILENCE, self.lines.next()).await {
                Ok(Ok(Some(line))) => line,
                Ok(Ok(None) | Err(_)) => return Err(self.gone("ended").await),
                Err(_) => return Err(fault::gone("fell silent", "")),
            };
            self.said_bytes += line.len();
            if self.said_bytes > SAID_BYTES_MAX {
                return Err(fault::gone("came to no end", ""));
            }
            if let Some(message) = rpc::read(&line) {
                return Ok(message);
            }
        }
    }

    async fn gone(&mut self, how: &str) -> Failure {
        let words = timeout(Duration::from_secs(2), &mut self.words).await;
        fault::gone(how, &words.ok().and_then(Result::ok).unwrap_or_default())
    }

    /// What the way last saw go wrong. A login that was not taken is refreshed before the next turn.
    fn seen(&mut self, mind: &CodexMind) -> Option<HttpError> {
        let mut last = None;
        while let Ok(event) = self.seen.try_recv() {
            match event {
                Event::Failed { error, .. } => last = Some(error),
                Event::Answered => last = None,
                Event::Refused(_) | Event::Unreached { .. } => {}
            }
        }
        if matches!(last, Some(HttpError::Unauthorized { .. })) {
            mind.logins.was_refused(&self.login);
        }
        last
    }
}

/// A folder of its own with what it is set up with, and an empty one to look at, both free of symbolic links.
fn folders(
    mind: &CodexMind,
    entrance: &Entrance,
    plan: Option<&str>,
) -> std::io::Result<(PathBuf, PathBuf)> {
    let root = mind.logins.root.join("controller");
    // Where the way differs from turn to turn, so does the folder that names it.
    let home = match entrance.token() {
        None => root.join("codex"),
        Some(_) => root.join(format!("codex-{}", entrance.port())),
    };
    let nothing = root.join("nothing");
    std::fs::create_dir_all(&nothing)?;
    config::write(&home, &entrance.origin(), plan)?;
    Ok((dunce::canonicalize(&home)?, dunce::canonicalize(&nothing)?))
}

async fn last_words(stderr: Output<ChildStderr>) -> String {
    let mut lines = Lines::new(stderr, WORDS_BYTES_MAX);
    let mut last = String::new();
    while let Ok(Some(line)) = lines.next().await {
        tracing::debug!(line = ampersand_agent::visible(&line), "codex");
        last = line;
    }
    last
}

fn not_set_up(error: &std::io::Error) -> Failure {
    Failure::new(
        "codex_not_set_up",
        format!("Codex could not be set up to answer: {error}."),
        "Make sure that the home folder can be written and has room, then send the message again.",
    )
}

fn not_launched(error: &LaunchError) -> Failure {
    let mut message = format!("Codex could not be started in the sandbox: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    Failure::new(error.code(), format!("{message}."), error.hint())
}

fn no_way() -> Failure {
    Failure::new(
        "login_needs_full_isolation",
        "Codex can be asked only where the sandbox is whole, and here it is reduced.",
        "`doctor` says what is missing of it; or choose a model with a key in the settings.",
    )
}
