//! A place in a scripted answer where the server waits until a test lets it go on.

use tokio::sync::watch;

/// A named gate. Once released it stays open. A clone is the same gate.
#[derive(Debug, Clone)]
pub struct Gate {
    state: watch::Sender<State>,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    reached: usize,
    open: bool,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self {
            state: watch::Sender::new(State::default()),
        }
    }

    /// Lets every answer that waits here, and every later one, go on.
    pub fn release(&self) {
        self.state.send_modify(|state| state.open = true);
    }

    /// Waits until an answer has come this far.
    pub async fn reached(&self) {
        self.reached_by(1).await;
    }

    /// Waits until `answers` answers have come this far.
    pub async fn reached_by(&self, answers: usize) {
        let mut state = self.state.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        drop(state.wait_for(|state| state.reached >= answers).await);
    }

    pub(super) async fn pass(&self) {
        self.state.send_modify(|state| state.reached += 1);
        let mut state = self.state.subscribe();
        drop(state.wait_for(|state| state.open).await);
    }
}
