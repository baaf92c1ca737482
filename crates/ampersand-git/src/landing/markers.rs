//! A file in which two sides do not join, cut at the markers that git put there: what each side says, and the file again
//! with one side kept or with markers for a reader.
//!
//! The text alone, and no repository. What cannot be cut without doubt is not cut.

use super::Side;

/// How many characters a marker has that we asked git for: no line of a file looks like that.
pub(super) const WIDE: usize = 199;
/// How many it has for a reader, and where git does not do as it is asked.
const PLAIN: usize = 7;

/// What the markers say that a reader sees.
const NAMES: [&str; 2] = ["branch", "work"];

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// In which both sides join.
    Joined(&'a [u8]),
    /// In which they do not.
    Differs {
        /// What the branch says.
        branch: &'a [u8],
        /// What the task's work says.
        task: &'a [u8],
    },
}

/// Cuts a file at the markers with these labels; a file may hold other markers of its own. Nothing if there are none, or
/// if it is not clear where a side ends.
pub(super) fn pieces<'a>(text: &'a [u8], labels: &[String; 2]) -> Option<Vec<Piece<'a>>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    loop {
        let begins = lines(rest).find_map(|(at, line)| {
            let widths = [WIDE, PLAIN].into_iter();
            let width = widths.clone().find(|width| {
                let (mark, label) = (b'<', labels[0].as_str());
                is_marker(line, mark, *width, label)
            })?;
            Some((at, at + line.len(), width))
        });
        let Some((joined, branch, width)) = begins else {
            break;
        };
        let after = &rest[branch..];
        let ends = lines(after).find(|(_, line)| is_marker(line, b'>', width, &labels[1]));
        let (end, last) = ends?;
        let mut between = lines(&after[..end]).filter(|(_, line)| is_separator(line, width));
        let (split, separator) = between.next()?;
        if between.next().is_some() {
            return None;
        }
        pieces.push(Piece::Joined(&rest[..joined]));
        pieces.push(Piece::Differs {
            branch: &after[..split],
            task: &after[split + separator.len()..end],
        });
        rest = &after[end + last.len()..];
    }
    if pieces.is_empty() {
        return None;
    }
    pieces.push(Piece::Joined(rest));
    Some(pieces)
}

/// The file with one side where both differ. `own` is the file as that side has it: what ended without a line end there
/// does so again.
pub(super) fn keeping(pieces: &[Piece<'_>], side: Side, own: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for piece in pieces {
        text.extend_from_slice(match (piece, side) {
            (Piece::Joined(both), _) => both,
            (Piece::Differs { branch, .. }, Side::Branch) => branch,
            (Piece::Differs { task, .. }, Side::Task) => task,
        });
    }
    let differs_at_the_end = matches!(pieces, [.., Piece::Differs { .. }, Piece::Joined(b"")]);
    if differs_at_the_end && !own.ends_with(b"\n") && text.ends_with(b"\n") {
        text.pop();
    }
    text
}

/// The file with markers as everybody knows them.
pub(super) fn marked(pieces: &[Piece<'_>]) -> Vec<u8> {
    let marker = |mark: char, name: &str| {
        let marks = mark.to_string().repeat(PLAIN);
        format!("{marks} {name}").trim_end().to_owned() + "\n"
    };
    let mut text = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Joined(both) => text.extend_from_slice(both),
            Piece::Differs { branch, task } => {
                let [ours, theirs] = NAMES;
                text.extend(marker('<', ours).into_bytes());
                text.extend_from_slice(branch);
                text.extend(marker('=', "").into_bytes());
                text.extend_from_slice(task);
                text.extend(marker('>', theirs).into_bytes());
            }
        }
    }
    text
}

/// The lines, counted from one, that look like a marker before or after a side.
pub(super) fn found(text: &[u8]) -> Vec<usize> {
    let looks_like_one = |line: &[u8]| {
        [b'<', b'>'].into_iter().any(|mark| {
            let rest = line.strip_prefix(&[mark; PLAIN]);
            rest.is_some_and(|rest| rest.trim_ascii_end().is_empty() || rest.starts_with(b" "))
        })
    };
    let numbered = lines(text).enumerate();
    let found = numbered.filter(|(_, (_, line))| looks_like_one(line));
    found.map(|(at, _)| at + 1).collect()
}

/// Each line with its end, and where it begins.
fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    text.split_inclusive(|byte| *byte == b'\n')
        .map(move |line| {
            let begins = at;
            at += line.len();
            (begins, line)
        })
}

fn is_marker(line: &[u8], mark: u8, width: usize, label: &str) -> bool {
    let Some((marks, rest)) = line.split_at_checked(width) else {
        return false;
    };
    let is_ours = rest.strip_prefix(b" ");
    let is_ours = is_ours.is_some_and(|rest| rest.starts_with(label.as_bytes()));
    is_ours && marks.iter().all(|byte| *byte == mark)
}

fn is_separator(line: &[u8], width: usize) -> bool {
    let line = line.trim_ascii_end();
    line.len() == width && line.iter().all(|byte| *byte == b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> [String; 2] {
        ["aaaa".to_owned(), "bbbb".to_owned()]
    }

    fn place(width: usize, ours: &str, theirs: &str) -> String {
        let marks = |mark: &str| mark.repeat(width);
        format!(
            "{} aaaa:x\n{ours}{}\n{theirs}{} bbbb\n",
            marks("<"),
            marks("="),
            marks(">")
        )
    }

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str)>) {
        let pieces = pieces(text.as_bytes(), &labels());
        let kept = pieces.as_deref().map(|pieces| {
            let keep = |side| keeping(pieces, side, b"\n");
            [keep(Side::Branch), keep(Side::Task)].map(|text| String::from_utf8(text).unwrap())
        });
        let kept = kept.as_ref().map(|[ours, theirs]| (&ours[..], &theirs[..]));
        assert_eq!(kept, expected, "{text}");
    }

    #[test]
    fn either_side_is_kept_in_the_places_alone() {
        for width in [PLAIN, WIDE] {
            let text = format!(
                "1\n{}3\n{}",
                place(width, "ours\n", "theirs\nmore\n"),
                place(width, "", "last\n")
            );
            check(&text, Some(("1\nours\n3\n", "1\ntheirs\nmore\n3\nlast\n")));
        }
        let text = place(WIDE, "=======\n", "<<<<<<< aaaa\n");
        check(&text, Some(("=======\n", "<<<<<<< aaaa\n")));
    }

    #[test]
    fn what_is_not_clear_is_not_cut() {
        check(&place(PLAIN, "=======\n", ""), None);
        check("<<<<<<< aaaa\nno end\n=======\n", None);
        check("<<<<<<< HEAD\nx\n=======\ny\n>>>>>>> other\n", None);
        check("", None);
    }

    #[test]
    fn a_side_that_ended_without_a_line_end_does_so_again() {
        let text = format!("1\n{}", place(WIDE, "ours\n", "theirs\n"));
        let pieces = pieces(text.as_bytes(), &labels()).unwrap();
        assert_eq!(keeping(&pieces, Side::Task, b"x\ntheirs"), b"1\ntheirs");
        assert_eq!(keeping(&pieces, Side::Task, b"x\n"), b"1\ntheirs\n");
    }

    #[test]
    fn a_reader_sees_markers_and_they_are_found_again() {
        let text = format!("1\n{}3\n", place(WIDE, "ours\n", "theirs\n"));
        let marked = marked(&pieces(text.as_bytes(), &labels()).unwrap());
        let expected = "1\n<<<<<<< branch\nours\n=======\ntheirs\n>>>>>>> work\n3\n";
        assert_eq!(String::from_utf8(marked.clone()).unwrap(), expected);
        assert_eq!(found(&marked), [2, 6]);
        assert_eq!(found(b"a <<<<<<< b\n<<<<<<<<<< c\n=======\n"), [0_usize; 0]);
    }
}
