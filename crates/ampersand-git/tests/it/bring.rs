//! What git does not keep comes along, and nothing that is there is replaced.

use std::fs;

use crate::scratch::{Scratch, write};

#[test]
fn files_and_folders_come_along_where_nothing_stands() {
    let scratch = Scratch::with(&[(".gitignore", ".env\ncache/\n"), ("kept", "committed\n")]);
    scratch.write(".env", "SECRET=1\n");
    scratch.write("cache/deep/file", "cached\n");
    scratch.write("cache/nested/.git/config", "not ours\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        symlink("/etc/passwd", scratch.path("cache/link")).unwrap();
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(scratch.path("cache/deep/file"), executable).unwrap();
    }
    let repository = scratch.attach();
    let worktree = scratch.worktree();
    write(&worktree.path, "cache/mine", "by the task\n");
    write(&worktree.path, ".env", "by the task\n");
    assert!(!repository.is_furnished(&worktree));
    let paths = [".env", "cache/", "kept", "absent", "absent/too"].map(str::to_owned);
    repository.bring(&worktree, &paths).unwrap();
    repository.mark_furnished(&worktree).unwrap();
    assert!(repository.is_furnished(&worktree));

    let read = |path: &str| fs::read_to_string(worktree.path.join(path)).unwrap();
    assert_eq!(read(".env"), "by the task\n");
    assert_eq!(read("cache/mine"), "by the task\n");
    assert_eq!(read("cache/deep/file"), "cached\n");
    assert!(!worktree.path.join("cache/nested/.git").exists());
    let modified = |path: &std::path::Path| fs::metadata(path).unwrap().modified().unwrap();
    assert_eq!(
        modified(&worktree.path.join("cache/deep/file")),
        modified(&scratch.path("cache/deep/file"))
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let link = fs::read_link(worktree.path.join("cache/link")).unwrap();
        assert_eq!(link.to_str(), Some("/etc/passwd"));
        let copied = fs::metadata(worktree.path.join("cache/deep/file")).unwrap();
        assert_ne!(copied.permissions().mode() & 0o111, 0);
    }
    fs::write(worktree.path.join("cache/deep/file"), "changed\n").unwrap();
    assert_eq!(scratch.read("cache/deep/file"), "cached\n");
    assert!(scratch.commit(&worktree).commit.is_none());
}

#[cfg(unix)]
#[test]
fn a_link_on_the_way_is_not_followed() {
    use std::os::unix::fs::symlink;
    let scratch = Scratch::with(&[("a", "a\n")]);
    let outside = scratch.beside("outside");
    write(&outside, "precious", "theirs\n");
    let worktree = scratch.worktree();
    symlink(&outside, worktree.path.join("into")).unwrap();
    scratch.write("into/new", "mine\n");
    let refused = scratch.attach().bring(&worktree, &["into".to_owned()]);
    assert!(refused.is_err());
    assert!(!outside.join("new").exists());

    symlink(&outside, scratch.path("from")).unwrap();
    let refused = scratch
        .attach()
        .bring(&worktree, &["from/precious".to_owned()]);
    assert!(refused.is_err());
    assert!(!worktree.path.join("from").exists());
}
