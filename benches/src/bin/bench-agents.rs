//! Thin entry of `cargo xtask bench agents`; the library measures.

use std::process::ExitCode;

fn main() -> ExitCode {
    ampersand_benches::vendors::main()
}
