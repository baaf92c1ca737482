//! The settings file, read at the start and again whenever it changes. A bad one leaves the old values in force.

use std::{
    fs, io,
    path::Path,
    time::{Duration, SystemTime},
};

use ampersand_core::{Failure, Settings};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::input::News;

/// How often the file is looked at. Editors replace files in too many ways for watching to be worth it.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Reads the file; one that does not exist means the defaults.
pub(crate) fn read(path: &Path) -> Result<Settings, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Settings::parse(&text)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Settings::default()),
        Err(error) => Err(Failure::new(
            "settings_unreadable",
            format!("{} cannot be read: {error}.", path.display()),
            "Make sure that you may read it; until then the values from before stay in force.",
        )),
    }
}

/// What tells one writing of the file from another; nothing if there is no file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(Option<(SystemTime, u64)>);

impl Mark {
    pub(crate) fn of(path: &Path) -> Self {
        let found = fs::metadata(path);
        Self(
            found
                .and_then(|found| Ok((found.modified()?, found.len())))
                .ok(),
        )
    }
}

/// Tells of every change after `before` until `stop`.
pub(crate) async fn watch(
    path: &Path,
    mut before: Mark,
    news: mpsc::Sender<News>,
    stop: CancellationToken,
) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let now = Mark::of(path);
        if now == before {
            continue;
        }
        before = now;
        if news
            .send(News::SettingsRead(Box::new(read(path))))
            .await
            .is_err()
        {
            return;
        }
    }
}
