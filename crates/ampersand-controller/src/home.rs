//! The home folder, made for this user alone: it holds the conversation.

use std::{fs::DirBuilder, path::Path};

use ampersand_core::Failure;
use ampersand_protocol::Home;

/// Makes the folder if it is not there.
pub(crate) fn prepare(home: &Home) -> Result<Home, Failure> {
    make_private(home.root()).map_err(|error| {
        Failure::new(
            "home_unusable",
            format!("{} cannot be used: {error}.", home.root().display()),
            "Choose another folder with --home or AMPERSAND_HOME.",
        )
    })?;
    Ok(home.clone())
}

fn make_private(root: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(root)
}
