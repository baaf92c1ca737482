//! `search`: lines that match a pattern, across the worktree or in one place of it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use ampersand_core::counted;
use cap_std::fs::File;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkMatch};

use crate::tool_error::ToolError;
use crate::walk::Walk;
use crate::wire::{Reply, Search};
use crate::worktree::{Worktree, shown};

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 500;
const MAX_SHOWN_BYTES: usize = 400;
const MAX_PATTERN_BYTES: usize = 4 * 1024;
/// A line longer than this ends the search of its file.
const MAX_HEAP_BYTES: usize = 4 * 1024 * 1024;
/// Larger files are data, and searching them would keep a frozen answer waiting.
pub(crate) const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;
const MAX_COMPILED_BYTES: usize = 4 * 1024 * 1024;

/// One line that matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) path: PathBuf,
    pub(crate) line: u64,
    pub(crate) text: String,
}

pub(crate) fn search(
    worktree: &Worktree,
    asked: &Search,
    cancelled: &AtomicBool,
) -> Result<Reply, ToolError> {
    let meant = if asked.literal {
        Meant::Literal
    } else {
        Meant::Regex
    };
    let matcher = matcher(&asked.pattern, meant)?;
    let limit = asked.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    let mut hits = Vec::new();
    let start = Path::new(asked.path.as_deref().unwrap_or("."));
    let mut left_out = String::new();
    if worktree.look(start)?.is_some_and(|at| !at.is_dir()) {
        let (file, _) = worktree.open_file(start)?;
        search_file(file, start, &matcher, limit, &mut hits);
    } else {
        let mut walk = Walk::below(worktree, start, usize::MAX)?;
        while let Some(met) = walk.next() {
            if cancelled.load(Ordering::Relaxed) {
                return Err(ToolError::Cancelled);
            }
            if !met.kind.is_file() {
                continue;
            }
            match met.open() {
                Ok((_, metadata)) if metadata.len() > MAX_FILE_BYTES => walk.skip_large(),
                Ok((file, _)) => search_file(file, &met.path, &matcher, limit, &mut hits),
                Err(_) => walk.skip_unreadable(),
            }
            if hits.len() >= limit {
                break;
            }
        }
        left_out = walk.skipped().shown();
    }
    let mut text: String = hits
        .iter()
        .map(|hit| {
            format!(
                "{}:{}: {}\n",
                shown(hit.path.as_os_str()),
                hit.line,
                hit.text
            )
        })
        .collect();
    if hits.is_empty() {
        text.push_str("[nothing matches]\n");
    } else if hits.len() >= limit {
        text.push_str(&format!(
            "[stopped after {}; narrow the search]\n",
            counted(limit as u64, "line")
        ));
    }
    if !left_out.is_empty() {
        text.push_str(&format!("[left out: {left_out}]\n"));
    }
    Ok(Reply::Text { text })
}

/// How a pattern is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meant {
    Regex,
    Literal,
    /// Literal, and capital letters count only if it has any.
    Words,
}

pub(crate) fn matcher(pattern: &str, meant: Meant) -> Result<RegexMatcher, ToolError> {
    if pattern.is_empty() || pattern.len() > MAX_PATTERN_BYTES {
        let why = format!("it must have 1 to {MAX_PATTERN_BYTES} bytes");
        return Err(ToolError::Pattern { why });
    }
    RegexMatcherBuilder::new()
        .fixed_strings(meant != Meant::Regex)
        .case_smart(meant == Meant::Words)
        .line_terminator(Some(b'\n'))
        .size_limit(MAX_COMPILED_BYTES)
        .dfa_size_limit(MAX_COMPILED_BYTES)
        .build(pattern)
        .map_err(|error| {
            let words = error.to_string();
            let why = words
                .lines()
                .next_back()
                .unwrap_or_default()
                .trim()
                .to_owned();
            ToolError::Pattern { why }
        })
}

/// Adds the file's matching lines until `limit` are there. Binary files have none.
pub(crate) fn search_file(
    file: File,
    path: &Path,
    matcher: &RegexMatcher,
    limit: usize,
    hits: &mut Vec<Hit>,
) {
    let before = hits.len();
    let mut searcher = SearcherBuilder::new()
        .line_number(true)
        .binary_detection(BinaryDetection::quit(0))
        .heap_limit(Some(MAX_HEAP_BYTES))
        .build();
    let mut lines = Lines {
        path,
        limit,
        hits,
        binary: false,
    };
    // A file that cannot be read to its end keeps the lines found before.
    drop(searcher.search_file(matcher, &file.into_std(), &mut lines));
    if lines.binary {
        hits.truncate(before);
    }
}

struct Lines<'a> {
    path: &'a Path,
    limit: usize,
    hits: &'a mut Vec<Hit>,
    binary: bool,
}

impl Sink for Lines<'_> {
    type Error = std::io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> Result<bool, Self::Error> {
        let line = found.line_number().unwrap_or(0);
        let text = clipped(&String::from_utf8_lossy(found.bytes()));
        self.hits.push(Hit {
            path: self.path.to_owned(),
            line,
            text,
        });
        Ok(self.hits.len() < self.limit)
    }

    fn binary_data(&mut self, _: &Searcher, _: u64) -> Result<bool, Self::Error> {
        self.binary = true;
        Ok(false)
    }
}

/// One line for showing: without its end, cut where it is long.
pub(crate) fn clipped(line: &str) -> String {
    let line = line.trim_end();
    if line.len() <= MAX_SHOWN_BYTES {
        return line.to_owned();
    }
    format!("{} […]", &line[..line.floor_char_boundary(MAX_SHOWN_BYTES)])
}
