//! From the controller to the page: at most one batch a frame, and the first news of a quiet moment at once. What tasks
//! are doing comes as often as it can be read.

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
/// Between two times at which the page hears what tasks are doing.
const READABLE: Duration = Duration::from_millis(200);
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
    let mut next = Times::new();
    let mut is_open = true;
    loop {
        let due = next.of(&batch);
        if due.is_none() && !is_open {
            return;
        }
        tokio::select! {
            biased;
            () = sleep_until(due.unwrap_or(next.frame)), if due.is_some() => {
                while !batch.is_full() && let Ok(update) = updates.try_recv() {
                    batch.push(update);
                }
                next.let_go(&mut batch);
                if let Some(json) = batch.take() && !send(json) {
                    return;
                }
                next.frame = Instant::now() + FRAME;
            }
            update = updates.recv(), if is_open && !batch.is_full() => match update {
                Some(update) => batch.push(update),
                None => is_open = false,
            },
        }
    }
}

/// When the page hears of something next.
struct Times {
    frame: Instant,
    activities: Instant,
}

impl Times {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            frame: now,
            activities: now,
        }
    }

    /// When what waits is to be sent; `None` if nothing does.
    fn of(&self, batch: &Batch) -> Option<Instant> {
        if batch.is_due() {
            return Some(self.frame);
        }
        batch.holds().then(|| self.frame.max(self.activities))
    }

    /// Lets go what tasks are doing, if it is time.
    fn let_go(&mut self, batch: &mut Batch) {
        let now = Instant::now();
        if batch.holds() && now >= self.activities {
            batch.let_go();
            self.activities = now + READABLE;
        }
    }
}

#[cfg(test)]
mod tests {
    use ampersand_protocol::{Activity, Counts, UpdateBody};
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn counts(running: u32) -> Update {
        let counts = Counts {
            running,
            ..Counts::default()
        };
        update(UpdateBody::Counts { counts })
    }

    fn activity(task: u128, line: u32) -> Update {
        let activity = Activity {
            task: Some(Uuid::from_u128(task).into()),
            line: format!("tick {line}"),
            steps_done: 0,
            steps: 0,
            files: 0,
            tokens: 0,
            quota: Vec::new(),
        };
        update(UpdateBody::Activity { activity })
    }

    fn update(body: UpdateBody) -> Update {
        Update {
            at: Timestamp::UNIX_EPOCH,
            seq: None,
            body,
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

    /// Sixty-four tasks, each with twenty lines a second, for two seconds.
    async fn busy(sender: &mpsc::Sender<Update>) {
        for line in 0..40 {
            for task in 0..64 {
                sender.send(activity(task, line)).await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn busy_tasks_are_heard_of_five_times_a_second() {
        let (sender, receiver) = mpsc::channel(64);
        let source = async move { busy(&sender).await };
        let (seen, ()) = tokio::join!(batches(receiver), source);
        let mut bursts: Vec<u128> = seen.iter().map(|(at, _)| at / 200).collect();
        bursts.dedup();
        let updates: usize = seen.iter().map(|(_, updates)| updates).sum();
        // Each burst has every task once, however often it spoke; the last one has what came after that.
        assert!((10..=11).contains(&bursts.len()), "{seen:?}");
        assert!(updates <= bursts.len() * 64, "{updates} of {}", 40 * 64);
        assert!(seen.len() <= bursts.len() * 2, "{seen:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn beside_busy_tasks_everything_else_goes_with_the_next_frame() {
        let (sender, receiver) = mpsc::channel(64);
        let started = Instant::now();
        let mut late = Vec::new();
        let page = pump(receiver, |json| {
            let batch: Vec<Update> = serde_json::from_str(&json).unwrap();
            let now = u32::try_from(started.elapsed().as_millis()).unwrap();
            late.extend(batch.iter().filter_map(|update| match &update.body {
                UpdateBody::Counts { counts } => Some(now - counts.running),
                _ => None,
            }));
            true
        });
        let others = sender.clone();
        let source = async move { busy(&sender).await };
        let said = async move {
            for _ in 0..50 {
                tokio::time::sleep(Duration::from_millis(37)).await;
                let now = u32::try_from(started.elapsed().as_millis()).unwrap();
                others.send(counts(now)).await.unwrap();
            }
        };
        tokio::join!(page, source, said);
        assert_eq!(late.len(), 50);
        assert!(late.iter().all(|late| *late <= 17), "{late:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_when_nobody_takes_batches() {
        let (sender, receiver) = mpsc::channel(64);
        sender.send(counts(1)).await.unwrap();
        pump(receiver, |_| false).await;
        assert!(sender.is_closed());
    }
}
