//! Reaching what listens inside an attempt: the one port its policy names, on its own loopback address.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpStream;

#[cfg(target_os = "linux")]
use crate::linux::sockets::{Borrowed, Sockets};

/// A way in to one port. Dropping it closes nothing that is under way.
#[derive(Debug)]
pub struct Inward {
    port: u16,
    /// Sockets of the attempt's own network; absent where its loopback address is this machine's.
    #[cfg(target_os = "linux")]
    own: Option<Sockets>,
}

/// A connection to what listens inside.
#[derive(Debug)]
pub struct Inside {
    stream: TcpStream,
    #[cfg(target_os = "linux")]
    _own: Option<Borrowed>,
}

impl Inside {
    /// Both directions of it.
    pub const fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }
}

impl Inward {
    /// Into a network of the attempt's own.
    #[cfg(target_os = "linux")]
    pub(crate) fn own(port: u16, sockets: Sockets) -> Self {
        let own = Some(sockets);
        Self { port, own }
    }

    /// Where the attempt has no network of its own.
    pub(crate) const fn shared(port: u16) -> Self {
        Self {
            port,
            #[cfg(target_os = "linux")]
            own: None,
        }
    }

    /// Connects to the port, and waits while all ways in are taken. An error with `ConnectionRefused` while nothing listens
    /// there. What answers was written by an agent.
    pub async fn connect(&self) -> io::Result<Inside> {
        let [four, six] = [
            SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, self.port)),
        ];
        match self.connect_to(four).await {
            // Some listen on the newer address alone when they are told `localhost`.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                self.connect_to(six).await.map_err(|_| error)
            }
            connected => connected,
        }
    }

    #[cfg(target_os = "linux")]
    async fn connect_to(&self, address: SocketAddr) -> io::Result<Inside> {
        let Some(own) = &self.own else {
            let stream = TcpStream::connect(address).await?;
            return Ok(Inside { stream, _own: None });
        };
        let (stream, borrowed) = own.connect(address).await?;
        let _own = Some(borrowed);
        Ok(Inside { stream, _own })
    }

    #[cfg(not(target_os = "linux"))]
    async fn connect_to(&self, address: SocketAddr) -> io::Result<Inside> {
        let stream = TcpStream::connect(address).await?;
        Ok(Inside { stream })
    }
}
