//! Thin entry of `cargo xtask bench sandbox`; the library measures.

use std::process::ExitCode;

fn main() -> ExitCode {
    ampersand_benches::sandbox::main()
}
