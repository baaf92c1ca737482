//! How the orchestrator is reached and started; the local one here, others in tests and over remote shells.

use std::{
    ffi::OsString,
    fs,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use ampersand_core::{Failure, ModelSettings, Settings};
use ampersand_link::MeetingError;
use ampersand_process::{Spec, program, spawn_detached};
use ampersand_protocol::Home;
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

use super::step::STILL_THERE;

/// A stream of bytes in both directions.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A connection to an orchestrator.
pub type Wire = Box<dyn Duplex>;

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReached {
    /// Nobody listens: starting one may help.
    #[error("nobody listens")]
    Nobody,
    /// Connecting is refused, and starting one would not help.
    #[error("{0}")]
    Refused(Failure),
}

/// How an orchestrator is reached and started.
pub trait Connector: Send + Sync + 'static {
    /// Connects to the one that listens.
    fn connect(&self) -> BoxFuture<'_, Result<Wire, NotReached>>;

    /// Starts one. It is ready some time after this returned.
    fn start(&self) -> BoxFuture<'_, Result<(), Failure>>;

    /// What the one started last said before it died; `None` while it lives or if it said nothing.
    fn last_words(&self) -> Option<Failure>;
}

/// The orchestrator of a home on this machine.
pub(crate) struct Local {
    home: Home,
    program: Option<PathBuf>,
    /// Where its log ended before the newest start.
    log_began: AtomicU64,
}

impl Local {
    pub(crate) const fn new(home: Home, program: Option<PathBuf>) -> Self {
        Self {
            home,
            program,
            log_began: AtomicU64::new(0),
        }
    }

    fn log(&self) -> PathBuf {
        self.home.logs().join("orchestrator-errors.log")
    }

    async fn spawn(&self) -> Result<(), Failure> {
        let program = match &self.program {
            Some(program) => program.clone(),
            None => program::beside_us(PROGRAM).ok_or_else(missing)?,
        };
        let log = self.log();
        fs::create_dir_all(self.home.logs()).ok();
        let length = fs::metadata(&log).map_or(0, |found| found.len());
        self.log_began.store(length, Ordering::Relaxed);
        let mut spec = Spec::new(program)
            .arg("--home")
            .arg(self.home.root())
            .cwd(self.home.root());
        spec.env = environment(&self.home.settings());
        // Without a place for its words it is started all the same: they are for people only.
        let log = fs::exists(self.home.logs()).unwrap_or(false).then_some(log);
        match spawn_detached(spec, log.as_deref()).await {
            Ok(pid) => {
                tracing::info!(pid, "the orchestrator was started");
                Ok(())
            }
            Err(error) => {
                let why = std::error::Error::source(&error)
                    .map(|source| format!(": {source}"))
                    .unwrap_or_default();
                Err(cannot_start(&format!("{error}{why}."), error.hint()))
            }
        }
    }
}

impl Connector for Local {
    fn connect(&self) -> BoxFuture<'_, Result<Wire, NotReached>> {
        Box::pin(async {
            match ampersand_link::connect(&self.home).await {
                Ok(stream) => Ok(Box::new(stream) as Wire),
                Err(MeetingError::Nobody { .. }) => Err(NotReached::Nobody),
                Err(error) => Err(NotReached::Refused((&error).into())),
            }
        })
    }

    fn start(&self) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(self.spawn())
    }

    fn last_words(&self) -> Option<Failure> {
        let mut file = fs::File::open(self.log()).ok()?;
        let began = self.log_began.load(Ordering::Relaxed);
        file.seek(SeekFrom::Start(began)).ok()?;
        let mut text = String::new();
        file.take(WORDS_BYTES_MAX).read_to_string(&mut text).ok()?;
        let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
        match serde_json::from_str::<Failure>(line) {
            Ok(words) => Some(cannot_start(&words.message, &words.hint)),
            Err(_) if line.starts_with("another orchestrator") => Some(Failure::new(
                STILL_THERE,
                line,
                "It is leaving; wait a moment.",
            )),
            Err(_) => None,
        }
    }
}

const WORDS_BYTES_MAX: u64 = 64 * 1024;

fn cannot_start(why: &str, hint: &str) -> Failure {
    Failure::new(
        "orchestrator_cannot_start",
        format!("The background process cannot start. {why}"),
        hint,
    )
}

fn missing() -> Failure {
    cannot_start(
        &format!("There is no {PROGRAM} beside this program."),
        "Install Ampersand again, or build it with cargo xtask run.",
    )
}

const PROGRAM: &str = "ampersand-orchestrator";

/// What the orchestrator needs of our environment, keys named in the settings included. Nothing else is passed on,
/// because everything it has could reach an agent by mistake.
fn environment(settings: &Path) -> Vec<(OsString, OsString)> {
    let text = fs::read_to_string(settings).unwrap_or_default();
    let settings = Settings::parse(&text).unwrap_or_default();
    let keys = key_names(&settings);
    std::env::vars_os()
        .filter(|(name, _)| {
            name.to_str()
                .is_some_and(|name| is_needed(name) || keys.iter().any(|key| key == name))
        })
        .collect()
}

fn key_names(settings: &Settings) -> Vec<String> {
    let of_models = settings.models().filter_map(ModelSettings::key);
    let of_search = match &settings.web.search {
        Some(ampersand_core::SearchProvider::Brave { key }) => Some(key.clone()),
        _ => None,
    };
    let named = settings.agents.named.values();
    let of_agents = named.filter_map(|agent| agent.model.as_ref()?.key());
    let all = of_models.chain(of_search).chain(of_agents);
    all.map(|key| key.variable().to_owned()).collect()
}

fn is_needed(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "HOME",
        "PATH",
        "USER",
        "LOGNAME",
        "SHELL",
        "TMPDIR",
        "TMP",
        "TEMP",
        "LANG",
        "TZ",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "all_proxy",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        // Where compilers, interpreters and what they downloaded are.
        "BUN_INSTALL",
        "CARGO_HOME",
        "DENO_INSTALL",
        "GOPATH",
        "NVM_DIR",
        "PIP_FIND_LINKS",
        "PYENV_ROOT",
        "PYTHONUSERBASE",
        "RUSTUP_HOME",
        "UV_PYTHON_INSTALL_DIR",
        "VOLTA_HOME",
        "npm_config_cache",
        // Where agents' programs keep their logins.
        "CLAUDE_CONFIG_DIR",
        "CODEX_HOME",
        // Where the keychain is.
        "DBUS_SESSION_BUS_ADDRESS",
        // Without these nothing starts on Windows.
        "SystemRoot",
        "SYSTEMROOT",
        "USERPROFILE",
        "APPDATA",
        "LOCALAPPDATA",
        "ProgramData",
        "COMSPEC",
        "PATHEXT",
        "windir",
    ];
    const FAMILIES: &[&str] = &["XDG_", "LC_", "AMPERSAND_"];
    NAMES.contains(&name) || FAMILIES.iter().any(|family| name.starts_with(family))
}
