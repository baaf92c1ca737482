//! `[agents.NAME.reads_login]`: a login that cannot be kept from its agent, because nothing can be put in on the way. That the
//! table stands there is the person's consent.

use serde::Deserialize;

use crate::AgentKind;

/// Where Gemini CLI keeps its login, below the home folder.
const GEMINI_FILES: [&str; 2] = [".gemini/oauth_creds.json", ".gemini/google_accounts.json"];

/// What Gemini CLI asks with it, and where it refreshes it.
const GEMINI_HOSTS: [&str; 3] = [
    "cloudcode-pa.googleapis.com",
    "oauth2.googleapis.com",
    "www.googleapis.com",
];

/// Where OpenCode keeps its keys, below the home folder.
const OPENCODE_FILES: [&str; 1] = [".local/share/opencode/auth.json"];

/// How an agent uses a login that it reads. What is absent is what is known of the agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadsLoginSettings {
    /// The model's name, as the agent calls it; absent means what it uses by itself.
    pub model: Option<String>,
    /// The files that hold the login, below the person's home folder, `/` between names. Each attempt gets a copy, which is
    /// gone with it.
    pub files: Vec<String>,
    /// The hosts the login is good for: while it works the agent reaches them, and no person is asked.
    pub hosts: Vec<String>,
}

impl ReadsLoginSettings {
    /// The files of this agent's login.
    pub fn files(&self, agent: &str) -> Vec<String> {
        let known: &[&str] = match agent {
            "gemini" => &GEMINI_FILES,
            "opencode" => &OPENCODE_FILES,
            _ => &[],
        };
        or_known(&self.files, known)
    }

    /// The hosts of this agent's login.
    pub fn hosts(&self, agent: &str) -> Vec<String> {
        let known: &[&str] = match agent {
            "gemini" => &GEMINI_HOSTS,
            _ => &[],
        };
        or_known(&self.hosts, known)
    }

    /// What is wrong with it: the key and why.
    pub(super) fn problem(&self, agent: &str) -> Option<(&'static str, &'static str)> {
        if AgentKind::WITH_LOGIN.contains(&agent) {
            let why = "its login can be put in on the way: write login in place of reads_login";
            return Some(("reads_login", why));
        }
        let files = self.files(agent);
        if files.is_empty() {
            return Some(("reads_login", "the files of its login have to be named"));
        }
        if !files.iter().all(|file| is_below(file)) {
            return Some(("files", "a file below your home folder, without .."));
        }
        if self.hosts(agent).is_empty() {
            let why = "the hosts its login is good for have to be named";
            return Some(("reads_login", why));
        }
        None
    }
}

fn or_known(named: &[String], known: &[&str]) -> Vec<String> {
    match named {
        [] => known.iter().map(|name| (*name).to_owned()).collect(),
        named => named.to_vec(),
    }
}

/// Whether a path stays below where it begins, on every system.
fn is_below(path: &str) -> bool {
    let plain = |name: &str| !matches!(name, "" | "." | "..");
    path.split('/').all(plain) && !path.contains(['\\', ':', '\0'])
}

#[cfg(test)]
mod tests {
    use crate::Settings;

    #[test]
    fn what_is_known_of_an_agent_need_not_be_said() {
        let settings = Settings::parse("[agents.gemini.reads_login]\n").unwrap();
        let set = settings.agents.named["gemini"].reads_login.clone().unwrap();
        assert!(set.files("gemini")[0].ends_with("oauth_creds.json"));
        assert!(
            set.hosts("gemini")
                .contains(&"oauth2.googleapis.com".to_owned())
        );
        let text = "[agents.opencode.reads_login]\nhosts = [\"api.test\"]\nmodel = \"a/b\"\n";
        let settings = Settings::parse(text).unwrap();
        let set = settings.agents.named["opencode"]
            .reads_login
            .clone()
            .unwrap();
        assert_eq!(set.hosts("opencode"), ["api.test"]);
        assert_eq!(set.model.as_deref(), Some("a/b"));
    }

    #[test]
    fn a_login_that_could_lead_elsewhere_is_refused() {
        let files = |files: &str| format!("[agents.gemini.reads_login]\nfiles = [{files}]\n");
        for (text, key) in [
            ("[agents.codex.reads_login]\n".to_owned(), "reads_login"),
            ("[agents.opencode.reads_login]\n".to_owned(), "reads_login"),
            (files("\"../.ssh/id\""), "files"),
            (files("\"/etc/passwd\""), "files"),
            (files("'a\\..\\b'"), "files"),
            (files("'C:x'"), "files"),
            (
                "[agents.mine]\ncommand = [\"/x\"]\n[agents.mine.reads_login]\nhosts = [\"a.test\"]\n"
                    .to_owned(),
                "reads_login",
            ),
            (
                "[agents.gemini.reads_login]\n[agents.gemini.model]\nbase_url = \"http://x\"\nmodel = \"m\"\n"
                    .to_owned(),
                "gemini",
            ),
        ] {
            assert_eq!(Settings::parse(&text).unwrap_err().key, key, "{text}");
        }
    }
}
