//! Work on its way out: on a branch of its own, and pushed to a real repository that stands for the remote.

use std::path::PathBuf;

use ampersand_core::RemoteUrl;
use ampersand_git::{
    BranchRefusal, CommitId, CommitLimits, LandRefusal, Outgoing, PushRefusal, PushTo, Repository,
};

use crate::scratch::{Scratch, git_in, try_git_in, wait, write};

fn out(scratch: &Scratch, before: Option<CommitId>) -> Result<Outgoing, LandRefusal> {
    wait(scratch.attach().outgoing("t1", before, "What it did\n"))
}

/// A task that started from uncommitted work in `mine`, and changed `a`.
fn on_uncommitted(change: (&str, &str)) -> Scratch {
    let scratch = Scratch::with(&[("a", "a\n"), ("mine", "1\n2\n3\n")]);
    scratch.write("mine", "1\n2 of mine\n3\n");
    let repository = scratch.attach();
    let start = repository
        .starting_point("t1", CommitLimits::default())
        .unwrap();
    let path = scratch.beside("pool/t1");
    let worktree = repository
        .create_worktree("t1", &path, start.start())
        .unwrap();
    write(&worktree.path, change.0, change.1);
    repository
        .commit(&worktree, "Work", CommitLimits::default())
        .unwrap();
    scratch
}

/// A bare repository beside it, as the remote `origin`.
fn remote(scratch: &Scratch) -> PathBuf {
    let bare = scratch.beside("acme/payments.git");
    std::fs::create_dir_all(&bare).unwrap();
    git_in(&bare, &["init", "--quiet", "--bare"]);
    let url = bare.display().to_string();
    scratch.git(&["remote", "add", "origin", &url]);
    scratch.git(&["push", "--quiet", "origin", "main"]);
    bare
}

fn to(bare: &std::path::Path, branch: &str, is_new: bool) -> PushTo {
    PushTo {
        url: RemoteUrl::parse(&bare.display().to_string()).unwrap(),
        branch: branch.to_owned(),
        is_new,
        identity: None,
        environment: Vec::new(),
    }
}

#[test]
fn work_that_began_from_a_commit_goes_out_as_it_was_checked() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let head = scratch.task(&[("a", Some("A\n"))]);
    let found = out(&scratch, None).unwrap();
    assert_eq!((found.tip, found.as_checked), (head, true));
}

#[test]
fn what_was_not_committed_stays_here_and_a_fix_goes_on_top() {
    let scratch = on_uncommitted(("a", "A\n"));
    let base = scratch.git(&["rev-parse", "main"]);
    let first = out(&scratch, None).unwrap();
    let shown = |commit: CommitId, path: &str| {
        let name = format!("{commit}:{path}");
        scratch.git(&["show", &name])
    };
    assert!(!first.as_checked);
    assert_eq!(shown(first.tip, "a"), "A\n");
    assert_eq!(
        shown(first.tip, "mine"),
        "1\n2\n3\n",
        "it was not committed"
    );
    let parent = format!("{}^", first.tip);
    assert_eq!(scratch.git(&["rev-parse", &parent]), base);
    let again = out(&scratch, Some(first.tip)).unwrap();
    assert_eq!(again.tip, first.tip, "nothing is new");

    let worktree = scratch.beside("pool/t1");
    write(&worktree, "a", "AA\n");
    let repository = scratch.attach();
    let worktree = ampersand_git::Worktree {
        task: "t1".into(),
        path: worktree,
        base: repository.task_base("t1").unwrap().unwrap(),
    };
    repository
        .commit(&worktree, "Fix", CommitLimits::default())
        .unwrap();
    let second = out(&scratch, Some(first.tip)).unwrap();
    assert_eq!(shown(second.tip, "a"), "AA\n");
    let parent = format!("{}^", second.tip);
    let parent = scratch.git(&["rev-parse", &parent]);
    assert_eq!(parent.trim(), first.tip.to_string());
}

#[test]
fn work_that_builds_on_what_was_not_committed_does_not_go_out() {
    let scratch = on_uncommitted(("mine", "1\n2 of both\n3\n"));
    match out(&scratch, None) {
        Err(LandRefusal::OnUncommitted { paths }) => assert_eq!(paths, ["mine"]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_task_without_commits_has_nothing_to_go_out_with() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    scratch.worktree();
    let refused = out(&scratch, None);
    assert!(
        matches!(refused, Err(LandRefusal::NothingCommitted)),
        "{refused:?}"
    );
}

#[test]
fn a_branch_is_made_and_grows_and_nobodys_is_taken() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let head = scratch.task(&[("a", Some("A\n"))]);
    let repository = scratch.attach();
    let before = scratch.everything();
    for _ in 0..2 {
        repository.put_on_branch("fix/a", head).unwrap();
    }
    assert_eq!(
        scratch.git(&["rev-parse", "fix/a"]).trim(),
        head.to_string()
    );
    scratch.git(&["branch", "-f", "fix/a", "main"]);
    repository.put_on_branch("fix/a", head).unwrap();
    scratch.git(&["branch", "-D", "fix/a"]);
    assert_eq!(scratch.everything(), before, "no checkout has changed");

    scratch.git(&["branch", "taken"]);
    scratch.git(&["branch", "folder/x"]);
    scratch.git(&[
        "worktree",
        "add",
        "--quiet",
        "../elsewhere",
        "-b",
        "elsewhere",
    ]);
    scratch.write("b", "b\n");
    scratch.commit_all("meanwhile");
    scratch.git(&["branch", "-f", "taken", "main"]);
    for (name, code) in [
        ("main", "branch_checked_out"),
        ("elsewhere", "branch_checked_out"),
        ("taken", "branch_taken"),
        ("folder", "branch_taken"),
        ("taken/x", "branch_taken"),
        ("", "branch_name_invalid"),
        ("-x", "branch_name_invalid"),
        ("a..b", "branch_name_invalid"),
        ("a b", "branch_name_invalid"),
        ("refs/heads/x", "branch_name_invalid"),
        ("HEAD", "branch_name_invalid"),
        ("x.lock", "branch_name_invalid"),
        ("a\u{202e}", "branch_name_invalid"),
    ] {
        let refused = repository.put_on_branch(name, head);
        let found = refused.as_ref().map_err(BranchRefusal::code);
        assert_eq!(found, Err(code), "{name}");
    }
}

#[test]
fn a_branch_somebody_stands_on_is_left_where_it_is() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let head = scratch.task(&[("a", Some("A\n"))]);
    let add = |name: &str| {
        let path = scratch.beside(name);
        scratch.git(&["worktree", "add", "-q", path.to_str().unwrap(), "-b", name]);
        path
    };
    // What another checkout is in the middle of ends on the branch it began on.
    let rebasing = add("rebasing");
    write(&rebasing, "a", "theirs\n");
    git_in(&rebasing, &["commit", "-q", "-a", "-m", "theirs"]);
    scratch.git(&["branch", "other"]);
    scratch.write("a", "mine\n");
    scratch.git(&["commit", "-q", "-a", "-m", "mine"]);
    let (_, worked) = try_git_in(&rebasing, &["rebase", "-q", "main"]);
    assert!(!worked, "it stands still where both changed a");
    let searching = add("searching");
    git_in(&searching, &["bisect", "start", "HEAD", "other"]);
    git_in(&searching, &["checkout", "-q", "--detach"]);
    // From a linked checkout, the main one is another.
    let linked = Repository::attach(&add("linked")).unwrap();
    for branch in ["main", "rebasing", "searching", "linked"] {
        let found = scratch.git(&["rev-parse", branch]);
        let on_top = scratch.git(&["commit-tree", "-p", branch, "-m", "on top", "main^{tree}"]);
        let refused = linked.put_on_branch(branch, on_top.trim().parse().unwrap());
        let code = refused.as_ref().map_err(BranchRefusal::code);
        assert_eq!(code, Err("branch_checked_out"), "{branch}");
        assert_eq!(scratch.git(&["rev-parse", branch]), found);
    }
    linked.put_on_branch("other", head).unwrap();
    // Of one that cannot be read nobody knows what it stands on.
    std::fs::write(scratch.path(".git/worktrees/linked/HEAD"), [0xff, 0xfe]).unwrap();
    scratch.git(&["branch", "-f", "other", "other^"]);
    let refused = scratch.attach().put_on_branch("other", head);
    assert_eq!(refused.unwrap_err().code(), "branch_checked_out");
}

#[test]
fn a_commit_is_pushed_once_and_a_fix_after_it_and_nothing_is_forced() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let bare = remote(&scratch);
    let head = scratch.task(&[("a", Some("A\n"))]);
    let repository = scratch.attach();
    let hooked = scratch.path(".git/hooks/pre-push");
    std::fs::create_dir_all(hooked.parent().unwrap()).unwrap();
    std::fs::write(&hooked, "#!/bin/sh\ntouch ran\nexit 1\n").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&hooked, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for _ in 0..2 {
        wait(repository.push(head, &to(&bare, "fix", true))).unwrap();
    }
    assert!(!scratch.exists("ran"), "no hook of the repository's runs");
    assert_eq!(
        git_in(&bare, &["rev-parse", "fix"]).trim(),
        head.to_string()
    );
    let listed = |before| {
        let listed = repository.outgoing_commits(("origin", "main"), before, head);
        listed.unwrap()
    };
    assert_eq!(listed(Some(head)).count, 0, "it went out before");
    let listed = listed(None);
    assert_eq!((listed.count, listed.shown.len()), (1, 1));

    // Somebody else's branch, though this commit would only make it grow.
    let taken = wait(repository.push(head, &to(&bare, "main", true)));
    assert!(matches!(taken, Err(PushRefusal::Moved { .. })), "{taken:?}");
    let main = repository.resolve("main").unwrap();
    let back = wait(repository.push(main, &to(&bare, "fix", false)));
    assert!(matches!(back, Err(PushRefusal::Moved { .. })), "{back:?}");
    assert_eq!(
        git_in(&bare, &["rev-parse", "fix"]).trim(),
        head.to_string()
    );
}

#[cfg(unix)]
#[test]
fn a_remotes_rules_and_its_absence_are_told_apart() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::with(&[("a", "a\n")]);
    let bare = remote(&scratch);
    let head = scratch.task(&[("a", Some("A\n"))]);
    let repository = scratch.attach();
    let hook = bare.join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let says = "#!/bin/sh\nprintf 'GH006: Protected branch \\033[31mupdate\\033[0m failed\\n' >&2\nexit 1\n";
    std::fs::write(&hook, says).unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    let refused = wait(repository.push(head, &to(&bare, "fix", true))).unwrap_err();
    assert_eq!(refused.code(), "push_protected", "{refused}");
    assert!(!refused.to_string().contains('\u{1b}'), "{refused}");

    std::fs::write(&hook, "#!/bin/sh\nyes 'more and more' >&2\n").unwrap();
    let refused = wait(repository.push(head, &to(&bare, "fix", true))).unwrap_err();
    assert_eq!(refused.code(), "push_failed", "{refused}");

    let gone = wait(repository.push(head, &to(&scratch.beside("gone"), "fix", true)));
    assert_eq!(gone.unwrap_err().code(), "remote_not_found");
    let nobody = PushTo {
        url: RemoteUrl::parse("https://127.0.0.1:9/acme/payments").unwrap(),
        ..to(&bare, "fix", true)
    };
    let refused = wait(repository.push(head, &nobody)).unwrap_err();
    assert_eq!(refused.code(), "remote_unreachable", "{refused}");
}

#[test]
fn the_remote_of_that_name_is_pushed_to_or_the_only_one() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let repository = scratch.attach();
    let found = |wanted: &str| {
        let found = repository.push_remote(wanted).unwrap();
        found.map(|remote| {
            let url = remote.url.map(|url| url.to_string());
            (remote.name, url.map_err(|refused| refused.code))
        })
    };
    assert_eq!(found("origin"), None);
    scratch.git(&["remote", "add", "up", "git@github.com:acme/payments.git"]);
    let up = (
        "up".to_owned(),
        Ok("ssh://git@github.com/acme/payments.git".to_owned()),
    );
    assert_eq!(found("origin"), Some(up.clone()));
    scratch.git(&["remote", "add", "evil", "ext::sh -c touch% x"]);
    assert_eq!(found("origin"), None);
    assert_eq!(found("up"), Some(up));
    let evil = ("evil".to_owned(), Err("remote_refused".to_owned()));
    assert_eq!(found("evil"), Some(evil));
    assert!(Repository::is_branch_name("ampersand/fix-1"));
}
