//! What Codex is set up with: a home of its own with a configuration, and the variables it is started with.

use ampersand_core::{Failure, Role};

use crate::assignment::Vendor;

/// What its key is called; there is nothing in it, as the real one is put in on the way.
const KEY: &str = "AMPERSAND_MODEL_KEY";

/// Hours: a frozen agent that goes on must not ask for the same answer twice.
const IDLE_MS: u64 = 24 * 60 * 60 * 1000;

/// Writes its home. What it keeps there itself is left alone.
pub(super) async fn write(vendor: &Vendor) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            "agent_home",
            format!(
                "The agent's folder {} cannot be written: {error}.",
                vendor.home.display()
            ),
            "Make sure that the home folder can be written and has room.",
        )
    };
    tokio::fs::create_dir_all(&vendor.home)
        .await
        .map_err(failed)?;
    let text = config(vendor);
    tokio::fs::write(vendor.home.join("config.toml"), text)
        .await
        .map_err(failed)
}

fn config(vendor: &Vendor) -> String {
    // TOML takes a JSON string for what it is.
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let model = text(&vendor.model.model);
    let base_url = text(&format!("{}/v1", vendor.model.origin));
    format!(
        r#"model = {model}
model_provider = "ampersand"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[model_providers.ampersand]
name = "Ampersand"
base_url = {base_url}
env_key = "{KEY}"
wire_api = "responses"
stream_idle_timeout_ms = {IDLE_MS}

[agents]
enabled = false

[analytics]
enabled = false
"#
    )
}

/// What it asks about. Our sandbox holds what it may do at all.
pub(super) const fn approval_policy(role: Role) -> &'static str {
    match role {
        Role::Default => "untrusted",
        Role::Explorer | Role::Worker => "never",
    }
}

pub(super) fn env(vendor: &Vendor) -> Vec<(String, String)> {
    let mut env = vec![
        ("CODEX_HOME".to_owned(), vendor.home.display().to_string()),
        (KEY.to_owned(), "none".to_owned()),
    ];
    env.extend(vendor.env.iter().cloned());
    env
}
