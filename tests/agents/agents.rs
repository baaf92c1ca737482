//! Runtime by verb. What is declared of an agent is seen here, or the test fails.

mod codex;
mod together;
mod verbs;

use ampersand_core::AgentKind;
use ampersand_testkit::model_server::{Reply, When};
use serde_json::json;

/// An agent, as a script has to know it.
#[derive(Clone, Copy)]
struct Actor {
    name: &'static str,
    /// Its tool for commands.
    shell: &'static str,
}

const CODEX: Actor = Actor {
    name: "codex",
    shell: "exec_command",
};

const CLAUDE: Actor = Actor {
    name: "claude",
    shell: "Bash",
};

impl Actor {
    fn kind(self) -> AgentKind {
        AgentKind::named(self.name)
    }

    /// The model has it run a command.
    fn runs(self, line: &str) -> Reply {
        let arguments = match self.shell {
            "exec_command" => json!({"cmd": line, "yield_time_ms": 30_000}),
            _ => json!({"command": line, "description": "run it"}),
        };
        Reply::calls(self.shell, arguments)
    }

    /// When the person's newest words hold this. Requests on the side offer no tools and are not meant.
    fn told(self, words: &str) -> When {
        When::user(words).with_tool(self.shell)
    }
}

/// A test for each agent and verb: `agents::codex_edits_and_runs`.
macro_rules! each {
    ($($verb:ident),* $(,)?) => {
        mod on_codex {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $verb() {
                super::verbs::$verb(super::CODEX).await;
            })*
        }
        mod on_claude {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $verb() {
                super::verbs::$verb(super::CLAUDE).await;
            })*
        }
    };
}

each!(
    edits_and_runs,
    asks_first,
    steers,
    pauses,
    resumes_after_kill,
    cancels,
    is_stopped_when_stuck,
);
