//! Names that git would take for options or revisions: refused before anything is made, or names and no more.

use std::fs;

use ampersand_git::{CommitLimits, ImportLimits, Pool, Repository, Worktree};

use crate::scratch::{Scratch, write};

fn hostile() -> Vec<String> {
    let short = [
        "",
        "-x",
        "--upload-pack=x",
        "--output=x",
        "-",
        "..",
        ".",
        "@{",
        "HEAD^",
        "a b",
        "a/b",
        "../x",
        "a\\b",
        "a:b",
        "a\nb",
        "a\0b",
        "\u{202e}txt",
        "a.lock",
        "*",
        "~",
        "$(x)",
        "é",
    ];
    let long = ["x".repeat(65), "x".repeat(4096)];
    short.into_iter().map(str::to_owned).chain(long).collect()
}

#[test]
fn a_task_named_like_an_option_is_refused_before_anything_is_made() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let repository = scratch.attach();
    let base = repository.head().unwrap();
    let pool = scratch.beside("pool");
    let before = scratch.everything();
    for task in hostile() {
        let made = repository.create_worktree(&task, &pool.join("t"), base);
        assert_eq!(made.unwrap_err().code(), "worktree_task_name", "{task:?}");
        let claimed = Pool::new(&repository, &pool).claim(&task, base);
        assert_eq!(
            claimed.unwrap_err().code(),
            "worktree_task_name",
            "{task:?}"
        );
        let named = Worktree {
            task: task.clone(),
            path: scratch.root.clone(),
            base,
        };
        let commit = repository.commit(&named, "work", CommitLimits::default());
        assert_eq!(commit.unwrap_err().code(), "worktree_task_name", "{task:?}");
        let bundle: &[u8] = b"# v2 git bundle\n";
        let imported = repository.import_bundle(&task, base, bundle, ImportLimits::default());
        assert_eq!(
            imported.unwrap_err().code(),
            "worktree_task_name",
            "{task:?}"
        );
    }
    assert!(!pool.exists());
    assert_eq!(scratch.everything(), before);
}

#[test]
fn a_branch_named_like_an_option_is_a_name_and_no_more() {
    for branch in [
        "--upload-pack=x",
        "-x",
        "-",
        "--",
        "a\u{202e}b",
        "$(x)",
        "'",
    ] {
        let scratch = Scratch::with(&[("a", "a\n")]);
        let full = format!("refs/heads/{branch}");
        scratch.git(&["update-ref", &full, "HEAD"]);
        scratch.git(&["symbolic-ref", "HEAD", &full]);
        scratch.task(&[("a", Some("changed\n"))]);
        // The branch moves on, so that the git program has to join the two.
        scratch.write("b", "b\n");
        scratch.commit_all("meanwhile");
        let landed = scratch.land().unwrap();
        assert_eq!(landed.branch, branch);
        assert_eq!(
            (scratch.read("a"), scratch.read("b")),
            ("changed\n".into(), "b\n".into())
        );
        assert_eq!(
            scratch.git(&["rev-parse", &full]).trim(),
            landed.to.to_string()
        );
        assert_eq!(scratch.status(), Vec::<String>::new());
    }
}

#[test]
fn a_head_that_names_no_branch_is_refused() {
    for branch in [
        "..", "a..b", "@{", "a b", "a~1", "a^", "a:b", "a.lock", "a//b", "a\\b", ".a", "",
    ] {
        let scratch = Scratch::with(&[("a", "a\n")]);
        fs::write(
            scratch.path(".git/HEAD"),
            format!("ref: refs/heads/{branch}\n"),
        )
        .unwrap();
        let refusal = Repository::attach(&scratch.root).unwrap_err();
        assert!(!refusal.hint().is_empty(), "{branch:?}: {refusal:?}");
    }
    let scratch = Scratch::with(&[("a", "a\n")]);
    write(
        &scratch.root,
        ".git/HEAD",
        &format!("ref: refs/heads/{}\n", "x".repeat(4096)),
    );
    Repository::attach(&scratch.root).unwrap_err();
}
