//! `gen`: the TypeScript types and docs/protocol.md, written from ampersand-protocol.
//!
//! Committed, so that reading the repository needs no build; `check` fails when they are not current.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context, Result, bail};

use crate::{say, workspace};

/// Holds generated files and nothing else; what no longer belongs is removed.
const TYPES: &str = "ui/src/ipc/generated";
const REFERENCE: &str = "docs/protocol.md";

/// Brings every generated file up to date.
pub(crate) fn write() -> Result<()> {
    let files = generated();
    for file in stale(&files)? {
        let path = workspace::root().join(&file);
        match files.get(&file) {
            Some(text) => {
                let folder = path.parent().unwrap_or(&path);
                fs::create_dir_all(folder)
                    .and_then(|()| fs::write(&path, text))
                    .with_context(|| format!("{} cannot be written", path.display()))?;
                say::step(format_args!("wrote {}", file.display()));
            }
            None => {
                fs::remove_file(&path)
                    .with_context(|| format!("{} cannot be removed", path.display()))?;
                say::step(format_args!("removed {}", file.display()));
            }
        }
    }
    Ok(())
}

/// Fails when any generated file differs from what would be written now.
pub(crate) fn check() -> Result<()> {
    let stale = stale(&generated())?;
    if stale.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = stale
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    bail!(
        "not current: {}; `cargo xtask gen` writes them",
        names.join(", ")
    )
}

/// Every generated file, relative to the repository, with its text.
fn generated() -> BTreeMap<PathBuf, String> {
    let types = ampersand_protocol::typescript().into_iter();
    let mut files: BTreeMap<_, _> = types
        .map(|file| (Path::new(TYPES).join(file.name), file.text))
        .collect();
    files.insert(REFERENCE.into(), ampersand_protocol::reference());
    files
}

/// Files that are missing, differ, or should not be there.
fn stale(files: &BTreeMap<PathBuf, String>) -> Result<Vec<PathBuf>> {
    let root = workspace::root();
    let differs = |file: &&PathBuf| {
        let found = fs::read_to_string(root.join(file));
        !found.is_ok_and(|found| Some(&found) == files.get(*file))
    };
    let mut stale: Vec<_> = files.keys().filter(differs).cloned().collect();
    let existing = list(&root.join(TYPES)).with_context(|| format!("{TYPES} cannot be listed"))?;
    let leftover = existing.into_iter().map(|name| Path::new(TYPES).join(name));
    stale.extend(leftover.filter(|file| !files.contains_key(file)));
    Ok(stale)
}

fn list(folder: &Path) -> io::Result<Vec<String>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let name =
        |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    fs::read_dir(folder)?.map(name).collect()
}
