//! Parts of model scripts that several journeys share.

use ampersand_testkit::model_server::{Reply, When};
use serde_json::{Value, json};

/// A request of the controller's model: only it is offered this tool.
pub(crate) fn controller(user: &str) -> When {
    When::user(user).with_tool("dispatch")
}

/// A request of a built-in agent whose brief contains `brief`.
pub(crate) fn agent(brief: &str) -> When {
    When::any(brief).with_tool("report")
}

/// The controller dispatches these tasks.
pub(crate) fn dispatches(tasks: Value) -> Reply {
    Reply::calls(
        "dispatch",
        json!({ "reason": "as few as will do", "tasks": tasks }),
    )
}

/// An agent hands back this report.
pub(crate) fn reports(headline: &str) -> Reply {
    Reply::calls(
        "report",
        json!({ "headline": headline, "summary": headline, "findings": [] }),
    )
    .usage(1200, 34)
}

/// A brief for an agent, as the controller's model writes it.
pub(crate) fn brief(key: &str, title: &str, role: &str, text: &str) -> Value {
    json!({
        "key": key, "title": title, "role": role, "kind": "brief", "brief": text,
        "reason": "it was asked for", "after": [], "inputs": []
    })
}

/// A command that counts on until it is ended, and tries to get away from its tree.
pub(crate) const BUSY: &str = "setsid sh -c 'while :; do echo y >> far; sleep 0.02; done' & \
                               while :; do echo x >> near; sleep 0.02; done";
