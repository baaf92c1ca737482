//! The repository of its own that an attempt of an agent of others has in a worktree of ours: here for one command, and gone
//! with it.

use ampersand_core::{Failure, Isolation};
use ampersand_git::{Repository, Shadow};
use ampersand_sandbox::{OwnRepository, Policy, needs_own_repository_in};
use tempfile::TempDir;

/// Such a repository. Dropping it removes it.
pub(super) struct Own {
    /// As a sandbox shows it.
    pub(super) shown: OwnRepository,
    _folder: TempDir,
}

/// Makes one where an attempt would have one; nothing where git works without, in a reduced tier, and in a folder that is no
/// worktree of a task.
pub(super) fn make(policy: &Policy, isolation: &Isolation) -> Result<Option<Own>, Failure> {
    let commits = policy.role.writes();
    let root = policy.git_dir.as_deref().and_then(|git| git.parent());
    let (true, Some(root)) = (needs_own_repository_in(isolation, commits), root) else {
        return Ok(None);
    };
    // What cannot be worked in has no worktree of ours either.
    let Ok(repository) = Repository::attach_again(root) else {
        return Ok(None);
    };
    let failed = |what: String| {
        Failure::new(
            "no_own_repository",
            format!("The repository that an agent has here cannot be made: {what}."),
            "Make sure that there is room for temporary files.",
        )
    };
    let all = repository.list_worktrees();
    let all = all.map_err(|error| failed(error.to_string()))?;
    let Some(worktree) = all.into_iter().find(|one| one.path == policy.worktree) else {
        return Ok(None);
    };
    let folder = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
    let real = dunce::canonicalize(folder.path());
    let real = real.map_err(|error| failed(error.to_string()))?;
    let shadow = repository.make_shadow(&worktree, &real.join("own"));
    let shadow = shadow.map_err(|error| failed(error.to_string()))?;
    let Shadow { git_dir, gitfile } = &shadow;
    Ok(Some(Own {
        shown: OwnRepository::new(git_dir, gitfile, shadow.settings(), commits),
        _folder: folder,
    }))
}
