//! Which model is connected, from the settings file: read at the start and when it changes. A broken file leaves
//! the old values in force and says where it is broken.

use std::{
    fs, io,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use ampersand_core::{Api, Failure, KeyPlace, ModelSettings, Settings};
use ampersand_keys::{KeyError, Keychain, Secret, from_environment, resolve};
use ampersand_login::{CodexMind, Logins};
use ampersand_model::{Client, Endpoint, Mind, Model};

use crate::desk::Desk;

/// How often the file is looked at. Editors replace files in too many ways for watching to be worth it.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What is connected.
#[derive(Debug, Clone, Default)]
pub(crate) enum Connected {
    /// Nothing: commands only.
    #[default]
    Nothing,
    /// The keychain is being asked for its key.
    Asking(String),
    /// Something is set and cannot be used.
    Unusable(String, Failure),
    /// A model and how many tokens a request to it may hold.
    Model(Arc<dyn Mind>, u32),
}

impl Connected {
    /// What the settings ask for, without waiting for anybody.
    pub(crate) fn of(settings: &Settings, client: Option<&Client>, logins: &Arc<Logins>) -> Self {
        let Some(wanted) = &settings.controller else {
            return Self::Nothing;
        };
        if wanted.api == Api::Codex {
            return Self::Model(codex(settings, wanted, logins), wanted.context_tokens);
        }
        match wanted.key() {
            None => Self::with(wanted, client, Ok(None)),
            Some(KeyPlace::Environment { variable }) => {
                Self::with(wanted, client, from_environment(&variable).map(Some))
            }
            Some(KeyPlace::Keychain { .. }) => Self::Asking(wanted.model.clone()),
        }
    }

    /// The same once the keychain has answered, and what a person should know about where the key came from.
    pub(crate) async fn with_keychain(
        wanted: &ModelSettings,
        client: Option<&Client>,
        keychain: &Keychain,
    ) -> (Self, Option<String>) {
        let Some(place) = wanted.key() else {
            return (Self::with(wanted, client, Ok(None)), None);
        };
        match resolve(&place, keychain).await {
            Ok(resolved) => {
                let now = Self::with(wanted, client, Ok(Some(resolved.key)));
                (now, resolved.notice)
            }
            Err(error) => (Self::with(wanted, client, Err(error)), None),
        }
    }

    fn with(
        wanted: &ModelSettings,
        client: Option<&Client>,
        key: Result<Option<Secret>, KeyError>,
    ) -> Self {
        match model(wanted, client, key) {
            Ok(model) => Self::Model(Arc::new(model), wanted.context_tokens),
            Err(failure) => Self::Unusable(wanted.model.clone(), failure),
        }
    }

    /// The model's name; `None` if only commands work.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Asking(name) | Self::Unusable(name, _) => Some(name.clone()),
            Self::Model(model, _) => Some(model.name().to_owned()),
        }
    }
}

/// Codex, with the login that its program keeps. Whether there is one is known when it is asked.
fn codex(settings: &Settings, wanted: &ModelSettings, logins: &Arc<Logins>) -> Arc<dyn Mind> {
    let program = settings.agents.named.get("codex").cloned();
    let program = program.unwrap_or_default();
    let mut set = program.login.clone().unwrap_or_default();
    if !wanted.model.is_empty() {
        set.model = Some(wanted.model.clone());
    }
    Arc::new(CodexMind::new(Arc::clone(logins), program, set))
}

fn model(
    wanted: &ModelSettings,
    client: Option<&Client>,
    key: Result<Option<Secret>, KeyError>,
) -> Result<Model, Failure> {
    let key = key.map_err(|error| match error {
        KeyError::NotSet { name } => Failure::new(
            "model_key_missing",
            format!(
                "{} needs the key in {name}, which is not set.",
                wanted.model
            ),
            format!("Set {name} and start Ampersand again."),
        ),
        error => error.failure(&wanted.model),
    })?;
    let Some(client) = client else {
        return Err(Failure::new(
            "model_no_connections",
            "This system gives nothing to make connections with.",
            "Check the system's certificates, then start Ampersand again.",
        ));
    };
    let endpoint = Endpoint {
        api: wanted.api,
        base_url: wanted.base_url.clone(),
        model: wanted.model.clone(),
        key,
    };
    Model::new(client.clone(), endpoint).map_err(|error| Failure::from(&error))
}

/// Reads the file; one that does not exist means the defaults.
pub(crate) fn read(path: &Path) -> Result<Settings, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Settings::parse(&text)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Settings::default()),
        Err(error) => Err(Failure::new(
            "settings_unreadable",
            format!("{} cannot be read: {error}.", path.display()),
            "Make sure that you may read it; until then the values from before stay in force.",
        )),
    }
}

/// Edits the file as `edit` says, whole or not at all. Whoever looks after it takes it up.
pub(crate) fn edit(
    path: &Path,
    edit: impl FnOnce(&str) -> Result<String, Failure>,
) -> Result<Settings, Failure> {
    let unwritten = |error: io::Error| {
        Failure::new(
            "settings_not_written",
            format!("{} cannot be written: {error}.", path.display()),
            "Make sure that you may write it and that there is room.",
        )
    };
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritten(error)),
        read => read.unwrap_or_default(),
    };
    let text = edit(&text)?;
    let settings = Settings::parse(&text)?;
    // Through a link it is what the link leads to.
    let path = dunce::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let new = path.with_extension(format!("{}.new", std::process::id()));
    fs::write(&new, &text).map_err(unwritten)?;
    fs::rename(&new, &path).map_err(unwritten)?;
    Ok(settings)
}

/// What tells one version of the file from another.
pub(crate) type Mark = Option<(SystemTime, u64)>;

/// Which version of the file there is.
pub(crate) fn mark(path: &Path) -> Mark {
    let found = fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len()))
}

/// Looks after the file until this future is dropped. `read_at` was taken before it was read last.
pub(crate) async fn watch(desk: Arc<Desk>, read_at: Mark) {
    let path = desk.home.settings();
    let mut before = read_at;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = mark(&path);
        if now == before {
            continue;
        }
        before = now;
        match read(&path) {
            Ok(settings) => {
                desk.connect(&settings);
                desk.ask_keychain(&settings);
            }
            Err(failure) => desk.notice(None, failure).await,
        }
    }
}
