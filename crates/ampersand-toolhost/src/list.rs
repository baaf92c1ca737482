//! `list`: what a folder holds, a few levels deep.

use std::path::Path;

use ampersand_core::counted;

use crate::tool_error::ToolError;
use crate::walk::Walk;
use crate::wire::{List, Reply};
use crate::worktree::{Worktree, shown};

const DEFAULT_DEPTH: usize = 2;
const MAX_ENTRIES: usize = 1_000;

pub(crate) fn list(worktree: &Worktree, asked: &List) -> Result<Reply, ToolError> {
    let start = asked.path.as_deref().unwrap_or(".");
    let mut walk = Walk::below(
        worktree,
        Path::new(start),
        asked.depth.unwrap_or(DEFAULT_DEPTH),
    )?;
    let mut text = String::new();
    for met in walk.by_ref().take(MAX_ENTRIES) {
        let indent = "  ".repeat(met.depth.saturating_sub(1));
        let name = shown(met.path.file_name().unwrap_or_default());
        let told = if met.kind.is_dir() {
            format!("{name}/")
        } else if met.kind.is_symlink() {
            let target = met.link_target().unwrap_or_default();
            format!("{name} -> {}", shown(target.as_os_str()))
        } else if met.kind.is_file() {
            let bytes = met.metadata().map_or(0, |metadata| metadata.len());
            format!("{name} ({})", counted(bytes, "byte"))
        } else {
            format!("{name} (not a regular file)")
        };
        text.push_str(&format!("{indent}{told}\n"));
    }
    if walk.next().is_some() {
        text.push_str(&format!(
            "[more than {MAX_ENTRIES} entries; list a folder of it]\n"
        ));
    }
    let skipped = walk.skipped().shown();
    if !skipped.is_empty() {
        text.push_str(&format!("[left out: {skipped}]\n"));
    }
    if text.is_empty() {
        text.push_str("[empty]\n");
    }
    Ok(Reply::Text { text })
}
