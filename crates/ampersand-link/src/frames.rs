//! Frames on a stream: one JSON object to a line, bounded in length.

use futures::{SinkExt, StreamExt};
use serde::{Serialize, de::DeserializeOwned};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::codec::{FramedRead, FramedWrite, LinesCodec, LinesCodecError};

/// The longest frame there may be. A bounded diff is the largest thing that travels.
pub const FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The stream cannot be used any further.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The other side is gone.
    #[error("the other side is gone")]
    Gone,
    /// The other side was silent although it had to speak first.
    #[error("the other side said nothing")]
    Silent,
    /// Bytes could not be read or written, or a line was too long.
    #[error("the stream broke")]
    Broken(#[source] LinesCodecError),
    /// A line was no frame.
    #[error("a line was no frame of this protocol")]
    Foreign(#[source] serde_json::Error),
    /// The sides speak different versions.
    #[error("the other side speaks version {theirs} of the protocol, this one {ours}")]
    Version {
        /// The other side's.
        theirs: u32,
        /// This side's.
        ours: u32,
    },
}

/// Reads frames of type `T`.
pub(crate) struct FrameReader<R> {
    lines: FramedRead<R, LinesCodec>,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub(crate) fn new(read: R) -> Self {
        Self {
            lines: FramedRead::new(read, LinesCodec::new_with_max_length(FRAME_BYTES_MAX)),
        }
    }

    /// The next frame. Cancel-safe: bytes read so far stay in the decoder.
    pub(crate) async fn next<T: DeserializeOwned>(&mut self) -> Result<T, FrameError> {
        match StreamExt::next(&mut self.lines).await {
            None => Err(FrameError::Gone),
            Some(Err(error)) => Err(FrameError::Broken(error)),
            Some(Ok(line)) => serde_json::from_str(&line).map_err(FrameError::Foreign),
        }
    }
}

/// Writes frames.
pub(crate) struct FrameWriter<W> {
    lines: FramedWrite<W, LinesCodec>,
}

impl<W: AsyncWrite + Unpin> FrameWriter<W> {
    pub(crate) fn new(write: W) -> Self {
        Self {
            lines: FramedWrite::new(write, LinesCodec::new()),
        }
    }

    /// Puts a frame into the buffer without waiting for the other side to take it.
    pub(crate) async fn feed(&mut self, frame: &impl Serialize) -> Result<(), FrameError> {
        let line = serde_json::to_string(frame).map_err(FrameError::Foreign)?;
        self.lines.feed(line).await.map_err(FrameError::Broken)
    }

    /// Sends what was fed.
    pub(crate) async fn flush(&mut self) -> Result<(), FrameError> {
        SinkExt::<String>::flush(&mut self.lines)
            .await
            .map_err(FrameError::Broken)
    }

    pub(crate) async fn send(&mut self, frame: &impl Serialize) -> Result<(), FrameError> {
        self.feed(frame).await?;
        self.flush().await
    }
}
