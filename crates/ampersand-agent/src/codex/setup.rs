//! What Codex is set up with: a home of its own with a configuration, and the variables it is started with.

use ampersand_core::{Failure, Role};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::assignment::{Vendor, VendorKey, VendorModel};
use crate::home::{self, HomeFile};

/// What its key is called; there is nothing in it, as the real one is put in on the way.
const KEY: &str = "AMPERSAND_MODEL_KEY";

/// Hours: a frozen agent that goes on must not ask for the same answer twice.
const IDLE_MS: u64 = 24 * 60 * 60 * 1000;

/// Writes its home. What it keeps there itself is left alone.
pub(super) async fn write(vendor: &Vendor) -> Result<(), Failure> {
    let mut files = vec![HomeFile::new("config.toml", config(vendor))];
    if let VendorKey::Login { plan } = &vendor.model.opens {
        files.push(HomeFile::new("auth.json", stand_in(plan)));
    }
    home::furnish(&vendor.home, files).await
}

/// What Codex finds where it looks for its login, made up so that it asks as the account would: tokens that open nothing and
/// never end. The real one is put in on the way.
pub fn stand_in(plan: &str) -> String {
    let claims = serde_json::json!({
        "exp": 4_102_444_800_u64,
        "email": "nobody@ampersand.invalid",
        "https://api.openai.com/auth": {
            "chatgpt_plan_type": plan,
            "chatgpt_account_id": "ampersand",
            "chatgpt_user_id": "ampersand",
        },
    });
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let token = format!(
        "{}.{}.{}",
        part(r#"{"alg":"none"}"#),
        part(&claims.to_string()),
        part("nobody")
    );
    let tokens = serde_json::json!({
        "id_token": token,
        "access_token": token,
        "refresh_token": "none",
        "account_id": "ampersand",
    });
    let kept = serde_json::json!({
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": null,
        "tokens": tokens,
        "last_refresh": jiff::Timestamp::now().to_string(),
    });
    kept.to_string()
}

fn config(vendor: &Vendor) -> String {
    // TOML takes a JSON string for what it is.
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let VendorModel {
        origin,
        model,
        opens,
    } = &vendor.model;
    let named = match model.is_empty() {
        true => String::new(),
        false => format!("model = {}\n", text(model)),
    };
    let base_url = text(&format!("{origin}/v1"));
    let backend = text(&format!("{origin}/backend-api"));
    let key = match opens {
        VendorKey::Login { .. } => "requires_openai_auth = true".to_owned(),
        VendorKey::Key | VendorKey::ReadsLogin(_) => format!("env_key = \"{KEY}\""),
    };
    format!(
        r#"{named}model_provider = "ampersand"
chatgpt_base_url = {backend}
cli_auth_credentials_store = "file"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[model_providers.ampersand]
name = "Ampersand"
base_url = {base_url}
{key}
wire_api = "responses"
stream_idle_timeout_ms = {IDLE_MS}
stream_max_retries = 0

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
