//! What a click or a verb sets about logins and accounts: written to the settings file, where both processes find it.

use ampersand_core::{AgentKind, Failure, Settings};
use ampersand_login::{Account, LoginError};
use ampersand_protocol::Home;

use crate::{connected, home};

/// Lets the login that this agent's program keeps be used: by its tasks, and, Codex's, as the model of the chat where none
/// is set. That this is asked for is the person's consent.
pub fn connect(home: &Home, agent: &str) -> Result<Settings, Failure> {
    if AgentKind::READS_LOGIN.contains(&agent) {
        return Err(Failure::new(
            "login_readable",
            format!(
                "The login of {agent} works only if {agent} itself reads it: it could then use it for all that the login is good \
                 for, and nothing would tell."
            ),
            format!("If that is all right: ampersand-cli connect {agent} --reads-login."),
        ));
    }
    if let Some(account) = Account::of(agent)
        && !account.is_kept()
    {
        return Err(Failure::from(&LoginError::NotLoggedIn { account }));
    }
    let home = home::prepare(home)?;
    connected::edit(&home.settings(), |text| Settings::with_login(text, agent))
}

/// Lets this agent read the login that its own program keeps, where that cannot be kept from it. That this is asked for, in so
/// many words, is the person's consent.
pub fn connect_reading(home: &Home, agent: &str) -> Result<Settings, Failure> {
    let home = home::prepare(home)?;
    connected::edit(&home.settings(), |text| {
        Settings::with_read_login(text, agent)
    })
}

/// Keeps so much of every window of this agent's account for the person.
pub fn reserve(home: &Home, agent: &str, percent: u8) -> Result<Settings, Failure> {
    let home = home::prepare(home)?;
    connected::edit(&home.settings(), |text| {
        Settings::with_kept(text, agent, percent)
    })
}

/// Whether the program of this agent keeps a login that can be used.
pub fn has_login(agent: &str) -> bool {
    Account::of(agent).is_some_and(Account::is_kept)
}
