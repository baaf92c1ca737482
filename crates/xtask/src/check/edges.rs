//! Which crate may see which. The table here is the one in docs/architecture.md; a new edge is a decision.

use anyhow::Result;

use super::verdict;
use crate::workspace::{Dependency, DependencyKind, Metadata, Package};

/// The window's package, the only one that may see tauri.
const SHELL: &str = "ampersand";

/// For every member, the members it may use. What decides stands first, what shows it last.
const MAY_USE: &[(&str, &[&str])] = &[
    ("ampersand-core", &[]),
    ("ampersand-scheduler", &["ampersand-core"]),
    ("ampersand-protocol", &["ampersand-core"]),
    ("ampersand-link", &["ampersand-core", "ampersand-protocol"]),
    ("ampersand-store", &["ampersand-core"]),
    ("ampersand-process", &["ampersand-core"]),
    (
        "ampersand-sandbox",
        &["ampersand-core", "ampersand-process"],
    ),
    ("ampersand-git", &["ampersand-core", "ampersand-process"]),
    ("ampersand-forge", &["ampersand-core", "ampersand-process"]),
    ("ampersand-keys", &["ampersand-core"]),
    ("ampersand-http", &["ampersand-core", "ampersand-keys"]),
    ("ampersand-model", &["ampersand-core", "ampersand-http"]),
    (
        "ampersand-toolhost",
        &["ampersand-core", "ampersand-sandbox"],
    ),
    (
        "ampersand-agent",
        &[
            "ampersand-core",
            "ampersand-model",
            "ampersand-process",
            "ampersand-sandbox",
            "ampersand-toolhost",
        ],
    ),
    (
        "ampersand-login",
        &[
            "ampersand-agent",
            "ampersand-core",
            "ampersand-http",
            "ampersand-keys",
            "ampersand-model",
            "ampersand-process",
            "ampersand-sandbox",
        ],
    ),
    (
        "ampersand-orchestrator",
        &[
            "ampersand-agent",
            "ampersand-core",
            "ampersand-forge",
            "ampersand-git",
            "ampersand-http",
            "ampersand-keys",
            "ampersand-link",
            "ampersand-login",
            "ampersand-model",
            "ampersand-process",
            "ampersand-protocol",
            "ampersand-sandbox",
            "ampersand-scheduler",
            "ampersand-store",
            "ampersand-toolhost",
        ],
    ),
    (
        "ampersand-controller",
        &[
            "ampersand-core",
            "ampersand-git",
            "ampersand-keys",
            "ampersand-link",
            "ampersand-login",
            "ampersand-model",
            "ampersand-process",
            "ampersand-protocol",
            "ampersand-store",
        ],
    ),
    (
        "ampersand-cli",
        &[
            "ampersand-controller",
            "ampersand-core",
            "ampersand-git",
            "ampersand-http",
            "ampersand-keys",
            "ampersand-protocol",
            "ampersand-sandbox",
        ],
    ),
    (
        SHELL,
        &[
            "ampersand-controller",
            "ampersand-core",
            "ampersand-keys",
            "ampersand-protocol",
        ],
    ),
    ("xtask", &["ampersand-core", "ampersand-protocol"]),
];

/// Members for tests and measurements: they may use anything, and nothing but tests may use them.
const TEST_ONLY: [&str; 4] = [
    "ampersand-benches",
    "ampersand-fuzz",
    "ampersand-testkit",
    "ampersand-tests",
];

/// Dependencies that exactly one member may see; a name stands for its family too (`tauri-build`).
const SEEN_BY_ONE: [(&str, &str); 4] = [
    ("git2", "ampersand-git"),
    ("reqwest", "ampersand-http"),
    ("sqlx", "ampersand-store"),
    ("tauri", SHELL),
];

/// Members that decide and therefore neither wait nor look around.
const PURE: [&str; 3] = [
    "ampersand-core",
    "ampersand-scheduler",
    "ampersand-protocol",
];
const IMPURE: [&str; 4] = ["async-trait", "futures", "tokio", "tracing"];

/// Compares the workspace with the tables above.
pub(super) fn check() -> Result<()> {
    verdict(&findings(&Metadata::members()?.packages))
}

fn findings(members: &[Package]) -> Vec<String> {
    let mut found = Vec::new();
    for member in members {
        for dependency in &member.dependencies {
            if let Some(rule) = broken_rule(&member.name, dependency) {
                found.push(format!(
                    "{} may not use {}: {rule}",
                    member.name, dependency.name
                ));
            }
        }
        let known = TEST_ONLY.contains(&&*member.name) || may_use(&member.name).is_some();
        if !known {
            found.push(format!(
                "{} is not in the table of crates/xtask/src/check/edges.rs",
                member.name
            ));
        }
    }
    found
}

fn broken_rule(member: &str, dependency: &Dependency) -> Option<String> {
    let name = dependency.name.as_str();
    if TEST_ONLY.contains(&member) {
        return None;
    }
    let for_tests = dependency.kind == Some(DependencyKind::Dev);
    if TEST_ONLY.contains(&name) {
        return (!for_tests).then(|| "it is there for tests alone".to_owned());
    }
    if dependency.path.is_some() {
        let allowed = may_use(member).is_none_or(|allowed| allowed.contains(&name));
        return (!allowed).then(|| "no such edge in the table".to_owned());
    }
    let family = |root: &str| name == root || name.starts_with(&format!("{root}-"));
    if let Some((_, owner)) = SEEN_BY_ONE.iter().find(|(root, _)| family(root)) {
        return (*owner != member).then(|| format!("only {owner} sees it"));
    }
    let impure = !for_tests && PURE.contains(&member) && IMPURE.contains(&name);
    impure.then(|| "it decides, and leaves doing and waiting to others".to_owned())
}

fn may_use(member: &str) -> Option<&'static [&'static str]> {
    MAY_USE
        .iter()
        .find(|(name, _)| *name == member)
        .map(|(_, allowed)| *allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(member: &str, dependency: &str, kind: Option<DependencyKind>, expected: Option<&str>) {
        let path = (dependency.starts_with("ampersand-")).then(|| dependency.into());
        let dependency = Dependency {
            name: dependency.to_owned(),
            kind,
            path,
        };
        assert_eq!(broken_rule(member, &dependency).as_deref(), expected);
    }

    #[test]
    fn edges_outside_the_table_are_refused() {
        check("ampersand-orchestrator", "ampersand-store", None, None);
        let refused = Some("no such edge in the table");
        check("ampersand-store", "ampersand-protocol", None, refused);
        check(
            "ampersand-core",
            "ampersand-process",
            Some(DependencyKind::Build),
            refused,
        );
        check(
            "ampersand-agent",
            "ampersand-git",
            Some(DependencyKind::Dev),
            refused,
        );
    }

    #[test]
    fn what_is_for_tests_stays_in_tests() {
        check(
            "ampersand-git",
            "ampersand-testkit",
            Some(DependencyKind::Dev),
            None,
        );
        check(
            "ampersand-git",
            "ampersand-testkit",
            None,
            Some("it is there for tests alone"),
        );
        check("ampersand-tests", "sqlx", None, None);
    }

    #[test]
    fn dangerous_dependencies_have_one_owner() {
        check("ampersand-store", "sqlx", None, None);
        check(
            "ampersand-model",
            "reqwest",
            None,
            Some("only ampersand-http sees it"),
        );
        check(
            "ampersand-cli",
            "tauri-build",
            None,
            Some("only ampersand sees it"),
        );
        check("ampersand", "tauri-plugin-notification", None, None);
    }

    #[test]
    fn what_decides_does_not_wait() {
        let refused = Some("it decides, and leaves doing and waiting to others");
        check("ampersand-core", "tokio", None, refused);
        check("ampersand-link", "tokio", None, None);
    }

    #[test]
    fn the_table_points_downwards_only() {
        for (at, (member, allowed)) in MAY_USE.iter().enumerate() {
            for used in *allowed {
                let below = MAY_USE.iter().position(|(name, _)| name == used);
                assert!(below.is_some_and(|below| below < at), "{member} -> {used}");
            }
        }
    }
}
