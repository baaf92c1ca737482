//! What is under way in the controller itself, counted, so that somebody can wait for its end.

use tokio::sync::watch;

/// Counts what is under way.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    count: watch::Sender<usize>,
}

/// One thing under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct UnderWay {
    count: watch::Sender<usize>,
}

impl Load {
    pub(crate) fn new() -> Self {
        Self {
            count: watch::Sender::new(0),
        }
    }

    /// Something begins.
    pub(crate) fn begin(&self) -> UnderWay {
        self.count.send_modify(|count| *count += 1);
        UnderWay {
            count: self.count.clone(),
        }
    }

    /// The count as it changes.
    pub(crate) fn watch(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.count.send_modify(|count| *count -= 1);
    }
}
