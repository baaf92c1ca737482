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
/// The longest line of one: it is held in memory.
const LINE_BYTES_MAX: u64 = 64 << 20;
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
    let read = file.map(|file| values(BufReader::new(file.take(HEAD_BYTES_MAX))));
    read.into_iter().flatten()
}

/// Lines that are JSON.
pub(super) fn values(lines: impl BufRead) -> impl Iterator<Item = Value> {
    whole_lines(lines)
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_slice(&line).ok())
}

/// Lines with their ends. One that has not ended is not there yet: files may be written to at this moment.
pub(super) fn whole_lines(mut from: impl BufRead) -> impl Iterator<Item = io::Result<Vec<u8>>> {
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        let read = (&mut from).take(LINE_BYTES_MAX);
        match { read }.read_until(b'\n', &mut line) {
            Err(error) => Some(Err(error)),
            Ok(_) if line.ends_with(b"\n") => Some(Ok(line)),
            Ok(read) if read as u64 == LINE_BYTES_MAX => {
                Some(Err(io::Error::other("a line of it is too long")))
            }
            Ok(_) => None,
        }
    })
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
    let from = BufReader::new(File::open(from)?.take(COPY_BYTES_MAX));
    copy_lines(from, &mut to, changed)?;
    to.into_inner()?.sync_all()
}

/// Copies lines; `changed` says what stands in place of a line, if not itself.
pub(super) fn copy_lines(
    from: impl BufRead,
    to: &mut impl Write,
    changed: impl Fn(&str) -> Option<String>,
) -> io::Result<()> {
    for line in whole_lines(from) {
        let line = line?;
        match std::str::from_utf8(&line).ok().and_then(&changed) {
            Some(instead) => writeln!(to, "{instead}")?,
            None => to.write_all(&line)?,
        }
    }
    Ok(())
}
