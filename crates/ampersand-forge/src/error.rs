//! Why a forge did not do or say what was asked of it.

use ampersand_core::{Failure, Forge};

/// Why a forge did not do or say what was asked of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ForgeError {
    /// Its program is not there.
    #[error("pull requests on {} are opened with {}, which is not installed", forge.shown(), forge.program())]
    NotInstalled {
        /// Whose.
        forge: Forge,
    },
    /// Nobody is logged in.
    #[error("nobody is logged in at {host} with {}", forge.program())]
    NotLoggedIn {
        /// Whose.
        forge: Forge,
        /// Where.
        host: String,
    },
    /// Whoever is logged in may not do that.
    #[error("{} does not let you do that: {said}", forge.shown())]
    NotAllowed {
        /// Whose.
        forge: Forge,
        /// What was said.
        said: String,
    },
    /// There is no such thing, or none that is shown.
    #[error("{} knows nothing of it: {said}", forge.shown())]
    NotFound {
        /// Whose.
        forge: Forge,
        /// What was said.
        said: String,
    },
    /// It was asked too often.
    #[error("{} asks to be left alone for a while: {said}", forge.shown())]
    Limited {
        /// Whose.
        forge: Forge,
        /// What was said.
        said: String,
    },
    /// It was not reached.
    #[error("{} was not reached: {said}", forge.shown())]
    Unreachable {
        /// Whose.
        forge: Forge,
        /// What was said.
        said: String,
    },
    /// Its answer makes no sense.
    #[error("what {} answered cannot be read: {why}", forge.program())]
    Unreadable {
        /// Whose.
        forge: Forge,
        /// Why.
        why: String,
    },
    /// Its program failed.
    #[error("{}'s program {} failed: {said}", forge.shown(), forge.program())]
    Failed {
        /// Whose.
        forge: Forge,
        /// What was said.
        said: String,
    },
}

impl ForgeError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotInstalled { .. } => "forge_not_installed",
            Self::NotLoggedIn { .. } => "forge_not_logged_in",
            Self::NotAllowed { .. } => "forge_not_allowed",
            Self::NotFound { .. } => "forge_not_found",
            Self::Limited { .. } => "forge_limited",
            Self::Unreachable { .. } => "forge_unreachable",
            Self::Unreadable { .. } => "forge_unreadable",
            Self::Failed { .. } => "forge_failed",
        }
    }

    /// What the person can do next.
    pub fn hint(&self) -> String {
        match self {
            Self::NotInstalled { forge } => format!(
                "Install {} and log in with `{} auth login`, or put the work on a branch and push that yourself.",
                forge.program(),
                forge.program()
            ),
            Self::NotLoggedIn { forge, host } => {
                format!("Log in: {} auth login --hostname {host}.", forge.program())
            }
            Self::NotAllowed { .. } => {
                "Ask for the right to, or log in as somebody who has it.".to_owned()
            }
            Self::NotFound { .. } => {
                "Check the remote's address, and that the branch to merge into exists there."
                    .to_owned()
            }
            Self::Limited { .. } | Self::Unreachable { .. } => {
                "It is tried again by itself.".to_owned()
            }
            Self::Unreadable { forge, .. } => format!("Bring {} up to date.", forge.program()),
            Self::Failed { forge, .. } => {
                format!(
                    "Try it by hand with {}, which may say more.",
                    forge.program()
                )
            }
        }
    }

    /// Whether it passes by itself.
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Limited { .. } | Self::Unreachable { .. })
    }
}

/// What the forge says of somebody. What is not known of somebody makes them a stranger; if it could not be asked, they are
/// asked about again with the next look, and nobody's words are lost.
pub(crate) fn said_of<T>(answer: Result<T, ForgeError>) -> Result<Option<T>, ForgeError> {
    match answer {
        Ok(said) => Ok(Some(said)),
        Err(error) if error.passes() => Err(error),
        Err(_) => Ok(None),
    }
}

impl From<ForgeError> for Failure {
    fn from(error: ForgeError) -> Self {
        let message = error.to_string();
        let mut letters = message.trim_end_matches('.').chars();
        let first = letters.next().map(|first| first.to_uppercase());
        let message = first
            .into_iter()
            .flatten()
            .chain(letters)
            .collect::<String>();
        Self::new(error.code(), format!("{message}."), error.hint())
    }
}
