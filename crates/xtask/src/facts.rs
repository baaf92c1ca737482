//! What is declared of each agent, in the words in which README's table and the journey `agents` show it.

use ampersand_core::{AgentFacts, AgentKind, Steers};

/// Agents whose own programs the tests run. What is declared of the rest is what their protocol and their makers say.
pub(crate) const RUN: [&str; 5] = ["builtin", "codex", "claude", "gemini", "opencode"];

/// One thing that is declared of every agent.
pub(crate) struct Fact {
    /// As it is called.
    pub(crate) name: &'static str,
    /// The test that holds an agent to it, in the module of each agent.
    pub(crate) test: &'static str,
    said: fn(&AgentFacts) -> &'static str,
}

/// All of them, in the order in which they are shown.
pub(crate) const FACTS: [Fact; 8] = [
    Fact {
        name: "steers",
        test: "steers",
        said: |facts| match facts.steers {
            Steers::Never => NO,
            Steers::AfterTurn => "after a turn",
            Steers::MidTurn => "mid turn",
        },
    },
    Fact {
        name: "usage",
        test: "edits_and_runs",
        said: |facts| yes(facts.usage),
    },
    Fact {
        name: "cost",
        test: "cost",
        said: |facts| yes(facts.cost),
    },
    Fact {
        name: "resumes",
        test: "resumes_after_kill",
        said: |facts| yes(facts.resumes),
    },
    Fact {
        name: "rewinds",
        test: "rewinds",
        said: |facts| yes(facts.rewinds),
    },
    Fact {
        name: "cancel kills",
        test: "cancels",
        said: |facts| yes(facts.cancel_kills),
    },
    Fact {
        name: "subagents",
        test: "subagents",
        said: |facts| yes(facts.subagents),
    },
    Fact {
        name: "approvals",
        test: "asks_first",
        said: |facts| yes(facts.approvals),
    },
];

/// What is said of an agent that does not do something. It needs no test.
pub(crate) const NO: &str = "no";

const fn yes(is_so: bool) -> &'static str {
    if is_so { "yes" } else { NO }
}

impl Fact {
    /// What is declared of the agent of this name.
    pub(crate) fn of(&self, agent: &str) -> &'static str {
        (self.said)(&AgentKind::named(agent).facts())
    }
}

/// Our own agent and every one that is known by name.
pub(crate) fn agents() -> impl Iterator<Item = &'static str> {
    ["builtin"].into_iter().chain(AgentKind::KNOWN)
}

/// README's table.
pub(crate) fn table() -> String {
    let names = FACTS.map(|fact| fact.name).join(" | ");
    let mut table = format!("| agent | {names} | seen |\n");
    table.push_str(&"|---".repeat(FACTS.len() + 2));
    table.push_str("|\n");
    for agent in agents() {
        let cells = FACTS.map(|fact| fact.of(agent)).join(" | ");
        let seen = yes(RUN.contains(&agent));
        table.push_str(&format!("| `{agent}` | {cells} | {seen} |\n"));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_line_for_each_agent_and_a_column_for_each_fact() {
        let table = table();
        assert_eq!(table.lines().count(), 2 + agents().count());
        for line in table.lines() {
            assert_eq!(line.matches('|').count(), FACTS.len() + 3, "{line}");
        }
        assert!(RUN.iter().all(|agent| agents().any(|name| name == *agent)));
    }
}
