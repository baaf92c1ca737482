//! The controller in a terminal: for people without a display, for scripts, and for tests.
//!
//! `chat` holds the conversation; every other verb goes to the orchestrator alone, so it works while the
//! window is open. Decides nothing: what a line means is the controller's to say.

mod arguments;
mod chat;
mod conflicts;
mod consent;
mod doctor;
mod events;
mod exit;
mod isolation;
mod key;
mod landing;
mod lines;
mod logins;
mod named;
mod outgoing;
mod recognise;
mod sandbox;
mod sessions;
mod show;
mod signals;
mod trust;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Verb};
use show::Screen;

/// Runs one verb. Exit codes: see [`exit`].
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return exit::arguments(&error),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let screen = Screen::new(arguments.json);
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return exit::report(&screen, &exit::no_runtime(&error)),
    };
    let code = runtime.block_on(run(arguments, &screen));
    // A thread that reads standard input cannot be woken; it must not keep the process.
    runtime.shutdown_background();
    code
}

async fn run(arguments: Arguments, screen: &Screen) -> ExitCode {
    let outcome = match &arguments.verb {
        Verb::Recognise { tasks } => recognise::recognise(tasks.as_deref()),
        Verb::Chat { no_wait } => match chat::chat(&arguments, screen, !*no_wait).await {
            Ok(Some(asked)) => return ExitCode::from(asked.code()),
            outcome => outcome.map(drop),
        },
        Verb::Events { from, follow } => events::events(&arguments, screen, *from, *follow).await,
        Verb::Key(verb) => key::key(verb, screen).await,
        Verb::Isolation(verb) => isolation::isolation(&arguments, verb, screen),
        Verb::Connect { agent, reads_login } => {
            logins::connect(&arguments, screen, agent, *reads_login)
        }
        Verb::Reserve { agent, percent } => logins::reserve(&arguments, screen, agent, *percent),
        Verb::Doctor => doctor::doctor(&arguments, screen).await,
        Verb::Sandbox(asked) => {
            return match sandbox::run(&arguments, asked).await {
                Ok(code) => code,
                Err(failure) => exit::report(screen, &failure),
            };
        }
        _ => verbs::run(&arguments, screen).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => exit::report(screen, &failure),
    }
}
