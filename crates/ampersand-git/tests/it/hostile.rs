//! A repository that would run something at every turn: nothing runs.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use ampersand_git::DiffLimits;

use crate::scratch::{Scratch, git_in, write};

const HOOKS: [&str; 16] = [
    "pre-commit",
    "post-commit",
    "post-checkout",
    "post-merge",
    "pre-merge-commit",
    "reference-transaction",
    "post-index-change",
    "commit-msg",
    "prepare-commit-msg",
    "post-rewrite",
    "pre-rebase",
    "pre-auto-gc",
    "proc-receive",
    "pre-receive",
    "post-receive",
    "push-to-checkout",
];

/// Programs of the repository's that git would run at some point, all the same one.
const PROGRAMS: [&str; 20] = [
    "core.fsmonitor",
    "core.pager",
    "core.editor",
    "core.sshCommand",
    "core.alternateRefsCommand",
    "diff.external",
    "diff.evil.textconv",
    "diff.evil.command",
    "filter.evil.clean",
    "filter.evil.smudge",
    "filter.evil.process",
    "merge.evil.driver",
    "gpg.program",
    "credential.helper",
    "core.askPass",
    "core.gitProxy",
    "sequence.editor",
    "gpg.ssh.program",
    "interactive.diffFilter",
    "uploadpack.packObjectsHook",
];

/// Words of git that such a repository gives another meaning.
const ALIASES: [&str; 4] = [
    "alias.status",
    "alias.commit",
    "alias.merge-tree",
    "alias.st",
];

/// Where the programs say that they ran.
fn canary(scratch: &Scratch) -> PathBuf {
    scratch.beside("canary")
}

/// A program that leaves a trace and otherwise behaves like a filter.
fn payload(scratch: &Scratch) -> PathBuf {
    let payload = scratch.beside("payload.sh");
    fs::write(
        &payload,
        format!(
            "#!/bin/sh\necho ran >> {}\ncat\n",
            canary(scratch).display()
        ),
    )
    .unwrap();
    fs::set_permissions(&payload, fs::Permissions::from_mode(0o755)).unwrap();
    payload
}

fn arm(scratch: &Scratch) {
    let payload = payload(scratch);
    for key in PROGRAMS {
        scratch.git(&["config", key, payload.to_str().unwrap()]);
    }
    for alias in ALIASES {
        let runs = format!("!{}", payload.display());
        scratch.git(&["config", alias, &runs]);
    }
    scratch.git(&["config", "commit.gpgSign", "true"]);
    scratch.git(&["config", "merge.default", "evil"]);
    let hooks = scratch.beside("hooks");
    scratch.git(&["config", "core.hooksPath", hooks.to_str().unwrap()]);
    for hook in HOOKS {
        for folder in [&hooks, &scratch.path(".git/hooks")] {
            fs::create_dir_all(folder).unwrap();
            fs::copy(&payload, folder.join(hook)).unwrap();
        }
    }
}

/// Commits on the branch as the person would on a machine where none of this is configured.
fn commit_unarmed(scratch: &Scratch) {
    let armed = fs::read(scratch.path(".git/config")).unwrap();
    let plain = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n";
    fs::write(scratch.path(".git/config"), plain).unwrap();
    fs::rename(scratch.path(".git/hooks"), scratch.path(".git/hooks-aside")).unwrap();
    scratch.commit_all("meanwhile");
    fs::rename(scratch.path(".git/hooks-aside"), scratch.path(".git/hooks")).unwrap();
    fs::write(scratch.path(".git/config"), armed).unwrap();
}

#[test]
fn hooks_filters_drivers_and_monitors_never_run() {
    let files = [("a.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n"), ("b.txt", "b\n")];
    let scratch = Scratch::with(&files);
    arm(&scratch);
    let repository = scratch.attach();
    repository.facts().unwrap();
    let worktree = scratch.worktree();
    // The agent adds attributes and a git folder of its own.
    write(&worktree.path, ".gitattributes", "* diff=evil merge=evil\n");
    write(&worktree.path, "a.txt", &files[0].1.replace('1', "one"));
    let monitor = format!("[core]\n\tfsmonitor = {}\n", payload(&scratch).display());
    write(&worktree.path, "evil/config", &monitor);
    write(&worktree.path, "evil/HEAD", "ref: refs/heads/main\n");
    fs::write(worktree.path.join(".git"), "gitdir: evil\n").unwrap();
    let head = scratch.commit(&worktree).commit.unwrap().id;
    repository.diffstat(worktree.base, head).unwrap();
    repository
        .diff(worktree.base, head, DiffLimits::default())
        .unwrap();

    // Both sides change the same file, so that a merge driver would be asked.
    scratch.write("a.txt", &files[0].1.replace('9', "nine"));
    commit_unarmed(&scratch);
    scratch.write(".git/info/attributes", "* merge=evil diff=evil\n");
    scratch.land().unwrap();
    assert_eq!(
        scratch.read("a.txt"),
        files[0].1.replace('1', "one").replace('9', "nine")
    );
    repository.facts().unwrap();
    repository.remove_worktree(&worktree).unwrap();
    repository
        .recover_worktrees(&scratch.beside("pool"))
        .unwrap();
    assert!(!canary(&scratch).exists());
}

#[test]
fn the_trap_is_armed() {
    let scratch = Scratch::with(&[("a.txt", "a\n")]);
    arm(&scratch);
    scratch.git(&["status", "--porcelain"]);
    assert!(canary(&scratch).exists());
}

#[test]
fn what_an_agent_left_for_git_to_run_is_undone_or_named_before_the_person_goes_there() {
    let files = [("a.txt", "a\n"), ("fixture/HEAD", "ref: refs/heads/main\n")];
    let scratch = Scratch::with(&files);
    for name in ["fixture/objects/x", "fixture/refs/x"] {
        scratch.write(name, "");
    }
    scratch.commit_all("a fixture of the person's");
    let (repository, worktree) = (scratch.attach(), scratch.worktree());
    let monitor = format!("[core]\n\tfsmonitor = {}\n", payload(&scratch).display());
    let gitfile = fs::read_to_string(worktree.path.join(".git")).unwrap();
    // An ignored folder is looked at too.
    write(&worktree.path, ".gitignore", "out\n");
    let evil = worktree.path.join("out/evil");
    fs::create_dir_all(&evil).unwrap();
    git_in(&evil, &["init", "-q", "--bare"]);
    write(&evil, "config", &monitor);
    let refused = || repository.make_fit_to_open(&worktree).unwrap_err();
    assert_eq!(refused().code(), "worktree_holds_repository");
    assert!(
        refused().to_string().contains("out/evil/HEAD"),
        "{}",
        refused()
    );

    fs::rename(&evil, scratch.beside("evil")).unwrap();
    let elsewhere = format!("gitdir: {}\n", scratch.beside("evil").display());
    write(&worktree.path, "sub/.git", &elsewhere);
    assert!(refused().to_string().contains("sub/.git"), "{}", refused());
    fs::remove_file(worktree.path.join("sub/.git")).unwrap();

    fs::write(worktree.path.join(".git"), &elsewhere).unwrap();
    repository.make_fit_to_open(&worktree).unwrap();
    let read = || fs::read_to_string(worktree.path.join(".git")).unwrap();
    assert_eq!(read(), gitfile);
    fs::remove_file(worktree.path.join(".git")).unwrap();
    let link = worktree.path.join(".git");
    std::os::unix::fs::symlink(scratch.beside("evil"), &link).unwrap();
    repository.make_fit_to_open(&worktree).unwrap();
    assert_eq!(read(), gitfile);
    git_in(&worktree.path, &["status"]);
    assert!(!canary(&scratch).exists());

    fs::remove_file(&link).unwrap();
    fs::rename(scratch.beside("evil"), &link).unwrap();
    assert!(refused().to_string().contains(".git"), "{}", refused());
}
