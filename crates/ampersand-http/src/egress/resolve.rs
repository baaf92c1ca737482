//! From a name to the addresses that are dialled: resolved once, judged, and used as judged.

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use tokio::net::TcpStream;

use super::{Destination, Refusal};
use crate::{HttpError, address::is_public};

type Lookup = dyn Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync;

/// Who is asked for the addresses of a name.
#[derive(Clone)]
pub(super) struct Resolver(Arc<Lookup>);

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

/// Why nothing is dialled.
#[derive(Debug)]
pub(super) enum NoAddress {
    Refused(Refusal),
    Failed(HttpError),
}

impl Resolver {
    pub(super) fn new(
        lookup: impl Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self(Arc::new(lookup))
    }

    /// The system's.
    pub(super) fn system() -> Self {
        Self::new(|name, port| {
            Box::pin(async move { Ok(tokio::net::lookup_host((name, port)).await?.collect()) })
        })
    }

    /// Resolves once. A name with even one address that is not public is refused whole, so that no retry slips there.
    pub(super) async fn checked(
        &self,
        to: &Destination,
        pinned: Option<SocketAddr>,
        within: Duration,
    ) -> Result<Vec<SocketAddr>, NoAddress> {
        if let Some(address) = pinned {
            return Ok(vec![address]);
        }
        let found = tokio::time::timeout(within, (self.0)(to.name.clone(), to.port)).await;
        let addresses = match found {
            Ok(Ok(addresses)) if !addresses.is_empty() => addresses,
            _ => return Err(NoAddress::Failed(unreachable(to))),
        };
        if addresses.iter().all(|address| is_public(address.ip())) {
            Ok(addresses)
        } else {
            Err(NoAddress::Refused(Refusal::Private { host: to.clone() }))
        }
    }
}

/// Dials the first address that answers.
pub(super) async fn dial(
    to: &Destination,
    addresses: &[SocketAddr],
    within: Duration,
) -> Result<TcpStream, HttpError> {
    let dialling = async {
        for address in addresses {
            if let Ok(stream) = TcpStream::connect(address).await {
                return Some(stream);
            }
        }
        None
    };
    let stream = tokio::time::timeout(within, dialling).await;
    stream.ok().flatten().ok_or_else(|| unreachable(to))
}

fn unreachable(to: &Destination) -> HttpError {
    HttpError::Unreachable {
        host: to.to_string(),
    }
}
