//! Keychains that are asked by a call that blocks: each on a thread of its own, which may be left behind.

use keyring_core::{Entry, Error};
use tokio::sync::oneshot;

use super::SERVICE;

#[derive(Debug, Clone, Default)]
pub(crate) struct Store;

impl Store {
    pub(crate) async fn get(&self, name: &str) -> Result<Option<String>, String> {
        let got = on_its_own(name, |entry| entry.get_password()).await?;
        Ok(got)
    }

    pub(crate) async fn set(&self, name: &str, key: &str) -> Result<(), String> {
        let key = key.to_owned();
        on_its_own(name, move |entry| entry.set_password(&key)).await?;
        Ok(())
    }

    pub(crate) async fn remove(&self, name: &str) -> Result<bool, String> {
        let removed = on_its_own(name, |entry| entry.delete_credential()).await?;
        Ok(removed.is_some())
    }
}

#[cfg(target_os = "macos")]
fn entry(name: &str) -> Result<Entry, Error> {
    use keyring_core::api::CredentialStoreApi;
    apple_native_keyring_store::keychain::Store::new()?.build(SERVICE, name, None)
}

#[cfg(windows)]
fn entry(name: &str) -> Result<Entry, Error> {
    use keyring_core::api::CredentialStoreApi;
    windows_native_keyring_store::Store::new()?.build(SERVICE, name, None)
}

/// Nothing where there is no such entry.
async fn on_its_own<T: Send + 'static>(
    name: &str,
    work: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
) -> Result<Option<T>, String> {
    let (tell, told) = oneshot::channel();
    let name = name.to_owned();
    let asking = move || {
        let said = match entry(&name).and_then(|entry| work(&entry)) {
            Ok(done) => Ok(Some(done)),
            Err(Error::NoEntry) => Ok(None),
            // Its words would quote what was to be a key.
            Err(Error::BadEncoding(_) | Error::BadDataFormat(..)) => {
                Err("what it holds under that name is no key".to_owned())
            }
            Err(other) => Err(other.to_string()),
        };
        // Whoever asked may have given up.
        tell.send(said).ok();
    };
    std::thread::Builder::new()
        .name("keychain".to_owned())
        .spawn(asking)
        .map_err(|error| error.to_string())?;
    told.await
        .unwrap_or_else(|_| Err("asking it failed".to_owned()))
}
