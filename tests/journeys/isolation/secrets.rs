//! Cases 57, 61 and 62: secrets, our own files, and the keychain.

use super::stand::{NEVER, Outcomes, hold, hold_what_works_outside};

/// Names under which people keep keys.
pub(super) const NAMES: [&str; 40] = [
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "MISTRAL_API_KEY",
    "GROQ_API_KEY",
    "OPENROUTER_API_KEY",
    "DEEPSEEK_API_KEY",
    "XAI_API_KEY",
    "COHERE_API_KEY",
    "HF_TOKEN",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_OPENAI_API_KEY",
    "AZURE_CLIENT_SECRET",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "GITLAB_TOKEN",
    "BITBUCKET_TOKEN",
    "NPM_TOKEN",
    "NODE_AUTH_TOKEN",
    "CARGO_REGISTRY_TOKEN",
    "PYPI_TOKEN",
    "TWINE_PASSWORD",
    "DOCKER_PASSWORD",
    "DOCKER_AUTH_CONFIG",
    "SSH_AUTH_SOCK",
    "SSH_ASKPASS",
    "GPG_AGENT_INFO",
    "DATABASE_URL",
    "PGPASSWORD",
    "MYSQL_PWD",
    "REDIS_URL",
    "SLACK_TOKEN",
    "STRIPE_SECRET_KEY",
    "SENTRY_AUTH_TOKEN",
    "KUBECONFIG",
    "VAULT_TOKEN",
];

#[test]
fn case_57_no_variable_of_ours_is_passed_on() {
    let attempts: Vec<String> = NAMES
        .iter()
        .map(|name| format!("variable,{name}"))
        .collect();
    let mut all: Vec<(&str, Outcomes)> = attempts
        .iter()
        .map(|attempt| (attempt.as_str(), NEVER))
        .collect();
    all.push(("variable,UNHEARD_OF", NEVER));
    all.push(("secret_anywhere,{eldeen}", NEVER));
    hold(&all);
}

#[test]
fn case_61_our_own_files_are_out_of_reach() {
    hold(&[
        ("read,{out}/home/ampersand.toml", NEVER),
        ("append,{out}/home/ampersand.toml", NEVER),
        ("create,{out}/home/journal.db", NEVER),
        ("list,{out}/home", NEVER),
        ("list,{out}/home/sandbox", NEVER),
        ("unlink,{out}/home/ampersand.toml", NEVER),
        ("create,{out}/other/AGENTS.md", NEVER),
        ("append,{out}/other/file", NEVER),
    ]);
}

#[test]
fn case_62_no_keychain_answers() {
    hold_what_works_outside(&[
        (
            "read,{out}/person/.local/share/keyrings/login.keyring",
            NEVER,
        ),
        ("exec,{out}/person/bin/secret-tool", NEVER),
        ("local,{run}/socket", NEVER),
    ]);
    hold(&[
        ("keyctl", NEVER),
        ("add_key", NEVER),
        ("local,/run/user/0/bus", NEVER),
        ("local,/run/user/64321/bus", NEVER),
        ("local,/run/dbus/system_bus_socket", NEVER),
        ("exec,/usr/bin/secret-tool,lookup,service,ampersand", NEVER),
    ]);
}
