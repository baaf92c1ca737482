//! Thin entry; the library does the work.

use std::process::ExitCode;

fn main() -> ExitCode {
    ampersand_cli::main()
}
