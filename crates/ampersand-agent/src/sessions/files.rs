//! Files of others, read within bounds and never through a link.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

/// How much of a file is read for its beginning.
const HEAD_BYTES_MAX: u64 = 512 * 1024;
/// The largest conversation that is copied.
const COPY_BYTES_MAX: u64 = 1 << 30;
/// How many files are looked at, the newest.
const FILES_MAX: usize = 400;
/// How many entries of folders are walked past.
const ENTRIES_MAX: usize = 20_000;

/// Files below a folder, so many folders deep, whose names end so: the newest first.
pub(super) fn newest(root: &Path, depth: usize, ends: &str) -> Vec<(PathBuf, Timestamp)> {
    let (mut found, mut entries) = (Vec::new(), 0);
    let mut folders = vec![(root.to_owned(), depth)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            entries += 1;
            if entries > ENTRIES_MAX {
                break;
            }
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let path = entry.path();
            if kind.is_dir() && depth > 0 {
                folders.push((path, depth - 1));
            } else if kind.is_file() && path.to_string_lossy().ends_with(ends) {
                let at = entry.metadata().and_then(|known| known.modified());
                let at = at.ok().and_then(|at| Timestamp::try_from(at).ok());
                found.push((path, at.unwrap_or_default()));
            }
        }
    }
    found.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
    found.truncate(FILES_MAX);
    found
}

/// The lines with which a file begins, those that are JSON.
pub(super) fn head(path: &Path) -> impl Iterator<Item = Value> {
    let file = File::open(path).ok();
    let lines = file.map(|file| BufReader::new(file.take(HEAD_BYTES_MAX)).lines());
    let lines = lines.into_iter().flatten().map_while(Result::ok);
    lines.filter_map(|line| serde_json::from_str(&line).ok())
}

/// Copies a file of lines, readable by its owner alone; `changed` says what stands in place of a line, if not itself.
pub(super) fn copy(
    from: &Path,
    to: &Path,
    changed: impl Fn(&str) -> Option<String>,
) -> io::Result<()> {
    let known = fs::symlink_metadata(from)?;
    if !known.is_file() || known.len() > COPY_BYTES_MAX {
        return Err(io::Error::other("it is no file that could be copied"));
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut to = BufWriter::new(options.open(to)?);
    // It may be written to at this moment: a line that has not ended yet is not there yet.
    let mut lines = BufReader::new(File::open(from)?.take(COPY_BYTES_MAX));
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 && line.last() == Some(&b'\n') {
        match std::str::from_utf8(&line).ok().and_then(&changed) {
            Some(instead) => writeln!(to, "{instead}")?,
            None => to.write_all(&line)?,
        }
        line.clear();
    }
    to.into_inner()?.sync_all()
}
