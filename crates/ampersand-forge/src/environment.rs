//! What a forge's program is given of our environment: where it keeps its own, how it reaches the network, and that nobody
//! is there to be asked anything.

use std::ffi::OsString;

use ampersand_core::RemoteUrl;
use ampersand_process::program::directories;

/// Taken over where they are set.
const TAKEN: [&str; 32] = [
    "HOME",
    "USER",
    "LOGNAME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AUTH_SOCK",
    "GH_CONFIG_DIR",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "GLAB_CONFIG_DIR",
    "GITLAB_TOKEN",
    "GITLAB_ACCESS_TOKEN",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "SystemRoot",
    "TEMP",
    "TMP",
    "TMPDIR",
    "ProgramData",
];

/// Nobody answers, nothing is paged, nothing is drawn, nothing is fetched or told behind the person's back.
const FIXED: [(&str, &str); 17] = [
    ("LC_ALL", "C"),
    ("NO_COLOR", "1"),
    ("CLICOLOR", "0"),
    ("PAGER", "cat"),
    ("EDITOR", "false"),
    ("VISUAL", "false"),
    ("BROWSER", "false"),
    ("GH_PAGER", "cat"),
    ("GH_PROMPT_DISABLED", "1"),
    ("GH_NO_UPDATE_NOTIFIER", "1"),
    ("GH_NO_EXTENSION_UPDATE_NOTIFIER", "1"),
    ("GH_SPINNER_DISABLED", "1"),
    ("NO_PROMPT", "1"),
    ("GLAB_NO_PROMPT", "1"),
    ("GLAB_CHECK_UPDATE", "false"),
    ("GLAB_SEND_TELEMETRY", "false"),
    ("GIT_TERMINAL_PROMPT", "0"),
];

pub(crate) fn environment(url: &RemoteUrl) -> Vec<(OsString, OsString)> {
    let taken = TAKEN.iter().filter_map(|name| {
        let value = std::env::var_os(name)?;
        Some((OsString::from(name), value))
    });
    let fixed = FIXED
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let mut found: Vec<(OsString, OsString)> = taken.chain(fixed).collect();
    // They start git at times: the system's, whatever the person's path leads to.
    if let Ok(path) = std::env::join_paths(directories()) {
        found.push(("PATH".into(), path));
    }
    if !url.host().is_empty() {
        found.push(("GITLAB_HOST".into(), url.host().into()));
        found.push(("GH_HOST".into(), url.host().into()));
    }
    found
}
