//! How much of their accounts' windows agents have used, as they told it last. For as long as this process is there: nobody
//! knows what is used elsewhere in between.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ampersand_core::QuotaWindow;
use jiff::Timestamp;

/// By agent.
#[derive(Default)]
pub(crate) struct Quotas {
    told: Mutex<HashMap<String, Vec<QuotaWindow>>>,
}

impl Quotas {
    pub(crate) fn keep(&self, agent: &str, windows: Vec<QuotaWindow>) {
        self.told().insert(agent.to_owned(), windows);
    }

    /// What is known of an agent's windows. One that has begun anew since is not known any more.
    pub(crate) fn of(&self, agent: &str, now: Timestamp) -> Vec<QuotaWindow> {
        let mut windows = self.told().get(agent).cloned().unwrap_or_default();
        windows.retain(|window| window.resets_at.is_none_or(|at| at > now));
        windows
    }

    fn told(&self) -> MutexGuard<'_, HashMap<String, Vec<QuotaWindow>>> {
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
        quotas.keep("codex", vec![window(10), window(20)]);
        let known = |at| quotas.of("codex", Timestamp::from_second(at).unwrap());
        assert_eq!(known(5), [window(10), window(20)]);
        assert_eq!(known(10), [window(20)]);
        assert_eq!(quotas.of("claude", Timestamp::UNIX_EPOCH), []);
    }
}
