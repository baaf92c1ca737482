//! `edit`, `write`, `delete` and `rename`: each change is whole or not at all, and none goes through a link.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use ampersand_core::counted;

use crate::tool_error::ToolError;
use crate::wire::{Delete, Edit, Rename, Reply, Write};
use crate::worktree::{Worktree, not_of_git, refused, relative, shown};

const MAX_BYTES: u64 = 4 * 1024 * 1024;

pub(crate) fn edit(worktree: &Worktree, asked: &Edit) -> Result<Reply, ToolError> {
    let path = Path::new(&asked.path);
    let target = changeable(worktree, path)?;
    let (file, metadata) = worktree.open_file(&target)?;
    let named = || shown(path.as_os_str());
    if metadata.len() > MAX_BYTES {
        return Err(ToolError::TooLarge {
            path: named(),
            bytes: metadata.len(),
            most: MAX_BYTES,
        });
    }
    let mut text = String::new();
    file.take(MAX_BYTES)
        .read_to_string(&mut text)
        .map_err(|_| ToolError::Binary {
            path: named(),
            bytes: metadata.len(),
        })?;
    let (changed, line) = replaced(&text, &asked.old, &asked.new, named)?;
    put(worktree, &target, changed.as_bytes())?;
    let text = format!("changed {} at line {line}", named());
    Ok(Reply::Changed {
        text,
        paths: vec![asked.path.clone()],
    })
}

pub(crate) fn write(worktree: &Worktree, asked: &Write) -> Result<Reply, ToolError> {
    let path = Path::new(&asked.path);
    let target = changeable(worktree, path)?;
    let existed = match worktree.look(&target)? {
        None => false,
        Some(at) if at.is_file() => true,
        Some(_) => {
            return Err(ToolError::NotAFile {
                path: shown(path.as_os_str()),
                what: "a folder",
            });
        }
    };
    if let Some(parent) = target
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        let made = worktree.root().create_dir_all(parent);
        made.map_err(|source| refused("make folders for", path.as_os_str(), source))?;
    }
    put(worktree, &target, asked.content.as_bytes())?;
    let did = if existed { "replaced" } else { "created" };
    let text = format!(
        "{did} {}, {}",
        shown(path.as_os_str()),
        counted(asked.content.lines().count() as u64, "line")
    );
    Ok(Reply::Changed {
        text,
        paths: vec![asked.path.clone()],
    })
}

pub(crate) fn delete(worktree: &Worktree, asked: &Delete) -> Result<Reply, ToolError> {
    let path = Path::new(&asked.path);
    let target = relative(path)?;
    not_of_git(&target)?;
    let Some(at) = worktree.look(&target)? else {
        return Err(ToolError::Missing {
            path: shown(path.as_os_str()),
        });
    };
    let removed = if at.is_dir() {
        worktree.root().remove_dir(&target)
    } else {
        worktree.root().remove_file(&target)
    };
    removed.map_err(|source| refused("delete", path.as_os_str(), source))?;
    let text = format!("deleted {}", shown(path.as_os_str()));
    Ok(Reply::Changed {
        text,
        paths: vec![asked.path.clone()],
    })
}

pub(crate) fn rename(worktree: &Worktree, asked: &Rename) -> Result<Reply, ToolError> {
    let (from, to) = (
        relative(Path::new(&asked.from))?,
        relative(Path::new(&asked.to))?,
    );
    not_of_git(&from)?;
    not_of_git(&to)?;
    if worktree.look(&from)?.is_none() {
        return Err(ToolError::Missing {
            path: shown(asked.from.as_ref()),
        });
    }
    if worktree.look(&to)?.is_some() {
        return Err(ToolError::Exists {
            path: shown(asked.to.as_ref()),
        });
    }
    if let Some(parent) = to.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        let made = worktree.root().create_dir_all(parent);
        made.map_err(|source| refused("make folders for", asked.to.as_ref(), source))?;
    }
    let moved = worktree.root().rename(&from, &to);
    moved.map_err(|source| refused("rename", asked.from.as_ref(), source))?;
    let text = format!(
        "renamed {} to {}",
        shown(asked.from.as_ref()),
        shown(asked.to.as_ref())
    );
    Ok(Reply::Changed {
        text,
        paths: vec![asked.from.clone(), asked.to.clone()],
    })
}

/// A place that may be written: no link, because writing would replace it rather than what it points to.
fn changeable(worktree: &Worktree, path: &Path) -> Result<PathBuf, ToolError> {
    let target = relative(path)?;
    not_of_git(&target)?;
    match worktree.look(&target) {
        Ok(Some(at)) if at.is_symlink() => Err(ToolError::NotAFile {
            path: shown(path.as_os_str()),
            what: "a symbolic link",
        }),
        Ok(_) => Ok(target),
        Err(error) => Err(error),
    }
}

/// The text with its one occurrence of `old` replaced, and the line it was on.
fn replaced(
    text: &str,
    old: &str,
    new: &str,
    named: impl Fn() -> String,
) -> Result<(String, usize), ToolError> {
    if old.is_empty() || old == new {
        return Err(ToolError::NoChange { path: named() });
    }
    let crlf = |part: &str| part.replace('\n', "\r\n");
    // What was shown of the file has no carriage returns, so what comes back has none.
    let (old, new) = if text.contains("\r\n") && !old.contains('\r') {
        (crlf(old), crlf(new))
    } else {
        (old.to_owned(), new.to_owned())
    };
    let mut places = text.match_indices(&old).map(|(at, _)| at);
    let Some(at) = places.next() else {
        return Err(ToolError::NoMatch {
            path: named(),
            near: near(text, &old),
        });
    };
    let more = places.count();
    if more > 0 {
        return Err(ToolError::ManyMatches {
            path: named(),
            count: more + 1,
        });
    }
    let line = text[..at].matches('\n').count() + 1;
    Ok((
        format!("{}{new}{}", &text[..at], &text[at + old.len()..]),
        line,
    ))
}

fn near(text: &str, old: &str) -> String {
    let first = old.lines().map(str::trim).find(|line| !line.is_empty());
    let at = first.and_then(|first| text.lines().position(|line| line.trim() == first));
    at.map_or_else(String::new, |at| {
        format!("; line {} is like its first line", at + 1)
    })
}

/// Writes beside, then renames over: nobody ever sees half a file, and a hard link elsewhere is not written through.
fn put(worktree: &Worktree, target: &Path, content: &[u8]) -> Result<(), ToolError> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let failed = |source| refused("write", target.as_os_str(), source);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let beside = target.with_file_name(format!(".ampersand-{}-{count}", std::process::id()));
    let root = worktree.root();
    let mut file = root.create_new(&beside).map_err(failed)?;
    let written = file
        .write_all(content)
        .and_then(|()| match root.metadata(target) {
            Ok(old) => file.set_permissions(old.permissions()),
            Err(_) => Ok(()),
        });
    drop(file);
    written
        .and_then(|()| root.rename(&beside, target))
        .map_err(|source| {
            // The first error is the one to tell.
            drop(root.remove_file(&beside));
            failed(source)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_replaced_only_where_it_fits_exactly_once() {
        let check = |text: &str, old: &str, new: &str| {
            replaced(text, old, new, || "f".to_owned()).map_err(|error| error.code())
        };
        assert_eq!(
            check("a\nb\nc\n", "b\n", "x\n"),
            Ok(("a\nx\nc\n".to_owned(), 2))
        );
        assert_eq!(
            check("a\r\nb\r\n", "a\nb", "x\ny"),
            Ok(("x\r\ny\r\n".to_owned(), 1))
        );
        assert_eq!(check("aa", "a", "b"), Err("edit_many_matches"));
        assert_eq!(check("a", "b", "c"), Err("edit_no_match"));
        assert_eq!(check("a", "", "c"), Err("edit_no_change"));
        assert_eq!(check("a", "a", "a"), Err("edit_no_change"));
        assert_eq!(
            near("x\n    fn f() {\n", "fn f() {\n  g"),
            "; line 2 is like its first line"
        );
    }
}
