//! `read`: numbered lines of one text file, within bounds on lines, their length and the whole.

use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::tool_error::ToolError;
use crate::wire::{Read, Reply};
use crate::worktree::{Worktree, refused, shown};

const MAX_LINES: u64 = 2_000;
const MAX_LINE_BYTES: usize = 2_000;
const MAX_BYTES: usize = 64 * 1024;
/// What is passed over to reach `from_line`: a file of terabytes is not read through.
const MAX_PASSED_BYTES: usize = 64 * 1024 * 1024;
/// A file with a zero byte in its beginning is no text.
pub(crate) const SNIFFED_BYTES: usize = 8 * 1024;

pub(crate) fn read(worktree: &Worktree, asked: &Read) -> Result<Reply, ToolError> {
    let path = Path::new(&asked.path);
    let (file, metadata) = worktree.open_file(path)?;
    let failed = |source| refused("read", path.as_os_str(), source);
    let mut reader = BufReader::with_capacity(SNIFFED_BYTES, file);
    if reader.fill_buf().map_err(failed)?.contains(&0) {
        return Err(ToolError::Binary {
            path: shown(path.as_os_str()),
            bytes: metadata.len(),
        });
    }
    let from = asked.from_line.unwrap_or(1).max(1);
    let most = asked.lines.unwrap_or(MAX_LINES).clamp(1, MAX_LINES);
    let mut text = String::new();
    let mut number = 0;
    let mut passed = 0;
    let end = loop {
        let Some(line) = Line::next(&mut reader).map_err(failed)? else {
            break if number == 0 {
                "[the file is empty]".to_owned()
            } else if number < from {
                format!("[the file ends after line {number}]")
            } else {
                String::new()
            };
        };
        number += 1;
        if number < from {
            passed += line.bytes;
            if passed > MAX_PASSED_BYTES {
                break format!("[line {from} is too far into the file; search for it instead]");
            }
            continue;
        }
        if number >= from + most || text.len() > MAX_BYTES {
            break format!("[more follows; go on with from_line {number}]");
        }
        text.push_str(&format!("{number:>6}\t{}\n", line.shown()));
    };
    Ok(Reply::Text { text: text + &end })
}

/// The beginning of a line, and how long all of it was.
struct Line {
    kept: Vec<u8>,
    bytes: usize,
}

impl Line {
    fn next(reader: &mut impl BufRead) -> std::io::Result<Option<Self>> {
        let mut line = Self {
            kept: Vec::new(),
            bytes: 0,
        };
        loop {
            let available = reader.fill_buf()?;
            if available.is_empty() {
                return Ok((line.bytes > 0).then_some(line));
            }
            let newline = available.iter().position(|byte| *byte == b'\n');
            let part = &available[..newline.unwrap_or(available.len())];
            let room = MAX_LINE_BYTES.saturating_sub(line.kept.len());
            line.kept.extend_from_slice(&part[..part.len().min(room)]);
            let used = part.len() + usize::from(newline.is_some());
            line.bytes += used;
            reader.consume(used);
            // A line without end is cut rather than followed for terabytes.
            if newline.is_some() || line.bytes > MAX_PASSED_BYTES {
                return Ok(Some(line));
            }
        }
    }

    fn shown(&self) -> String {
        let kept = self.kept.strip_suffix(b"\r").unwrap_or(&self.kept);
        let text = String::from_utf8_lossy(kept);
        if self.bytes > self.kept.len() + 1 {
            format!("{text} […]")
        } else {
            text.into_owned()
        }
    }
}
