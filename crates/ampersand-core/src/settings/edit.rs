//! What a click writes into the settings: single values and tables, with everything else left as the person wrote it.
//! What comes out is read again before it counts.

use crate::{AgentKind, Failure};

use super::{AgentSettings, Settings};

impl Settings {
    /// The file's text with the login of this agent's program in use: by its tasks, and by Codex as the model of the chat
    /// where none is set. Briefs go to it where nobody else could do them.
    pub fn with_login(text: &str, agent: &str) -> Result<String, Failure> {
        if !AgentKind::WITH_LOGIN.contains(&agent) {
            return Err(Failure::new(
                "login_not_usable",
                format!("The login of {agent} cannot be used by Ampersand."),
                format!("Set a model and a key under [agents.{agent}.model] instead."),
            ));
        }
        let is_there = |set: &AgentSettings| set.login.is_some();
        let (before, mut text) = with_table(text, agent, "login", is_there)?;
        if before.controller.is_none() && agent == "codex" {
            text = set(&text, "models.controller", "api", "\"codex\"");
        }
        with_briefs(&before, text, agent, is_there)
    }

    /// The file's text with the login of this agent's program given to the agent itself to read.
    pub fn with_read_login(text: &str, agent: &str) -> Result<String, Failure> {
        if !AgentKind::READS_LOGIN.contains(&agent) {
            return Err(Failure::new(
                "login_not_readable",
                format!("It is not known where {agent} keeps its login, or what it is good for."),
                format!(
                    "Name its files and hosts under [agents.{agent}.reads_login] in the settings."
                ),
            ));
        }
        let is_there = |set: &AgentSettings| set.reads_login.is_some();
        let (before, text) = with_table(text, agent, "reads_login", is_there)?;
        with_briefs(&before, text, agent, is_there)
    }

    /// The file's text with so much of every window of this agent's account kept for the person.
    pub fn with_kept(text: &str, agent: &str, percent: u8) -> Result<String, Failure> {
        Self::parse(text)?;
        let table = format!("agents.{agent}");
        let text = set(text, &table, "keep_percent", &percent.to_string());
        checked(text, |after| {
            let named = after.agents.named.get(agent);
            named.is_some_and(|set| set.keep_percent == percent)
        })
    }
}

/// What the settings were, and their text with this table of an agent's in it. An agent with a model needs no login.
fn with_table(
    text: &str,
    agent: &str,
    table: &str,
    is_there: impl Fn(&AgentSettings) -> bool,
) -> Result<(Settings, String), Failure> {
    let before = Settings::parse(text)?;
    let named = before.agents.named.get(agent);
    if named.is_some_and(|set| set.model.is_some()) {
        return Err(Failure::new(
            "login_model_set",
            format!("{agent} has a model in the settings already."),
            format!("Remove [agents.{agent}.model] from them to use the login instead."),
        ));
    }
    let text = match named.is_some_and(is_there) {
        true => text.to_owned(),
        false => appended(text, &format!("[agents.{agent}.{table}]")),
    };
    Ok((before, text))
}

/// The text with briefs given to this agent where nobody else could do them.
fn with_briefs(
    before: &Settings,
    mut text: String,
    agent: &str,
    is_there: impl Fn(&AgentSettings) -> bool,
) -> Result<String, Failure> {
    if before.worker.is_none() && before.agents.briefs.is_none() {
        text = set(&text, "agents", "briefs", &format!("\"{agent}\""));
    }
    checked(text, |after| {
        after.agents.named.get(agent).is_some_and(&is_there)
    })
}

/// The text, if it means what was wanted. A person may have written a table in a way that is not understood here.
fn checked(text: String, holds: impl Fn(&Settings) -> bool) -> Result<String, Failure> {
    match Settings::parse(&text) {
        Ok(after) if holds(&after) => Ok(text),
        Ok(_) | Err(_) => Err(Failure::new(
            "settings_not_edited",
            "The settings are written in a way that is not edited from here.",
            "Write it into the file yourself; the README says what belongs there.",
        )),
    }
}

/// The text with a key of a table set, in the place where it stands or under the table's head.
fn set(text: &str, table: &str, key: &str, value: &str) -> String {
    let line = format!("{key} = {value}");
    let head = format!("[{table}]");
    let mut lines: Vec<&str> = text.lines().collect();
    let Some(at) = lines.iter().position(|line| bare(line) == head) else {
        return appended(text, &format!("{head}\n{line}"));
    };
    let next = |line: &&str| bare(line).starts_with('[');
    let end = lines[at + 1..].iter().position(next);
    let end = end.map_or(lines.len(), |end| at + 1 + end);
    let names = |line: &&str| line.split('=').next().unwrap_or_default().trim() == key;
    match lines[at + 1..end].iter().position(names) {
        Some(found) => lines[at + 1 + found] = &line,
        None => lines.insert(at + 1, &line),
    }
    lines.join("\n") + "\n"
}

/// A line without its comment.
fn bare(line: &str) -> &str {
    line.split('#').next().unwrap_or_default().trim()
}

fn appended(text: &str, more: &str) -> String {
    match text.trim_end() {
        "" => format!("{more}\n"),
        text => format!("{text}\n\n{more}\n"),
    }
}

#[cfg(test)]
mod tests {
    use crate::{AgentKind, Api, Settings};

    #[test]
    fn one_click_makes_a_login_the_model_of_the_chat_and_a_worker() {
        let text = Settings::with_login("", "codex").unwrap();
        let expected = "[agents.codex.login]\n\n[models.controller]\napi = \"codex\"\n\n\
            [agents]\nbriefs = \"codex\"\n";
        assert_eq!(text, expected);
        let settings = Settings::parse(&text).unwrap();
        assert_eq!(settings.controller.unwrap().api, Api::Codex);
        assert_eq!(settings.worker, None);
        assert_eq!(settings.agents.briefs, Some(AgentKind::Codex));
        assert_eq!(Settings::with_login(&text, "codex").unwrap(), text);
    }

    #[test]
    fn what_stands_in_the_settings_stays_as_it_is() {
        let own = "# mine\n[models.controller] # my own\napi = \"responses\"\nbase_url = \"http://x/v1\"\n\
            model = \"m\"\n[agents]\nfrozen_minutes = 1\n[agents.codex]\nkeep_percent = 5 # some\n";
        let text = Settings::with_login(own, "codex").unwrap();
        assert_eq!(text, format!("{own}\n[agents.codex.login]\n"));
        let kept = Settings::with_kept(&text, "codex", 20).unwrap();
        assert_eq!(
            kept,
            text.replace("keep_percent = 5 # some", "keep_percent = 20")
        );
        let first = Settings::with_kept(own, "claude", 20).unwrap();
        assert_eq!(
            first,
            format!("{own}\n[agents.claude]\nkeep_percent = 20\n")
        );
        let claude = Settings::with_login("[agents]\nfrozen_minutes = 1\n", "claude").unwrap();
        assert_eq!(
            claude,
            "[agents]\nbriefs = \"claude\"\nfrozen_minutes = 1\n\n[agents.claude.login]\n"
        );
        assert_eq!(Settings::parse(&claude).unwrap().controller, None);
    }

    #[test]
    fn a_login_that_only_its_agent_can_use_makes_it_a_worker() {
        let text = Settings::with_read_login("", "gemini").unwrap();
        let expected = "[agents.gemini.reads_login]\n\n[agents]\nbriefs = \"gemini\"\n";
        assert_eq!(text, expected);
        assert_eq!(Settings::with_read_login(&text, "gemini").unwrap(), text);
        assert_eq!(Settings::parse(&text).unwrap().controller, None);
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let code = |text: &str, agent: &str| Settings::with_login(text, agent).unwrap_err().code;
        assert_eq!(code("", "gemini"), "login_not_usable");
        let read =
            |text: &str, agent: &str| Settings::with_read_login(text, agent).unwrap_err().code;
        assert_eq!(read("", "codex"), "login_not_readable");
        assert_eq!(read("", "opencode"), "login_not_readable");
        let model = "[agents.codex.model]\nbase_url = \"http://x/v1\"\nmodel = \"m\"\n";
        assert_eq!(code(model, "codex"), "login_model_set");
        assert_eq!(code("agents = {}\n", "codex"), "settings_not_edited");
        assert_eq!(code("[slots\n", "codex"), "settings_invalid");
    }

    #[test]
    fn a_login_as_the_model_of_the_chat_has_to_be_connected() {
        let error = Settings::parse("[models.controller]\napi = \"codex\"\n").unwrap_err();
        assert_eq!((error.line, error.key.as_str()), (1, "controller"));
        let worker = "[agents.codex.login]\n[models.worker]\napi = \"codex\"\n";
        assert_eq!(Settings::parse(worker).unwrap_err().key, "worker");
    }
}
