//! The login an agent uses, for as long as its way is served: put in on it, refreshed before it ends, and known to be no good
//! once the provider did not take it.

use std::sync::Arc;
use std::time::Duration;

use ampersand_core::{AgentLoginSettings, Failure, Obstacle, Outage, Settings};
use ampersand_http::egress::ModelRoute;
use ampersand_login::{Account, Fresh, Logins};
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

/// After a refresh that failed. What there is may still serve for minutes.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// Slept no longer at once: the machine may sleep too, and its clock go on.
const SLEEP_MOST: Duration = Duration::from_secs(60);

/// A login in use.
pub(super) struct Login {
    logins: Arc<Logins>,
    account: Account,
    set: AgentLoginSettings,
    fresh: Fresh,
    due: Option<Timestamp>,
}

impl Login {
    /// The login that the settings give this agent; `None` if they give it none.
    pub(super) async fn of(
        logins: &Arc<Logins>,
        name: &str,
        settings: &Settings,
    ) -> Result<Option<Self>, Failure> {
        let set = settings.agents.named.get(name);
        let set = set.and_then(|set| set.login.clone());
        let (Some(set), Some(account)) = (set, Account::of(name)) else {
            return Ok(None);
        };
        let fresh = logins.fresh(account, &set).await;
        let fresh = fresh.map_err(|error| Failure::from(&error))?;
        Ok(Some(Self {
            logins: Arc::clone(logins),
            account,
            set,
            due: fresh.due(),
            fresh,
        }))
    }

    /// The way to the model, with the login as it is now.
    pub(super) fn route(&self) -> Result<ModelRoute, Failure> {
        self.fresh.route(&self.set)
    }

    pub(super) fn plan(&self) -> Option<&str> {
        self.fresh.plan()
    }

    pub(super) fn model(&self) -> String {
        self.set.model.clone().unwrap_or_default()
    }

    /// Waits until it has to be refreshed; for ever if it has not. Cancel-safe.
    pub(super) async fn until_due(&self) {
        let Some(due) = self.due else {
            return std::future::pending().await;
        };
        while let Ok(left) = Duration::try_from(due.duration_since(Timestamp::now()))
            && !left.is_zero()
        {
            sleep(left.min(SLEEP_MOST)).await;
        }
    }

    /// Refreshes it; the way to take from now on, if that worked.
    pub(super) async fn refresh(&mut self) -> Option<ModelRoute> {
        match self.logins.fresh(self.account, &self.set).await {
            Ok(fresh) => {
                self.due = fresh.due();
                self.fresh = fresh;
                self.route().ok()
            }
            Err(error) => {
                tracing::warn!(%error, "a login in use was not refreshed");
                self.due = Timestamp::now().checked_add(AGAIN_AFTER).ok();
                None
            }
        }
    }

    /// The provider did not take it: it is refreshed before it is used again, and that is tried once.
    pub(super) fn was_refused(&self, host: &str, now: Timestamp) -> Outage {
        self.logins.was_refused(&self.fresh);
        let (program, log_in) = (self.account.program(), self.account.log_in());
        let (until, hint) = match self.fresh.is_renewable() {
            true => (
                Some(now),
                format!(
                    "Once, a refreshed one is tried by itself. If this stays, log in again with {log_in}, then resume the task."
                ),
            ),
            false => (
                None,
                format!("Log in again with {log_in}, then resume the task."),
            ),
        };
        let message = format!("{host} does not accept the login of {program}.");
        Outage {
            obstacle: Obstacle::Login,
            failure: Failure::new("login_refused", message, hint),
            until,
        }
    }
}
