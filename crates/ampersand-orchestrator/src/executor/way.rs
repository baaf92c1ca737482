//! An attempt's one way out, to its model and to the hosts it was granted: the key is put in on it, the gate stands in it,
//! and what comes back from the model is watched.

use std::net::TcpListener;

use ampersand_core::{Failure, Obstacle, Outage, Seen, Way};
use ampersand_http::HttpError;
use ampersand_http::egress::{self, Entrance, Event, Hosts, ModelRoute, Proxy, Refusal, Refused};
use ampersand_model::ModelError;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{control::Control, login::Login};

/// What a proxy told and nobody took in yet; more is dropped.
const EVENTS_MAX: usize = 256;

/// How often an agent may ask in a way that is refused; it is not set up for this model then.
const REFUSALS_MAX: u32 = 3;

/// Where a way leads.
pub(super) struct Leads {
    /// `None` where the attempt asks no model from inside.
    pub(super) model: Option<ToModel>,
    pub(super) hosts: Hosts,
    /// Hosts of a model that the agent reaches by itself.
    pub(super) stays: Hosts,
}

/// The way to a model.
pub(super) struct ToModel {
    pub(super) route: ModelRoute,
    /// Its name.
    pub(super) name: String,
    /// The login that is put in, where it is no key.
    pub(super) login: Option<Login>,
}

/// A way that is served. Dropping it cuts it.
pub(super) struct Served {
    has_model: bool,
    over: CancellationToken,
    following: AbortOnDropHandle<Way>,
}

impl Served {
    /// Serves the way of an attempt, which is held while its gate is closed and loses what is taken from it; `shut` is told once asking the model is in vain.
    pub(super) fn new(
        listener: TcpListener,
        (leads, entrance): (Leads, &Entrance),
        control: &Control,
        shut: watch::Sender<Option<Outage>>,
    ) -> Result<Self, Failure> {
        let has_model = leads.model.is_some();
        let (route, name, login) = match leads.model {
            Some(model) => (Some(model.route), model.name, model.login),
            None => (None, String::new(), None),
        };
        let policy = egress::Policy {
            model: route,
            hosts: leads.hosts,
            stays: leads.stays,
            token: entrance.token().cloned(),
            ..egress::Policy::default()
        };
        let watching = Watching {
            model: name,
            login,
            way: Way::default(),
            in_vain: 0,
            shut,
        };
        let (events, told) = mpsc::channel(EVENTS_MAX);
        let proxy = Proxy::serve(listener, policy, events).map_err(|error| {
            Failure::new(
                "no_proxy",
                format!("The attempt's way out cannot be served: {error}."),
                "Start the task again.",
            )
        })?;
        control.reach().follow(proxy.shutter());
        let over = CancellationToken::new();
        let following = tokio::spawn(follow(proxy, told, watching, over.clone()));
        Ok(Self {
            has_model,
            over,
            following: AbortOnDropHandle::new(following),
        })
    }

    /// Cuts it and says what was seen of the model, if it leads to one.
    pub(super) async fn end(self) -> Option<Way> {
        self.over.cancel();
        let way = self.following.await.unwrap_or_default();
        self.has_model.then_some(way)
    }
}

async fn follow(
    proxy: Proxy,
    mut told: mpsc::Receiver<Event>,
    mut watching: Watching,
    over: CancellationToken,
) -> Way {
    loop {
        tokio::select! {
            () = over.cancelled() => break,
            Some(event) = told.recv() => watching.take_in(event),
            route = watching.refreshed() => if route.is_some() { proxy.set_model(route) },
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
    login: Option<Login>,
    way: Way,
    /// How often it asked in a way that is refused, since the last answer.
    in_vain: u32,
    shut: watch::Sender<Option<Outage>>,
}

impl Watching {
    /// Waits until its login has to be refreshed, and does that. A refresh that is cut off is begun again: whoever asked
    /// goes on by itself only where it holds the answer.
    async fn refreshed(&mut self) -> Option<ModelRoute> {
        match &mut self.login {
            None => std::future::pending().await,
            Some(login) => {
                login.until_due().await;
                login.refresh().await
            }
        }
    }

    fn take_in(&mut self, event: Event) {
        tracing::debug!(?event, "an agent's way out");
        let now = Timestamp::now();
        let Some(seen) = self.seen(event, now) else {
            return;
        };
        if let Some(outage) = self.way.see(seen, now) {
            self.shut.send_replace(Some(outage));
        }
    }

    /// What an event says about the way; `None` if nothing.
    fn seen(&mut self, event: Event, now: Timestamp) -> Option<Seen> {
        match event {
            Event::Unreached { .. } => None,
            Event::Refused(refused) => self.refused(&refused),
            Event::Answered => {
                self.in_vain = 0;
                Some(Seen::Answered)
            }
            Event::Failed { error, begun } => {
                let outage = match (&error, &self.login) {
                    (HttpError::Unauthorized { host, .. }, Some(login)) => {
                        login.was_refused(host, now)
                    }
                    _ => outage(error, &self.model, now, begun)?,
                };
                Some(Seen::Failed { outage, begun })
            }
        }
    }

    /// Most of what is refused an agent has to live with. What no asking again can change stands in its way.
    fn refused(&mut self, refused: &Refused) -> Option<Seen> {
        let asks = refused.method == "POST";
        let is_in_vain = match &refused.why {
            Refusal::UsedUp => true,
            Refusal::Redirected { .. } | Refusal::Unreadable { .. } => asks,
            Refusal::Path => {
                asks && speaks_another_api(refused)
                    && !self.way.has_answered()
                    && self.is_once_more()
            }
            // It is in its conversation, which it sends again with each question.
            Refusal::Fetches { .. } => self.is_once_more(),
            _ => false,
        };
        is_in_vain.then(|| Seen::Failed {
            outage: Outage {
                obstacle: Obstacle::Setup,
                failure: Failure::from(&refused.why),
                until: None,
            },
            begun: false,
        })
    }

    /// Counts what was refused since the last answer, until it is too often.
    const fn is_once_more(&mut self) -> bool {
        self.in_vain = self.in_vain.saturating_add(1);
        self.in_vain >= REFUSALS_MAX
    }
}

/// Whether it asks a model in a way this one does not have. Agents ask for other things too, and go on without.
fn speaks_another_api(refused: &Refused) -> bool {
    const ENDS: [&str; 5] = [
        "/chat/completions",
        "/responses",
        "/messages",
        ":generateContent",
        ":streamGenerateContent",
    ];
    ENDS.iter().any(|end| refused.target.ends_with(end))
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

#[cfg(test)]
mod tests;
