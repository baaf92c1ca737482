//! The one place where a cryptography provider and the trusted roots are chosen.

use std::sync::{Arc, LazyLock};

use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::Verifier;

/// The configuration every connection shares: ring, and the certificates this system trusts.
///
/// On a system with no certificates at all nothing is trusted: plain endpoints on this machine go on working,
/// and everything else fails as a TLS error.
pub(crate) fn config() -> ClientConfig {
    static CONFIG: LazyLock<ClientConfig> = LazyLock::new(build);
    CONFIG.clone()
}

fn build() -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12]);
    #[expect(
        clippy::expect_used,
        reason = "ring has cipher suites for both versions named here"
    )]
    let builder = builder.expect("ring speaks TLS 1.2 and 1.3");
    let mut config = match Verifier::new(provider) {
        Ok(verifier) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth(),
        Err(error) => {
            tracing::warn!(%error, "no trusted certificates on this system; https will be refused");
            builder
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth()
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}
