//! `find`: one text in the names of files and in their lines, as a report.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use ampersand_core::{Finding, Report, Severity, counted, visible};
use grep_matcher::Matcher;

use crate::redact::redacted;
use crate::search::{Hit, MAX_FILE_BYTES, Meant, matcher, search_file};
use crate::tool_error::ToolError;
use crate::walk::Walk;
use crate::wire::{Find, Reply};
use crate::worktree::{Worktree, shown};

const MAX_NAMES: usize = 50;
const MAX_LINES: usize = 150;
/// How many files pass between two words of progress.
pub(crate) const PROGRESS_EVERY: u64 = 500;

pub(crate) fn find(
    worktree: &Worktree,
    asked: &Find,
    cancelled: &AtomicBool,
    mut progress: impl FnMut(String, u64),
) -> Result<Reply, ToolError> {
    let matcher = matcher(&asked.pattern, Meant::Words)?;
    let mut walk = Walk::below(worktree, Path::new("."), usize::MAX)?;
    let mut names: Vec<PathBuf> = Vec::new();
    let mut hits: Vec<Hit> = Vec::new();
    let mut files = 0;
    while let Some(met) = walk.next() {
        if cancelled.load(Ordering::Relaxed) {
            return Err(ToolError::Cancelled);
        }
        let name = met.path.file_name().unwrap_or_default().to_string_lossy();
        if names.len() < MAX_NAMES && matcher.is_match(name.as_bytes()).unwrap_or(false) {
            names.push(met.path.clone());
        }
        if !met.kind.is_file() {
            continue;
        }
        files += 1;
        if files % PROGRESS_EVERY == 0 {
            progress(format!("looking in {}", shown(met.path.as_os_str())), files);
        }
        if hits.len() >= MAX_LINES {
            continue;
        }
        match met.open() {
            Ok((_, metadata)) if metadata.len() > MAX_FILE_BYTES => walk.skip_large(),
            Ok((file, _)) => search_file(file, &met.path, &matcher, MAX_LINES, &mut hits),
            Err(_) => walk.skip_unreadable(),
        }
    }
    let report = report(
        &asked.pattern,
        files,
        &names,
        &hits,
        &walk.skipped().shown(),
    );
    Ok(Reply::Found { report })
}

fn report(pattern: &str, files: u64, names: &[PathBuf], hits: &[Hit], left_out: &str) -> Report {
    let at_least = |count: usize, most: usize, one: &str| {
        let said = counted(count as u64, one);
        match count {
            0 => None,
            count if count >= most => Some(format!("at least {said}")),
            _ => Some(said),
        }
    };
    let mut with_hits: Vec<&Path> = hits.iter().map(|hit| hit.path.as_path()).collect();
    with_hits.dedup();
    let pattern = visible(pattern);
    let looked_in = counted(files, "file");
    let lines = at_least(hits.len(), MAX_LINES, "line")
        .map(|lines| format!("{lines} in {}", counted(with_hits.len() as u64, "file")));
    let named = at_least(names.len(), MAX_NAMES, "file name");
    let found: Vec<String> = lines.into_iter().chain(named).collect();
    let headline = match found.as_slice() {
        [] => format!("\u{201c}{pattern}\u{201d} is nowhere in {looked_in}"),
        found => format!("\u{201c}{pattern}\u{201d}: {}", found.join(", ")),
    };
    let mut summary = format!("Looked in {looked_in}.");
    if hits.len() >= MAX_LINES {
        summary.push_str(&format!(" Stopped after {MAX_LINES} lines."));
    }
    if !left_out.is_empty() {
        summary.push_str(&format!(" Left out: {left_out}."));
    }
    let named = names.iter().map(|path| Finding {
        severity: Severity::Note,
        text: "the name matches".to_owned(),
        path: Some(shown(path.as_os_str())),
        line: None,
    });
    let lines = hits.iter().map(|hit| Finding {
        severity: Severity::Note,
        // A search result goes into the conversation, where no key belongs.
        text: visible(&redacted(hit.text.trim())),
        path: Some(shown(hit.path.as_os_str())),
        line: u32::try_from(hit.line).ok(),
    });
    Report {
        headline,
        summary,
        findings: named.chain(lines).collect(),
        ..Report::default()
    }
}
