//! Thin entry of `cargo xtask bench link`; the library measures.

use std::process::ExitCode;

fn main() -> ExitCode {
    ampersand_benches::link::main()
}
