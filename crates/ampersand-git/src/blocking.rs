//! The one bridge from async callers to this crate's blocking calls.

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
    tokio::task::spawn_blocking(call)
        .await
        .map_err(|source| BlockingError { source })
}
