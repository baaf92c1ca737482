//! A first look at the repository, before the orchestrator has answered.

use std::{fs, path::Path};

use ampersand_core::Project;
use ampersand_protocol::RepositoryFacts;

/// A declaration larger than this is the orchestrator's to refuse.
const BYTES_MAX: u64 = 256 * 1024;

/// How the repository stands. Why one is refused, and whether its commands are trusted, is the orchestrator's to say.
pub(super) fn look(path: &Path) -> Option<RepositoryFacts> {
    let repository = ampersand_git::Repository::attach(path).ok()?;
    let facts = repository.facts().ok()?;
    let head = repository.head().ok()?;
    let declared = declared(repository.root());
    Some(RepositoryFacts {
        root: facts.root,
        name: facts.name,
        branch: facts.branch,
        commit: head.to_string(),
        uncommitted: facts.uncommitted + facts.untracked,
        // Without commands there is nothing to trust.
        trusted: !declared.needs_trust(),
        app: declared.app.map(|app| app.command),
        checks: declared.checks.into_iter().map(|(name, _)| name).collect(),
    })
}

fn declared(root: &Path) -> Project {
    let path = root.join(Project::FILE);
    let is_small =
        fs::symlink_metadata(&path).is_ok_and(|found| found.is_file() && found.len() <= BYTES_MAX);
    if !is_small {
        return Project::default();
    }
    let text = fs::read_to_string(&path).unwrap_or_default();
    Project::parse(&text).unwrap_or_default()
}
