//! The port at which an attempt finds its one way out, chosen before it starts: it has to be told.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
#[cfg(any(windows, test))]
use std::ops::RangeInclusive;

use crate::launcher::Launched;

/// In a network that is the attempt's own any port will do.
const OWN_PORT: u16 = 4911;

/// Whether an attempt's loopback address is its own here. Where it is not, everything on this machine reaches that port.
const HAS_OWN_LOOPBACK: bool = cfg!(target_os = "linux");

/// Where an administrator's filters let attempts through on Windows: the same for good, since those are made once. The system
/// gives none of these away by itself.
#[cfg(any(windows, test))]
pub(crate) const PORTS: RangeInclusive<u16> = 47_104..=47_231;

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
        #[cfg(windows)]
        let listener = first(PORTS, |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)))?;
        #[cfg(not(windows))]
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

    /// What listens there, if that is ours.
    #[cfg(windows)]
    pub(crate) fn into_listener(self) -> Option<TcpListener> {
        self.listener
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

/// What can be had at the first port that is nobody's. The system may keep some for itself.
#[cfg(any(windows, test))]
fn first<T>(
    mut ports: RangeInclusive<u16>,
    mut at: impl FnMut(u16) -> io::Result<T>,
) -> io::Result<T> {
    let taken = [io::ErrorKind::AddrInUse, io::ErrorKind::PermissionDenied];
    ports
        .find_map(|port| match at(port) {
            Err(error) if taken.contains(&error.kind()) => None,
            had => Some(had),
        })
        .unwrap_or_else(|| Err(io::ErrorKind::AddrInUse.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_port_that_is_nobodys_is_taken() {
        let at = |free: u16| {
            move |port: u16| match port.cmp(&free) {
                std::cmp::Ordering::Less if port.is_multiple_of(2) => {
                    Err(io::ErrorKind::AddrInUse.into())
                }
                std::cmp::Ordering::Less => Err(io::ErrorKind::PermissionDenied.into()),
                _ => Ok(port),
            }
        };
        assert_eq!(first(10..=13, at(10)).unwrap(), 10);
        assert_eq!(first(10..=13, at(13)).unwrap(), 13);
        let none = first(10..=13, at(14)).unwrap_err();
        assert_eq!(none.kind(), io::ErrorKind::AddrInUse);
        let broken = first(10..=13, |_| {
            Err::<u16, _>(io::ErrorKind::Unsupported.into())
        });
        assert_eq!(broken.unwrap_err().kind(), io::ErrorKind::Unsupported);
    }
}
