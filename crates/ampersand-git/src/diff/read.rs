//! Reading a difference out of the object database: no checkout, no attributes file, no textconv.

use git2::{Delta, DiffDelta, DiffFindOptions, DiffLineType, DiffOptions, Oid, Patch};

use super::{ChangedFile, Diff, DiffLimits, Diffstat, FileDiff, FileKind, Hunk, Line, LineKind};
use crate::failure::{Attempting, GitFailure};
use crate::names;

/// A card names this many files and counts the rest.
const MAX_NAMED: usize = 200;
/// Larger files are called binary rather than compared, in bytes.
const MAX_COMPARED_BYTES: i64 = 8 << 20;
/// Above this many changed files only identical content counts as a rename: likeness costs pairs.
const MAX_LIKENESS_FILES: usize = 400;

pub(super) fn diffstat(
    git: &git2::Repository,
    base: Oid,
    head: Oid,
) -> Result<Diffstat, GitFailure> {
    let diff = compare(git, base, head)?;
    let mut stat = Diffstat {
        count: to_u32(diff.deltas().len()),
        ..Diffstat::default()
    };
    for at in 0..diff.deltas().len() {
        let Some(delta) = diff.get_delta(at) else {
            continue;
        };
        let patch = Patch::from_diff(&diff, at).attempting("compare a file")?;
        let (added, removed) = line_stats(patch.as_ref())?;
        stat.added = stat.added.saturating_add(added);
        stat.removed = stat.removed.saturating_add(removed);
        stat.files.push(ChangedFile {
            path: path(&delta),
            kind: kind(&delta),
            added,
            removed,
        });
    }
    stat.files.sort_by(|left, right| left.path.cmp(&right.path));
    stat.files.truncate(MAX_NAMED);
    Ok(stat)
}

pub(crate) fn diff(
    git: &git2::Repository,
    base: Oid,
    head: Oid,
    limits: DiffLimits,
) -> Result<Diff, GitFailure> {
    let diff = compare(git, base, head)?;
    let count = diff.deltas().len();
    let mut read = Diff {
        files: Vec::new(),
        count: to_u32(count),
        truncated: count > limits.max_files,
    };
    let mut room = limits.max_lines;
    for at in 0..count.min(limits.max_files) {
        let Some(delta) = diff.get_delta(at) else {
            continue;
        };
        let patch = Patch::from_diff(&diff, at).attempting("compare a file")?;
        let file = read_file(
            &delta,
            patch.as_ref(),
            room.min(limits.max_file_lines),
            limits,
        )?;
        room -= file
            .hunks
            .iter()
            .map(|hunk| hunk.lines.len())
            .sum::<usize>()
            .min(room);
        read.truncated |= file.truncated;
        read.files.push(file);
    }
    read.files.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(read)
}

pub(super) fn compare(
    git: &git2::Repository,
    base: Oid,
    head: Oid,
) -> Result<git2::Diff<'_>, GitFailure> {
    let tree = |oid| {
        git.find_commit(oid)
            .and_then(|commit| commit.tree())
            .attempting("read a commit")
    };
    let mut options = DiffOptions::new();
    options
        .include_typechange(true)
        .ignore_submodules(true)
        .max_size(MAX_COMPARED_BYTES);
    let mut diff = git
        .diff_tree_to_tree(Some(&tree(base)?), Some(&tree(head)?), Some(&mut options))
        .attempting("compare two commits")?;
    let mut finding = DiffFindOptions::new();
    finding.renames(true).rename_limit(MAX_LIKENESS_FILES);
    finding.exact_match_only(diff.deltas().len() > MAX_LIKENESS_FILES);
    diff.find_similar(Some(&mut finding))
        .attempting("find renamed files")?;
    Ok(diff)
}

fn read_file(
    delta: &DiffDelta<'_>,
    patch: Option<&Patch<'_>>,
    max_lines: usize,
    limits: DiffLimits,
) -> Result<FileDiff, GitFailure> {
    let (added, removed) = line_stats(patch)?;
    let renamed = delta.status() == Delta::Renamed;
    let mut file = FileDiff {
        path: path(delta),
        old_path: renamed.then(|| names::show(delta.old_file().path_bytes().unwrap_or_default())),
        kind: kind(delta),
        old_mode: mode(delta.old_file().mode()),
        new_mode: mode(delta.new_file().mode()),
        binary: delta.flags().is_binary(),
        added,
        removed,
        hunks: Vec::new(),
        truncated: false,
    };
    let Some(patch) = patch else { return Ok(file) };
    let mut room = max_lines;
    for at in 0..patch.num_hunks() {
        if room == 0 {
            file.truncated = true;
            break;
        }
        let (hunk, count) = patch.hunk(at).attempting("read a difference")?;
        let mut lines = Vec::new();
        for line_at in 0..count.min(room) {
            let line = patch
                .line_in_hunk(at, line_at)
                .attempting("read a difference")?;
            let Some(kind) = line_kind(line.origin_value()) else {
                continue;
            };
            let (text, cut) = line_text(line.content(), limits.max_line_bytes);
            file.truncated |= cut;
            lines.push(Line {
                kind,
                old_no: line.old_lineno(),
                new_no: line.new_lineno(),
                text,
            });
        }
        file.truncated |= count > room;
        room -= count.min(room);
        let header = hunk.header();
        let header = header.strip_suffix(b"\n").unwrap_or(header);
        let (header, _) = header.split_at(header.len().min(limits.max_line_bytes));
        file.hunks.push(Hunk {
            header: names::show(header),
            lines,
        });
    }
    Ok(file)
}

fn line_stats(patch: Option<&Patch<'_>>) -> Result<(u32, u32), GitFailure> {
    let Some(patch) = patch else {
        return Ok((0, 0));
    };
    let (_, added, removed) = patch.line_stats().attempting("count changed lines")?;
    Ok((to_u32(added), to_u32(removed)))
}

/// The marks about a missing line feed at the end are not lines.
const fn line_kind(origin: DiffLineType) -> Option<LineKind> {
    match origin {
        DiffLineType::Context => Some(LineKind::Context),
        DiffLineType::Addition => Some(LineKind::Added),
        DiffLineType::Deletion => Some(LineKind::Removed),
        _ => None,
    }
}

fn line_text(content: &[u8], max_bytes: usize) -> (String, bool) {
    let content = content.strip_suffix(b"\n").unwrap_or(content);
    let cut = content.len() > max_bytes;
    let kept = if cut { &content[..max_bytes] } else { content };
    let mut text = String::from_utf8_lossy(kept).into_owned();
    if cut {
        text.push('…');
    }
    (text, cut)
}

fn kind(delta: &DiffDelta<'_>) -> FileKind {
    match delta.status() {
        Delta::Added | Delta::Copied => FileKind::Added,
        Delta::Deleted => FileKind::Removed,
        Delta::Renamed => FileKind::Renamed,
        Delta::Typechange => FileKind::Retyped,
        _ => FileKind::Modified,
    }
}

pub(super) fn path(delta: &DiffDelta<'_>) -> String {
    let path = delta
        .new_file()
        .path_bytes()
        .or_else(|| delta.old_file().path_bytes());
    names::show(path.unwrap_or_default())
}

fn mode(mode: git2::FileMode) -> Option<String> {
    match u32::from(mode) {
        0 => None,
        mode => Some(format!("{mode:06o}")),
    }
}

fn to_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
