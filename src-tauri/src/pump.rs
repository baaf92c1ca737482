//! From the controller to the page: at most one batch a frame, and the first news of a quiet moment at once.

use std::time::Duration;

use ampersand_controller::Updates;
use ampersand_protocol::Update;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use crate::batch::Batch;

/// Between two batches; one frame of a screen.
const FRAME: Duration = Duration::from_millis(16);
/// Updates read ahead of the batch.
const AHEAD: usize = 64;

/// One page that listens; it is told nothing more once this is gone.
#[derive(Debug)]
pub(crate) struct Page {
    asides: mpsc::Sender<Update>,
    tasks: [tauri::async_runtime::JoinHandle<()>; 2],
}

impl Page {
    /// Sends batches, each a JSON array of updates, until `send` says that nobody takes them.
    pub(crate) fn listen(
        mut updates: Updates,
        send: impl FnMut(String) -> bool + Send + 'static,
    ) -> Self {
        let (asides, receiver) = mpsc::channel(AHEAD);
        let forward = asides.clone();
        // On its own, because waiting for an update must not be given up halfway.
        let reading = async move {
            while let Some(update) = updates.next().await {
                if forward.send(update).await.is_err() {
                    return;
                }
            }
        };
        let tasks = [
            tauri::async_runtime::spawn(reading),
            tauri::async_runtime::spawn(pump(receiver, send)),
        ];
        Self { asides, tasks }
    }

    /// Tells this page alone.
    pub(crate) fn tell(&self, update: Update) {
        // A page that is so far behind has no use for a hint.
        self.asides.try_send(update).ok();
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.tasks.iter().for_each(|task| task.abort());
    }
}

async fn pump(mut updates: mpsc::Receiver<Update>, mut send: impl FnMut(String) -> bool) {
    let mut batch = Batch::default();
    let mut next_frame = Instant::now();
    loop {
        if batch.is_empty() {
            match updates.recv().await {
                Some(update) => batch.push(update),
                None => return,
            }
        }
        while !batch.is_full() {
            tokio::select! {
                biased;
                () = sleep_until(next_frame) => break,
                update = updates.recv() => match update {
                    Some(update) => batch.push(update),
                    None => break,
                },
            }
        }
        sleep_until(next_frame).await;
        while !batch.is_full() {
            match updates.try_recv() {
                Ok(update) => batch.push(update),
                Err(_) => break,
            }
        }
        if let Some(json) = batch.take()
            && !send(json)
        {
            return;
        }
        next_frame = Instant::now() + FRAME;
    }
}

#[cfg(test)]
mod tests {
    use ampersand_protocol::{Counts, UpdateBody};
    use jiff::Timestamp;

    use super::*;

    fn counts(running: u32) -> Update {
        let counts = Counts {
            running,
            ..Counts::default()
        };
        Update {
            at: Timestamp::UNIX_EPOCH,
            seq: None,
            body: UpdateBody::Counts { counts },
        }
    }

    /// When each batch came, in milliseconds, and how many updates it had.
    async fn batches(updates: mpsc::Receiver<Update>) -> Vec<(u128, usize)> {
        let started = Instant::now();
        let mut seen = Vec::new();
        pump(updates, |json| {
            let batch: Vec<Update> = serde_json::from_str(&json).unwrap();
            seen.push((started.elapsed().as_millis(), batch.len()));
            true
        })
        .await;
        seen
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_goes_at_once_and_the_rest_once_a_frame() {
        let (sender, receiver) = mpsc::channel(64);
        let source = async move {
            for n in 0..20 {
                sender.send(counts(n)).await.unwrap();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let (seen, ()) = tokio::join!(batches(receiver), source);
        assert_eq!(seen[0], (0, 1));
        assert_eq!(seen.iter().map(|(_, updates)| updates).sum::<usize>(), 20);
        let apart = seen.windows(2).map(|pair| pair[1].0 - pair[0].0);
        assert!(apart.into_iter().all(|apart| apart >= 16), "{seen:?}");
        assert!((7..=8).contains(&seen.len()), "{seen:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_all_delivered() {
        let (sender, receiver) = mpsc::channel(64);
        let source = async move {
            for n in 0..20_000 {
                sender.send(counts(n)).await.unwrap();
            }
        };
        let (seen, ()) = tokio::join!(batches(receiver), source);
        assert_eq!(
            seen.iter().map(|(_, updates)| updates).sum::<usize>(),
            20_000
        );
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_when_nobody_takes_batches() {
        let (sender, receiver) = mpsc::channel(64);
        sender.send(counts(1)).await.unwrap();
        pump(receiver, |_| false).await;
        assert!(sender.is_closed());
    }
}
