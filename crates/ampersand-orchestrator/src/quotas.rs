//! How much of their accounts' windows agents have used, as they told it last, or as the provider was asked where a login
//! is used. For as long as this process is there: nobody knows what is used elsewhere in between.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ampersand_core::{QuotaWindow, Settings};
use ampersand_login::{Account, Logins};
use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

/// What was told longer ago is asked about again, where anybody can be asked.
const OLD: SignedDuration = SignedDuration::from_mins(1);

/// How long a provider is waited for: what is shown and what is started must not hang on it.
const PATIENCE: Duration = Duration::from_secs(5);

/// By agent.
#[derive(Default)]
pub(crate) struct Quotas {
    told: Mutex<HashMap<String, Told>>,
}

struct Told {
    windows: Vec<QuotaWindow>,
    at: Timestamp,
}

impl Quotas {
    pub(crate) fn keep(&self, agent: &str, windows: Vec<QuotaWindow>, at: Timestamp) {
        self.told().insert(agent.to_owned(), Told { windows, at });
    }

    /// What is known of an agent's windows. One that has begun anew since is not known any more.
    pub(crate) fn of(&self, agent: &str, now: Timestamp) -> Vec<QuotaWindow> {
        let told = self.told();
        let windows = told.get(agent).map(|told| told.windows.as_slice());
        let known = windows.unwrap_or_default().iter();
        known
            .filter(|window| window.resets_at.is_none_or(|at| at > now))
            .cloned()
            .collect()
    }

    /// The same, asked anew of the provider where the agent uses a login and what is known is old. A provider that says
    /// nothing changes nothing.
    pub(crate) async fn asked(
        &self,
        agent: &str,
        settings: &Settings,
        logins: &Arc<Logins>,
    ) -> Vec<QuotaWindow> {
        let set = settings.agents.named.get(agent);
        let login = set.and_then(|set| set.login.as_ref());
        if let (Some(set), Some(account)) = (login, Account::of(agent))
            && self.is_old(agent, Timestamp::now())
        {
            match timeout(PATIENCE, logins.quota(account, set)).await {
                Ok(Ok(windows)) => self.keep(agent, windows, Timestamp::now()),
                Ok(Err(error)) => tracing::info!(%error, "an account was not told of"),
                Err(_) => tracing::info!(agent, "an account was not told of in time"),
            }
        }
        self.of(agent, Timestamp::now())
    }

    fn is_old(&self, agent: &str, now: Timestamp) -> bool {
        let told = self.told();
        told.get(agent)
            .is_none_or(|told| now.duration_since(told.at) > OLD)
    }

    fn told(&self) -> MutexGuard<'_, HashMap<String, Told>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_known_until_it_begins_anew() {
        let window = |at| QuotaWindow {
            used_percent: 40,
            minutes: None,
            resets_at: Timestamp::from_second(at).ok(),
        };
        let quotas = Quotas::default();
        let at = |at| Timestamp::from_second(at).unwrap();
        quotas.keep("codex", vec![window(10), window(20)], at(0));
        let known = |at| quotas.of("codex", Timestamp::from_second(at).unwrap());
        assert_eq!(known(5), [window(10), window(20)]);
        assert_eq!(known(10), [window(20)]);
        assert_eq!(quotas.of("claude", Timestamp::UNIX_EPOCH), []);
        let old = |agent, now| quotas.is_old(agent, at(now));
        assert_eq!(
            [old("codex", 60), old("codex", 61), old("claude", 0)],
            [false, true, true]
        );
    }
}
