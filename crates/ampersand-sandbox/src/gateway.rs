//! The port at which an attempt finds its one way out, chosen before it starts: it has to be told.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

use crate::launcher::Launched;

/// In a network that is the attempt's own any port will do.
const OWN_PORT: u16 = 4911;

/// Whether an attempt's loopback address is its own here. Where it is not, everything on this machine reaches that port.
const HAS_OWN_LOOPBACK: bool = cfg!(target_os = "linux");

/// A port of the loopback address, for [`crate::Policy::way_port`].
#[derive(Debug)]
pub struct Gateway {
    port: u16,
    /// Where it is ours to listen.
    listener: Option<TcpListener>,
}

impl Gateway {
    /// Chooses the port, and takes it where it is everybody's. An error if the system has none left.
    pub fn open() -> io::Result<Self> {
        if HAS_OWN_LOOPBACK {
            let listener = None;
            return Ok(Self {
                port: OWN_PORT,
                listener,
            });
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            port: listener.local_addr()?.port(),
            listener: Some(listener),
        })
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether others reach it too, so that whoever comes has to show who they are.
    pub const fn is_shared(&self) -> bool {
        self.listener.is_some()
    }

    /// What is to be served for a program that was launched with this port: the socket it opened inside, or ours. `None`
    /// if it has no way out.
    pub fn of(&self, launched: &mut Launched) -> io::Result<Option<TcpListener>> {
        match (launched.way.take(), &self.listener) {
            (Some(way), _) => Ok(Some(way)),
            (None, Some(listener)) => listener.try_clone().map(Some),
            (None, None) => Ok(None),
        }
    }
}
