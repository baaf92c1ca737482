//! The one bridge from async callers to this crate's blocking calls.

use std::time::{Duration, Instant};

use ampersand_process::give_memory_back;

/// What takes longer has read a large repository, and freed megabytes since.
const HEAVY: Duration = Duration::from_millis(250);

/// The thread running a git call stopped before it answered.
#[derive(Debug, thiserror::Error)]
#[error("the git call did not finish")]
pub struct BlockingError {
    #[source]
    source: tokio::task::JoinError,
}

/// Runs one git call on the blocking pool.
///
/// Not cancelled by dropping the future: a commit or a landing that has begun runs to its end.
pub async fn blocking<T: Send + 'static>(
    call: impl FnOnce() -> T + Send + 'static,
) -> Result<T, BlockingError> {
    let calling = tokio::task::spawn_blocking(|| {
        let began = Instant::now();
        let done = call();
        if began.elapsed() > HEAVY {
            give_memory_back();
        }
        done
    });
    calling.await.map_err(|source| BlockingError { source })
}
