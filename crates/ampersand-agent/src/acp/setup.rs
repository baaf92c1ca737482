//! How each known agent is started: arguments, variables, and the few files it has to find in its home.

use std::ffi::OsString;

use ampersand_core::Failure;
use serde_json::{Value, json};

use crate::assignment::{Vendor, VendorKey, VendorModel};
use crate::home::{self, HomeFile};

/// What a key is; the real one is put in on the way to the model.
const NO_KEY: &str = "none";

/// The program with its arguments. An agent only the settings know brings its own.
pub(super) fn argv(vendor: &Vendor) -> Vec<OsString> {
    let mut argv = vendor.program.clone();
    match vendor.name.as_str() {
        "gemini" => {
            argv.push("--acp".into());
            if !vendor.model.model.is_empty() {
                argv.extend(["-m".into(), vendor.model.model.clone().into()]);
            }
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
            let config = (".gemini/settings.json", gemini_config(vendor));
            (gemini(vendor, home), Some(config))
        }
        "opencode" => {
            let config = ("opencode.json", opencode_config(vendor));
            (opencode(vendor, &home), Some(config))
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
        opens,
    } = &vendor.model;
    let names = ["ANTHROPIC_MODEL", "ANTHROPIC_SMALL_FAST_MODEL"];
    // With an account it chooses by itself, unless one was set.
    let names = names.map(|name| (name, model.clone()));
    let named = names.into_iter().filter(|_| !model.is_empty());
    let key = match opens {
        VendorKey::Login { .. } => "CLAUDE_CODE_OAUTH_TOKEN",
        VendorKey::Key | VendorKey::ReadsLogin(_) => "ANTHROPIC_API_KEY",
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
    let mut env = vec![
        ("GEMINI_CLI_HOME", home.clone()),
        // Else it starts itself a second time, for a setting that is not set.
        ("GEMINI_CLI_NO_RELAUNCH", "true".to_owned()),
        ("HOME", home),
    ];
    if !reads_login(vendor) {
        env.push(("GEMINI_API_KEY", NO_KEY.to_owned()));
        env.push(("GOOGLE_GEMINI_BASE_URL", vendor.model.origin.clone()));
    }
    env
}

const fn reads_login(vendor: &Vendor) -> bool {
    matches!(vendor.model.opens, VendorKey::ReadsLogin(_))
}

fn gemini_config(vendor: &Vendor) -> Value {
    let opens = match reads_login(vendor) {
        true => "oauth-personal",
        false => "gemini-api-key",
    };
    json!({
        "security": {"auth": {"selectedType": opens}},
        "general": {"disableAutoUpdate": true},
        "privacy": {"usageStatisticsEnabled": false},
        // Its own agents: what they do is not told.
        "tools": {"exclude": ["invoke_agent"]},
    })
}

fn opencode(vendor: &Vendor, home: &str) -> Vec<(&'static str, String)> {
    // Where it looks for a login, as it would in a home of the person's.
    let data = match reads_login(vendor) {
        true => ".local/share",
        false => "data",
    };
    vec![
        ("OPENCODE_CONFIG", format!("{home}/opencode.json")),
        ("OPENCODE_DISABLE_MODELS_FETCH", "1".to_owned()),
        ("OPENCODE_DISABLE_AUTOUPDATE", "1".to_owned()),
        ("HOME", home.to_owned()),
        ("XDG_DATA_HOME", format!("{home}/{data}")),
        ("XDG_CACHE_HOME", format!("{home}/cache")),
        ("XDG_CONFIG_HOME", format!("{home}/config")),
        ("XDG_STATE_HOME", format!("{home}/state")),
    ]
}

fn opencode_config(vendor: &Vendor) -> Value {
    let VendorModel { origin, model, .. } = &vendor.model;
    let mut config = json!({
        "autoupdate": false,
        "share": "disabled",
        // Its own agents stay off: what one of them asks is put to nobody, and it waits for ever.
        "permission": {"edit": "ask", "bash": "ask", "task": "deny"},
        // A request of its own for a name that nobody sees.
        "agent": {"title": {"disable": true}},
    });
    let named = match reads_login(vendor) {
        true => model.clone(),
        false => {
            config["provider"] = json!({"ampersand": {
                "npm": "@ai-sdk/openai-compatible",
                "options": {"baseURL": format!("{origin}/v1"), "apiKey": NO_KEY},
                "models": {model.clone(): {}},
            }});
            format!("ampersand/{model}")
        }
    };
    if !named.is_empty() {
        config["model"] = json!(named);
        config["small_model"] = json!(named);
    }
    config
}
