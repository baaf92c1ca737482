//! What the connections of one proxy share: whether requests may begin, how many did, and who hears of it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    time::Instant,
};

use super::{
    Destination, Event, Hosts, ModelRoute, Policy, Refusal, Refused, Usage,
    hosts::Scheme,
    resolve::Resolver,
    room::Room,
    sparing::{Note, Sparing},
};
use crate::{Client, HttpError};

/// Whether requests may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    Paused,
    /// An answer broke off; only closing follows.
    Halted,
    Closed,
}

/// Shared by all connections of one proxy.
#[derive(Debug)]
pub(super) struct State {
    pub(super) policy: Policy,
    /// The port it is reached at, if it has one.
    pub(super) port: Option<u16>,
    pub(super) client: Client,
    pub(super) resolver: Resolver,
    pub(super) phase: watch::Sender<Phase>,
    pub(super) hosts: watch::Sender<Hosts>,
    /// Nothing is searched or fetched by the provider.
    pub(super) web_is_taken: AtomicBool,
    model: Mutex<Option<ModelRoute>>,
    pub(super) room: Room,
    at_once: Arc<Semaphore>,
    bucket: Mutex<Bucket>,
    usage: Mutex<Usage>,
    sparing: Mutex<Sparing>,
    events: mpsc::Sender<Event>,
}

impl State {
    pub(super) fn new(
        policy: Policy,
        port: Option<u16>,
        resolver: Resolver,
        events: mpsc::Sender<Event>,
    ) -> Result<Self, HttpError> {
        let limits = policy.limits;
        let client = Client::with_limits(crate::Limits {
            connect: limits.connect,
            ..crate::Limits::default()
        })?;
        Ok(Self {
            port,
            client,
            resolver,
            phase: watch::Sender::new(Phase::Open),
            hosts: watch::Sender::new(policy.hosts.clone().and(&policy.stays)),
            web_is_taken: AtomicBool::new(false),
            model: Mutex::new(policy.model.clone()),
            room: Room::new(limits.model_requests_held_bytes),
            at_once: Arc::new(Semaphore::new(limits.model_requests_at_once)),
            bucket: Mutex::new(Bucket::new(
                limits.model_requests_per_minute,
                Instant::now(),
            )),
            usage: Mutex::default(),
            sparing: Mutex::default(),
            policy,
            events,
        })
    }

    pub(super) fn model(&self) -> Option<ModelRoute> {
        lock(&self.model).clone()
    }

    pub(super) fn set_model(&self, model: Option<ModelRoute>) {
        *lock(&self.model) = model;
    }

    pub(super) fn usage(&self) -> Usage {
        Usage {
            most_held_bytes: self.room.most_held(),
            ..*lock(&self.usage)
        }
    }

    /// Closed stays closed, and what was halted only closes.
    pub(super) fn enter(&self, next: Phase) {
        self.phase.send_if_modified(|phase| {
            let stays = match *phase {
                Phase::Closed => true,
                Phase::Halted => next != Phase::Closed,
                Phase::Open | Phase::Paused => *phase == next,
            };
            if !stays {
                *phase = next;
            }
            !stays
        });
    }

    /// Waits until requests may begin; for ever once halted or closed.
    pub(super) async fn open(&self) {
        let mut phase = self.phase.subscribe();
        if phase.wait_for(|phase| *phase == Phase::Open).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Begins a request to the model. When [`Phase`] was changed before this counted it, it does not begin.
    pub(super) async fn begin_model(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let permit = Arc::clone(&self.at_once).acquire_owned().await;
        let permit = permit.map_err(|_| Refusal::NoModel)?;
        loop {
            self.open().await;
            // Held while counting: a pause returns before or after, never in between.
            let phase = self.phase.borrow();
            if *phase != Phase::Open {
                continue;
            }
            lock(&self.bucket)
                .take(Instant::now())
                .map_err(|retry_after| Refusal::TooManyRequests { retry_after })?;
            lock(&self.usage).model_requests += 1;
            return Ok(permit);
        }
    }

    /// Waits until a host is not allowed any more.
    pub(super) async fn shut(&self, to: &Destination, scheme: Scheme) {
        let mut hosts = self.hosts.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        drop(hosts.wait_for(|hosts| !hosts.allow(to, scheme)).await);
    }

    /// Begins a request or a tunnel to another host.
    pub(super) async fn begin_other(&self) {
        self.open().await;
        lock(&self.usage).others += 1;
    }

    pub(super) fn sent(&self, bytes: usize) -> Result<(), Refusal> {
        let mut usage = lock(&self.usage);
        usage.uploaded_bytes += bytes as u64;
        let fits = usage.uploaded_bytes <= self.policy.limits.upload_bytes;
        fits.then_some(()).ok_or(Refusal::UsedUp)
    }

    pub(super) fn received(&self, bytes: usize) -> Result<(), Refusal> {
        let mut usage = lock(&self.usage);
        usage.downloaded_bytes += bytes as u64;
        let fits = usage.downloaded_bytes <= self.policy.limits.download_bytes;
        fits.then_some(()).ok_or(Refusal::UsedUp)
    }

    /// Counts a connection in, or refuses it.
    pub(super) fn connect(&self) -> Result<(), Refusal> {
        let mut usage = lock(&self.usage);
        if usage.connections >= self.policy.limits.connections {
            return Err(Refusal::TooManyConnections);
        }
        usage.connections += 1;
        usage.most_connections = usage.most_connections.max(usage.connections);
        Ok(())
    }

    pub(super) fn disconnect(&self) {
        lock(&self.usage).connections -= 1;
    }

    pub(super) fn refuse(&self, method: &str, target: &str, why: Refusal) {
        let refused = Refused::new(method, target, why);
        match lock(&self.sparing).note(Instant::now()) {
            Note::Whole => tracing::info!(%refused, "refused"),
            Note::Count(times) => tracing::info!(times, newest = %refused, "more was refused"),
            Note::Nothing => {}
        }
        lock(&self.usage).refused += 1;
        self.tell(Event::Refused(refused));
    }

    /// An agent that floods us must not be able to make its owner wait: what has no room is counted.
    pub(super) fn tell(&self, event: Event) {
        if self.events.try_send(event).is_err() {
            lock(&self.usage).lost_events += 1;
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let times = lock(&self.sparing).unsaid();
        if times > 0 {
            tracing::info!(times, "more was refused");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many requests may begin: so many a minute, at most so many in one burst.
#[derive(Debug)]
struct Bucket {
    per_minute: u32,
    left: f64,
    since: Instant,
}

impl Bucket {
    fn new(per_minute: u32, now: Instant) -> Self {
        Self {
            per_minute,
            left: f64::from(per_minute),
            since: now,
        }
    }

    /// Takes one, or says when there will be one again.
    fn take(&mut self, now: Instant) -> Result<(), Duration> {
        let each = f64::from(self.per_minute) / 60.0;
        let gained = now.saturating_duration_since(self.since).as_secs_f64() * each;
        self.left = (self.left + gained).min(f64::from(self.per_minute));
        self.since = now;
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        const NEVER: Duration = Duration::from_secs(3600);
        let wait = Duration::try_from_secs_f64((1.0 - self.left) / each);
        Err(wait.unwrap_or(NEVER).min(NEVER))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Bucket;

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut bucket = Bucket::new(2, start);
        assert_eq!(bucket.take(at(0)), Ok(()));
        assert_eq!(bucket.take(at(0)), Ok(()));
        assert_eq!(bucket.take(at(0)), Err(Duration::from_secs(30)));
        assert_eq!(bucket.take(at(15)), Err(Duration::from_secs(15)));
        assert_eq!(bucket.take(at(30)), Ok(()));
        assert_eq!(bucket.take(at(600)), Ok(()));
        assert_eq!(bucket.take(at(600)), Ok(()));
        assert!(bucket.take(at(600)).is_err());
        assert_eq!(
            Bucket::new(0, start).take(at(9)),
            Err(Duration::from_secs(3600))
        );
    }
}
