//! What xtask tells the person: progress and failures on standard error, verdicts and figures on standard output.

use std::fmt::Display;

/// Announces what happens next, on standard error.
pub(crate) fn step(what: impl Display) {
    eprintln!("xtask: {what}");
}

/// Prints one line that is the verb's result, on standard output and nothing else.
#[expect(
    clippy::print_stdout,
    reason = "this is the one place where results are printed"
)]
pub(crate) fn result(line: impl Display) {
    println!("{line}");
}

/// Prints an error with everything that led to it, innermost last.
pub(crate) fn failure(error: &anyhow::Error) {
    eprintln!("xtask: error: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}
