//! A worktree for tools to be tried in, with links that lead out of it and a file beside it that must stay as it is.

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

/// How many inputs are tried in one tree: what they write adds up.
const INPUTS: u32 = 500;

const BESIDE: &str = "must stay";

thread_local! {
    static TREE: RefCell<Option<(TempDir, u32)>> = const { RefCell::new(None) };
}

/// Hands over the worktree, and looks afterwards that what lies beside it is as it was.
pub(crate) fn with_tree(act: impl FnOnce(&Path)) {
    TREE.with_borrow_mut(|tree| {
        if tree.as_ref().is_none_or(|(_, used)| *used >= INPUTS) {
            *tree = Some((plant(), 0));
        }
        let Some((folder, used)) = tree else {
            return;
        };
        *used += 1;
        act(&folder.path().join("worktree"));
        let beside = fs::read_to_string(folder.path().join("beside/x"));
        assert_eq!(beside.expect("it is still there"), BESIDE);
        let there = fs::read_dir(folder.path())
            .expect("it is still there")
            .count();
        assert_eq!(there, 2, "something appeared beside the worktree");
    });
}

fn plant() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let at = |path: &str| folder.path().join(path);
    for (path, text) in [
        ("beside/x", BESIDE),
        ("worktree/a.txt", "one\ntwo\n"),
        ("worktree/folder/b.rs", "// TODO: a\nfn a() {}\n"),
        ("worktree/long", &"long line ".repeat(1000)),
        ("worktree/.git/config", "[core]\n"),
    ] {
        let path = at(path);
        let made = path.parent().map(fs::create_dir_all).transpose();
        made.and_then(|_| fs::write(&path, text))
            .expect("files can be made there");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        for (to, link) in [
            ("../beside", "worktree/out"),
            ("../../beside/x", "worktree/folder/link"),
        ] {
            symlink(to, at(link)).expect("links can be made there");
        }
    }
    folder
}
