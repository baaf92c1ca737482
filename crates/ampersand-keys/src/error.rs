//! Why there is no key.

use std::time::Duration;

use ampersand_core::Failure;

/// Why there is no key, or why it was not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The keychain answers, and has no key of that name.
    #[error("the keychain has no key named {name}")]
    NotThere {
        /// The key's name.
        name: String,
    },
    /// There is no keychain, or it says no.
    #[error("the keychain does not answer: {why}")]
    NoKeychain {
        /// Its own words.
        why: String,
    },
    /// It was asked and has not answered.
    #[error("the keychain has not answered within {} s", after.as_secs())]
    Silent {
        /// How long was waited.
        after: Duration,
    },
    /// The variable that was to hold the key does not.
    #[error("{name} is not set")]
    NotSet {
        /// The variable.
        name: String,
    },
    /// What was given is no key, or its name no name.
    #[error("{why}")]
    Unfit {
        /// What is wrong.
        why: &'static str,
    },
}

impl KeyError {
    /// A stable name for the failure.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotThere { .. } => "key_not_there",
            Self::NoKeychain { .. } => "no_keychain",
            Self::Silent { .. } => "keychain_silent",
            Self::NotSet { .. } => "no_key",
            Self::Unfit { .. } => "key_unfit",
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NotThere { name } => {
                format!("Put it there with `ampersand-cli key set {name}`.")
            }
            Self::NoKeychain { .. } => {
                "Start the system's keychain, or set the variable of the same name for this run."
                    .to_owned()
            }
            Self::Silent { .. } => {
                "It may be asking you to unlock it; or set the variable of the same name for this run."
                    .to_owned()
            }
            Self::NotSet { name } => format!("Set {name} and start Ampersand again."),
            Self::Unfit { .. } => {
                "A name is letters, digits, `_`, `-` and `.`; a key is one line without spaces."
                    .to_owned()
            }
        }
    }

    /// For a person; `who` needs the key.
    pub fn failure(&self, who: &str) -> Failure {
        Failure::new(
            self.code(),
            format!("{who} has no key: {self}."),
            self.hint(),
        )
    }
}
