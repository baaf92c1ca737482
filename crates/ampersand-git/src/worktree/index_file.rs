//! Git's index as a file: written as a whole, and rewritten where a few paths differ.
//!
//! The library's own index is a general structure; a worktree that has to be there at once cannot wait until a
//! hundred thousand entries are read into it. What is rewritten here was written here: version 2, no extensions.

use std::fs;
use std::io;
use std::path::Path;

use git2::IndexEntry;
use sha1::{Digest, Sha1};

const MAGIC: &[u8] = b"DIRC";
const VERSION: u32 = 2;
const HEADER_BYTES: usize = 12;
const CHECKSUM_BYTES: usize = 20;
/// An entry up to its name.
const FIXED_BYTES: usize = 62;
/// Where the length of the name stands.
const FLAGS_AT: usize = 60;
/// Longer names have this length in the flags and end at a NUL.
const LONG_NAME: u16 = 0xfff;

/// A path and what stands there now, if anything does.
pub(super) type Rewritten = (Vec<u8>, Option<IndexEntry>);

/// Writes an index of these entries, sorted by path.
pub(super) fn write(path: &Path, entries: &[IndexEntry]) -> io::Result<()> {
    let mut bytes = begin(entries.len(), entries.len() * 96)?;
    for entry in entries {
        push(&mut bytes, entry)?;
    }
    finish(path, bytes)
}

/// Rewrites the index read from `old` to `path`, where `changes`, sorted by path, hold what stands there now.
pub(super) fn rewrite(old: &Path, path: &Path, changes: &[Rewritten]) -> io::Result<()> {
    let old = fs::read(old)?;
    let mut bytes = begin(0, old.len() + changes.len() * 96)?;
    let mut entries = Entries::of(&old)?;
    let mut count: usize = 0;
    let mut changes = changes.iter().peekable();
    // Unchanged entries are copied in runs.
    let mut run = entries.at..entries.at;
    while let Some((at, name)) = entries.next()? {
        while let Some((_, new)) = changes.next_if(|(path, _)| path.as_slice() < name) {
            bytes.extend_from_slice(&old[run.clone()]);
            run = at.start..at.start;
            count += put(&mut bytes, new.as_ref())?;
        }
        match changes.next_if(|(path, _)| path.as_slice() == name) {
            Some((_, new)) => {
                bytes.extend_from_slice(&old[run]);
                run = at.end..at.end;
                count += put(&mut bytes, new.as_ref())?;
            }
            None => {
                run.end = at.end;
                count += 1;
            }
        }
    }
    bytes.extend_from_slice(&old[run]);
    for (_, new) in changes {
        count += put(&mut bytes, new.as_ref())?;
    }
    let count = u32::try_from(count).map_err(io::Error::other)?;
    bytes[8..HEADER_BYTES].copy_from_slice(&count.to_be_bytes());
    finish(path, bytes)
}

fn begin(count: usize, capacity: usize) -> io::Result<Vec<u8>> {
    let count = u32::try_from(count).map_err(io::Error::other)?;
    let mut bytes = Vec::with_capacity(HEADER_BYTES + capacity + CHECKSUM_BYTES);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    bytes.extend_from_slice(&count.to_be_bytes());
    Ok(bytes)
}

fn finish(path: &Path, mut bytes: Vec<u8>) -> io::Result<()> {
    let checksum = Sha1::digest(&bytes);
    bytes.extend_from_slice(&checksum);
    fs::write(path, bytes)
}

/// Appends an entry if there is one, and says how many that is.
fn put(bytes: &mut Vec<u8>, entry: Option<&IndexEntry>) -> io::Result<usize> {
    match entry {
        None => Ok(0),
        Some(entry) => push(bytes, entry).map(|()| 1),
    }
}

#[expect(
    clippy::cast_sign_loss,
    reason = "the format keeps 32 bits of each time"
)]
fn push(bytes: &mut Vec<u8>, entry: &IndexEntry) -> io::Result<()> {
    if entry.path.is_empty() || entry.path.contains(&0) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let times = [entry.ctime, entry.mtime];
    for time in times {
        bytes.extend_from_slice(&(time.seconds() as u32).to_be_bytes());
        bytes.extend_from_slice(&time.nanoseconds().to_be_bytes());
    }
    for field in [
        entry.dev,
        entry.ino,
        entry.mode,
        entry.uid,
        entry.gid,
        entry.file_size,
    ] {
        bytes.extend_from_slice(&field.to_be_bytes());
    }
    bytes.extend_from_slice(entry.id.as_bytes());
    let length = u16::try_from(entry.path.len()).map_or(LONG_NAME, |length| length.min(LONG_NAME));
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(&entry.path);
    let padding = padded(entry.path.len()) - FIXED_BYTES - entry.path.len();
    bytes.resize(bytes.len() + padding, 0);
    Ok(())
}

/// How many bytes an entry takes: a multiple of eight with at least one NUL after the name.
const fn padded(name: usize) -> usize {
    (FIXED_BYTES + name + 8) & !7
}

/// The entries of an index, one after the other.
struct Entries<'a> {
    bytes: &'a [u8],
    at: usize,
    left: u32,
}

type Found<'a> = Option<(std::ops::Range<usize>, &'a [u8])>;

impl<'a> Entries<'a> {
    fn of(bytes: &'a [u8]) -> io::Result<Self> {
        let field = |at: usize| {
            bytes
                .get(at..at + 4)
                .and_then(|field| field.try_into().ok())
        };
        let number = |at| field(at).map(u32::from_be_bytes);
        match (bytes.get(..4), number(4), number(8)) {
            (Some(MAGIC), Some(VERSION), Some(left)) => Ok(Self {
                bytes,
                at: HEADER_BYTES,
                left,
            }),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn next(&mut self) -> io::Result<Found<'a>> {
        let broken = || io::Error::from(io::ErrorKind::InvalidData);
        if self.left == 0 {
            // Anything but the checksum would be an extension, and none was written.
            let is_whole = self.bytes.len() == self.at + CHECKSUM_BYTES;
            return if is_whole { Ok(None) } else { Err(broken()) };
        }
        let entry = self.bytes.get(self.at..).ok_or_else(broken)?;
        let flags = entry.get(FLAGS_AT..FIXED_BYTES).ok_or_else(broken)?;
        let flags = u16::from_be_bytes([flags[0], flags[1]]);
        let names = &entry[FIXED_BYTES..];
        let length = match flags & LONG_NAME {
            LONG_NAME => names.iter().position(|byte| *byte == 0),
            short => Some(usize::from(short)),
        };
        let name = length
            .and_then(|length| names.get(..length))
            .ok_or_else(broken)?;
        let range = self.at..self.at + padded(name.len());
        if range.end > self.bytes.len() {
            return Err(broken());
        }
        self.at = range.end;
        self.left -= 1;
        Ok(Some((range, name)))
    }
}

#[cfg(test)]
mod tests {
    use git2::{Index, Oid};

    use super::*;
    use crate::rooted;
    use crate::tree::{FILE, Slot};

    fn entry(path: &str) -> IndexEntry {
        let oid = Oid::hash_object(git2::ObjectType::Blob, path.as_bytes()).unwrap();
        rooted::index_entry(path.as_bytes(), Slot { oid, mode: FILE }, None)
    }

    /// The paths and contents the library reads.
    fn read(path: &Path) -> Vec<(String, Oid)> {
        let index = Index::open(path).unwrap();
        let text = |path: Vec<u8>| String::from_utf8(path).unwrap();
        index
            .iter()
            .map(|entry| (text(entry.path), entry.id))
            .collect()
    }

    #[test]
    fn what_is_rewritten_reads_like_what_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new, whole) = (
            folder.path().join("old"),
            folder.path().join("new"),
            folder.path().join("whole"),
        );
        let long = format!("m/{}", "x".repeat(5_000));
        let before = ["a", "b/c", "b/d", "k", &long, "z"].map(entry);
        write(&old, &before).unwrap();
        assert_eq!(read(&old).len(), 6);
        let moved = || {
            let mut moved = entry("b/d");
            moved.id = entry("other content").id;
            moved
        };
        let changes = [
            (b"0".to_vec(), Some(entry("0"))),
            (b"b/c".to_vec(), None),
            (b"b/d".to_vec(), Some(moved())),
            (b"b/e".to_vec(), Some(entry("b/e"))),
            (b"nothing".to_vec(), None),
            (b"z".to_vec(), None),
            (b"zz".to_vec(), Some(entry("zz"))),
        ];
        rewrite(&old, &new, &changes).unwrap();
        let mut after = ["0", "a", "b/d", "b/e", "k", &long, "zz"].map(entry);
        after[2] = moved();
        write(&whole, &after).unwrap();
        assert_eq!(read(&new), read(&whole));
        assert_eq!(fs::read(&new).unwrap(), fs::read(&whole).unwrap());
    }

    #[test]
    fn an_index_that_was_cut_or_is_another_s_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        write(&old, &["a", "b"].map(entry)).unwrap();
        let whole = fs::read(&old).unwrap();
        for broken in [
            &whole[..0],
            &whole[..40],
            &whole[..whole.len() - 1],
            &[0; 64],
        ] {
            fs::write(&old, broken).unwrap();
            assert!(rewrite(&old, &new, &[]).is_err(), "{} bytes", broken.len());
        }
    }
}
