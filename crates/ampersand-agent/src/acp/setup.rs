//! How each known agent is started: arguments, variables, and the few files it has to find in its home.

use std::ffi::OsString;

use ampersand_core::Failure;
use serde_json::{Value, json};

use crate::assignment::{Vendor, VendorModel};
use crate::home::{self, HomeFile};

/// What a key is; the real one is put in on the way to the model.
const NO_KEY: &str = "none";

/// The program with its arguments. An agent only the settings know brings its own.
pub(super) fn argv(vendor: &Vendor) -> Vec<OsString> {
    let mut argv = vendor.program.clone();
    match vendor.name.as_str() {
        "gemini" => {
            argv.extend(["--acp", "-m"].map(OsString::from));
            argv.push(vendor.model.model.clone().into());
        }
        "opencode" => argv.push("acp".into()),
        _ => {}
    }
    argv
}

/// Whether it can be believed when it says that it loads conversations again.
pub(super) fn reloads(name: &str) -> bool {
    // Gemini CLI says so and then does not know its own.
    name != "gemini"
}

/// Writes what it has to find, and says which variables it is started with.
pub(super) async fn prepare(vendor: &Vendor) -> Result<Vec<(String, String)>, Failure> {
    let home = vendor.home.display().to_string();
    let (own, config) = match vendor.name.as_str() {
        "claude" => (claude(vendor, home), None),
        "gemini" => {
            let config = (".gemini/settings.json", gemini_config());
            (gemini(vendor, home), Some(config))
        }
        "opencode" => {
            let config = ("opencode.json", opencode_config(vendor));
            (opencode(&home), Some(config))
        }
        _ => (vec![("HOME", home)], None),
    };
    let config = config.map(|(path, config)| HomeFile::new(path, config.to_string()));
    home::furnish(&vendor.home, config.into_iter().collect()).await?;
    let own = own
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    let origin = &vendor.model.origin;
    let set = vendor
        .env
        .iter()
        .map(|(name, value)| (name.clone(), value.replace("{base_url}", origin)));
    Ok(own.chain(set).collect())
}

fn claude(vendor: &Vendor, home: String) -> Vec<(&'static str, String)> {
    let VendorModel {
        origin,
        model,
        login,
    } = &vendor.model;
    let names = ["ANTHROPIC_MODEL", "ANTHROPIC_SMALL_FAST_MODEL"];
    // With an account it chooses by itself, unless one was set.
    let names = names.map(|name| (name, model.clone()));
    let named = names.into_iter().filter(|_| !model.is_empty());
    let key = match login {
        Some(_) => "CLAUDE_CODE_OAUTH_TOKEN",
        None => "ANTHROPIC_API_KEY",
    };
    let own = [
        ("ANTHROPIC_BASE_URL", origin.clone()),
        (key, NO_KEY.to_owned()),
        ("CLAUDE_CONFIG_DIR", home),
        ("DISABLE_AUTOUPDATER", "1".to_owned()),
        ("DISABLE_TELEMETRY", "1".to_owned()),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1".to_owned()),
        // It is in ours.
        ("IS_SANDBOX", "1".to_owned()),
    ];
    own.into_iter().chain(named).collect()
}

fn gemini(vendor: &Vendor, home: String) -> Vec<(&'static str, String)> {
    vec![
        ("GEMINI_API_KEY", NO_KEY.to_owned()),
        ("GOOGLE_GEMINI_BASE_URL", vendor.model.origin.clone()),
        ("GEMINI_CLI_HOME", home.clone()),
        // Else it starts itself a second time, for a setting that is not set.
        ("GEMINI_CLI_NO_RELAUNCH", "true".to_owned()),
        ("HOME", home),
    ]
}

fn gemini_config() -> Value {
    json!({
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "general": {"disableAutoUpdate": true},
        "privacy": {"usageStatisticsEnabled": false},
        // Its own agents: what they do is not told.
        "tools": {"exclude": ["invoke_agent"]},
    })
}

fn opencode(home: &str) -> Vec<(&'static str, String)> {
    vec![
        ("OPENCODE_CONFIG", format!("{home}/opencode.json")),
        ("OPENCODE_DISABLE_MODELS_FETCH", "1".to_owned()),
        ("OPENCODE_DISABLE_AUTOUPDATE", "1".to_owned()),
        ("HOME", home.to_owned()),
        ("XDG_DATA_HOME", format!("{home}/data")),
        ("XDG_CACHE_HOME", format!("{home}/cache")),
        ("XDG_CONFIG_HOME", format!("{home}/config")),
        ("XDG_STATE_HOME", format!("{home}/state")),
    ]
}

fn opencode_config(vendor: &Vendor) -> Value {
    let VendorModel { origin, model, .. } = &vendor.model;
    json!({
        "model": format!("ampersand/{model}"),
        "small_model": format!("ampersand/{model}"),
        "autoupdate": false,
        "share": "disabled",
        // Its own agents stay off: what one of them asks is put to nobody, and it waits for ever.
        "permission": {"edit": "ask", "bash": "ask", "task": "deny"},
        // A request of its own for a name that nobody sees.
        "agent": {"title": {"disable": true}},
        "provider": {"ampersand": {
            "npm": "@ai-sdk/openai-compatible",
            "options": {"baseURL": format!("{origin}/v1"), "apiKey": NO_KEY},
            "models": {model.clone(): {}},
        }},
    })
}
