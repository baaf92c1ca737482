//! What every start needs whatever it is fenced in by: paths that are what they say, the program and its surroundings, and
//! a thread that may be held up.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ampersand_process::Spec;

use crate::container::environment::find_program;
use crate::container::plain;
use crate::launcher::LaunchError;
use crate::policy::Policy;

/// A step that failed.
pub(super) type Failed = (&'static str, io::Error);

/// The worktree's `.git` file, if it has one. Any path of the policy that is not what it says is refused.
pub(super) fn checked(policy: &Policy) -> Result<Option<PathBuf>, LaunchError> {
    let refused = |what, path: &Path, source| LaunchError::Path {
        what,
        path: path.to_owned(),
        source,
    };
    let named = policy.read_only.iter().chain(&policy.writable);
    let own = policy.own_repository.iter();
    let of_git = own.flat_map(|own| own.read_only.iter().chain([&own.git_dir]));
    let borrowed = policy.borrowed();
    let named = named.chain(of_git).chain(borrowed.as_ref());
    for path in [&policy.worktree].into_iter().chain(named) {
        is_straight(path).map_err(|source| refused("the path", path, source))?;
    }
    let git = policy.worktree.join(".git");
    let not = |why: &'static str| Err(refused("the worktree's", &git, io::Error::other(why)));
    match fs::symlink_metadata(&git) {
        Ok(told) if told.is_symlink() => not("it is a symbolic link"),
        Ok(told) if told.is_dir() && policy.role.writes() => {
            not("no sandbox here keeps that folder from being written")
        }
        Ok(told) if told.is_dir() => Ok(None),
        Ok(_) => Ok(Some(git)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(refused("the worktree's", &git, source)),
    }
}

/// That a path is there, absolute, and leads through no link.
pub(super) fn is_straight(path: &Path) -> io::Result<()> {
    if !path.is_absolute() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    for part in path.ancestors() {
        if fs::symlink_metadata(part)?.is_symlink() {
            return Err(io::Error::other(format!("{} is a link", part.display())));
        }
    }
    Ok(())
}

/// The program and what is around it, but for its container.
pub(super) fn spec(
    policy: &Policy,
    argv: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
) -> Result<Spec, LaunchError> {
    let mut argv = argv.into_iter();
    let name = PathBuf::from(argv.next().unwrap_or_default());
    let program = find_program(&name, &env, Path::is_file).ok_or_else(|| LaunchError::Setup {
        words: format!("{} is not on the sandbox's own PATH", name.display()),
    })?;
    let mut spec = Spec::new(plain(&program))
        .args(argv)
        .cwd(plain(&policy.worktree))
        .piped_stdin();
    spec.env = env;
    Ok(spec)
}

pub(super) fn prepare((step, source): Failed) -> LaunchError {
    LaunchError::Prepare { step, source }
}

/// What cannot be done now is left on the record for the next start.
pub(super) fn tell(done: io::Result<()>) {
    if let Err(error) = done {
        tracing::warn!(%error, "rights of a container are left for the next start");
    }
}

/// Files are many, and giving rights on them must not hold up the caller's thread.
pub(super) async fn blocking<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}
