//! `connect` and `reserve`: what is set about agents' logins and accounts. The settings file holds it; whatever runs takes it
//! up by itself.

use ampersand_core::{Api, Failure};
use serde_json::json;

use crate::{arguments::Arguments, show::Screen, verbs};

pub(crate) fn connect(
    arguments: &Arguments,
    screen: &Screen,
    agent: &str,
    reads_login: bool,
) -> Result<(), Failure> {
    let home = verbs::options(arguments)?.home;
    let settings = match reads_login {
        true => ampersand_controller::connect_reading(&home, agent)?,
        false => ampersand_controller::connect(&home, agent)?,
    };
    let answers = settings
        .controller
        .is_some_and(|model| model.api == Api::Codex);
    let words = match agent {
        "codex" if answers => {
            "The login of codex is connected: it answers, and does tasks.".to_owned()
        }
        _ if reads_login => format!("{agent} may read its own login, and does tasks with it."),
        _ => format!("The login of {agent} is connected: it does tasks."),
    };
    screen.object(
        "connected",
        &json!({"agent": agent, "answers": answers, "reads_login": reads_login}),
        &words,
    );
    Ok(())
}

pub(crate) fn reserve(
    arguments: &Arguments,
    screen: &Screen,
    agent: &str,
    percent: u8,
) -> Result<(), Failure> {
    let home = verbs::options(arguments)?.home;
    ampersand_controller::reserve(&home, agent, percent)?;
    let words = format!("Of every window of {agent}'s account {percent} % are kept for you.");
    screen.object(
        "reserved",
        &json!({"agent": agent, "percent": percent}),
        &words,
    );
    Ok(())
}
