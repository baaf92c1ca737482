//! Where work is pushed to: addresses of remotes, read strictly. What git would run a program for, what holds a key, and
//! what is no address of one repository is refused by name.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Failure;

/// A longer address is none.
const BYTES_MAX: usize = 2048;

/// Whose program opens requests to merge: the programs hold the keys, and nothing of ours does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Forge {
    /// GitHub, by `gh`.
    GitHub,
    /// GitLab, by `glab`.
    GitLab,
}

impl Forge {
    /// Both.
    pub const ALL: [Self; 2] = [Self::GitHub, Self::GitLab];

    /// The name of its program.
    pub const fn program(self) -> &'static str {
        match self {
            Self::GitHub => "gh",
            Self::GitLab => "glab",
        }
    }

    /// Its name.
    pub const fn shown(self) -> &'static str {
        match self {
            Self::GitHub => "GitHub",
            Self::GitLab => "GitLab",
        }
    }

    /// What it calls a request to merge.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::GitHub => "pull request",
            Self::GitLab => "merge request",
        }
    }

    /// What stands before its number.
    pub const fn sign(self) -> char {
        match self {
            Self::GitHub => '#',
            Self::GitLab => '!',
        }
    }

    /// Where it is, unless somebody runs their own.
    pub const fn host(self) -> &'static str {
        match self {
            Self::GitHub => "github.com",
            Self::GitLab => "gitlab.com",
        }
    }

    /// Whose a host is by its name alone.
    pub fn of_host(host: &str) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        let is_named = |name: &str| host.split(['.', '-']).any(|part| part == name);
        match (is_named("github"), is_named("gitlab")) {
            (true, false) => Some(Self::GitHub),
            (false, true) => Some(Self::GitLab),
            _ => None,
        }
    }
}

/// How a remote is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteWay {
    /// Encrypted; the forge's program says who it is.
    Https,
    /// By the system's `ssh`.
    Ssh,
    /// A repository on this machine.
    File,
}

/// The address of a remote, free of whatever may be a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteUrl {
    way: RemoteWay,
    user: Option<String>,
    host: String,
    port: Option<u16>,
    /// Without slashes around it, but for a file.
    path: String,
}

impl RemoteUrl {
    /// Reads an address as it stands in a repository's settings.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let url = Self::read(text)?;
        match url.to_string().len() > BYTES_MAX {
            true => Err(refused(text, "it is too long")),
            false => Ok(url),
        }
    }

    fn read(text: &str) -> Result<Self, Failure> {
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '\\' | '`');
        if text.is_empty() || text.len() > BYTES_MAX || !text.chars().all(plain) {
            return Err(refused(text, "it is no plain address"));
        }
        if text.starts_with('-') {
            return Err(refused(text, "git would take it for an option"));
        }
        if text.contains("::") {
            return Err(refused(text, "git would run a program that it names"));
        }
        if text.starts_with('/') {
            return file(text, text);
        }
        match text.split_once("://") {
            Some(("https", rest)) => authority(text, RemoteWay::Https, rest),
            Some(("ssh", rest)) => authority(text, RemoteWay::Ssh, rest),
            Some(("file", rest)) => file(text, rest),
            Some(("http" | "git", _)) => Err(refused(text, "whoever listens could change it")),
            Some(_) => Err(refused(text, "only https, ssh and files are pushed to")),
            None => short(text),
        }
    }

    /// How it is reached.
    pub const fn way(&self) -> RemoteWay {
        self.way
    }

    /// The host; empty for a repository on this machine.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What the forge calls the repository: `owner/name`, or more names before the last.
    pub fn repository(&self) -> String {
        let path = self.path.strip_suffix(".git").unwrap_or(&self.path);
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
        match self.way {
            RemoteWay::Https | RemoteWay::Ssh => names.join("/"),
            RemoteWay::File => names[names.len().saturating_sub(2)..].join("/"),
        }
    }

    /// Its page.
    pub fn web(&self) -> String {
        format!("https://{}/{}", self.host, self.repository())
    }
}

impl std::fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let port = self
            .port
            .map_or_else(String::new, |port| format!(":{port}"));
        let (host, path) = (&self.host, &self.path);
        match self.way {
            RemoteWay::File => write!(f, "file://{path}"),
            RemoteWay::Https => write!(f, "https://{host}{port}/{path}"),
            RemoteWay::Ssh => match &self.user {
                Some(user) => write!(f, "ssh://{user}@{host}{port}/{path}"),
                None => write!(f, "ssh://{host}{port}/{path}"),
            },
        }
    }
}

fn refused(text: &str, why: &str) -> Failure {
    // Whatever may be a key in it is not repeated.
    let end = text.find("://").map_or(0, |at| at + 3);
    let shown: String = match text.rsplit_once('@') {
        Some((_, rest)) => format!("{}…@{rest}", &text[..end]),
        None => text.to_owned(),
    };
    let shown: String = shown
        .chars()
        .take(200)
        .flat_map(char::escape_debug)
        .collect();
    Failure::new(
        "remote_refused",
        format!("The remote's address {shown} is not pushed to: {why}."),
        "Give the remote a plain https or ssh address: git remote set-url NAME URL.",
    )
}

fn file(text: &str, path: &str) -> Result<RemoteUrl, Failure> {
    let leads_away = path.split('/').any(|name| matches!(name, "." | ".."));
    if !path.starts_with('/') || path.trim_matches('/').is_empty() || leads_away {
        return Err(refused(text, "it names no folder"));
    }
    Ok(RemoteUrl {
        way: RemoteWay::File,
        user: None,
        host: String::new(),
        port: None,
        path: path.to_owned(),
    })
}

/// `user@host:port/path`; of the user nothing is kept where it may be a key.
fn authority(text: &str, way: RemoteWay, rest: &str) -> Result<RemoteUrl, Failure> {
    let (authority, path) = rest
        .split_once('/')
        .ok_or_else(|| refused(text, "it names no repository"))?;
    let (user, place) = match authority.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, authority),
    };
    let (host, port) = match place.split_once(':') {
        Some((host, port)) => {
            let port = port
                .parse()
                .map_err(|_| refused(text, "its port is none"))?;
            (host, Some(port))
        }
        None => (place, None),
    };
    remote(text, way, user, (host, port), path)
}

/// `user@host:path`, as ssh has it.
fn short(text: &str) -> Result<RemoteUrl, Failure> {
    let (place, path) = text
        .split_once(':')
        .ok_or_else(|| refused(text, "it is no address"))?;
    let (user, host) = match place.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, place),
    };
    remote(text, RemoteWay::Ssh, user, (host, None), path)
}

fn remote(
    text: &str,
    way: RemoteWay,
    user: Option<&str>,
    (host, port): (&str, Option<u16>),
    path: &str,
) -> Result<RemoteUrl, Failure> {
    let is_name = |name: &str, more: &[char]| {
        let fits = |c: char| c.is_ascii_alphanumeric() || more.contains(&c);
        !name.is_empty() && !name.starts_with('-') && name.chars().all(fits)
    };
    if !is_name(host, &['.', '-']) {
        return Err(refused(text, "its host is none"));
    }
    let user = user.filter(|_| way == RemoteWay::Ssh);
    if user.is_some_and(|user| !is_name(user, &['.', '-', '_'])) {
        return Err(refused(text, "its user is none, or more than one"));
    }
    let path = path.trim_matches('/');
    let fits = |name: &str| is_name(name, &['.', '-', '_', '~', '+']) && !name.starts_with("..");
    if path.is_empty() || !path.split('/').all(fits) {
        return Err(refused(text, "it names no repository"));
    }
    Ok(RemoteUrl {
        way,
        user: user.map(str::to_owned),
        host: host.to_ascii_lowercase(),
        port,
        path: path.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_hold_no_key() {
        for (text, shown, repository) in [
            (
                "https://github.com/acme/payments.git",
                "https://github.com/acme/payments.git",
                "acme/payments",
            ),
            (
                "https://ghp_secret:x-oauth@github.com/acme/payments",
                "https://github.com/acme/payments",
                "acme/payments",
            ),
            (
                "git@gitlab.com:group/sub/payments.git",
                "ssh://git@gitlab.com/group/sub/payments.git",
                "group/sub/payments",
            ),
            (
                "ssh://git@git.example.org:2222/acme/x",
                "ssh://git@git.example.org:2222/acme/x",
                "acme/x",
            ),
            ("job:acme/x.git", "ssh://job/acme/x.git", "acme/x"),
            ("/srv/acme/x.git", "file:///srv/acme/x.git", "acme/x"),
            ("file:///srv/acme/x.git", "file:///srv/acme/x.git", "acme/x"),
        ] {
            let url = RemoteUrl::parse(text).unwrap();
            assert_eq!(
                (url.to_string().as_str(), url.repository().as_str()),
                (shown, repository)
            );
        }
    }

    #[test]
    fn whatever_runs_a_program_or_is_no_address_is_refused() {
        for text in [
            "",
            "ext::sh -c touch% /tmp/x",
            "ext::sh",
            "--upload-pack=touch x",
            "-oProxyCommand=x:y",
            "https://-oProxyCommand=x/a/b",
            "ssh://-oProxyCommand=x/a/b",
            "ssh://git:secret@github.com/a/b",
            "git@-x:a/b",
            "http://github.com/a/b",
            "git://github.com/a/b",
            "fd::7",
            "file://relative",
            "/srv/../etc",
            "https://github.com/a/../../b",
            "https://github.com/",
            "https://github.com",
            "https://github.com/a b",
            "https://github.com:x/a/b",
            "github",
            "https://github.com/a/--upload-pack=x",
            "https://github.com/a/b\u{202e}",
        ] {
            let failure = RemoteUrl::parse(text).unwrap_err();
            assert_eq!(failure.code, "remote_refused", "{text}");
            assert!(!failure.message.contains("secret"), "{failure:?}");
        }
    }

    #[test]
    fn a_forge_is_known_by_its_host() {
        for (host, forge) in [
            ("github.com", Some(Forge::GitHub)),
            ("github.example.org", Some(Forge::GitHub)),
            ("gitlab.com", Some(Forge::GitLab)),
            ("gitlab-internal.example.org", Some(Forge::GitLab)),
            ("git.example.org", None),
            ("notgithub.com", None),
            ("github.gitlab.com", None),
            ("", None),
        ] {
            assert_eq!(Forge::of_host(host), forge, "{host}");
        }
    }
}
