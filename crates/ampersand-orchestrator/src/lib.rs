//! The background process: the journal, who runs next, worktrees, attempts, landing.
//!
//! It owns every task and outlives the window. It refuses: talking to a person (controller), knowing the
//! conversation, and writing to a repository other than through `ampersand-git`.

mod continued;
mod dispatcher;
mod executor;
mod given;
mod going_out;
mod input;
mod lock;
mod options;
mod project_file;
mod quotas;
mod refusal;
mod repository;
mod serve;
mod sessions;
mod settings_file;
mod state;
mod verbs;
mod visible;

use std::process::ExitCode;

use options::Options;

/// Runs the orchestrator until it is told to leave or is idle and unattended. Exit codes: 0 left in order, 1 an
/// error that was printed, 2 bad arguments, 3 another orchestrator serves this home.
pub fn main() -> ExitCode {
    let options = match Options::parse(std::env::args_os().skip(1)) {
        Ok(options) => options,
        Err(problem) => return say(&problem, 2),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return say(&format!("no runtime could be started: {error}"), 1),
    };
    match runtime.block_on(serve::serve(options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.code == "orchestrator_running" => say(&failure.message, 3),
        Err(failure) => {
            // One line of JSON: whoever started this process reads it to tell the person.
            let line = serde_json::to_string(&failure).unwrap_or_else(|_| failure.message.clone());
            say(&line, 1)
        }
    }
}

#[expect(clippy::print_stderr, reason = "this is what standard error is for")]
fn say(problem: &str, code: u8) -> ExitCode {
    eprintln!("{problem}");
    ExitCode::from(code)
}
