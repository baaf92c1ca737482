//! A person's checkout, read name by name from its root, so that no link and no `..` leads out of it.

mod found;
mod secrets;

use std::{
    ffi::OsStr,
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt};
use cap_std::fs::{Dir, File, OpenOptions};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use regex::RegexBuilder;

use found::Found;
use secrets::holds_secrets;

const READ_BYTES_MAX: u64 = 256 * 1024;
const SHOWN_BYTES_MAX: usize = 10 * 1024;
const SHOWN_LINES_MAX: usize = 300;
const ENTRIES_MAX: usize = 300;
const FILES_MAX: usize = 20_000;
const DEPTH_MAX: usize = 32;
const LINE_CHARS_MAX: usize = 300;
const RULES_BYTES_MAX: u64 = 64 * 1024;

/// An opened root.
pub(super) struct Checkout {
    root: Dir,
    /// What git ignores besides what the folders themselves say.
    own: Gitignore,
}

/// A folder on the way down, with the rules that hold in it.
struct Folder {
    dir: Dir,
    path: PathBuf,
    rules: Vec<(PathBuf, Gitignore)>,
}

impl Checkout {
    pub(super) fn open(root: &Path) -> Result<Self, String> {
        let root = Dir::open_ambient_dir(root, cap_std::ambient_authority())
            .map_err(|error| format!("the repository cannot be read: {error}."))?;
        let exclude = root
            .open_dir_nofollow(".git")
            .and_then(|git| git.open_dir_nofollow("info"))
            .and_then(|info| rules(&info, "exclude"));
        let own = exclude.unwrap_or_else(|_| Gitignore::empty());
        Ok(Self { root, own })
    }

    pub(super) fn list(&self, path: &str) -> Result<String, String> {
        let folder = self.folder(&relative(path)?)?;
        let mut lines = Vec::new();
        for (name, is_folder) in self.entries(&folder).map_err(|error| said(path, &error))? {
            let slash = if is_folder { "/" } else { "" };
            lines.push(format!("{}{slash}", name.to_string_lossy()));
        }
        let more = lines.len().saturating_sub(ENTRIES_MAX);
        lines.truncate(ENTRIES_MAX);
        if more > 0 {
            lines.push(format!("({more} more)"));
        }
        Ok(lines.join("\n"))
    }

    pub(super) fn read(&self, path: &str, from_line: usize) -> Result<String, String> {
        let whole = relative(path)?;
        let (Some(parent), Some(name)) = (whole.parent(), whole.file_name()) else {
            return Err("read needs the path of a file.".to_owned());
        };
        let folder = self.folder(parent)?;
        self.may_see(&folder, name, false)?;
        let file = open_file(&folder.dir, name).map_err(|error| said(path, &error))?;
        let text = text_of(file, READ_BYTES_MAX).map_err(|error| said(path, &error))?;
        let Some((text, is_cut)) = text else {
            return Err(format!("{path:?} is not text."));
        };
        let first = from_line.max(1);
        let mut shown = String::new();
        let mut lines = text.lines().enumerate().skip(first - 1);
        let mut last = first - 1;
        for (at, line) in lines.by_ref().take(SHOWN_LINES_MAX) {
            shown.push_str(&format!("{:>5} {}\n", at + 1, short(line)));
            last = at + 1;
            if shown.len() > SHOWN_BYTES_MAX {
                break;
            }
        }
        if lines.next().is_some() || is_cut {
            shown.push_str(&format!("(more: read on from line {})\n", last + 1));
        }
        Ok(shown)
    }

    pub(super) fn search(&self, path: &str, pattern: &str) -> Result<String, String> {
        if pattern.trim().is_empty() {
            return Err("search needs a pattern.".to_owned());
        }
        let pattern = RegexBuilder::new(&regex::escape(pattern))
            .case_insensitive(true)
            .build()
            .map_err(|error| format!("the pattern cannot be used: {error}."))?;
        let mut found = Found::default();
        let mut open = vec![(self.folder(&relative(path)?)?, 0)];
        while let Some((folder, depth)) = open.pop() {
            for (name, is_folder) in self.entries(&folder).unwrap_or_default() {
                if found.is_full() {
                    break;
                }
                if !is_folder {
                    found.look_into(&folder, &name, &pattern);
                } else if depth < DEPTH_MAX
                    && let Ok(below) = enter(&folder, &name)
                {
                    open.push((below, depth + 1));
                }
            }
        }
        Ok(found.shown())
    }

    /// Walks down, through folders it may see.
    fn folder(&self, path: &Path) -> Result<Folder, String> {
        let refused = |error: io::Error| said(&path.display().to_string(), &error);
        let mut folder = Folder {
            dir: self.root.try_clone().map_err(refused)?,
            path: PathBuf::new(),
            rules: Vec::new(),
        };
        folder.read_rules();
        for name in path.components() {
            self.may_see(&folder, name.as_os_str(), true)?;
            folder = enter(&folder, name.as_os_str()).map_err(refused)?;
        }
        Ok(folder)
    }

    fn entries(&self, folder: &Folder) -> io::Result<Vec<(std::ffi::OsString, bool)>> {
        let mut entries = Vec::new();
        for entry in folder.dir.entries()?.take(FILES_MAX) {
            let entry = entry?;
            let kind = entry.file_type()?;
            let name = entry.file_name();
            let is_there = kind.is_dir() || kind.is_file();
            if is_there && self.may_see(folder, &name, kind.is_dir()).is_ok() {
                entries.push((name, kind.is_dir()));
            }
        }
        entries.sort();
        Ok(entries)
    }

    fn may_see(&self, folder: &Folder, name: &OsStr, is_folder: bool) -> Result<(), String> {
        let path = folder.path.join(name);
        let shown = path.display();
        if name.eq_ignore_ascii_case(".git") {
            return Err(format!("{shown} is git's own."));
        }
        if holds_secrets(&name.to_string_lossy()) {
            return Err(format!("{shown} may hold secrets and is not read here."));
        }
        for (base, rules) in folder.rules.iter().rev() {
            let below = path.strip_prefix(base).unwrap_or(&path);
            let verdict = rules.matched(below, is_folder);
            if verdict.is_whitelist() {
                return Ok(());
            }
            if verdict.is_ignore() {
                return Err(format!("{shown} is ignored by git."));
            }
        }
        if self.own.matched(&path, is_folder).is_ignore() {
            return Err(format!("{shown} is ignored by git."));
        }
        Ok(())
    }
}

impl Folder {
    fn read_rules(&mut self) {
        if let Ok(rules) = rules(&self.dir, ".gitignore") {
            self.rules.push((self.path.clone(), rules));
        }
    }
}

fn enter(folder: &Folder, name: &OsStr) -> io::Result<Folder> {
    let mut below = Folder {
        dir: folder.dir.open_dir_nofollow(name)?,
        path: folder.path.join(name),
        rules: folder.rules.clone(),
    };
    below.read_rules();
    Ok(below)
}

/// A relative path of plain names.
fn relative(path: &str) -> Result<PathBuf, String> {
    let mut plain = PathBuf::new();
    for part in Path::new(path.trim()).components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(format!("{path:?} does not lie in the repository."));
            }
        }
    }
    Ok(plain)
}

fn open_file(dir: &Dir, name: &OsStr) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).follow(FollowSymlinks::No);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        // A pipe in the checkout must not keep us waiting.
        options.custom_flags(NONBLOCK);
    }
    let file = dir.open_with(name, &options)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "not a plain file",
    ))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const NONBLOCK: i32 = 0o4000;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
const NONBLOCK: i32 = 0x4;

/// The text and whether it was cut; `None` for what is no text.
fn text_of(file: File, limit: u64) -> io::Result<Option<(String, bool)>> {
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    let is_cut = bytes.len() as u64 > limit;
    if bytes.iter().take(8192).any(|byte| *byte == 0) {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Some((text, is_cut)))
}

fn rules(dir: &Dir, name: &str) -> io::Result<Gitignore> {
    let file = open_file(dir, OsStr::new(name))?;
    let (text, _) = text_of(file, RULES_BYTES_MAX)?.unwrap_or_default();
    let mut builder = GitignoreBuilder::new("");
    for line in text.lines() {
        // Git skips what it cannot read as a pattern, and so do we.
        builder.add_line(None, line).ok();
    }
    builder.build().map_err(io::Error::other)
}

fn said(path: &str, error: &io::Error) -> String {
    format!("{path:?} cannot be read: {error}.")
}

fn short(line: &str) -> String {
    match line.char_indices().nth(LINE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn checkout() -> (tempfile::TempDir, Checkout) {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("src/auth.rs", "fn login() {}\n// TODO: expiry\n");
        write(".gitignore", "target/\n*.log\n");
        write("src/.gitignore", "!kept.log\n");
        write("src/kept.log", "todo kept\n");
        write("build.log", "todo ignored\n");
        write("target/out.rs", "todo built\n");
        write(".git/config", "todo git\n");
        write(".env", "TODO=secret\n");
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
        let checkout = Checkout::open(folder.path()).unwrap();
        (folder, checkout)
    }

    #[test]
    fn only_what_git_keeps_and_holds_no_secret_is_seen() {
        let (_folder, checkout) = checkout();
        assert_eq!(checkout.list("").unwrap(), ".gitignore\nsrc/");
        assert_eq!(
            checkout.list("src").unwrap(),
            ".gitignore\nauth.rs\nkept.log"
        );
        assert_eq!(
            checkout.search("", "todo").unwrap(),
            "src/auth.rs:2: // TODO: expiry\nsrc/kept.log:1: todo kept"
        );
        assert_eq!(
            checkout.read("src/auth.rs", 2).unwrap(),
            "    2 // TODO: expiry\n"
        );
    }

    #[test]
    fn nothing_else_is_read_by_name() {
        let (_folder, checkout) = checkout();
        for hidden in [
            ".env",
            ".git/config",
            "build.log",
            "target/out.rs",
            "link",
            "../x",
            "/etc/passwd",
            "src/../.env",
            "absent",
        ] {
            let refused = checkout.read(hidden, 1);
            assert!(refused.is_err(), "{hidden}: {refused:?}");
        }
    }
}
