//! Thin entry of `cargo xtask bench worktree`; the library measures.

use std::process::ExitCode;

fn main() -> ExitCode {
    ampersand_benches::worktree::main()
}
