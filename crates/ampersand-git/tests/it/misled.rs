//! Folders and variables that would lead to another repository than the one that was named.

use std::fs;

use ampersand_git::{CommitLimits, DiffLimits, Manner, Repository};

use crate::scratch::{Scratch, run_again, write};

#[track_caller]
fn not_in_its_books(path: &std::path::Path) {
    let refusal = Repository::attach(path).unwrap_err();
    assert_eq!(refusal.code(), "repository_not_in_its_books", "{refusal:?}");
    assert!(!refusal.hint().is_empty());
}

#[test]
fn a_folder_that_calls_itself_a_checkout_is_not_believed() {
    let trusted = Scratch::with(&[("a", "a\n")]);
    let before = trusted.everything();
    let git = trusted.path(".git");
    let crafted = tempfile::tempdir().unwrap();
    let at = |path: &str| dunce::canonicalize(crafted.path()).unwrap().join(path);
    let head = trusted.git(&["rev-parse", "HEAD"]);

    // Bookkeeping of its own that names the trusted repository as the one it belongs to.
    for (folder, books) in [
        ("one", "one/g"),
        ("two", "two/.git"),
        ("three", "worktrees/three"),
    ] {
        write(&at(books), "commondir", &format!("{}\n", git.display()));
        write(
            &at(books),
            "gitdir",
            &format!("{}\n", at(folder).join(".git").display()),
        );
        write(&at(books), "HEAD", &head);
        fs::create_dir_all(at(books).join("objects")).unwrap();
        fs::create_dir_all(at(books).join("refs")).unwrap();
        if books != "two/.git" {
            write(
                &at(folder),
                ".git",
                &format!("gitdir: {}\n", at(books).display()),
            );
        }
        not_in_its_books(&at(folder));
    }

    // A true checkout's books, entered from another folder.
    trusted.git(&["worktree", "add", "-q", "--detach", "../linked"]);
    let books = git.join("worktrees/linked");
    write(
        &at("four"),
        ".git",
        &format!("gitdir: {}\n", books.display()),
    );
    not_in_its_books(&at("four"));
    let linked = Repository::attach(&trusted.beside("linked")).unwrap();
    assert_eq!(linked.common_dir(), git);
    // Moved, and put right by the person.
    fs::rename(trusted.beside("linked"), trusted.beside("moved")).unwrap();
    not_in_its_books(&trusted.beside("moved"));
    crate::scratch::git_in(&trusted.beside("moved"), &["worktree", "repair"]);
    Repository::attach(&trusted.beside("moved")).unwrap();
    assert_eq!(trusted.everything(), before);
}

/// Where the inner run finds its repository.
const ROOT: &str = "AMPERSAND_TEST_ROOT";

#[test]
fn variables_of_git_lead_nowhere() {
    if let Some(root) = std::env::var_os(ROOT) {
        return work_in(root.as_ref());
    }
    let (scratch, other) = (
        Scratch::with(&[("a", "a\n")]),
        Scratch::with(&[("b", "b\n")]),
    );
    let before = other.everything();
    let canary = scratch.beside("canary");
    let runs = format!("touch {}", canary.display());
    let config = scratch.beside("config");
    let text = format!("[core]\n\tfsmonitor = {runs}\n\tbare = true\n\thooksPath = /nowhere\n");
    fs::write(&config, &text).unwrap();
    let path = |path: std::path::PathBuf| path.display().to_string();
    let variables = [
        (ROOT, path(scratch.root.clone())),
        ("GIT_DIR", path(other.path(".git"))),
        ("GIT_COMMON_DIR", path(other.path(".git"))),
        ("GIT_WORK_TREE", path(other.root.clone())),
        ("GIT_INDEX_FILE", path(other.path(".git/index"))),
        ("GIT_OBJECT_DIRECTORY", path(other.path(".git/objects"))),
        (
            "GIT_ALTERNATE_OBJECT_DIRECTORIES",
            path(other.path(".git/objects")),
        ),
        ("GIT_NAMESPACE", "elsewhere".to_owned()),
        ("GIT_CONFIG", path(config.clone())),
        ("GIT_CONFIG_GLOBAL", path(config.clone())),
        ("GIT_CONFIG_SYSTEM", path(config)),
        ("GIT_CONFIG_COUNT", "2".to_owned()),
        ("GIT_CONFIG_KEY_0", "core.fsmonitor".to_owned()),
        ("GIT_CONFIG_VALUE_0", runs.clone()),
        ("GIT_CONFIG_KEY_1", "core.bare".to_owned()),
        ("GIT_CONFIG_VALUE_1", "true".to_owned()),
        ("GIT_CONFIG_PARAMETERS", format!("'core.fsmonitor={runs}'")),
        ("GIT_EXTERNAL_DIFF", runs.clone()),
        ("GIT_EXEC_PATH", "/nowhere".to_owned()),
        ("GIT_TRACE", path(scratch.beside("canary"))),
        ("GIT_ATTR_SOURCE", "HEAD".to_owned()),
    ];
    run_again("misled::variables_of_git_lead_nowhere", &variables);
    assert_eq!(other.everything(), before);
    assert!(!canary.exists());
    assert_eq!(scratch.read("a"), "one\ntwo\n");
}

/// All a task does with a repository, with a merge by the git program among it.
fn work_in(root: &std::path::Path) {
    let repository = Repository::attach(root).unwrap();
    assert_eq!(repository.root(), root);
    let head = repository.head().unwrap();
    let pool = root.parent().unwrap().join("pool");
    let start = repository
        .starting_point("t1", CommitLimits::default())
        .unwrap();
    assert_eq!(start.commit, head);
    let worktree = repository
        .create_worktree("t1", &pool.join("t1"), head)
        .unwrap();
    write(&worktree.path, "a", "one\ntwo\n");
    let commit = repository.commit(&worktree, "work", CommitLimits::default());
    let head = commit.unwrap().commit.unwrap().id;
    repository
        .diff(worktree.base, head, DiffLimits::default())
        .unwrap();
    let beside = repository
        .create_worktree("t2", &pool.join("t2"), worktree.base)
        .unwrap();
    write(&beside.path, "b", "beside\n");
    repository
        .commit(&beside, "beside", CommitLimits::default())
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for task in ["t1", "t2"] {
        let preview = runtime
            .block_on(repository.landing_preview(task, Manner::Merge))
            .unwrap();
        repository.land(&preview, "Land it").unwrap();
    }
}
