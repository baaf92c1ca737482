//! A difference as unified text that is safe on a terminal.

use std::fmt::{self, Display};

use super::{Diff, FileDiff, FileKind, LineKind};
use crate::names;

/// Unified text: what the terminal client prints. Controls and invisible characters appear as escapes.
impl Display for Diff {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            write!(out, "{file}")?;
        }
        let hidden = usize::try_from(self.count)
            .unwrap_or(usize::MAX)
            .saturating_sub(self.files.len());
        if hidden > 0 {
            let files = if hidden == 1 { "file" } else { "files" };
            writeln!(out, "… and {hidden} more {files}")?;
        }
        Ok(())
    }
}

impl Display for FileDiff {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let old = self.old_path.as_deref().unwrap_or(&self.path);
        writeln!(out, "diff --git a/{old} b/{}", self.path)?;
        if self.kind == FileKind::Renamed {
            writeln!(out, "rename from {old}\nrename to {}", self.path)?;
        }
        match (&self.old_mode, &self.new_mode) {
            (None, Some(mode)) => writeln!(out, "new file mode {mode}")?,
            (Some(mode), None) => writeln!(out, "deleted file mode {mode}")?,
            (Some(before), Some(after)) if before != after => {
                writeln!(out, "old mode {before}\nnew mode {after}")?;
            }
            _ => {}
        }
        if self.binary {
            return writeln!(out, "Binary files differ");
        }
        if !self.hunks.is_empty() {
            let side = |there: bool, prefix: &str, path: &str| match there {
                true => format!("{prefix}/{path}"),
                false => "/dev/null".to_owned(),
            };
            writeln!(out, "--- {}", side(self.old_mode.is_some(), "a", old))?;
            writeln!(
                out,
                "+++ {}",
                side(self.new_mode.is_some(), "b", &self.path)
            )?;
        }
        for hunk in &self.hunks {
            writeln!(out, "{}", hunk.header)?;
            for line in &hunk.lines {
                let mark = match line.kind {
                    LineKind::Context => ' ',
                    LineKind::Added => '+',
                    LineKind::Removed => '-',
                };
                writeln!(
                    out,
                    "{mark}{}",
                    names::show_keeping(line.text.as_bytes(), &['\t'])
                )?;
            }
        }
        if self.truncated {
            writeln!(out, "… lines left away")?;
        }
        Ok(())
    }
}
