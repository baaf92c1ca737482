//! The merge verdict, by the git program in a folder of its own making.
//!
//! The program sees no configuration but ours: its git folder is of our making and empty, the repository lends its
//! objects alone. So there is nothing of the repository's or the person's that could name a driver, a hook or a filter.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ampersand_process::{Exit, Spec};
use git2::Oid;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::LandRefusal;
use super::markers::WIDE;
use crate::attach::{AUTHOR, EMAIL};
use crate::failure::{Attempting, AttemptingAt, GitFailure};
use crate::names;

/// Merging longer than this is given up.
const MAX_DURATION: Duration = Duration::from_secs(120);
/// A verdict longer than this names thousands of conflicts; the rest is not read.
const MAX_OUTPUT_BYTES: u64 = 1 << 20;
/// A refusal names this many conflicts.
pub(super) const MAX_CONFLICTS: usize = 200;
/// The tree without entries: attributes are read from it, so that none in the merged files count.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// Settings given on the command line, where nothing can override them.
const SETTINGS: [&str; 8] = [
    "core.fsmonitor=false",
    "merge.directoryRenames=true",
    "core.bigFileThreshold=16m",
    "core.protectHFS=true",
    "core.protectNTFS=true",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
];

/// What joining two commits gives.
pub(crate) enum Merged {
    /// The tree that joins them.
    Tree(Oid),
    /// They conflict.
    Conflicts {
        /// The tree as far as they join, with both sides where they do not.
        tree: Oid,
        /// The paths in which they do not, at most 200.
        paths: Vec<Vec<u8>>,
    },
}

/// Joins two commits; what they have in common is found by their history.
pub(crate) async fn merge(
    common_dir: &Path,
    ours: Oid,
    theirs: Oid,
) -> Result<Merged, LandRefusal> {
    let private =
        tempfile::tempdir().attempting_at("make a private folder below", &std::env::temp_dir())?;
    prepare(private.path(), common_dir)?;
    let objects = common_dir.join("objects");
    let attributes = wide_markers(common_dir)?.to_string();
    let place = (private.path(), objects.as_path());
    merge_with(place, [ours, theirs], MAX_DURATION, &attributes).await
}

/// As [`merge`], in a git folder that [`prepare`] made, with objects read from and written to `objects`.
pub(crate) async fn merge_in(
    git_dir: &Path,
    objects: &Path,
    sides: [Oid; 2],
    within: Duration,
) -> Result<Merged, LandRefusal> {
    merge_with((git_dir, objects), sides, within, EMPTY_TREE).await
}

/// A tree whose attributes ask for markers that no line of a file can be taken for.
fn wide_markers(common_dir: &Path) -> Result<Oid, GitFailure> {
    let write = || {
        let objects = git2::Repository::open_bare(common_dir)?;
        let asks = format!("* conflict-marker-size={WIDE}\n");
        let asks = objects.blob(asks.as_bytes())?;
        let mut tree = objects.treebuilder(None)?;
        tree.insert(".gitattributes", asks, 0o100_644)?;
        tree.write()
    };
    write().attempting("write how conflicts are marked")
}

async fn merge_with(
    (git_dir, objects): (&Path, &Path),
    sides: [Oid; 2],
    within: Duration,
    attributes: &str,
) -> Result<Merged, LandRefusal> {
    let program =
        ampersand_process::program::git_program().map_err(|_missing| LandRefusal::GitMissing)?;
    let spec = spec(program, git_dir, objects, attributes).args(sides.map(|side| side.to_string()));
    let ran = tokio::time::timeout(within, run(spec)).await;
    let (exit, stdout, stderr) = ran.map_err(|_elapsed| failed("it took too long"))??;
    let tree = parse_tree(&stdout);
    match (exit, tree) {
        (Exit::Code(0), Some(tree)) => Ok(Merged::Tree(tree)),
        (Exit::Code(0), None) => Err(failed("its answer is not a tree")),
        (Exit::Code(1), Some(tree)) => Ok(Merged::Conflicts {
            tree,
            paths: conflicts(&stdout),
        }),
        _ => Err(failed(&names::show(&stderr[..stderr.len().min(300)]))),
    }
}

/// Two commits or trees as if they had only `base` in common, to be joined by [`merge`]: the same commits each time, so
/// that asking again writes nothing new.
pub(crate) fn as_children(
    git: &git2::Repository,
    base: Oid,
    sides: [Oid; 2],
) -> Result<[Oid; 2], GitFailure> {
    let epoch = git2::Time::new(0, 0);
    let signature = git2::Signature::new(AUTHOR, EMAIL, &epoch).attempting("sign a commit")?;
    let commit = |of: Oid, parents: &[&git2::Commit<'_>]| {
        let tree = git.find_object(of, None)?.peel_to_tree()?;
        let id = git.commit(None, &signature, &signature, "", &tree, parents)?;
        git.find_commit(id)
    };
    let joined = || {
        let base = commit(base, &[])?;
        let [ours, theirs] = sides.map(|side| commit(side, &[&base]));
        Ok::<_, git2::Error>([ours?.id(), theirs?.id()])
    };
    joined().attempting("prepare a merge")
}

fn failed(detail: &str) -> LandRefusal {
    LandRefusal::MergeFailed {
        detail: detail.to_owned(),
    }
}

/// Makes an empty folder a git folder without references, objects or settings of anybody. It knows as much history as
/// the repository does.
pub(crate) fn prepare(folder: &Path, common_dir: &Path) -> Result<(), GitFailure> {
    let make = || -> std::io::Result<()> {
        fs::create_dir_all(folder.join("refs"))?;
        fs::create_dir_all(folder.join("objects"))?;
        fs::write(folder.join("HEAD"), "ref: refs/heads/none\n")?;
        fs::write(
            folder.join("config"),
            "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
        )?;
        match fs::copy(common_dir.join("shallow"), folder.join("shallow")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    };
    make().attempting_at("prepare", folder)
}

fn spec(program: PathBuf, git_dir: &Path, objects: &Path, attributes: &str) -> Spec {
    let mut spec = Spec::new(program).cwd(git_dir);
    for (name, value) in [
        ("LC_ALL", "C"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_ATTR_NOSYSTEM", "1"),
        ("GIT_ATTR_SOURCE", attributes),
        ("GIT_NO_LAZY_FETCH", "1"),
        ("GIT_NO_REPLACE_OBJECTS", "1"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_OPTIONAL_LOCKS", "0"),
    ] {
        spec = spec.env(name, value);
    }
    let nothing = git_dir.join("no-such-file");
    for (name, path) in [
        ("HOME", git_dir),
        ("GIT_DIR", git_dir),
        ("GIT_OBJECT_DIRECTORY", objects),
        ("GIT_CONFIG_GLOBAL", &nothing),
    ] {
        spec = spec.env(name, path);
    }
    #[cfg(windows)]
    for name in ["SystemRoot", "TEMP", "TMP"] {
        if let Some(value) = std::env::var_os(name) {
            spec = spec.env(name, value);
        }
    }
    for setting in SETTINGS {
        spec = spec.arg("-c").arg(setting);
    }
    spec.args(["merge-tree", "--write-tree", "-z", "--name-only"])
}

async fn run(spec: Spec) -> Result<(Exit, Vec<u8>, Vec<u8>), LandRefusal> {
    let mut child = ampersand_process::spawn(spec)
        .await
        .map_err(|error| failed(&error.to_string()))?;
    let (stdout, stderr) = (child.take_stdout(), child.take_stderr());
    let (stdout, stderr) = tokio::join!(read(stdout), read(stderr));
    let exit = child
        .wait()
        .await
        .map_err(|error| failed(&error.to_string()))?;
    Ok((exit, stdout, stderr))
}

/// Reads to the end and keeps the first part, so that the program never waits for us.
async fn read(stream: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut kept = Vec::new();
    if let Some(mut stream) = stream {
        // What cannot be read is missing from the answer, and the exit code decides.
        drop(
            (&mut stream)
                .take(MAX_OUTPUT_BYTES)
                .read_to_end(&mut kept)
                .await,
        );
        drop(tokio::io::copy(&mut stream, &mut tokio::io::sink()).await);
    }
    kept
}

fn parse_tree(stdout: &[u8]) -> Option<Oid> {
    let first = stdout.split(|byte| *byte == 0).next()?;
    let text = std::str::from_utf8(first).ok()?.trim_end();
    (text.len() == 40).then(|| Oid::from_str(text).ok())?
}

/// The files in conflict. Where there is none although they conflict, as over a folder that went two ways, what git has to
/// say is about these.
fn conflicts(stdout: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = stdout.split(|byte| *byte == 0).skip(1);
    let files = parts.by_ref().take_while(|part| !part.is_empty());
    let mut paths: Vec<Vec<u8>> = files.map(<[u8]>::to_vec).collect();
    if paths.is_empty() {
        while let Some((about, kind)) = message(&mut parts) {
            if kind.starts_with(b"CONFLICT") {
                paths.extend(about.into_iter().map(<[u8]>::to_vec));
            }
        }
    }
    paths.dedup();
    paths.truncate(MAX_CONFLICTS);
    paths
}

/// The next message: the paths it is about, and its kind.
fn message<'a>(parts: &mut impl Iterator<Item = &'a [u8]>) -> Option<(Vec<&'a [u8]>, &'a [u8])> {
    let count = std::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
    let about: Vec<&[u8]> = parts.by_ref().take(count).collect();
    let kind = parts.next()?;
    // The words themselves are for a terminal.
    parts.next()?;
    Some((about, kind))
}
