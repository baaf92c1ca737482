//! What the process is told at its start.

use std::{ffi::OsString, path::PathBuf};

/// The arguments, understood.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// The home folder; found as everywhere else if absent.
    pub(crate) home: Option<PathBuf>,
    /// Serve one session on standard input and output instead of the socket, and leave with it.
    pub(crate) stdio: bool,
}

impl Options {
    pub(crate) fn parse(mut args: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut options = Self::default();
        while let Some(arg) = args.next() {
            match arg.to_str() {
                Some("--stdio") => options.stdio = true,
                Some("--home") => {
                    let home = args.next().ok_or("--home needs a folder")?;
                    options.home = Some(home.into());
                }
                _ => {
                    return Err(format!(
                        "{} is no argument; there are --home DIR and --stdio",
                        arg.display()
                    ));
                }
            }
        }
        Ok(options)
    }
}
