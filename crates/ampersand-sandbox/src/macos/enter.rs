//! What `ampersand-enter` does on macOS, outside of every sandbox: it waits for the end of the process that started it, and ends
//! the trees that one left. Nothing inside may signal it, as the profile allows that within one sandbox alone.

use std::process::ExitCode;

/// The order to watch.
pub(super) const WATCH: &str = "--watch";

/// Entry of the `ampersand-enter` program.
pub fn main() -> ExitCode {
    if std::env::args_os()
        .nth(1)
        .is_none_or(|order| order != WATCH)
    {
        eprintln!("ampersand-enter is started by the sandbox only");
        return ExitCode::from(125);
    }
    match ampersand_process::watch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
