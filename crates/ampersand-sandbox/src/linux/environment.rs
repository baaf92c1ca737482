//! The variables an attempt has: a short list, never a copy of ours.

use std::ffi::{OsStr, OsString};

use crate::policy::Policy;
use crate::toolchains::Toolchains;

/// Every attempt's variables, overridden by those of its policy.
pub(super) fn environment(
    toolchains: &Toolchains,
    policy: &Policy,
    (home, temporary): (&OsStr, &OsStr),
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
    env.retain(|(name, _)| !policy.env.iter().any(|(other, _)| other == name));
    env.extend(
        policy
            .env
            .iter()
            .map(|(name, value)| (name.clone(), value.into())),
    );
    env
}
