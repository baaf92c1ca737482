//! Why a login cannot be used.

use ampersand_core::Failure;
use ampersand_http::HttpError;

use crate::Account;

/// Why a login cannot be used. No token is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// There is none.
    #[error("{} is not logged in", .account.program())]
    NotLoggedIn {
        /// Whose.
        account: Account,
    },
    /// What its program keeps is something we do not know.
    #[error("the login that {} keeps cannot be read: {why}", .account.program())]
    Unreadable {
        /// Whose.
        account: Account,
        /// What is wrong with it.
        why: String,
    },
    /// The provider does not give new tokens for it.
    #[error("the login of {} is over", .account.program())]
    Over {
        /// Whose.
        account: Account,
    },
    /// The provider could not be asked for new tokens.
    #[error("the login of {} could not be refreshed", .account.program())]
    NotRefreshed {
        /// Whose.
        account: Account,
        /// Why.
        error: HttpError,
    },
    /// The provider does not say how much is used.
    #[error("how much of the account of {} is used was not told", .account.program())]
    NoQuota {
        /// Whose.
        account: Account,
        /// Why.
        error: HttpError,
    },
    /// New tokens came and could not be written to where its program looks for them.
    #[error("the refreshed login of {} could not be written: {why}", .account.program())]
    NotWritten {
        /// Whose.
        account: Account,
        /// The system's answer.
        why: String,
    },
}

impl LoginError {
    /// Stable, snake_case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotLoggedIn { .. } => "login_missing",
            Self::Unreadable { .. } => "login_unreadable",
            Self::Over { .. } => "login_over",
            Self::NotRefreshed { .. } => "login_not_refreshed",
            Self::NoQuota { .. } => "no_quota",
            Self::NotWritten { .. } => "login_not_written",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::NotLoggedIn { account }
            | Self::Unreadable { account, .. }
            | Self::Over { account } => format!("Log in again with {}.", account.log_in()),
            Self::NotRefreshed { error, .. } | Self::NoQuota { error, .. } => {
                error.hint().to_owned()
            }
            Self::NotWritten { account, .. } => format!(
                "Make sure that its folder can be written and has room; then log in again with {}.",
                account.log_in()
            ),
        }
    }
}

impl From<&LoginError> for Failure {
    fn from(error: &LoginError) -> Self {
        let mut words = error.to_string();
        if let Some(first) = words.get(..1).map(str::to_uppercase) {
            words.replace_range(..1, &first);
        }
        if let LoginError::NotRefreshed { error, .. } | LoginError::NoQuota { error, .. } = error {
            words = format!("{words}: {error}");
        }
        Self::new(error.code(), format!("{words}."), error.hint())
    }
}
