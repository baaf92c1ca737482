//! An attempt's way out as it is told to its programs before they start: where its proxy will be, and what opens that.

use std::net::TcpListener;

use ampersand_core::Failure;
use ampersand_http::egress::Entrance;
use ampersand_sandbox::{Gateway as Port, Launched};

/// The port of one attempt, and the way in to its proxy.
pub(super) struct Gateway {
    port: Port,
    pub(super) entrance: Entrance,
}

impl Gateway {
    pub(super) fn open() -> Result<Self, Failure> {
        let port = Port::open().map_err(|error| closed(&error))?;
        let entrance = match port.is_shared() {
            true => Entrance::shared(port.port()),
            false => Entrance::own(port.port()),
        };
        Ok(Self { port, entrance })
    }

    /// What is to be served for a program that was launched with this port; `None` if it has no way out.
    pub(super) fn of(&self, launched: &mut Launched) -> Result<Option<TcpListener>, Failure> {
        self.port.of(launched).map_err(|error| closed(&error))
    }
}

fn closed(error: &std::io::Error) -> Failure {
    Failure::new(
        "no_gateway",
        format!("The attempt's way out cannot be opened: {error}."),
        "Too much may be open on this machine; close some of it and start the task again.",
    )
}
