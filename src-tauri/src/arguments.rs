//! What can be said when the window is opened.

use std::{env, path::PathBuf};

use ampersand_controller::Options;
use ampersand_protocol::{Home, HomeError};
use clap::Parser;

/// A desktop chat that gets work done behind it.
#[derive(Debug, Parser)]
#[command(name = "ampersand", version, about)]
pub(crate) struct Arguments {
    /// The folder that holds all state, settings included; wins over AMPERSAND_HOME
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    /// The repository messages are about; the current folder if absent
    #[arg(long, value_name = "DIR")]
    repo: Option<PathBuf>,
}

impl Arguments {
    /// Everything made absolute, as another process would see it.
    pub(crate) fn options(self) -> Result<Options, HomeError> {
        let given = self.repo.or_else(|| {
            // A desktop starts programs in a folder of its own choice; nobody meant that one.
            let folder = env::current_dir().ok()?;
            let chosen = folder.parent().is_some() && env::home_dir().as_ref() != Some(&folder);
            chosen.then_some(folder)
        });
        Ok(Options {
            home: Home::find(self.home.as_deref())?,
            repository: given.map(|path| std::path::absolute(&path).unwrap_or(path)),
            orchestrator: None,
            build: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }
}
