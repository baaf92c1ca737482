//! `doctor`: what works here, and what would fix the rest.

pub(crate) mod agents;
mod models;

use std::borrow::Cow;

use ampersand_controller::{Options, Remote};
use ampersand_core::Failure;
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
    for finding in models::findings(&options.home.settings()).await {
        say(screen, finding);
    }
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

async fn isolation(remote: &Remote) -> Finding {
    match remote.call(Command::ReadIsolation).await {
        Ok(Reply::Isolation { isolation }) => Finding {
            name: "isolation".into(),
            ok: isolation.is_full(),
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
