//! A repository of any size, always the same for one size, and a commit on top that moves 200 of its files.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use ampersand_git::{CommitId, Repository};
use anyhow::Result;

use super::rival;

/// Files that differ between the two commits: mostly changed, a few new, a few gone.
const MOVED: usize = 200;
const NEW: usize = 10;
const GONE: usize = 10;

/// A generated repository, its checkout left empty.
pub(crate) struct Generated {
    pub(crate) repository: Repository,
    pub(crate) root: PathBuf,
    pub(crate) before: CommitId,
    pub(crate) after: CommitId,
}

impl Generated {
    pub(crate) fn new(folder: &Path, files: usize) -> Result<Self> {
        let root = folder.join("repository");
        fs::create_dir(&root)?;
        rival::git(&root, &["init", "--quiet", "--initial-branch=main"])?;
        let stream = folder.join("stream");
        write(&mut BufWriter::new(File::create(&stream)?), files)?;
        rival::feed(&root, &["fast-import", "--quiet"], &stream)?;
        fs::remove_file(stream)?;
        let repository = Repository::attach(&root)?;
        Ok(Self {
            before: repository.resolve("HEAD^")?,
            after: repository.head()?,
            repository,
            root,
        })
    }

    /// Writes the files of the newest commit into the checkout.
    pub(crate) fn check_out(&self) -> Result<()> {
        rival::git(&self.root, &["reset", "--quiet", "--hard"]).map(drop)
    }
}

fn write(stream: &mut impl Write, files: usize) -> Result<()> {
    begin(stream, "before")?;
    for at in 0..files {
        put(stream, at, 0)?;
    }
    begin(stream, "after")?;
    let stride = (files / MOVED).max(1);
    for place in 0..MOVED - NEW {
        let at = place * stride;
        if place < GONE {
            writeln!(stream, "D {}", path(at))?;
        } else {
            put(stream, at, 1)?;
        }
    }
    for at in files..files + NEW {
        put(stream, at, 0)?;
    }
    stream.flush()?;
    Ok(())
}

fn begin(stream: &mut impl Write, message: &str) -> Result<()> {
    writeln!(
        stream,
        "commit refs/heads/main\ncommitter A Person <person@example.com> 0 +0000\ndata {}\n{message}",
        message.len()
    )?;
    Ok(())
}

fn put(stream: &mut impl Write, at: usize, version: usize) -> Result<()> {
    let text = text(at, version);
    writeln!(
        stream,
        "M 644 inline {}\ndata {}\n{text}",
        path(at),
        text.len()
    )?;
    Ok(())
}

/// Twenty files to a folder, folders three deep, as in a large product.
pub(crate) fn path(at: usize) -> String {
    let folder = at / 20;
    format!(
        "area-{}/part-{}/unit-{}/file-{at}.rs",
        folder % 13,
        folder / 13 % 23,
        folder / (13 * 23)
    )
}

/// Between a few hundred bytes and twelve thousand, most of them small; no two alike.
fn text(at: usize, version: usize) -> String {
    // A step of a linear congruential generator scatters neighbours.
    let scattered = at
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    let lines = 5 + (scattered >> 33) % 40 * ((scattered >> 45) % 7);
    let mut text = format!("//! File {at}, version {version}.\n\n");
    for line in 0..lines {
        let value = scattered.rotate_left(u32::try_from(line % 64).unwrap_or(0));
        text.push_str(&format!("pub const VALUE_{line}: u64 = {value};\n"));
    }
    text
}
