//! The repository of its own that an agent of others has in a worktree of ours: here for one command, and gone with it.

use ampersand_core::{Failure, Isolation};
use ampersand_git::{Repository, Shadow};
use ampersand_sandbox::{OwnRepository, Policy, SHOWS_REPOSITORY};
use tempfile::TempDir;

/// Such a repository. Dropping it removes it.
pub(super) struct Own {
    shadow: Shadow,
    _folder: TempDir,
}

impl Own {
    /// As a sandbox shows it.
    pub(super) fn shown(&self) -> OwnRepository {
        OwnRepository {
            git_dir: self.shadow.git_dir.clone(),
            read_only: self.shadow.settings().into(),
            gitfile: self.shadow.gitfile.clone(),
        }
    }
}

/// Makes one where an agent would have one; nothing for a role that does not write, in a reduced tier, and in a folder that
/// is no worktree of a task.
pub(super) fn make(policy: &Policy, isolation: &Isolation) -> Result<Option<Own>, Failure> {
    let is_shown = SHOWS_REPOSITORY && isolation.is_full();
    let root = policy.git_dir.as_deref().and_then(|git| git.parent());
    let (true, true, Some(root)) = (is_shown, policy.role.writes(), root) else {
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
    let real = std::fs::canonicalize(folder.path());
    let real = real.map_err(|error| failed(error.to_string()))?;
    let shadow = repository.make_shadow(&worktree, &real.join("own"));
    let shadow = shadow.map_err(|error| failed(error.to_string()))?;
    Ok(Some(Own {
        shadow,
        _folder: folder,
    }))
}
