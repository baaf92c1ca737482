//! Where a key stands: never in the settings themselves.

/// Where a key stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the environment Ampersand is started with.
    Environment {
        /// The variable.
        variable: String,
    },
    /// In the system's keychain.
    Keychain {
        /// The name it was put there under.
        name: String,
        /// The variable that serves for one run where no keychain answers; the one of the same name unless set.
        variable: Option<String>,
    },
}

impl KeyPlace {
    /// From `api_key` and `api_key_env`; `None` where neither is set.
    pub(super) fn of(name: Option<&String>, variable: Option<&String>) -> Option<Self> {
        match (name, variable) {
            (Some(name), variable) => Some(Self::Keychain {
                name: name.clone(),
                variable: variable.cloned(),
            }),
            (None, Some(variable)) => Some(Self::Environment {
                variable: variable.clone(),
            }),
            (None, None) => None,
        }
    }

    /// The variable it may be taken from.
    pub fn variable(&self) -> &str {
        match self {
            Self::Environment { variable } => variable,
            Self::Keychain { name, variable } => variable.as_deref().unwrap_or(name),
        }
    }
}
