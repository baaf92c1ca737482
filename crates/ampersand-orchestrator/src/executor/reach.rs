//! What one attempt may reach, and when: what its task was granted, less what was taken from it since, while its gate is
//! open. Whatever is taken is gone from every way at once; nothing is ever added.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ampersand_core::{Capability, Failure, Isolation, Narrowing, Settings, Task};
use ampersand_http::egress::{Hosts, Shutter};
use ampersand_sandbox::LEADS_OUT;
use tokio::sync::watch;

/// What was taken, and the ways it was taken from.
pub(crate) struct Reach {
    taken: watch::Sender<Vec<Narrowing>>,
    ways: Mutex<Ways>,
}

#[derive(Default)]
struct Ways {
    open: Vec<Shutter>,
    /// No request begins on any.
    are_held: bool,
}

impl Reach {
    pub(super) fn new() -> Self {
        Self {
            taken: watch::Sender::new(Vec::new()),
            ways: Mutex::default(),
        }
    }

    /// Takes something. Once this has returned nothing that was taken is begun, and what went on is cut.
    pub(super) fn take(&self, what: Narrowing) {
        let ways = self.ways();
        self.taken.send_if_modified(|taken| {
            let is_new = !taken.contains(&what);
            if is_new {
                taken.push(what);
            }
            is_new
        });
        if self.has_no_network() {
            ways.open.iter().for_each(Shutter::shut);
        }
        if self.has_no_web() {
            ways.open.iter().for_each(Shutter::take_web);
        }
    }

    /// Holds every way: once this has returned no request begins until they are let go.
    pub(super) fn hold(&self) {
        let mut ways = self.ways();
        ways.are_held = true;
        ways.open.iter().for_each(Shutter::pause);
    }

    /// Lets requests begin again.
    pub(super) fn let_go(&self) {
        let mut ways = self.ways();
        ways.are_held = false;
        ways.open.iter().for_each(Shutter::resume);
    }

    /// A way is open: it loses its hosts and is held with the others, or is so already.
    pub(super) fn follow(&self, way: Shutter) {
        let mut ways = self.ways();
        if self.has_no_network() {
            way.shut();
        }
        if self.has_no_web() {
            way.take_web();
        }
        if ways.are_held {
            way.pause();
        }
        ways.open.push(way);
    }

    /// What was taken so far, as it becomes more.
    pub(super) fn taken(&self) -> watch::Receiver<Vec<Narrowing>> {
        self.taken.subscribe()
    }

    /// The hosts that commands may reach: those that were granted and that the settings still name, and none where there is
    /// no network of its own to let them through alone.
    pub(super) fn hosts(
        &self,
        task: &Task,
        isolation: &Isolation,
        settings: &Settings,
    ) -> Result<Hosts, Failure> {
        let leads_out = LEADS_OUT && isolation.is_full();
        if !(leads_out && task.role.writes()) || self.has_no_network() {
            return Ok(Hosts::default());
        }
        let granted = task.hosts().filter(|host| {
            let is_same = |named: &String| *named == **host;
            settings.network.hosts.iter().any(is_same)
        });
        Hosts::new(granted).map_err(|error| {
            Failure::new(
                "host_malformed",
                format!("{error}."),
                "Correct hosts in the settings, under [network].",
            )
        })
    }

    fn has_no_network(&self) -> bool {
        self.taken.borrow().contains(&Narrowing::Network)
    }

    fn has_no_web(&self) -> bool {
        let taken = self.taken.borrow();
        let takes = |what: &Narrowing| what.takes(&Capability::WebSearch);
        taken.iter().any(takes)
    }

    fn ways(&self) -> MutexGuard<'_, Ways> {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
