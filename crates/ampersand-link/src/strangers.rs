//! The reading of frames, for those who throw made-up bytes at it. Nothing else uses it.

use std::fmt::Debug;

use ampersand_protocol::{FromOrchestrator, ToOrchestrator};
use serde::{Serialize, de::DeserializeOwned};

use crate::frames::{FrameReader, FrameWriter};

/// Reads the frames of either side, up to the first that is none. Every frame is written and read again; the error is one
/// that did not stay the same.
pub async fn frames(bytes: &[u8]) -> Result<(), String> {
    same::<ToOrchestrator>(bytes).await?;
    same::<FromOrchestrator>(bytes).await
}

async fn same<T>(bytes: &[u8]) -> Result<(), String>
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let mut reader = FrameReader::new(bytes);
    while let Ok(frame) = reader.next::<T>().await {
        let mut line = Vec::new();
        let written = FrameWriter::new(&mut line).send(&frame).await;
        let again = FrameReader::new(line.as_slice()).next::<T>().await;
        if written.is_err() || !again.is_ok_and(|again| again == frame) {
            return Err(format!("{frame:?}"));
        }
    }
    Ok(())
}
