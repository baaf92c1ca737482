//! TLS in front of a server of this kit: what comes for the names of its certificate is passed on in the open.

use std::{io, net::SocketAddr, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;

/// A front on a port of its own. Dropping it closes every connection.
#[derive(Debug)]
pub struct TlsFront {
    address: SocketAddr,
    authority: String,
    accepting: AbortHandle,
}

impl TlsFront {
    /// Starts on a free port of 127.0.0.1, for these names, in front of what listens at `to`.
    pub async fn start(names: &[&str], to: SocketAddr) -> io::Result<Self> {
        let (config, authority) = certified(names).map_err(io::Error::other)?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let accepting = tokio::spawn(accept(listener, acceptor, to)).abort_handle();
        Ok(Self {
            address,
            authority,
            accepting,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate of the authority that vouches for it, as a file of one.
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

type Uncertified = Box<dyn std::error::Error + Send + Sync>;

/// A server's configuration with a certificate for these names, and that of its authority.
fn certified(names: &[&str]) -> Result<(ServerConfig, String), Uncertified> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // By its name it is told from what it vouches for.
    params
        .distinguished_name
        .push(DnType::CommonName, "Authority of a test");
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let names = names.iter().map(|name| (*name).to_owned());
    let params = CertificateParams::new(names.collect::<Vec<_>>())?;
    let certificate = params.signed_by(&key, &authority)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok((config, authority.pem()))
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, to: SocketAddr) {
    // Owned here, so that aborting this loop closes every connection too.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(pass(stream, acceptor.clone(), to));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn pass(stream: TcpStream, acceptor: TlsAcceptor, to: SocketAddr) -> io::Result<()> {
    let mut shown = acceptor.accept(stream).await?;
    let mut behind = TcpStream::connect(to).await?;
    tokio::io::copy_bidirectional(&mut shown, &mut behind)
        .await
        .map(drop)
}
