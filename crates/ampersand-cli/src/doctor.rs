//! `doctor`: what works here, and what would fix the rest.

pub(crate) mod agents;

use std::borrow::Cow;

use ampersand_controller::{Options, Remote};
use ampersand_core::{Api, Failure, Isolation, Settings};
use ampersand_keys::{KeyError, Keychain, resolve};
use ampersand_protocol::{Command, Reply};
use serde::Serialize;

use crate::{arguments::Arguments, isolation::hint, show::Screen, verbs};

/// One thing looked at.
#[derive(Serialize)]
struct Finding {
    name: Cow<'static, str>,
    ok: bool,
    message: String,
    hint: String,
}

pub(crate) async fn doctor(arguments: &Arguments, screen: &Screen) -> Result<(), Failure> {
    let options = verbs::options(arguments)?;
    say(screen, settings(&options).await);
    let remote = Remote::open(&options).await;
    say(
        screen,
        match &remote {
            Ok(_) => good("orchestrator", "It answers.".to_owned()),
            Err(failure) => bad("orchestrator", failure.clone()),
        },
    );
    if let Ok(remote) = remote {
        say(screen, isolation(&remote).await);
        for agent in agents::of(remote.call(Command::ReadAgents).await)? {
            say(screen, agents::finding(&agent));
        }
        say(screen, repository(&options, &remote).await);
    }
    Ok(())
}

fn say(screen: &Screen, finding: Finding) {
    let mark = if finding.ok { "ok " } else { "no " };
    let words = format!(
        "{mark} {:<13} {} {}",
        finding.name, finding.message, finding.hint
    );
    screen.object("finding", &finding, words.trim_end());
}

const fn good(name: &'static str, message: String) -> Finding {
    Finding {
        name: Cow::Borrowed(name),
        ok: true,
        message,
        hint: String::new(),
    }
}

fn bad(name: &'static str, failure: Failure) -> Finding {
    Finding {
        name: Cow::Borrowed(name),
        ok: false,
        message: failure.message,
        hint: failure.hint,
    }
}

async fn settings(options: &Options) -> Finding {
    let path = options.home.settings();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(_) => {
            let hint = format!("Write one to {} to connect a model.", path.display());
            let message = "There is no settings file; commands work without.".to_owned();
            return Finding {
                name: "model".into(),
                ok: true,
                message,
                hint,
            };
        }
    };
    match Settings::parse(&text) {
        Err(error) => bad("model", error.into()),
        Ok(Settings {
            controller: None, ..
        }) => good("model", "None is set; commands work without.".to_owned()),
        Ok(Settings {
            controller: Some(model),
            ..
        }) => {
            if model.api == Api::Codex {
                return login();
            }
            let works = format!("{} at {}.", model.model, model.base_url);
            let Some(place) = model.key() else {
                return good("model", works);
            };
            match resolve(&place, &Keychain::new()).await {
                Ok(resolved) => match resolved.notice {
                    None => good("model", works),
                    Some(notice) => good("model", format!("{works} {notice}")),
                },
                Err(KeyError::NotSet { name }) => Finding {
                    name: "model".into(),
                    ok: false,
                    message: format!("{} needs the key in {name}, which is not set.", model.model),
                    hint: format!("Set {name} and start Ampersand again."),
                },
                Err(error) => bad("model", error.failure(&model.model)),
            }
        }
    }
}

/// Codex as the model of the chat; whether its login is taken is known when it is asked.
fn login() -> Finding {
    match ampersand_controller::has_login("codex") {
        true => good("model", "Codex, with its own login.".to_owned()),
        false => Finding {
            name: "model".into(),
            ok: false,
            message: "Codex is to answer with its own login, and is not logged in.".to_owned(),
            hint: "Log in with `codex login`.".to_owned(),
        },
    }
}

async fn isolation(remote: &Remote) -> Finding {
    match remote.call(Command::ReadIsolation).await {
        Ok(Reply::Isolation { isolation }) => Finding {
            name: "isolation".into(),
            ok: isolation == Isolation::Full,
            message: isolation.told(),
            hint: hint(&isolation).to_owned(),
        },
        Ok(_) => good("isolation", String::new()),
        Err(failure) => bad("isolation", failure),
    }
}

async fn repository(options: &Options, remote: &Remote) -> Finding {
    let Some(path) = &options.repository else {
        return good("repository", String::new());
    };
    match remote
        .call(Command::Attach {
            repository: path.display().to_string(),
        })
        .await
    {
        Ok(Reply::Repository { repository }) => {
            let branch = repository.branch.as_deref().unwrap_or("detached");
            good("repository", format!("{} on {branch}.", repository.name))
        }
        Ok(_) => good("repository", String::new()),
        Err(failure) => bad("repository", failure),
    }
}
