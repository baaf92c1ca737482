//! The only way out of an attempt: a proxy of its own, to exactly the model endpoint its runtime needs and the hosts the
//! user allowed.
//!
//! It serves a socket the sandbox opened. Requests to `/v1/…` go to the model endpoint, with the key put in here and
//! whatever key the agent sent left out; CONNECT and absolute addresses go to allowed hosts. Every connection carries
//! one request. The address that was checked is the address that is dialled; no redirect is followed; what is not
//! understood is refused. Closing it cuts every connection and lets no request begin: that is how a paused or cancelled
//! attempt costs nothing more. An answer of the model that breaks off, ends without its end or says that it failed is the last:
//! whether to ask again is its owner's to decide.
//!
//! What a request would have the provider fetch is refused too, as it would lead anywhere. It does not look into TLS: an
//! allowed host can be used for whatever that host offers.

mod account;
mod admit;
mod answer;
mod api;
mod connection;
mod entrance;
mod event;
mod fetches;
mod forward;
mod head;
mod hosts;
mod listener;
mod model;
mod policy;
mod reading;
mod redact;
mod resolve;
mod room;
mod sparing;
mod state;
#[doc(hidden)]
pub mod strangers;
mod tunnel;
mod web_tools;

use std::{
    io,
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::mpsc,
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;

pub use self::{
    api::Api,
    entrance::Entrance,
    event::{Event, Refusal, Refused, Usage},
    hosts::{BadEntry, Destination, Hosts},
    listener::Listener,
    policy::{Limits, ModelRoute, Policy},
};
use self::{
    listener::{Accepting, Duplex},
    resolve::Resolver,
    state::{Phase, State},
};

/// How long to wait when the system has no descriptor left for another connection.
const BREATH: Duration = Duration::from_millis(50);

/// A running proxy. Dropping it closes it.
#[derive(Debug)]
pub struct Proxy {
    state: Arc<State>,
    accepting: Option<JoinHandle<()>>,
    closing: CancellationToken,
}

impl Proxy {
    /// Serves a listening socket from inside a runtime, telling `events` what it refuses; events for which the channel
    /// has no room are counted and dropped. Errors if the socket cannot be driven.
    pub fn serve(
        listener: impl Into<Listener>,
        policy: Policy,
        events: mpsc::Sender<Event>,
    ) -> io::Result<Self> {
        Self::serve_with(listener.into(), policy, events, Resolver::system())
    }

    fn serve_with(
        listener: Listener,
        policy: Policy,
        events: mpsc::Sender<Event>,
        resolver: Resolver,
    ) -> io::Result<Self> {
        let listener = Accepting::new(listener)?;
        let state = State::new(policy, listener.port(), resolver, events);
        let state = Arc::new(state.map_err(io::Error::other)?);
        let closing = CancellationToken::new();
        let accepting = accept(listener, Arc::clone(&state), closing.clone());
        Ok(Self {
            accepting: Some(tokio::spawn(accepting)),
            closing,
            state,
        })
    }

    /// Lets no request begin until [`Proxy::resume`]. Those under way go on; new ones wait, unanswered. Once this has
    /// returned, [`Usage::model_requests`] does not grow.
    pub fn pause(&self) {
        self.state.enter(Phase::Paused);
    }

    /// Lets requests begin again.
    pub fn resume(&self) {
        self.state.enter(Phase::Open);
    }

    /// Whether no request begins until [`Proxy::resume`].
    pub fn is_paused(&self) -> bool {
        *self.state.phase.borrow() == Phase::Paused
    }

    /// Cuts every connection and lets no request begin. Once this has returned, nothing is open.
    pub async fn close(mut self) {
        let accepting = self.accepting.take();
        drop(self);
        if let Some(accepting) = accepting {
            // It ends by being told to; that it might panic changes nothing about its being over.
            drop(accepting.await);
        }
    }

    /// Replaces the allowed hosts. What goes on with hosts no longer among them is cut.
    pub fn set_hosts(&self, hosts: Hosts) {
        self.state.hosts.send_replace(hosts);
    }

    /// What shuts the allowed hosts and pauses from beside whoever runs the proxy.
    pub fn shutter(&self) -> Shutter {
        Shutter(Arc::downgrade(&self.state))
    }

    /// Replaces the model endpoint, as after a login was refreshed. Requests under way keep the one they began with.
    pub fn set_model(&self, model: Option<ModelRoute>) {
        self.state.set_model(model);
    }

    /// What passed through so far.
    pub fn usage(&self) -> Usage {
        self.state.usage()
    }
}

/// Shuts the hosts of a proxy and holds its requests back, from beside whoever runs it. A host that was shut it does not
/// open again.
#[derive(Debug, Clone)]
pub struct Shutter(Weak<State>);

impl Shutter {
    /// Allows no host any more but those that stay. Once this has returned no request to another begins; what goes on is cut.
    /// The model stays.
    pub fn shut(&self) {
        if let Some(state) = self.0.upgrade() {
            state.hosts.send_replace(state.policy.stays.clone());
        }
    }

    /// Takes the provider's own tools for the web out of every request that begins from now on.
    pub fn take_web(&self) {
        if let Some(state) = self.0.upgrade() {
            state.web_is_taken.store(true, Ordering::Release);
        }
    }

    /// As [`Proxy::pause`].
    pub fn pause(&self) {
        if let Some(state) = self.0.upgrade() {
            state.enter(Phase::Paused);
        }
    }

    /// As [`Proxy::resume`].
    pub fn resume(&self) {
        if let Some(state) = self.0.upgrade() {
            state.enter(Phase::Open);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.enter(Phase::Closed);
        self.closing.cancel();
    }
}

async fn accept(listener: Accepting, state: Arc<State>, closing: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = closing.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok(stream) => admit_connection(stream, &state, &mut connections).await,
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be accepted");
                    tokio::time::sleep(BREATH).await;
                }
            },
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn admit_connection(
    mut stream: Box<dyn Duplex>,
    state: &Arc<State>,
    connections: &mut JoinSet<()>,
) {
    match state.connect() {
        Ok(()) => {
            let counted = Counted(Arc::clone(state));
            connections.spawn(async move {
                connection::serve(stream, Arc::clone(&counted.0)).await;
                drop(counted);
            });
        }
        Err(why) => {
            // Not lingered on: a flood is answered as cheaply as it comes.
            let told = connection::write_refusal(&mut stream, &why);
            drop(tokio::time::timeout(BREATH, told).await);
            state.refuse("", "", why);
        }
    }
}

/// Counts its connection out, however it ends.
struct Counted(Arc<State>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.disconnect();
    }
}

#[cfg(test)]
mod tests;
