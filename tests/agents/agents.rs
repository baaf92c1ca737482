//! Runtime by verb. What is declared of an agent is seen here, or the test fails.

mod codex;
mod handed_over;
mod held_up;
mod paused;
mod subagents;
mod verbs;

use std::time::Duration;

use ampersand_core::AgentKind;
use ampersand_testkit::model_server::{Reply, When};
use serde_json::json;

/// An agent, as a script has to know it.
#[derive(Clone, Copy)]
pub(crate) struct Actor {
    pub(crate) name: &'static str,
    /// Its tool for commands.
    pub(crate) shell: &'static str,
}

const BUILTIN: Actor = Actor {
    name: "builtin",
    shell: "execute",
};

pub(crate) const CODEX: Actor = Actor {
    name: "codex",
    shell: "exec_command",
};

pub(crate) const CLAUDE: Actor = Actor {
    name: "claude",
    shell: "Bash",
};

pub(crate) const GEMINI: Actor = Actor {
    name: "gemini",
    shell: "run_shell_command",
};

pub(crate) const OPENCODE: Actor = Actor {
    name: "opencode",
    shell: "bash",
};

impl Actor {
    fn kind(self) -> AgentKind {
        AgentKind::named(self.name)
    }

    /// How long it may say nothing: longer than its start takes on a busy machine.
    fn silence(self) -> Duration {
        match self.name {
            "gemini" | "opencode" => Duration::from_secs(20),
            _ => Duration::from_secs(3),
        }
    }

    /// The model has it run a command.
    pub(crate) fn runs(self, line: &str) -> Reply {
        let arguments = match self.shell {
            "exec_command" => json!({"cmd": line, "yield_time_ms": 30_000}),
            "execute" => json!({"line": line}),
            _ => json!({"command": line, "description": "run it"}),
        };
        Reply::calls(self.shell, arguments)
    }

    /// The model has it write a new file by the tool it has for that.
    pub(crate) fn writes(self, path: &str, content: &str) -> Reply {
        match self.name {
            // It takes the command itself, before any shell does.
            "codex" => self.runs(&format!(
                "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: {path}\n+{content}\n*** End Patch\nEOF"
            )),
            "claude" => Reply::calls("Write", json!({"file_path": path, "content": content})),
            "gemini" => Reply::calls("write_file", json!({"file_path": path, "content": content})),
            "opencode" => Reply::calls("write", json!({"filePath": path, "content": content})),
            _ => Reply::calls("write", json!({"path": path, "content": content})),
        }
    }

    /// When the person's newest words hold this. Requests on the side offer no tools and are not meant.
    pub(crate) fn told(self, words: &str) -> When {
        When::user(words).with_tool(self.shell)
    }
}

/// A test for each agent and verb: `agents::on_codex::steers`.
macro_rules! each {
    ($on:ident, $actor:expr, $($of:ident::$verb:ident),* $(,)?) => {
        mod $on {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $verb() {
                super::$of::$verb($actor).await;
            })*
        }
    };
}

// Our own: what a model does to it, and when it is stuck, its crate's own tests show.
each!(
    on_builtin,
    super::BUILTIN,
    verbs::edits_and_runs,
    verbs::edits,
    verbs::cost,
    verbs::asks_first,
    verbs::steers,
    verbs::pauses,
    verbs::resumes_after_kill,
    paused::cancels,
    subagents::subagents,
    paused::for_long_ends_its_processes_and_resumes,
    paused::goes_on_after_the_orchestrator_was_killed,
);

each!(
    on_codex,
    super::CODEX,
    verbs::edits_and_runs,
    verbs::edits,
    verbs::cost,
    verbs::asks_first,
    verbs::steers,
    verbs::pauses,
    verbs::resumes_after_kill,
    verbs::rewinds,
    paused::cancels,
    verbs::is_stopped_when_stuck,
    subagents::subagents,
    paused::for_long_ends_its_processes_and_resumes,
    paused::has_no_file_of_the_persons_written_by_a_link_in_its_home,
    paused::goes_on_after_the_orchestrator_was_killed,
    held_up::waits_out_a_rate_limit,
    held_up::does_not_pay_twice_for_an_answer_that_broke_off,
    held_up::leaves_a_refused_key_to_the_person,
);

each!(
    on_claude,
    super::CLAUDE,
    verbs::edits_and_runs,
    verbs::edits,
    verbs::cost,
    verbs::asks_first,
    verbs::steers,
    verbs::pauses,
    verbs::resumes_after_kill,
    paused::cancels,
    verbs::is_stopped_when_stuck,
    subagents::subagents,
    paused::for_long_ends_its_processes_and_resumes,
    paused::goes_on_after_the_orchestrator_was_killed,
    held_up::waits_out_a_rate_limit,
    held_up::does_not_pay_twice_for_an_answer_that_broke_off,
    held_up::leaves_a_refused_key_to_the_person,
);

// It begins anew where it was killed, so there is no conversation to go on with.
each!(
    on_gemini,
    super::GEMINI,
    verbs::edits_and_runs,
    verbs::edits,
    verbs::cost,
    verbs::asks_first,
    verbs::steers,
    verbs::pauses,
    verbs::resumes_after_kill,
    paused::cancels,
    verbs::is_stopped_when_stuck,
    subagents::subagents,
    held_up::waits_out_a_rate_limit,
    held_up::does_not_pay_twice_for_an_answer_that_broke_off,
    held_up::leaves_a_refused_key_to_the_person,
);

each!(
    on_opencode,
    super::OPENCODE,
    verbs::edits_and_runs,
    verbs::edits,
    verbs::cost,
    verbs::asks_first,
    verbs::steers,
    verbs::pauses,
    verbs::resumes_after_kill,
    paused::cancels,
    verbs::is_stopped_when_stuck,
    subagents::subagents,
    paused::for_long_ends_its_processes_and_resumes,
    paused::goes_on_after_the_orchestrator_was_killed,
    paused::has_no_file_of_the_persons_written_by_a_link_in_its_home,
    held_up::waits_out_a_rate_limit,
    held_up::does_not_pay_twice_for_an_answer_that_broke_off,
    held_up::leaves_a_refused_key_to_the_person,
);
