//! The way out of a sandboxed command: a proxy of its own to exactly the hosts that were named. What it refuses is told on
//! standard error. No key is put in: that is for models alone.

use ampersand_core::{Failure, Isolation};
use ampersand_http::egress::{self, Entrance, Event, Hosts, Proxy};
use ampersand_sandbox::{Launched, Policy};
use tokio::{sync::mpsc, task::JoinHandle};

/// What the proxy told and was not printed yet; more is dropped.
const EVENTS_MAX: usize = 256;

/// The hosts that were named, if any were.
pub(super) fn hosts(named: &[String]) -> Result<Option<Hosts>, Failure> {
    if named.is_empty() {
        return Ok(None);
    }
    Hosts::new(named).map(Some).map_err(|error| {
        Failure::new(
            "host_malformed",
            format!("{error}."),
            "Name a host in full: NAME, NAME:PORT, or NAME:PORT=ADDRESS:PORT for one in your own network.",
        )
    })
}

/// Where the command's way out is, and what opens it.
pub(super) struct Gateway {
    port: ampersand_sandbox::Gateway,
    entrance: Entrance,
}

/// Gives the command its way out, where its role and its isolation have one.
pub(super) fn open(policy: &mut Policy, isolation: &Isolation) -> Result<Gateway, Failure> {
    if !policy.role.writes() {
        return Err(Failure::new(
            "hosts_explorer",
            "An explorer reaches no host.",
            "Leave --host out, or run the command as a worker.",
        ));
    }
    if !isolation.is_full() {
        return Err(Failure::new(
            "hosts_full_only",
            format!(
                "Where isolation is {}, no host can be let through without all others.",
                isolation.tier()
            ),
            "Enable full isolation (`doctor` says how), or leave --host out.",
        ));
    }
    let port = ampersand_sandbox::Gateway::open().map_err(|error| closed(&error))?;
    let entrance = match port.is_shared() {
        true => Entrance::shared(port.port()),
        false => Entrance::own(port.port()),
    };
    policy.way_port = Some(port.port());
    policy.env.extend(entrance.variables());
    Ok(Gateway { port, entrance })
}

/// A way that is served. Dropping it cuts it.
pub(super) struct Out {
    proxy: Proxy,
    telling: JoinHandle<()>,
}

impl Out {
    /// Cuts it, once all it refused is told.
    pub(super) async fn end(self) {
        self.proxy.close().await;
        // Ends with the proxy; that it might panic costs a line at most.
        drop(self.telling.await);
    }
}

/// Serves the way of what was launched until it is ended; `None` if it has none.
pub(super) fn serve(
    gateway: &Gateway,
    launched: &mut Launched,
    hosts: Hosts,
) -> Result<Option<Out>, Failure> {
    let found = gateway.port.of(launched);
    let Some(listener) = found.map_err(|error| closed(&error))? else {
        return Ok(None);
    };
    let policy = egress::Policy {
        hosts,
        token: gateway.entrance.token().cloned(),
        ..egress::Policy::default()
    };
    let (events, told) = mpsc::channel(EVENTS_MAX);
    let proxy = Proxy::serve(listener, policy, events).map_err(|error| closed(&error))?;
    let telling = tokio::spawn(tell(told));
    Ok(Some(Out { proxy, telling }))
}

fn closed(error: &std::io::Error) -> Failure {
    Failure::new(
        "no_proxy",
        format!("The command's way out cannot be served: {error}."),
        "Run it again.",
    )
}

async fn tell(mut told: mpsc::Receiver<Event>) {
    while let Some(event) = told.recv().await {
        match event {
            Event::Refused(refused) => eprintln!("refused: {refused}"),
            Event::Failed { error, .. } | Event::Unreached { error } => {
                eprintln!("failed: {error}");
            }
            Event::Answered => {}
        }
    }
}
