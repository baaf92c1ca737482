//! The variables an attempt has: a short list, never a copy of ours.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::policy::Policy;
use crate::toolchains::{DOWNLOADS, OFFLINE, Toolchains};

/// How far an attempt's programs reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// No registry of packages.
    Nowhere,
    /// Those registries that a person allows.
    Registries,
    /// Wherever the person's own programs reach.
    Anywhere,
}

/// Told to those that bring certificates of their own: what the system trusts is trusted inside too, as it is outside.
const TRUSTING: [&str; 4] = [
    "NODE_EXTRA_CA_CERTS",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
];

/// Where systems keep all certificates in one file.
const CERTIFICATES: [&str; 2] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
];

impl Reach {
    /// That of a network of an attempt's own: whoever is told of a proxy in it reaches what is allowed behind that.
    pub(super) fn of_own_network(policy: &Policy) -> Self {
        match policy.env.iter().any(|(name, _)| name == "HTTPS_PROXY") {
            true => Self::Registries,
            false => Self::Nowhere,
        }
    }
}

/// Every attempt's variables, overridden by those of its policy.
pub(super) fn environment(
    toolchains: &Toolchains,
    policy: &Policy,
    (home, temporary): (&OsStr, &OsStr),
    reach: Reach,
) -> Vec<(String, OsString)> {
    let system = [
        "/usr/local/bin",
        "/usr/bin",
        "/bin",
        "/usr/local/sbin",
        "/usr/sbin",
        "/sbin",
    ];
    let programs = toolchains.programs.iter().map(|path| path.as_os_str());
    let programs: Vec<_> = programs
        .chain(system.iter().map(|path| path.as_ref()))
        .collect();
    let mut env: Vec<(String, OsString)> = [
        ("CI", OsStr::new("1")),
        ("GIT_OPTIONAL_LOCKS", "0".as_ref()),
        ("GIT_TERMINAL_PROMPT", "0".as_ref()),
        ("HOME", home),
        ("LANG", "C.UTF-8".as_ref()),
        ("LOGNAME", "agent".as_ref()),
        ("SHELL", "/bin/sh".as_ref()),
        ("TERM", "dumb".as_ref()),
        ("TMPDIR", temporary),
        ("USER", "agent".as_ref()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    env.push(("PATH".to_owned(), programs.join(":".as_ref())));
    env.extend(toolchains.env.iter().cloned());
    env.extend(reaching(reach));
    if reach == Reach::Registries {
        env.retain(|(name, _)| !DOWNLOADS.contains(&name.as_str()));
    }
    env.retain(|(name, _)| !policy.env.iter().any(|(other, _)| other == name));
    env.extend(
        policy
            .env
            .iter()
            .map(|(name, value)| (name.clone(), value.into())),
    );
    env
}

/// What tools are told about how far they reach.
fn reaching(reach: Reach) -> Vec<(String, OsString)> {
    let told = |(name, value): (&str, &str)| (name.to_owned(), value.into());
    match reach {
        Reach::Anywhere => Vec::new(),
        Reach::Nowhere => OFFLINE.map(told).into(),
        Reach::Registries => {
            let file = CERTIFICATES
                .into_iter()
                .find(|file| Path::new(file).exists());
            let all = file.map(|file| TRUSTING.map(|name| told((name, file))));
            all.into_iter().flatten().collect()
        }
    }
}
