//! The way out of a sandboxed command: a proxy of its own to exactly the hosts that were named. What it refuses is told on
//! standard error. No key is put in: that is for models alone.

use std::net::TcpListener;

use ampersand_core::{Failure, Isolation};
use ampersand_http::egress::{self, Event, Hosts, Proxy};
use ampersand_sandbox::Policy;
use tokio::{sync::mpsc, task::JoinHandle};

/// Where the command finds it, in a network that is its own.
const PORT: u16 = 4911;

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

/// Gives the command its way out, where its role and its isolation have one.
pub(super) fn open(policy: &mut Policy, isolation: &Isolation) -> Result<(), Failure> {
    if !policy.role.writes() {
        return Err(Failure::new(
            "hosts_explorer",
            "An explorer reaches no host.",
            "Leave --host out, or run the command as a worker.",
        ));
    }
    if !matches!(isolation, Isolation::Full) {
        return Err(Failure::new(
            "hosts_full_only",
            format!(
                "Where isolation is {}, no host can be let through without all others.",
                isolation.tier()
            ),
            "Enable full isolation (`doctor` says how), or leave --host out.",
        ));
    }
    policy.way_port = Some(PORT);
    policy.env.extend(egress::variables(PORT));
    Ok(())
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

/// Serves the way until it is ended.
pub(super) fn serve(listener: TcpListener, hosts: Hosts) -> Result<Out, Failure> {
    let policy = egress::Policy {
        hosts,
        ..egress::Policy::default()
    };
    let (events, told) = mpsc::channel(EVENTS_MAX);
    let proxy = Proxy::serve(listener, policy, events).map_err(|error| {
        Failure::new(
            "no_proxy",
            format!("The command's way out cannot be served: {error}."),
            "Run it again.",
        )
    })?;
    let telling = tokio::spawn(tell(told));
    Ok(Out { proxy, telling })
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
