//! From what the settings name to the key itself: the keychain first, and where it does not answer the environment, which
//! is said.

use ampersand_core::KeyPlace;

use crate::error::KeyError;
use crate::keychain::Keychain;
use crate::mask::mask;
use crate::secret::Secret;

/// A key, and what a person should know about where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The key.
    pub key: Secret,
    /// Words for a person, if it is not where it was said to be.
    pub notice: Option<String>,
}

/// Finds the key that stands at `place`. May take as long as the keychain's limit.
pub async fn resolve(place: &KeyPlace, keychain: &Keychain) -> Result<Resolved, KeyError> {
    match place {
        KeyPlace::Environment { variable } => {
            let key = from_environment(variable)?;
            Ok(Resolved { key, notice: None })
        }
        KeyPlace::Keychain { name, variable } => match keychain.get(name).await {
            Ok(key) => Ok(Resolved { key, notice: None }),
            Err(error @ KeyError::Unfit { .. }) => Err(error),
            Err(error) => {
                let variable = variable.as_deref().unwrap_or(name);
                // That it is not in the environment either is the lesser half of the truth.
                let key = from_environment(variable).map_err(|_| error.clone())?;
                let notice = format!(
                    "The key comes from {variable} in the environment, for this run only: {error}."
                );
                let notice = Some(notice);
                Ok(Resolved { key, notice })
            }
        },
    }
}

/// The key in a variable of our own environment.
pub fn from_environment(name: &str) -> Result<Secret, KeyError> {
    let value = std::env::var(name).map(Secret::new);
    match value {
        Ok(key) if !key.is_empty() => {
            mask(&key);
            Ok(key)
        }
        _ => Err(KeyError::NotSet {
            name: name.to_owned(),
        }),
    }
}
