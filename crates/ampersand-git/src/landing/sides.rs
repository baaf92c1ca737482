//! What both sides of a conflict want, and the tree in which one of them gave way.
//!
//! What is shown is for a person to look at and a model to read: bounded, made visible, and never written to any checkout.

use git2::Oid;
use serde::{Deserialize, Serialize};

use super::LandRefusal;
use super::markers::{self, Piece};
use super::merge_tree::MAX_CONFLICTS;
use crate::attach::Repository;
use crate::failure::Attempting;
use crate::names;
use crate::object::CommitId;
use crate::tree::{self, Slot};

/// Files that are shown with what they say; the others are named.
const MAX_FILES: usize = 20;
/// Places in one file.
const MAX_PLACES: usize = 8;
/// Lines of one side of a place.
const MAX_LINES: usize = 24;
/// Characters of a line.
const MAX_LINE_CHARS: usize = 200;
/// Bytes of all lines together.
const MAX_BYTES: usize = 12 << 10;
/// A larger file is named without its places, in bytes.
const MAX_FILE_BYTES: usize = 4 << 20;

/// One of two sides that do not join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What the branch says.
    Branch,
    /// What the task's work says.
    Task,
}

/// A file in which both sides changed the same places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BothSides {
    /// Relative to the repository, made visible.
    pub path: String,
    /// Whether the branch has such a file.
    pub branch_has_it: bool,
    /// Whether the task's work has such a file.
    pub task_has_it: bool,
    /// The places, in order; none where the conflict is not about lines of text.
    pub places: Vec<Place>,
    /// Whether places or lines were left out.
    pub cut: bool,
}

/// A place that both sides changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Where it begins in the branch's file, counted from one.
    pub line: u32,
    /// What the branch says there, line by line, made visible.
    pub branch: Vec<String>,
    /// What the task's work says there.
    pub task: Vec<String>,
}

/// What was joined, and how far that came.
#[derive(Debug)]
pub(super) struct Conflicted {
    /// The branch's side and the task's.
    pub(super) sides: [Oid; 2],
    /// The tree that joins them, with both sides where they do not.
    pub(super) tree: Oid,
    /// The paths in which they do not.
    pub(super) paths: Vec<Vec<u8>>,
}

/// A file in conflict, as each tree has it.
struct File<'a> {
    path: &'a [u8],
    branch: Option<Slot>,
    task: Option<Slot>,
    joined: Option<Slot>,
}

impl Conflicted {
    fn labels(&self) -> [String; 2] {
        self.sides.map(|side| CommitId::new(side).to_string())
    }

    fn files<'a>(&'a self, git: &git2::Repository) -> Result<Vec<File<'a>>, LandRefusal> {
        let tree_of = |oid: Oid| {
            let tree = git.find_object(oid, None).and_then(|of| of.peel_to_tree());
            tree.attempting("read a side of a conflict")
        };
        let [ours, theirs] = self.sides;
        let (branch, task, joined) = (tree_of(ours)?, tree_of(theirs)?, tree_of(self.tree)?);
        let file = |path: &'a Vec<u8>| File {
            path,
            branch: tree::at(&branch, path),
            task: tree::at(&task, path),
            joined: tree::at(&joined, path),
        };
        Ok(self.paths.iter().map(file).collect())
    }
}

impl File<'_> {
    /// Its text with both sides, if it is text.
    fn text<'git>(&self, git: &'git git2::Repository) -> Option<git2::Blob<'git>> {
        let blob = git.find_blob(self.joined?.oid).ok()?;
        (blob.size() <= MAX_FILE_BYTES && !blob.is_binary()).then_some(blob)
    }
}

impl Repository {
    /// What both sides want in each of the paths, as far as it is shown.
    pub(super) fn both_sides(&self, found: &Conflicted) -> Result<Vec<BothSides>, LandRefusal> {
        let git = self.open()?;
        let (labels, mut room) = (found.labels(), MAX_BYTES);
        let files = found.files(&git)?;
        let shown = files.iter().take(MAX_FILES).map(|file| {
            let text = file.text(&git);
            let pieces = text.as_ref();
            let pieces = pieces.and_then(|blob| markers::pieces(blob.content(), &labels));
            let (places, cut) = places(&pieces.unwrap_or_default(), &mut room);
            BothSides {
                path: names::show(file.path),
                branch_has_it: file.branch.is_some(),
                task_has_it: file.task.is_some(),
                places,
                cut,
            }
        });
        Ok(shown.collect())
    }

    /// The tree that joins both, with one side where they do not: in these places alone, where they are lines of text.
    pub(super) fn keep(&self, found: &Conflicted, side: Side) -> Result<Oid, LandRefusal> {
        let git = self.open()?;
        let labels = found.labels();
        all_known(found)?;
        let mut changes = Vec::new();
        for file in found.files(&git)? {
            if file.branch.is_none() && file.task.is_none() {
                return Err(LandRefusal::Entangled {
                    path: names::show(file.path),
                });
            }
            let own = match side {
                Side::Branch => file.branch,
                Side::Task => file.task,
            };
            let text = file.text(&git);
            let pieces = text.as_ref();
            let pieces = pieces.and_then(|blob| markers::pieces(blob.content(), &labels));
            let slot = match (pieces, own, file.joined) {
                (Some(pieces), Some(own), Some(joined)) => {
                    let own = git.find_blob(own.oid).attempting("read a side's file")?;
                    let text = markers::keeping(&pieces, side, own.content());
                    let oid = git.blob(&text).attempting("write a joined file")?;
                    let mode = joined.mode;
                    Some(Slot { oid, mode })
                }
                (_, own, _) => own,
            };
            changes.push((file.path, slot));
        }
        write(&git, found.tree, &changes)
    }

    /// The tree that joins both, with markers for a reader where they do not.
    pub(super) fn marked_tree(&self, found: &Conflicted) -> Result<Oid, LandRefusal> {
        let git = self.open()?;
        let labels = found.labels();
        all_known(found)?;
        let mut changes = Vec::new();
        for file in found.files(&git)? {
            let (Some(joined), Some(text)) = (file.joined, file.text(&git)) else {
                continue;
            };
            if let Some(pieces) = markers::pieces(text.content(), &labels) {
                let marked = git.blob(&markers::marked(&pieces));
                let oid = marked.attempting("write a file with both sides")?;
                let mode = joined.mode;
                changes.push((file.path, Some(Slot { oid, mode })));
            }
        }
        write(&git, found.tree, &changes)
    }
}

/// Whoever changes files by these paths must know all of them.
fn all_known(found: &Conflicted) -> Result<(), LandRefusal> {
    match found.paths.len() {
        0..MAX_CONFLICTS => Ok(()),
        _ => Err(LandRefusal::TooManyConflicts),
    }
}

fn write(
    git: &git2::Repository,
    tree: Oid,
    changes: &[(&[u8], Option<Slot>)],
) -> Result<Oid, LandRefusal> {
    match tree::write_changed(git, Some(tree), changes)? {
        Some(tree) => Ok(tree),
        None => {
            let empty = git.treebuilder(None).and_then(|empty| empty.write());
            Ok(empty.attempting("write an empty tree")?)
        }
    }
}

/// The places that are shown while there is room, and whether something was left out.
fn places(pieces: &[Piece<'_>], room: &mut usize) -> (Vec<Place>, bool) {
    let (mut places, mut cut) = (Vec::new(), false);
    let mut line: u32 = 1;
    for piece in pieces {
        let said = match piece {
            Piece::Joined(both) => both,
            Piece::Differs { branch, task } => {
                if places.len() == MAX_PLACES || *room == 0 {
                    return (places, true);
                }
                let (branch_shown, branch_cut) = shown(branch, room);
                let (task_shown, task_cut) = shown(task, room);
                cut |= branch_cut | task_cut;
                places.push(Place {
                    line,
                    branch: branch_shown,
                    task: task_shown,
                });
                branch
            }
        };
        let lines = said.split_inclusive(|byte| *byte == b'\n').count();
        line = line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
    }
    (places, cut)
}

/// The lines of a side, made visible, and whether any was left out or shortened.
fn shown(side: &[u8], room: &mut usize) -> (Vec<String>, bool) {
    let (mut lines, mut cut) = (Vec::new(), false);
    for raw in side.split_inclusive(|byte| *byte == b'\n') {
        if lines.len() == MAX_LINES || *room == 0 {
            return (lines, true);
        }
        let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        let mut line = names::show(raw);
        if let Some((at, _)) = line.char_indices().nth(MAX_LINE_CHARS) {
            line.truncate(at);
            cut = true;
        }
        *room = room.saturating_sub(line.len() + 1);
        lines.push(line);
    }
    (lines, cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_says_what_both_sides_want_and_where() {
        let pieces = [
            Piece::Joined(b"1\n"),
            Piece::Differs {
                branch: b"ours\r\n",
                task: b"theirs\nmore\n",
            },
            Piece::Joined(b"3\n"),
            Piece::Differs {
                branch: b"",
                task: b"last",
            },
        ];
        let (found, cut) = places(&pieces, &mut MAX_BYTES.clone());
        let place = |line, branch: &[&str], task: &[&str]| Place {
            line,
            branch: branch.iter().map(|text| (*text).to_owned()).collect(),
            task: task.iter().map(|text| (*text).to_owned()).collect(),
        };
        let expected = [
            place(2, &["ours"], &["theirs", "more"]),
            place(4, &[], &["last"]),
        ];
        assert_eq!((&found[..], cut), (&expected[..], false));
    }

    #[test]
    fn what_is_too_much_is_left_out_and_that_is_said() {
        let one = Piece::Differs {
            branch: b"x\n",
            task: b"y\n",
        };
        let check = |pieces: &[Piece<'_>], expected: (usize, bool)| {
            let (found, cut) = places(pieces, &mut MAX_BYTES.clone());
            assert_eq!((found.len(), cut), expected);
            let bytes = found
                .iter()
                .flat_map(|place| &place.branch)
                .map(String::len);
            assert!(bytes.sum::<usize>() <= MAX_BYTES + MAX_LINE_CHARS);
        };
        check(&[one; MAX_PLACES], (MAX_PLACES, false));
        check(&[one; MAX_PLACES + 1], (MAX_PLACES, true));
        for many in [
            "x\n".repeat(MAX_LINES + 1),
            "x".repeat(MAX_LINE_CHARS + 1),
            format!("{}\n", "x".repeat(MAX_LINE_CHARS)).repeat(MAX_LINES),
        ] {
            let branch = many.as_bytes();
            let task: &[u8] = b"";
            check(
                &[Piece::Differs { branch, task }; 4],
                (if many.len() > 4000 { 3 } else { 4 }, true),
            );
        }
    }
}
