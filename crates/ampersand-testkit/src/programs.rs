//! Where the programs under test are: built beside the test itself.

use std::path::PathBuf;

/// The program of that name, in the folder of the running test or the one above it.
///
/// # Panics
/// If it was not built: `cargo xtask test` builds all of them before it runs any test.
pub fn program(name: &str) -> PathBuf {
    let me = std::env::current_exe().unwrap();
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    me.ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("{name} is not built: run `cargo build --workspace --bins`"))
}
