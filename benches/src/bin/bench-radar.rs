//! Thin entry of `cargo xtask bench radar`; the library measures.

use std::process::ExitCode;

fn main() -> ExitCode {
    ampersand_benches::radar::main()
}
