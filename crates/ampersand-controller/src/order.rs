//! In which order turns may act. Words never wait; what a turn *does* waits for the turns before it, and is thought
//! over again if others acted since the turn looked.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::watch, time::timeout};

/// How long a turn waits for one before it that does not end. Then it acts, and the earlier one thinks again.
const WAIT_MAX: Duration = Duration::from_secs(15);

/// The turns under way, by the places of their messages, and the version of what they decide on.
#[derive(Debug)]
pub(crate) struct Order {
    running: Mutex<BTreeSet<u64>>,
    left: watch::Sender<()>,
    version: AtomicU64,
}

/// A turn's place in the order; given up when dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    order: Arc<Order>,
    pub(crate) place: u64,
}

impl Order {
    pub(crate) fn new() -> Self {
        Self {
            running: Mutex::default(),
            left: watch::Sender::new(()),
            version: AtomicU64::new(0),
        }
    }

    /// Takes a place; to be called in the order in which messages are said.
    pub(crate) fn enter(self: &Arc<Self>, place: u64) -> Turn {
        self.lock().insert(place);
        Turn {
            order: Arc::clone(self),
            place,
        }
    }

    /// What has been done so far, as a number to compare.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Somebody acted, so whoever decided before decided on something else.
    pub(crate) fn acted(&self) {
        self.version.fetch_add(1, Ordering::AcqRel);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Waits until every turn before this one has ended, or for too long.
    pub(crate) async fn first(&self) {
        let mut left = self.order.left.subscribe();
        let first = async {
            while self
                .order
                .lock()
                .first()
                .is_some_and(|first| *first < self.place)
            {
                if left.changed().await.is_err() {
                    return;
                }
            }
        };
        if timeout(WAIT_MAX, first).await.is_err() {
            tracing::info!(
                place = self.place,
                "acting before an earlier turn has ended"
            );
        }
    }

    /// Claims the right to act on what was seen at `basis`; the new basis if nobody else acted since.
    pub(crate) fn claim(&self, basis: u64) -> Result<u64, u64> {
        let version = &self.order.version;
        let claimed =
            version.compare_exchange(basis, basis + 1, Ordering::AcqRel, Ordering::Acquire);
        claimed.map(|before| before + 1)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.order.lock().remove(&self.place);
        self.order.left.send_replace(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_turn_acts_once_those_before_it_have_ended_or_taken_too_long() {
        let order = Arc::new(Order::new());
        let (early, late) = (order.enter(1), order.enter(2));
        early.first().await;
        let waits = late.first();
        tokio::pin!(waits);
        assert!(futures::poll!(&mut waits).is_pending());
        drop(early);
        waits.await;
        let slow = order.enter(0);
        late.first().await;
        drop(slow);
    }

    #[test]
    fn whoever_looked_before_another_acted_thinks_again() {
        let order = Arc::new(Order::new());
        let turn = order.enter(1);
        assert_eq!(turn.claim(0), Ok(1));
        assert_eq!(turn.claim(1), Ok(2));
        order.acted();
        assert_eq!(turn.claim(2), Err(3));
    }
}
