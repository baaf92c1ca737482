//! What a program says of its version, asked where nothing it writes stays: in the sandbox of one that only looks, or, where
//! no sandbox can be had, with an empty folder for its home. The folder goes with the answer.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ampersand_core::Role;
use ampersand_process::lines::Lines;
use ampersand_process::{Bounds, Child, Spec, Tree, spawn_tree};
use ampersand_sandbox::{Launcher, Policy};
use tokio::time::timeout;

use super::find::Installed;

/// A program that takes longer to say its version is not waited for.
const VERSION_WITHIN: Duration = Duration::from_secs(20);
const MAX_LINE_BYTES: usize = 200;

/// Where programs are asked.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The sandbox.
    pub launcher: &'a Launcher,
    /// A folder of ours, in which each program gets one of its own for as long as it is asked.
    pub folder: &'a Path,
}

/// What a program says when it is asked for its version, in one line.
pub(super) async fn version(asked: &Installed, place: Place<'_>) -> Option<String> {
    let folder = Empty::new(place.folder)?;
    let (child, tree) = start(asked, place.launcher, &folder.0).await?;
    first_line(child, &tree).await
}

async fn first_line(mut child: Child, tree: &Tree) -> Option<String> {
    let mut lines = Lines::new(child.take_stdout()?, MAX_LINE_BYTES);
    let line = timeout(VERSION_WITHIN, lines.next()).await;
    if let Err(error) = tree.kill().await {
        tracing::warn!(%error, "a program asked for its version did not end");
    }
    let line = line.ok()?.ok()??;
    Some(crate::shown::line(&line)).filter(|line| !line.is_empty())
}

async fn start(asked: &Installed, launcher: &Launcher, folder: &Path) -> Option<(Child, Tree)> {
    let mut argv = asked.program.clone();
    argv.push("--version".into());
    let mut policy = Policy::new(Role::Explorer, folder);
    policy.read_only.clone_from(&asked.reads);
    policy.env = vec![("CI".to_owned(), "1".to_owned())];
    match launcher.launch(&policy, argv, "version").await {
        Ok(launched) => Some((launched.child, launched.tree)),
        Err(error) => {
            tracing::debug!(%error, "a program is asked for its version without a sandbox");
            unfenced(&asked.program, folder).await
        }
    }
}

/// It is the person's own program, in the place their own settings or installer gave it.
async fn unfenced(argv: &[OsString], folder: &Path) -> Option<(Child, Tree)> {
    let (program, arguments) = argv.split_first()?;
    let mut spec = Spec::new(PathBuf::from(program))
        .args(arguments)
        .arg("--version")
        .cwd(folder)
        .env("PATH", "/usr/bin:/bin")
        .env("CI", "1");
    for home in ["HOME", "USERPROFILE", "TMPDIR"] {
        spec = spec.env(home, folder);
    }
    spawn_tree(spec, "version", Bounds::default()).await.ok()
}

/// An empty folder that goes with whatever was put into it.
struct Empty(PathBuf);

impl Empty {
    fn new(within: &Path) -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = within.join(format!("{}-{name}", std::process::id()));
        let made = std::fs::create_dir_all(&path).and_then(|()| dunce::canonicalize(&path));
        match made {
            Ok(path) => Some(Self(path)),
            Err(error) => {
                tracing::warn!(%error, "no folder can be made to ask a program for its version in");
                None
            }
        }
    }
}

impl Drop for Empty {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "a folder made to ask a program for its version stays");
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::super::tests::program;
    use super::*;

    /// Writes where it is, to its home, and to a place that is neither's; then says its version.
    fn untidy(root: &Path) -> Installed {
        let path = root.join("it");
        let elsewhere = root.join("elsewhere");
        let does = format!(
            "touch here {}; touch \"$HOME/there\" && echo 1.2.3",
            elsewhere.display()
        );
        program(&path, &does);
        Installed {
            program: vec![path.clone().into()],
            reads: vec![path],
        }
    }

    fn count(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[tokio::test]
    async fn nothing_a_program_writes_stays() {
        let folder = tempfile::tempdir().unwrap();
        let root = dunce::canonicalize(folder.path()).unwrap();
        let installed = untidy(&root);
        let launcher = Launcher::probe(&root.join("state")).await;
        let asking = root.join("asking");
        let place = Place {
            launcher: &launcher,
            folder: &asking,
        };
        assert_eq!(version(&installed, place).await.as_deref(), Some("1.2.3"));
        assert_eq!(count(&asking), 0);
        if launcher.isolation().is_full() {
            assert!(!root.join("elsewhere").exists());
        }
    }

    #[tokio::test]
    async fn without_a_sandbox_its_home_goes_with_the_answer() {
        let folder = tempfile::tempdir().unwrap();
        let root = dunce::canonicalize(folder.path()).unwrap();
        let installed = untidy(&root);
        let asking = root.join("asking");
        let home = Empty::new(&asking).unwrap();
        let (child, tree) = unfenced(&installed.program, &home.0).await.unwrap();
        assert_eq!(first_line(child, &tree).await.as_deref(), Some("1.2.3"));
        assert_eq!(count(&home.0), 2);
        drop(home);
        assert_eq!(count(&asking), 0);
    }
}
