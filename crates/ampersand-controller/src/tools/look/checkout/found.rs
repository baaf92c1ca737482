//! What a search has found so far, bounded in lines and in files.

use std::ffi::OsStr;

use regex::Regex;

use super::{FILES_MAX, Folder, open_file, short, text_of};

const HITS_MAX: usize = 60;
/// Larger files are data.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

#[derive(Default)]
pub(super) struct Found {
    lines: Vec<String>,
    files: usize,
}

impl Found {
    pub(super) fn is_full(&self) -> bool {
        self.lines.len() >= HITS_MAX || self.files >= FILES_MAX
    }

    pub(super) fn look_into(&mut self, folder: &Folder, name: &OsStr, pattern: &Regex) {
        self.files += 1;
        let Ok(file) = open_file(&folder.dir, name) else {
            return;
        };
        let Ok(Some((text, _))) = text_of(file, FILE_BYTES_MAX) else {
            return;
        };
        let path = folder.path.join(name);
        for (at, line) in text.lines().enumerate() {
            if self.is_full() {
                return;
            }
            if pattern.is_match(line) {
                let line = short(line.trim());
                self.lines
                    .push(format!("{}:{}: {line}", path.display(), at + 1));
            }
        }
    }

    pub(super) fn shown(mut self) -> String {
        if self.lines.is_empty() {
            return "Nothing found.".to_owned();
        }
        if self.is_full() {
            self.lines.push("(there may be more)".to_owned());
        }
        self.lines.join("\n")
    }
}
