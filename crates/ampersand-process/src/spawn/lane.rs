//! Threads that start programs and never end: a parent-death signal fires when the *thread* that forked ends, so a fork
//! from a pool thread would kill agents at random.

use std::sync::OnceLock;

use tokio::sync::{mpsc, oneshot};

type Job = Box<dyn FnOnce() + Send>;

/// A thread that works off what it is given. It ends, and everything it started with it, when the last handle does.
#[derive(Debug, Clone)]
pub(crate) struct Lane(mpsc::Sender<Job>);

impl Lane {
    /// The one for everything that needs no thread of its own.
    pub(crate) fn main() -> Option<Self> {
        static MAIN: OnceLock<Option<Lane>> = OnceLock::new();
        MAIN.get_or_init(|| Self::open("spawner").ok()).clone()
    }

    /// A new thread.
    pub(crate) fn open(name: &str) -> std::io::Result<Self> {
        let (jobs, mut queue) = mpsc::channel::<Job>(64);
        let work = move || {
            while let Some(job) = queue.blocking_recv() {
                job();
            }
        };
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(work)?;
        Ok(Self(jobs))
    }

    /// What `work` gives when run there; nothing if the thread is gone.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, done) = oneshot::channel();
        // Whoever gave up waiting drops the answer: a child in it is killed.
        let job: Job = Box::new(move || drop(answer.send(work())));
        self.0.send(job).await.ok()?;
        done.await.ok()
    }

    /// As [`Self::run`], for callers on a thread that may be held up.
    #[cfg(target_os = "linux")]
    pub(crate) fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, done) = std::sync::mpsc::sync_channel(1);
        let job: Job = Box::new(move || drop(answer.send(work())));
        self.0.try_send(job).ok()?;
        done.recv().ok()
    }
}
