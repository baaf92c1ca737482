//! What is attached, and what is refused by name.

use std::fs;

use ampersand_git::{CommitLimits, Pool, Repository};

use crate::scratch::{Scratch, git_in, try_git_in};

#[track_caller]
fn check_refused(path: &std::path::Path, code: &str) {
    let refusal = Repository::attach(path).unwrap_err();
    assert_eq!(refusal.code(), code, "{refusal:?}");
    assert!(!refusal.hint().is_empty());
}

#[test]
fn a_repository_is_found_from_a_folder_inside_it() {
    let scratch = Scratch::with(&[("src/deep/a.rs", "a\n")]);
    let before = scratch.everything();
    let repository = Repository::attach(&scratch.path("src/deep")).unwrap();
    assert_eq!(repository.root(), scratch.root);
    assert_eq!(scratch.everything(), before);
}

#[test]
fn facts_name_the_branch_and_count_what_is_uncommitted() {
    let scratch = Scratch::with(&[("a", "a\n"), ("b", "b\n")]);
    let facts = scratch.attach().facts().unwrap();
    assert_eq!(
        (facts.name.as_str(), facts.branch.as_deref()),
        ("project", Some("main"))
    );
    assert!(scratch.git(&["rev-parse", "HEAD"]).starts_with(&facts.head) && facts.head.len() >= 4);
    assert!(!facts.is_dirty);

    scratch.write("a", "other\n");
    scratch.write("new/one", "");
    scratch.write("new/two", "");
    scratch.git(&["checkout", "-q", "--detach"]);
    let facts = scratch.attach().facts().unwrap();
    assert_eq!(
        (
            facts.branch,
            facts.uncommitted,
            facts.untracked,
            facts.is_dirty
        ),
        (None, 1, 1, true)
    );
}

#[test]
fn what_is_no_usable_repository_is_refused_by_name() {
    let scratch = Scratch::bare_bones();
    check_refused(&scratch.root, "repository_no_commits");
    check_refused(&scratch.beside("nowhere"), "repository_unreadable");
    fs::create_dir(scratch.beside("plain")).unwrap();
    check_refused(&scratch.beside("plain"), "repository_not_found");
    git_in(&scratch.beside(""), &["init", "-q", "--bare", "bare.git"]);
    check_refused(&scratch.beside("bare.git"), "repository_bare");
}

#[test]
fn formats_the_library_cannot_serve_are_refused_by_name() {
    for (option, code) in [
        ("--object-format=sha256", "repository_sha256"),
        ("--ref-format=reftable", "repository_reftable"),
    ] {
        let scratch = Scratch::bare_bones();
        let (_, supported) = try_git_in(&scratch.beside(""), &["init", "-q", option, "odd"]);
        if supported {
            let odd = scratch.beside("odd");
            git_in(&odd, &["commit", "-q", "--allow-empty", "-m", "first"]);
            check_refused(&odd, code);
        }
    }
    let scratch = Scratch::with(&[("a", "a\n")]);
    scratch.git(&["config", "core.repositoryformatversion", "1"]);
    scratch.git(&["config", "extensions.fromTheFuture", "true"]);
    check_refused(&scratch.root, "repository_extension");
}

#[test]
fn partial_and_sparse_clones_are_refused_by_name() {
    let scratch = Scratch::with(&[("a", "a\n"), ("d/b", "b\n")]);
    scratch.git(&["config", "uploadpack.allowFilter", "true"]);
    let source = format!("file://{}", scratch.root.display());
    let around = scratch.beside("");
    git_in(
        &around,
        &["clone", "-q", "--filter=blob:none", &source, "partial"],
    );
    check_refused(&scratch.beside("partial"), "repository_partial_clone");
    git_in(&around, &["clone", "-q", &source, "sparse"]);
    git_in(&scratch.beside("sparse"), &["sparse-checkout", "set", "d"]);
    check_refused(&scratch.beside("sparse"), "repository_sparse");
}

#[test]
fn addresses_of_submodules_lead_nowhere() {
    let inner = Scratch::with(&[("a", "a\n")]);
    let scratch = Scratch::with(&[("a", "a\n")]);
    scratch.git(&[
        "submodule",
        "--quiet",
        "add",
        inner.root.to_str().unwrap(),
        "inner",
    ]);
    scratch.commit_all("submodule");
    let ran = scratch.beside("ran");
    let runs = format!("--upload-pack=touch {}", ran.display());
    for (path, address) in [
        ("inner", format!("ext::sh -c touch% {}", ran.display())),
        ("inner", runs),
        ("../../outside", "file:///etc".to_owned()),
        ("inner\r", inner.root.display().to_string()),
    ] {
        let settings = format!("[submodule \"{path}\"]\n\tpath = {path}\n\turl = {address}\n");
        scratch.write(".gitmodules", &settings);
        scratch.git(&["add", ".gitmodules"]);
        scratch.git(&["commit", "-q", "-m", "another address"]);
        let before = scratch.everything();
        let repository = scratch.attach();
        repository.facts().unwrap();
        let start = repository.starting_point("t1", CommitLimits::default());
        let pool = Pool::new(&repository, &scratch.beside("pool"));
        pool.claim("t1", start.unwrap().start()).unwrap();
        pool.discard("t1").unwrap();
        assert_eq!(scratch.everything(), before, "{path:?} {address:?}");
        assert!(!ran.exists(), "{path:?} {address:?}");
    }
}

#[test]
fn filters_are_refused_by_name() {
    let scratch = Scratch::with(&[
        ("a", "a\n"),
        ("art/.gitattributes", "*.psd filter=lfs diff=lfs -text\n"),
    ]);
    check_refused(&scratch.root, "repository_filters");
    let scratch = Scratch::with(&[
        ("a", "a\n"),
        (".gitattributes", "# filter=lfs\n*.sh text eol=lf\n"),
    ]);
    scratch.attach();
    fs::create_dir_all(scratch.path(".git/info")).unwrap();
    scratch.write(".git/info/attributes", "* filter=x\n");
    check_refused(&scratch.root, "repository_filters");
}

#[test]
fn a_working_folder_elsewhere_is_refused_by_name() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    fs::create_dir(scratch.beside("elsewhere")).unwrap();
    scratch.git(&[
        "config",
        "core.worktree",
        scratch.beside("elsewhere").to_str().unwrap(),
    ]);
    check_refused(&scratch.root, "repository_worktree_elsewhere");
}

#[cfg(unix)]
#[test]
fn a_repository_of_another_user_is_refused_by_name() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    // Only root can give a folder away; for others the check is libgit2's and untested here.
    if std::os::unix::fs::chown(&scratch.root, Some(12_345), None).is_ok()
        && std::os::unix::fs::chown(scratch.path(".git"), Some(12_345), None).is_ok()
    {
        check_refused(&scratch.root, "repository_foreign_owned");
    }
}

#[test]
fn shallow_clones_and_linked_worktrees_work() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    scratch.write("a", "b\n");
    scratch.commit_all("second");
    let source = format!("file://{}", scratch.root.display());
    git_in(
        &scratch.beside(""),
        &["clone", "-q", "--depth=1", &source, "shallow"],
    );
    let shallow = Repository::attach(&scratch.beside("shallow")).unwrap();
    let head = shallow.head().unwrap();
    let worktree = shallow
        .create_worktree("t1", &scratch.beside("pool/s1"), head)
        .unwrap();
    fs::write(worktree.path.join("a"), "c\n").unwrap();
    assert!(
        shallow
            .commit(&worktree, "work", Default::default())
            .unwrap()
            .commit
            .is_some()
    );

    scratch.git(&["worktree", "add", "-q", "-b", "side", "../linked"]);
    let linked = Repository::attach(&scratch.beside("linked")).unwrap();
    assert_eq!(linked.facts().unwrap().branch.as_deref(), Some("side"));
    assert_eq!(linked.common_dir(), scratch.path(".git"));
    let head = linked.head().unwrap();
    linked
        .create_worktree("t2", &scratch.beside("pool/t2"), head)
        .unwrap();
    assert_eq!(linked.list_worktrees().unwrap().len(), 1);
}

/// Where no second disk can be written to, there is nothing to see.
#[cfg(target_os = "linux")]
#[test]
fn a_checkout_on_another_disk_than_its_git_folder_is_refused_before_any_work() {
    use std::os::unix::fs::MetadataExt;
    let scratch = Scratch::with(&[("a", "a\n")]);
    let Ok(memory) = tempfile::tempdir_in("/dev/shm") else {
        return;
    };
    let device = |path: &std::path::Path| path.metadata().unwrap().dev();
    if device(memory.path()) == device(&scratch.root) {
        return;
    }
    let linked = memory.path().join("linked");
    scratch.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
    check_refused(&linked, "repository_on_two_disks");
    Repository::attach_again(&linked).unwrap();
    scratch.attach();
    let (apart, url) = (memory.path().join("apart.git"), &scratch.root);
    let (apart, url) = (apart.to_str().unwrap(), url.to_str().unwrap());
    let here = scratch.beside("");
    git_in(
        &here,
        &["clone", "-q", "--separate-git-dir", apart, url, "clone"],
    );
    check_refused(&here.join("clone"), "repository_on_two_disks");
}

#[test]
fn what_was_attached_is_attached_again_whatever_was_committed_since() {
    let scratch = Scratch::with(&[(".gitattributes", "*.bin filter=lfs\n")]);
    check_refused(&scratch.root, "repository_filters");
    let again = Repository::attach_again(&scratch.root).unwrap();
    assert_eq!(again.root(), scratch.root);
    scratch.git(&["config", "core.sparseCheckout", "true"]);
    let refusal = Repository::attach_again(&scratch.root).unwrap_err();
    assert_eq!(refusal.code(), "repository_sparse");
}
