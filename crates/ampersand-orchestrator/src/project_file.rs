//! What a repository declares about itself, and whether the person trusts it as it is now.

use std::{fs, io, path::Path};

use ampersand_core::{Failure, Project};
use ampersand_store::Journal;

/// A declaration larger than this is no declaration.
const BYTES_MAX: u64 = 256 * 1024;

/// A repository's declaration and the digest that trust is given to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Declared {
    pub(crate) project: Project,
    /// SHA-256 of the file in hexadecimal; of nothing if there is none.
    pub(crate) digest: String,
}

/// Reads the declaration at the root of the person's own checkout, never the one in an agent's worktree.
pub(crate) fn read(root: &Path) -> Result<Declared, Failure> {
    let path = root.join(Project::FILE);
    let unreadable = |why: String| {
        Failure::new(
            "project_unreadable",
            format!("{} cannot be read: {why}.", path.display()),
            "Make it a small plain file, or remove it.",
        )
    };
    let text = match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Declared::default()),
        Err(error) => return Err(unreadable(error.to_string())),
        Ok(found) if !found.is_file() => return Err(unreadable("it is no plain file".into())),
        Ok(found) if found.len() > BYTES_MAX => return Err(unreadable("it is too large".into())),
        Ok(_) => fs::read_to_string(&path).map_err(|error| unreadable(error.to_string()))?,
    };
    Ok(Declared {
        project: Project::parse(&text)?,
        digest: Project::digest(&text),
    })
}

/// Whether the person trusted exactly this declaration. One that asks for nothing needs no trust.
pub(crate) async fn is_trusted(
    journal: &Journal,
    root: &str,
    declared: &Declared,
) -> Result<bool, Failure> {
    if !declared.project.needs_trust() {
        return Ok(true);
    }
    Ok(journal.trusted(root).await?.as_deref() == Some(declared.digest.as_str()))
}

/// What the declared checks come to before any of them runs.
pub(crate) enum Checks {
    /// None are declared.
    Nothing,
    /// They may run.
    Trusted,
    /// They may not, until the person trusts the declaration as it is now.
    Untrusted,
}

/// What is declared to be checked. A declaration the person trusted does not lose its checks unseen: landed work, or work that
/// is shown, may have emptied it, and without them the next work would land unchecked.
pub(crate) async fn checks(
    journal: &Journal,
    root: &str,
    declared: &Declared,
) -> Result<Checks, Failure> {
    let trusted = journal.trusted(root).await?;
    Ok(match trusted {
        Some(digest) if digest == declared.digest && declared.project.checks.is_empty() => {
            Checks::Nothing
        }
        Some(digest) if digest == declared.digest => Checks::Trusted,
        None if declared.project.checks.is_empty() => Checks::Nothing,
        Some(_) | None => Checks::Untrusted,
    })
}
