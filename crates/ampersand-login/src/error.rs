//! Why a login cannot be used.

use ampersand_core::{Failure, Obstacle, Outage};
use ampersand_http::HttpError;
use ampersand_model::ModelError;
use jiff::Timestamp;

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

    /// What it means for an attempt that needs the login: where the provider could not be asked, time may mend it; else a
    /// person has to log in.
    pub fn outage(&self, now: Timestamp) -> Outage {
        let passing = match self {
            Self::NotRefreshed { error, .. } => {
                ModelError::from_http(error.clone(), "").outage(now)
            }
            _ => None,
        };
        let (obstacle, until) = passing.map_or((Obstacle::Login, None), |outage| {
            (outage.obstacle, outage.until)
        });
        Outage {
            obstacle,
            failure: Failure::from(self),
            until,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_is_not_reached_is_waited_for_and_a_login_that_is_over_is_not() {
        let account = Account::Codex;
        let host = "auth.example".to_owned();
        let unreachable = HttpError::Unreachable { host: host.clone() };
        let busy = HttpError::Server {
            host: host.clone(),
            status: 500,
            body: String::new(),
        };
        let not_refreshed = |error| LoginError::NotRefreshed { account, error };
        for (error, obstacle) in [
            (not_refreshed(unreachable), Obstacle::Network),
            (not_refreshed(busy), Obstacle::Provider),
            (
                not_refreshed(HttpError::Unauthorized { host, status: 401 }),
                Obstacle::Login,
            ),
            (LoginError::Over { account }, Obstacle::Login),
            (LoginError::NotLoggedIn { account }, Obstacle::Login),
        ] {
            let outage = error.outage(Timestamp::UNIX_EPOCH);
            assert_eq!(outage.obstacle, obstacle, "{error}");
            assert_eq!(outage.failure.code, error.code());
        }
    }
}
