//! Where programs find a proxy: at a port of the loopback address, and with what word where others find it too.

use uuid::Uuid;

use super::admit::PROXY_USER;
use crate::Secret;

/// The way in to one proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entrance {
    port: u16,
    token: Option<Secret>,
}

impl Entrance {
    /// At a port of a network that is the attempt's own: nobody else comes there.
    pub const fn own(port: u16) -> Self {
        let token = None;
        Self { port, token }
    }

    /// At a port that everything on this machine can reach: it opens to whoever shows a token made here.
    pub fn shared(port: u16) -> Self {
        let token = Some(Secret::new(Uuid::new_v4().simple().to_string()));
        Self { port, token }
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// What has to be shown, for [`super::Policy::token`].
    pub const fn token(&self) -> Option<&Secret> {
        self.token.as_ref()
    }

    /// What stands in front of the model's paths, `/v1/…`.
    pub fn origin(&self) -> String {
        let Self { port, token } = self;
        match token {
            Some(token) => format!("http://127.0.0.1:{port}/{}", token.expose()),
            None => format!("http://127.0.0.1:{port}"),
        }
    }

    /// The variables by which programs find it as their proxy. What listens beside it on the loopback address is reached
    /// without.
    pub fn variables(&self) -> Vec<(String, String)> {
        let Self { port, token } = self;
        let proxy = match token {
            Some(token) => format!("http://{PROXY_USER}:{}@127.0.0.1:{port}", token.expose()),
            None => format!("http://127.0.0.1:{port}"),
        };
        let beside = "localhost,127.0.0.1,::1";
        [
            ("HTTP_PROXY", proxy.as_str()),
            ("HTTPS_PROXY", &proxy),
            ("http_proxy", &proxy),
            ("https_proxy", &proxy),
            ("NO_PROXY", beside),
            ("no_proxy", beside),
            ("NODE_USE_ENV_PROXY", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }
}
