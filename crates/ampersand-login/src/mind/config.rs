//! What Codex is set up with when it only thinks: its own tools, instructions and reports off, no environment to act in, and
//! a stand-in for the login, which is put in on the way.

use std::path::Path;

use ampersand_agent::codex_stand_in;
use ampersand_agent::home::{self, HomeFile};

/// Where it looks for its login.
const LOGIN: &str = "auth.json";

/// What its key is called where the login is a key; there is nothing in it.
const KEY: &str = "AMPERSAND_MODEL_KEY";

/// Writes its folder. `plan` is the account's; `None` for a key.
pub(super) fn write(folder: &Path, origin: &str, plan: Option<&str>) -> std::io::Result<()> {
    let config = HomeFile::new("config.toml", config(origin, plan.is_some()));
    home::put(folder, &[config])?;
    match plan {
        Some(plan) => home::put(folder, &[HomeFile::new(LOGIN, codex_stand_in(plan))]),
        None => home::take(folder, &[LOGIN.to_owned()]),
    }
}

pub(super) fn env(folder: &Path) -> Vec<(String, String)> {
    let folder = folder.display().to_string();
    vec![
        ("CODEX_HOME".to_owned(), folder.clone()),
        ("HOME".to_owned(), folder),
        (KEY.to_owned(), "none".to_owned()),
    ]
}

fn config(origin: &str, is_account: bool) -> String {
    // TOML takes a JSON string for what it is.
    let text = |text: String| serde_json::Value::from(text).to_string();
    let base_url = text(format!("{origin}/v1"));
    let backend = text(format!("{origin}/backend-api"));
    let login = match is_account {
        true => "requires_openai_auth = true".to_owned(),
        false => format!("env_key = \"{KEY}\""),
    };
    format!(
        r#"model_provider = "ampersand"
chatgpt_base_url = {backend}
cli_auth_credentials_store = "file"
approval_policy = "never"
sandbox_mode = "read-only"
web_search = "disabled"
project_doc_max_bytes = 0
check_for_update_on_startup = false
include_permissions_instructions = false
include_environment_context = false
include_apps_instructions = false
include_collaboration_mode_instructions = false

[model_providers.ampersand]
name = "Ampersand"
base_url = {base_url}
wire_api = "responses"
{login}
request_max_retries = 2
stream_max_retries = 0

[skills]
include_instructions = false
bundled = {{ enabled = false }}

[tools]
update_plan = {{ enabled = false }}
experimental_request_user_input = {{ enabled = false }}

[features]
apps = false
browser_use = false
computer_use = false
goals = false
hooks = false
image_generation = false
plugins = false
shell_tool = false
skill_search = false
sleep_tool = false
tool_suggest = false
view_image = false

[history]
persistence = "none"

[agents]
enabled = false

[analytics]
enabled = false
"#
    )
}
