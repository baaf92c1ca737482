//! How much of requests to the model one proxy holds: while they come, while they wait, and until their answer begins. An
//! agent opens as many as it likes at once, each as large as one may be.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The room of one proxy.
#[derive(Debug)]
pub(super) struct Room {
    bytes: Arc<Semaphore>,
    /// For one request at a time whatever it still needs, or requests that each hold a part would wait for each other.
    beyond: Arc<Semaphore>,
    held: Arc<Held>,
}

#[derive(Debug, Default)]
struct Held {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Room {
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            bytes: Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))),
            beyond: Arc::new(Semaphore::new(1)),
            held: Arc::default(),
        }
    }

    /// For one request; nothing of it is held yet.
    pub(super) fn share(&self) -> Share {
        Share {
            pool: Arc::clone(&self.bytes),
            one_beyond: Arc::clone(&self.beyond),
            bytes: None,
            beyond: None,
            counted: 0,
            held: Arc::clone(&self.held),
        }
    }

    /// The most bytes that were ever held at once.
    pub(super) fn most_held(&self) -> usize {
        self.held.most.load(Ordering::Relaxed)
    }
}

/// What one request takes of the room. Dropping it gives that back.
#[derive(Debug)]
pub(super) struct Share {
    pool: Arc<Semaphore>,
    one_beyond: Arc<Semaphore>,
    bytes: Option<OwnedSemaphorePermit>,
    beyond: Option<OwnedSemaphorePermit>,
    counted: usize,
    held: Arc<Held>,
}

impl Share {
    /// Waits until there is room for so many bytes more.
    pub(super) async fn grow(&mut self, bytes: usize) {
        if self.beyond.is_none() {
            let wanted = u32::try_from(bytes).unwrap_or(u32::MAX);
            // Neither is ever closed.
            tokio::select! {
                biased;
                Ok(more) = Arc::clone(&self.pool).acquire_many_owned(wanted) => match &mut self.bytes {
                    Some(bytes) => bytes.merge(more),
                    none => *none = Some(more),
                },
                Ok(beyond) = Arc::clone(&self.one_beyond).acquire_owned() => self.beyond = Some(beyond),
                else => {}
            }
        }
        self.counted += bytes;
        let now = self.held.now.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.held.most.fetch_max(now, Ordering::Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.held.now.fetch_sub(self.counted, Ordering::Relaxed);
    }
}
