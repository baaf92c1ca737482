//! An agent's one way to its model: the key is put in on it, the gate stands in it, and what comes back is watched.

use std::net::TcpListener;

use ampersand_agent::Gate;
use ampersand_core::{Failure, Obstacle, Outage, Seen, Way};
use ampersand_http::HttpError;
use ampersand_http::egress::{self, Event, ModelRoute, Proxy};
use ampersand_model::ModelError;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// What a proxy told and nobody took in yet; more is dropped.
const EVENTS_MAX: usize = 256;

/// A way that is served. Dropping it cuts it.
pub(super) struct Served {
    over: CancellationToken,
    following: AbortOnDropHandle<Way>,
}

impl Served {
    /// Serves the way by this route to a model of this name. While the gate is closed no request begins; `shut` is told once asking
    /// is in vain.
    pub(super) fn new(
        listener: TcpListener,
        route: ModelRoute,
        model: String,
        gate: watch::Receiver<Gate>,
        shut: watch::Sender<Option<Outage>>,
    ) -> Result<Self, Failure> {
        let policy = egress::Policy {
            model: Some(route),
            ..egress::Policy::default()
        };
        let watching = Watching {
            model,
            way: Way::default(),
            shut,
        };
        let (events, told) = mpsc::channel(EVENTS_MAX);
        let proxy = Proxy::serve(listener, policy, events).map_err(|error| {
            Failure::new(
                "no_proxy",
                format!("The agent's way to its model cannot be served: {error}."),
                "Start the task again.",
            )
        })?;
        let over = CancellationToken::new();
        let following = tokio::spawn(follow(proxy, gate, told, watching, over.clone()));
        Ok(Self {
            over,
            following: AbortOnDropHandle::new(following),
        })
    }

    /// Cuts it and says what was seen on it.
    pub(super) async fn end(self) -> Way {
        self.over.cancel();
        self.following.await.unwrap_or_default()
    }
}

async fn follow(
    proxy: Proxy,
    mut gate: watch::Receiver<Gate>,
    mut told: mpsc::Receiver<Event>,
    mut watching: Watching,
    over: CancellationToken,
) -> Way {
    loop {
        match *gate.borrow_and_update() {
            Gate::Open => proxy.resume(),
            Gate::Closed => proxy.pause(),
        }
        tokio::select! {
            () = over.cancelled() => break,
            changed = gate.changed() => if changed.is_err() { break },
            Some(event) = told.recv() => watching.take_in(event),
        }
    }
    proxy.close().await;
    while let Ok(event) = told.try_recv() {
        watching.take_in(event);
    }
    watching.way
}

/// What was seen, and who is told of it.
struct Watching {
    model: String,
    way: Way,
    shut: watch::Sender<Option<Outage>>,
}

impl Watching {
    fn take_in(&mut self, event: Event) {
        tracing::debug!(?event, "an agent's way out");
        let now = Timestamp::now();
        let Some(seen) = seen(event, &self.model, now) else {
            return;
        };
        if let Some(outage) = self.way.see(seen, now) {
            self.shut.send_replace(Some(outage));
        }
    }
}

/// What an event says about the way; `None` if nothing.
fn seen(event: Event, model: &str, now: Timestamp) -> Option<Seen> {
    match event {
        Event::Refused(_) => None,
        Event::Answered => Some(Seen::Answered),
        Event::Failed { error, begun } => {
            let outage = outage(error, model, now, begun)?;
            Some(Seen::Failed { outage, begun })
        }
    }
}

/// A request that cannot be answered is the agent's business, unless there was an answer and no other may begin.
fn outage(error: HttpError, model: &str, now: Timestamp, begun: bool) -> Option<Outage> {
    let error = ModelError::from_http(error, model);
    let unknown = || Outage {
        obstacle: Obstacle::Unknown,
        failure: Failure::from(&error),
        until: None,
    };
    error.outage(now).or_else(|| begun.then(unknown))
}
