//! Entry of the tool process: give up what the role does not need, open the worktree, serve.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use ampersand_toolhost::{DENY_EXEC, ToolError, Worktree, serve};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            use std::io::Write;
            // With nobody to tell, the exit status has to do.
            drop(writeln!(io::stderr(), "ampersand-toolhost: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    keep_to_ourselves()?;
    match std::env::args_os().nth(1) {
        // Before anything of the worktree is looked at, and before there is a second thread.
        Some(argument) if argument == DENY_EXEC => ampersand_sandbox::deny_exec()?,
        Some(_) => return Err("started by the orchestrator only".into()),
        None => {}
    }
    let worktree = open(Path::new("."))?;
    serve(worktree, io::stdin().lock(), io::stdout())?;
    Ok(())
}

/// Links cannot lead out of the sandbox here, and a handle holds the worktree besides.
#[cfg(not(windows))]
fn open(path: &Path) -> Result<Worktree, ToolError> {
    Worktree::open(path)
}

/// A container does not tell the names of handles.
#[cfg(windows)]
fn open(path: &Path) -> Result<Worktree, ToolError> {
    Worktree::open_by_name(path)
}

/// What we execute runs as the same user: without this it could write answers into our pipes through `/proc`.
#[cfg(target_os = "linux")]
fn keep_to_ourselves() -> std::io::Result<()> {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

/// There is no `/proc` to reach our pipes through.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "Linux can refuse")]
fn keep_to_ourselves() -> std::io::Result<()> {
    Ok(())
}
