//! Both ways of holding a folder do the same, but for links: by name none is followed.

use std::io::{ErrorKind, Read, Write};

use super::*;
use crate::walk::Walk;
use crate::worktree::Worktree;

fn both(path: &Path) -> [Folder; 2] {
    [
        Folder::open(path).unwrap(),
        Folder::open_by_name(path).unwrap(),
    ]
}

fn names(folder: &Folder, most: usize) -> (Vec<String>, bool) {
    let (entries, more) = folder.entries(most).unwrap();
    let name = |entry: io::Result<(OsString, FileType)>| entry.unwrap().0.into_string().unwrap();
    let mut names: Vec<_> = entries.into_iter().map(name).collect();
    names.sort();
    (names, more)
}

#[test]
fn both_ways_make_read_move_and_remove() {
    for by_name in [false, true] {
        let place = tempfile::tempdir().unwrap();
        let [held, named] = both(place.path());
        let root = if by_name { named } else { held };
        let at = Path::new;
        root.create_dir_all(at("a/b")).unwrap();
        root.create_dir_all(at("a/b")).unwrap();
        let mut file = root.create_new(at("a/b/f")).unwrap();
        file.write_all(b"text").unwrap();
        let again = root.create_new(at("a/b/f")).unwrap_err();
        assert_eq!(again.kind(), ErrorKind::AlreadyExists);
        let mut text = String::new();
        let mut file = root.open_file(at("./a/b/f")).unwrap();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "text");
        assert_eq!(root.metadata(at("a/b/f")).unwrap().len(), 4);
        assert!(root.metadata(at(".")).unwrap().is_dir());
        let inner = root
            .open_dir("a".as_ref())
            .unwrap()
            .open_dir("b".as_ref())
            .unwrap();
        assert!(inner.open_entry("f".as_ref()).is_ok());
        assert_eq!(
            names(&inner.try_clone().unwrap(), 1),
            (vec!["f".to_owned()], false)
        );
        root.rename(at("a/b/f"), at("g")).unwrap();
        assert_eq!(
            names(&root, 2),
            (vec!["a".to_owned(), "g".to_owned()], false)
        );
        assert!(names(&root, 1).1);
        assert!(root.open_dir("g".as_ref()).is_err());
        // On Windows a folder that somebody holds does not go.
        drop(inner);
        root.remove_dir(at("a/b")).unwrap();
        root.remove_file(at("g")).unwrap();
        for absent in ["g", "a/b/f", "no/such"] {
            let error = root.symlink_metadata(at(absent)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound, "{absent}");
        }
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(Folder::open_by_name(file.path()).is_err());
}

#[cfg(unix)]
#[test]
fn by_name_no_link_is_followed_wherever_it_leads() {
    use std::os::unix::fs::symlink;
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    fs::create_dir_all(path("tree/inside")).unwrap();
    fs::create_dir(path("outside")).unwrap();
    fs::write(path("outside/secret"), "secret").unwrap();
    symlink("../outside", path("tree/folder")).unwrap();
    symlink(path("outside/secret"), path("tree/file")).unwrap();
    symlink("inside", path("tree/near")).unwrap();
    let root = Folder::open_by_name(&path("tree")).unwrap();
    let at = Path::new;
    let outside = |refused: io::Result<()>, what: &str| {
        let error = refused.unwrap_err();
        // As the other way has it, which is told as leading out.
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{what}");
        assert_eq!(error.raw_os_error(), None, "{what}");
    };
    for link in [
        "folder/secret",
        "file",
        "near",
        "folder",
        "../outside/secret",
    ] {
        outside(root.open_file(at(link)).map(drop), link);
        outside(root.metadata(at(link)).map(drop), link);
    }
    outside(
        root.open_file(&path("outside/secret")).map(drop),
        "absolute",
    );
    for new in ["folder/new", "near/new"] {
        outside(root.create_new(at(new)).map(drop), new);
        outside(root.create_dir_all(at(new)), new);
        outside(root.rename(at("inside"), at(new)), new);
    }
    outside(root.remove_file(at("folder/secret")), "remove");
    outside(root.open_dir("folder".as_ref()).map(drop), "open");
    outside(root.open_entry("file".as_ref()).map(drop), "entry");
    // The links themselves are seen, and go without what they lead to.
    assert!(root.symlink_metadata(at("file")).unwrap().is_symlink());
    assert_eq!(root.read_link("near".as_ref()).unwrap(), at("inside"));
    root.remove_file(at("file")).unwrap();
    root.rename(at("folder"), at("moved")).unwrap();
    assert_eq!(
        fs::read_to_string(path("outside/secret")).unwrap(),
        "secret"
    );
    assert_eq!(fs::read_dir(path("outside")).unwrap().count(), 1);
}

#[test]
fn both_ways_walk_the_same_folders() {
    let place = tempfile::tempdir().unwrap();
    for file in ["a/b/c", "a/.git/config", "x", "ignored/y"] {
        let path = place.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    fs::write(place.path().join(".gitignore"), "ignored\n").unwrap();
    let seen = [Worktree::open, Worktree::open_by_name].map(|open| {
        let worktree = open(place.path()).unwrap();
        let walk = Walk::below(&worktree, Path::new("."), 9).unwrap();
        walk.map(|met| met.path).collect::<Vec<_>>()
    });
    assert_eq!(seen[0], seen[1]);
    let expected = [".gitignore", "a", "a/b", "a/b/c", "x"].map(PathBuf::from);
    assert_eq!(seen[0], expected);
}

#[test]
fn names_of_devices_are_names_of_files_in_here() {
    assert_eq!(verbatim(Path::new(r"C:\tree")), Path::new(r"\\?\C:\tree"));
    for other in [r"\\?\C:\tree", r"\\host\share", "/tree"] {
        assert_eq!(verbatim(Path::new(other)), Path::new(other));
    }
}
