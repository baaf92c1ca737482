//! Reading and refreshing, one at a time: a token that refreshes is good for once, so that two of ours, or two programs of
//! ours, must never use the same.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ampersand_core::{AgentLoginSettings, QuotaWindow};
use ampersand_http::{Client, Headers, HttpError, Secret, Url};
use ampersand_keys::mask;
use ampersand_sandbox::Launcher;
use jiff::Timestamp;
use tokio::sync::OnceCell;

use crate::held::{Fresh, Held, unreadable};
use crate::{Account, LoginError, claude, codex, quota};

/// The most a file with a login holds.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The logins of this machine, as one program of ours uses them.
#[derive(Debug)]
pub struct Logins {
    /// Our own home, for the lock between our programs and for what runs with a login.
    pub(crate) root: PathBuf,
    /// Tokens a provider did not take.
    refused: Mutex<HashSet<String>>,
    one_at_a_time: tokio::sync::Mutex<()>,
    pub(crate) launcher: OnceCell<Launcher>,
}

impl Logins {
    /// For the home folder of ours that this is. Nothing is read yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            refused: Mutex::default(),
            one_at_a_time: tokio::sync::Mutex::default(),
            launcher: OnceCell::new(),
        }
    }

    /// The login as it can be used now, refreshed if it has to be. Cancel-safe: a refresh that began is carried out, as the
    /// tokens it brings come once.
    pub async fn fresh(
        self: &Arc<Self>,
        account: Account,
        set: &AgentLoginSettings,
    ) -> Result<Fresh, LoginError> {
        let file = account.file().ok_or(LoginError::NotLoggedIn { account })?;
        self.fresh_in(account, file, set).await
    }

    /// How much of its account's windows is used, as the provider says now; nothing for a key.
    pub async fn quota(
        self: &Arc<Self>,
        account: Account,
        set: &AgentLoginSettings,
    ) -> Result<Vec<QuotaWindow>, LoginError> {
        let fresh = self.fresh(account, set).await?;
        quota::read(&fresh, set).await
    }

    /// The provider did not take this login: it is refreshed before it is used again.
    pub fn was_refused(&self, login: &Fresh) {
        self.refused().insert(login.held.access.expose().to_owned());
    }

    async fn fresh_in(
        self: &Arc<Self>,
        whose: Account,
        file: PathBuf,
        set: &AgentLoginSettings,
    ) -> Result<Fresh, LoginError> {
        let held = read(whose, &file)?;
        if self.is_good(&held) {
            return Ok(Fresh { whose, held });
        }
        let (logins, set) = (Arc::clone(self), set.clone());
        let renewing = tokio::spawn(async move {
            let _one = logins.one_at_a_time.lock().await;
            let _ours = logins.lock().await;
            // Whoever was before us may have done it.
            let held = read(whose, &file)?;
            match logins.is_good(&held) {
                true => Ok(held),
                false => renew(whose, &file, &held, &set).await,
            }
        });
        let held = renewing
            .await
            .map_err(|error| unreadable(whose, error.to_string()))??;
        Ok(Fresh { whose, held })
    }

    fn is_good(&self, held: &Held) -> bool {
        let refused = held.refresh.is_some() && self.refused().contains(held.access.expose());
        held.is_fresh(Timestamp::now()) && !refused
    }

    fn refused(&self) -> MutexGuard<'_, HashSet<String>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps other programs of ours away for as long as it is held. Without it two might refresh at once; better that than
    /// none.
    async fn lock(&self) -> Option<File> {
        let path = self.root.join("logins.lock");
        let locking = tokio::task::spawn_blocking(move || -> io::Result<File> {
            let file = File::create(path)?;
            file.lock()?;
            Ok(file)
        });
        locking.await.ok()?.ok()
    }
}

fn read(account: Account, file: &Path) -> Result<Held, LoginError> {
    read_text(account, file).and_then(|text| parse(account, &text))
}

fn parse(account: Account, text: &str) -> Result<Held, LoginError> {
    let held = match account {
        Account::Codex => codex::read(text),
        Account::Claude => claude::read(text),
    }?;
    // Whatever goes wrong from here on, no log has it.
    mask(&held.access);
    held.refresh.iter().for_each(mask);
    Ok(held)
}

fn read_text(account: Account, file: &Path) -> Result<String, LoginError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => LoginError::NotLoggedIn { account },
        _ => unreadable(account, error.to_string()),
    };
    let length = fs::metadata(file).map_err(failed)?.len();
    if length > FILE_BYTES_MAX {
        return Err(unreadable(account, "it is far too large"));
    }
    fs::read_to_string(file).map_err(failed)
}

/// Asks for new tokens and writes them to where its program finds them. Its program may do the same at any moment: what it
/// wrote meanwhile counts.
async fn renew(
    account: Account,
    file: &Path,
    held: &Held,
    set: &AgentLoginSettings,
) -> Result<Held, LoginError> {
    let Some(refresh) = &held.refresh else {
        return Ok(held.clone());
    };
    let asks = match account {
        Account::Codex => codex::asks(refresh),
        Account::Claude => claude::asks(refresh, held.scopes.as_deref()),
    };
    let not_refreshed = |error: HttpError| LoginError::NotRefreshed { account, error };
    let url = set.token_url.as_deref().unwrap_or(account.token_url());
    let url = Url::parse(url).map_err(|_| {
        let why = "the address at which the login is refreshed is none".to_owned();
        not_refreshed(HttpError::Invalid { why })
    })?;
    tracing::info!(account = account.program(), "a login is refreshed");
    let client = Client::new().map_err(not_refreshed)?;
    let answer = match client.post_json(&url, &Headers::new(), &asks).await {
        Ok(answer) => answer,
        Err(error) => {
            let now = read(account, file)?;
            if now.access != held.access {
                return Ok(now);
            }
            return Err(match error {
                HttpError::Unauthorized { .. } => LoginError::Over { account },
                HttpError::Rejected { status: 400, .. } => LoginError::Over { account },
                error => not_refreshed(blotted(error, refresh)),
            });
        }
    };
    let text = read_text(account, file)?;
    let now = Timestamp::now();
    let renewed = match account {
        Account::Codex => codex::renewed(&text, &answer, now),
        Account::Claude => claude::renewed(&text, &answer, now),
    };
    let renewed =
        renewed.ok_or_else(|| unreadable(account, "the provider's answer has no token"))?;
    write(file, &renewed).map_err(|error| LoginError::NotWritten {
        account,
        why: error.to_string(),
    })?;
    parse(account, &renewed)
}

/// A server may say again what it was sent.
fn blotted(error: HttpError, refresh: &Secret) -> HttpError {
    match error {
        HttpError::Rejected { host, status, body } => HttpError::Rejected {
            body: refresh.redact(&body),
            host,
            status,
        },
        error => error,
    }
}

/// Whole or not at all, readable by its owner alone. Through a link it is what the link leads to.
fn write(file: &Path, text: &str) -> io::Result<()> {
    let file = dunce::canonicalize(file)?;
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    let mut new = tempfile::Builder::new()
        .prefix(".login-")
        .tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(&file).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests;
