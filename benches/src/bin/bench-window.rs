//! Thin entry of `cargo xtask bench window`; the library measures.

use std::process::ExitCode;

fn main() -> ExitCode {
    ampersand_benches::window::main()
}
