//! The keychain as it is asked: for a bounded time, each key once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use crate::error::KeyError;
use crate::mask::mask;
use crate::secret::Secret;
use crate::store::Store;

/// How long a keychain may take to give a key out; it may be asking its owner to unlock it.
const GIVES_WITHIN: Duration = Duration::from_secs(20);

/// How long it may take to keep one, with its owner watching.
const TAKES_WITHIN: Duration = Duration::from_secs(60);

const LONGEST: usize = 16 * 1024;

/// The system's keychain. Copies share what they were told.
#[derive(Debug, Clone, Default)]
pub struct Keychain {
    store: Store,
    known: Arc<Mutex<HashMap<String, Secret>>>,
    limit: Option<Duration>,
}

impl Keychain {
    /// The system's. Nothing is asked yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The one on another bus than the session's.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub fn on_bus(mut self, address: &str) -> Self {
        self.store.bus = Some(address.to_owned());
        self
    }

    /// The same, with another limit on how long it may take.
    #[must_use]
    pub const fn within(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The key of that name. An answer is remembered, one that comes too late as well.
    pub async fn get(&self, name: &str) -> Result<Secret, KeyError> {
        let name = fit(name)?;
        if let Some(key) = self.known().get(&name) {
            return Ok(key.clone());
        }
        let keychain = self.clone();
        let asking = async move {
            let found = keychain.store.get(&name).await;
            let found = found.map_err(|why| KeyError::NoKeychain { why })?;
            let Some(key) = found.map(Secret::new).filter(|key| !key.is_empty()) else {
                return Err(KeyError::NotThere { name });
            };
            mask(&key);
            keychain.known().insert(name, key.clone());
            Ok(key)
        };
        self.bounded(asking, GIVES_WITHIN).await
    }

    /// Keeps a key under that name, in place of the one there was.
    pub async fn set(&self, name: &str, key: Secret) -> Result<(), KeyError> {
        let name = fit(name)?;
        let odd = |c: char| c.is_control() || c.is_whitespace();
        if key.is_empty() || key.expose().len() > LONGEST || key.expose().contains(odd) {
            let why = "what was given is no key";
            return Err(KeyError::Unfit { why });
        }
        mask(&key);
        let keychain = self.clone();
        let keeping = async move {
            let kept = keychain.store.set(&name, key.expose()).await;
            kept.map_err(|why| KeyError::NoKeychain { why })?;
            keychain.known().insert(name, key);
            Ok(())
        };
        self.bounded(keeping, TAKES_WITHIN).await
    }

    /// Forgets the key of that name.
    pub async fn remove(&self, name: &str) -> Result<(), KeyError> {
        let name = fit(name)?;
        self.known().remove(&name);
        let store = self.store.clone();
        let removing = async move {
            match store.remove(&name).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(KeyError::NotThere { name }),
                Err(why) => Err(KeyError::NoKeychain { why }),
            }
        };
        self.bounded(removing, TAKES_WITHIN).await
    }

    /// Nobody waits longer than the limit; the work goes on without them.
    async fn bounded<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, KeyError>> + Send + 'static,
        usual: Duration,
    ) -> Result<T, KeyError> {
        let after = self.limit.unwrap_or(usual);
        match timeout(after, tokio::spawn(work)).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => Err(KeyError::NoKeychain {
                why: "asking it failed".to_owned(),
            }),
            Err(_) => Err(KeyError::Silent { after }),
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Secret>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Names are shown, typed and handed to keychains of every kind.
fn fit(name: &str) -> Result<String, KeyError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if name.is_empty() || name.len() > 100 || !name.chars().all(plain) {
        let why = "that is no name for a key";
        return Err(KeyError::Unfit { why });
    }
    Ok(name.to_owned())
}
