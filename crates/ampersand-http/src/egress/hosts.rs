//! The hosts an attempt may reach besides its model, by exact name and port. Pure.
//!
//! What an agent writes is compared, never repaired: a reader further down that understands a name differently is how
//! such lists are got round.

use std::net::SocketAddr;

/// Where an agent wants to go: a name in plain lower case, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The name, as a resolver will read it.
    pub name: String,
    /// The port.
    pub port: u16,
}

/// How a destination is spoken to, which decides the port an entry without one means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// CONNECT, and TLS inside.
    Tls,
    /// A whole address, in the open.
    Plain,
}

impl Scheme {
    pub(super) fn port(self) -> u16 {
        match self {
            Self::Tls => 443,
            Self::Plain => 80,
        }
    }
}

/// The hosts the user allowed. Empty allows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    name: String,
    /// `None`: 443 through a tunnel, 80 without.
    port: Option<u16>,
    pinned: Option<SocketAddr>,
}

/// An entry that names no host the way one must be named here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{entry}` cannot be allowed: {why}")]
pub struct BadEntry {
    /// As it was written.
    pub entry: String,
    /// As the end of a sentence.
    pub why: &'static str,
}

impl Hosts {
    /// From entries such as `x.example` (ports 443 and 80), `registry.example:8443` (that port) and, for one in the user's own
    /// network, `registry.lan:8443=10.0.0.5:8443` (as [`Self::pinned`]). Errors at the first that is something else: a
    /// pattern, an address in numbers.
    pub fn new<I, S>(entries: I) -> Result<Self, BadEntry>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let parse = |entry: S| {
            Entry::parse(&entry.as_ref().trim().to_ascii_lowercase()).map_err(|why| BadEntry {
                entry: entry.as_ref().to_owned(),
                why,
            })
        };
        let entries = entries.into_iter().map(parse).collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }

    /// Adds a host in the user's own network: it is dialled at this address and nowhere else, and nothing is resolved.
    #[must_use]
    pub fn pinned(mut self, name: &str, port: u16, address: SocketAddr) -> Self {
        self.entries.push(Entry {
            name: name.to_ascii_lowercase(),
            port: Some(port),
            pinned: Some(address),
        });
        self
    }

    /// These and those.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        self.entries.extend(others.entries.iter().cloned());
        self
    }

    /// Whether nothing is allowed.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn allow(&self, to: &Destination, scheme: Scheme) -> bool {
        self.find(to, scheme).is_some()
    }

    pub(super) fn pin(&self, to: &Destination, scheme: Scheme) -> Option<SocketAddr> {
        self.find(to, scheme)?.pinned
    }

    fn find(&self, to: &Destination, scheme: Scheme) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.name == to.name && entry.port.unwrap_or(scheme.port()) == to.port)
    }
}

impl Entry {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let (host, address) = match text.split_once('=') {
            Some((host, address)) => (host, Some(address)),
            None => (text, None),
        };
        let (name, port) = split_port(host)?;
        check_name(name)?;
        let pinned = address
            .map(|address| match (port, address.parse()) {
                (None, _) => Err("a host with an address of its own needs a port"),
                (_, Err(_)) => Err("what stands behind `=` is no address and port"),
                (Some(_), Ok(address)) => Ok(address),
            })
            .transpose()?;
        Ok(Self {
            name: name.to_owned(),
            port,
            pinned,
        })
    }
}

impl Destination {
    /// Reads `name:port`; the port may be missing if there is a usual one. Errors end a sentence.
    pub(super) fn parse(authority: &str, usual: Option<u16>) -> Result<Self, &'static str> {
        let (name, port) = split_port(authority)?;
        check_name(name)?;
        Ok(Self {
            name: name.to_owned(),
            port: port.or(usual).ok_or("it names no port")?,
        })
    }
}

impl std::fmt::Display for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.name, self.port)
    }
}

fn split_port(text: &str) -> Result<(&str, Option<u16>), &'static str> {
    if text.contains('@') {
        return Err("it carries a user name");
    }
    if text.contains(['[', ']']) {
        return Err("it names a machine by number");
    }
    let Some((name, port)) = text.split_once(':') else {
        return Ok((text, None));
    };
    let is_port = !port.is_empty()
        && port.len() <= 5
        && !port.starts_with('0')
        && port.bytes().all(|byte| byte.is_ascii_digit());
    let port = is_port.then(|| port.parse().ok()).flatten();
    port.map(|port| (name, Some(port)))
        .ok_or("its port is malformed")
}

fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() || name.len() > 253 {
        return Err("its name is empty or too long");
    }
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    let fine = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(plain);
    if !name.split('.').all(fine) {
        return Err("its name is not written in plain lower case");
    }
    // Whatever reads numbers as an address (decimal, octal, hexadecimal) goes by the last label.
    let last = name.rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x").unwrap_or("-");
    if last.bytes().all(|byte| byte.is_ascii_digit())
        || hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return Err("it names a machine by number");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Destination, Hosts, Scheme};

    #[test]
    fn a_destination_is_taken_literally_or_not_at_all() {
        let good = Destination::parse("x.example:443", None).unwrap();
        assert_eq!(good.to_string(), "x.example:443");
        assert_eq!(
            Destination::parse("a_b.example", Some(80)).unwrap().port,
            80
        );
        for bad in [
            "x.example",
            "",
            ":443",
            "x.example:",
            "x.example:0443",
            "x.example:+443",
            "x.example:70000",
            "x.example:443:443",
            "X.example:443",
            "x.example.:443",
            ".x.example:443",
            "crates..io:443",
            "user@x.example:443",
            "x.example\0.evil.test:443",
            "x.example%00:443",
            "x.example\t:443",
            "crаtes.io:443",
            "crates。io:443",
            "127.0.0.1:443",
            "2130706433:443",
            "0x7f000001:443",
            "0x7f.1:443",
            "017700000001:443",
            "127.1:443",
            "example.0x:443",
            "[::1]:443",
            "[::ffff:169.254.169.254]:443",
            "::1:443",
        ] {
            assert!(Destination::parse(bad, None).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_host_is_allowed_by_exact_name_and_port() {
        let hosts = Hosts::new(["X.Example", "registry.example:8443"]).unwrap();
        for (authority, scheme, expected) in [
            ("x.example:443", Scheme::Tls, true),
            ("x.example:80", Scheme::Plain, true),
            ("x.example:80", Scheme::Tls, false),
            ("x.example:22", Scheme::Tls, false),
            ("static.x.example:443", Scheme::Tls, false),
            ("evilx.example:443", Scheme::Tls, false),
            ("x.example.evil.test:443", Scheme::Tls, false),
            ("xn--x-3ve.example:443", Scheme::Tls, false),
            ("registry.example:8443", Scheme::Tls, true),
            ("registry.example:443", Scheme::Tls, false),
        ] {
            let to = Destination::parse(authority, None).unwrap();
            assert_eq!(hosts.allow(&to, scheme), expected, "{authority} {scheme:?}");
        }
        let to = Destination::parse("x.example:443", None).unwrap();
        assert!(!Hosts::default().allow(&to, Scheme::Tls));
    }

    #[test]
    fn a_host_of_the_users_own_network_is_dialled_where_it_was_said_to_be() {
        let hosts = Hosts::new(["Registry.lan:8443=10.0.0.5:443"]).unwrap();
        let address: std::net::SocketAddr = "10.0.0.5:443".parse().unwrap();
        assert_eq!(
            hosts,
            Hosts::default().pinned("registry.lan", 8443, address)
        );
        let at = |port| Destination::parse(&format!("registry.lan:{port}"), None).unwrap();
        assert_eq!(hosts.pin(&at(8443), Scheme::Tls), Some(address));
        assert!(!hosts.allow(&at(443), Scheme::Tls));
    }

    #[test]
    fn patterns_and_numbers_cannot_be_allowed() {
        for entry in [
            "registry.lan=10.0.0.5:443",
            "registry.lan:443=10.0.0.5",
            "registry.lan:443=other.lan:443",
            "registry.lan:443=",
            "=10.0.0.5:443",
            "10.0.0.5:443=10.0.0.5:443",
            "*",
            "*.example.com",
            "",
            "10.0.0.1:80",
            "[::1]:80",
            "a b",
            "https://a.b",
        ] {
            assert!(Hosts::new([entry]).is_err(), "{entry:?}");
        }
    }
}
