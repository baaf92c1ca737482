//! What the shell notes for whoever looks for a fault; nothing of what is said in the conversation.

use std::fs::DirBuilder;

use ampersand_keys::Masked;
use ampersand_protocol::Home;
use tracing_appender::{
    non_blocking::{NonBlockingBuilder, WorkerGuard},
    rolling::{Builder, Rotation},
};
use tracing_subscriber::EnvFilter;

/// Lines that wait to be written; room for all of them is taken at the start. What comes beyond is left out.
const LINES_MAX: usize = 1024;

/// Logs to a file of this day until what it returns is dropped. A log that cannot be written is no reason not to
/// work.
pub(crate) fn start(home: &Home) -> Option<WorkerGuard> {
    let mut folder = DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(home.logs()).ok()?;
    let file = Builder::new()
        .rotation(Rotation::DAILY)
        .filename_prefix("window")
        .filename_suffix("log")
        .max_log_files(7)
        .build(home.logs())
        .ok()?;
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(LINES_MAX)
        .finish(file);
    let filter =
        EnvFilter::try_from_env("AMPERSAND_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(move || Masked::new(writer.clone()))
        .try_init()
        .ok()?;
    Some(guard)
}
