//! Cases 18 to 23, as far as they are tried inside: the repository beside the worktree.

use ampersand_core::Gap;

use super::stand::{NEVER, hold, named};

#[test]
fn case_18_the_worktrees_own_git_file_stays_or_the_tier_says_so() {
    hold(&[
        ("append,{tree}/.git", named(Gap::GitFile)),
        ("rename,{tree}/.git,{tree}/git", named(Gap::GitFile)),
        (
            "unlink,{tree}/.git",
            [
                super::stand::Must::Fail,
                super::stand::Must::Fail,
                // It was moved away just before.
                super::stand::Must::Fail,
                super::stand::Must::Fail,
            ],
        ),
    ]);
}

#[test]
fn case_20_no_hook_is_planted() {
    hold(&[
        ("create,{out}/repo/.git/hooks/pre-commit", NEVER),
        ("create,{out}/repo/.git/hooks/post-checkout", NEVER),
        ("create,{out}/repo/.git/hooks/reference-transaction", NEVER),
        ("create,{out}/repo/.git/hooks/post-index-change", NEVER),
        ("create,{out}/repo/.git/hooks/proc-receive", NEVER),
        ("symlink,{tree}/probe,{out}/repo/.git/hooks/pre-push", NEVER),
        ("rename,{out}/repo/.git/hooks,{out}/repo/.git/old", NEVER),
        ("read,{out}/repo/.git/hooks/pre-commit", NEVER),
    ]);
}

#[test]
fn case_21_no_ref_of_anybody_is_moved() {
    hold(&[
        ("append,{out}/repo/.git/HEAD", NEVER),
        ("append,{out}/repo/.git/packed-refs", NEVER),
        ("create,{out}/repo/.git/packed-refs.lock", NEVER),
        ("append,{out}/repo/.git/refs/heads/main", NEVER),
        ("create,{out}/repo/.git/refs/heads/new", NEVER),
        ("append,{out}/repo/.git/logs/HEAD", NEVER),
        ("append,{out}/repo/.git/worktrees/tree/HEAD", NEVER),
        ("append,{out}/repo/.git/worktrees/other/HEAD", NEVER),
    ]);
}

#[test]
fn case_22_no_object_is_written_or_lost() {
    hold(&[
        ("append,{out}/repo/.git/objects/ab/cdef", NEVER),
        ("unlink,{out}/repo/.git/objects/ab/cdef", NEVER),
        ("create,{out}/repo/.git/objects/ab/new", NEVER),
        ("rename,{out}/repo/.git/objects,{out}/repo/.git/old", NEVER),
        (
            "chmod,{out}/repo/.git/objects/ab/cdef,000",
            named(Gap::Attributes),
        ),
    ]);
}

#[test]
fn case_23_the_repositorys_settings_tell_no_token() {
    hold(&[
        ("contains,{out}/repo/.git/config,token", NEVER),
        (
            "contains,{out}/repo/.git/worktrees/tree/config.worktree,token",
            NEVER,
        ),
        ("append,{out}/repo/.git/config", NEVER),
    ]);
}
