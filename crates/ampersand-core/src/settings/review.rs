//! `[review]`: who reads finished work, and how far it goes back to its agent without a person.

use serde::Deserialize;

use crate::AgentKind;

/// Who reviews, and how far work goes back without a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewSettings {
    /// Who reads finished work; nobody unless set.
    pub agent: Option<AgentKind>,
    /// How often work goes back to its agent by itself.
    pub rounds: u32,
    /// Work of a task that used more tokens than this, reviews included, stays where it is.
    pub tokens: u64,
}

impl Default for ReviewSettings {
    fn default() -> Self {
        Self {
            agent: None,
            rounds: 2,
            tokens: 2_000_000,
        }
    }
}

/// The table as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ReviewTable {
    agent: Option<String>,
    rounds: Option<u32>,
    tokens: Option<u64>,
}

impl ReviewTable {
    /// The settings, or the key that is wrong and what is wrong with it. `is_there` knows the agents.
    pub(super) fn check(
        self,
        is_there: impl Fn(&AgentKind) -> bool,
    ) -> Result<ReviewSettings, (&'static str, &'static str)> {
        let agent = self.agent.as_deref().map(AgentKind::named);
        if agent.as_ref().is_some_and(|agent| !is_there(agent)) {
            return Err(("agent", "there is no agent of this name"));
        }
        let usual = ReviewSettings::default();
        let rounds = self.rounds.unwrap_or(usual.rounds);
        if rounds > ROUNDS_MAX {
            return Err(("rounds", "work goes back twenty times at most"));
        }
        Ok(ReviewSettings {
            agent,
            rounds,
            tokens: self.tokens.unwrap_or(usual.tokens),
        })
    }
}

/// More than that is no review but a loop.
const ROUNDS_MAX: u32 = 20;

#[cfg(test)]
mod tests {
    use crate::{AgentKind, Settings};

    #[test]
    fn nobody_reviews_unless_named_and_a_bad_name_is_told_with_its_line() {
        let review = |text: &str| Settings::parse(text).map(|settings| settings.review);
        let usual = review("").unwrap();
        assert_eq!((usual.agent, usual.rounds), (None, 2));
        let set = review("[review]\nagent = \"claude\"\nrounds = 0\ntokens = 5\n").unwrap();
        assert_eq!(set.agent, Some(AgentKind::named("claude")));
        assert_eq!((set.rounds, set.tokens), (0, 5));
        assert!(review("[review]\nagent = \"builtin\"\n").is_ok());
        for (text, line, key) in [
            ("[review]\nagent = \"nobody\"\n", 2, "agent"),
            ("[review]\nrounds = 21\n", 2, "rounds"),
            ("[review]\nround = 1\n", 2, "round"),
        ] {
            let error = review(text).unwrap_err();
            assert_eq!((error.line, error.key.as_str()), (line, key), "{error}");
        }
    }
}
