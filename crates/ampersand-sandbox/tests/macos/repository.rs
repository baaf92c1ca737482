//! The repository: cases 18 and 20 to 23. What an agent's own commits come to is the orchestrator's, on every system.

use super::{Attempt, hold};

#[tokio::test]
async fn case_18_the_worktrees_own_git_file_stays() {
    hold(&[
        Attempt::always("cat .git"),
        Attempt::never("echo x > .git"),
        Attempt::never("echo x >> .git"),
        Attempt::never("rm -f .git && [ ! -e .git ]"),
        Attempt::never("mv .git moved"),
        Attempt::never("mv -f file .git"),
        Attempt::never("ln -sf file .git"),
        Attempt::never("ln .git hard"),
        Attempt::never("chmod 600 .git"),
        Attempt::never("rm -f .git && mkdir .git"),
    ])
    .await;
}

#[tokio::test]
async fn case_20_no_hook_is_planted() {
    hold(&[
        Attempt::never("echo x > $OUT/repo/.git/hooks/post-checkout"),
        Attempt::never("echo x >> $OUT/repo/.git/hooks/pre-commit"),
        Attempt::never("chmod +x $OUT/repo/.git/hooks/pre-commit"),
        Attempt::never("mv $OUT/repo/.git/hooks $OUT/repo/.git/moved"),
        Attempt::never("ls $OUT/repo/.git/hooks"),
    ])
    .await;
}

#[tokio::test]
async fn case_21_no_ref_of_anybody_is_moved() {
    hold(&[
        Attempt::always("cat $OUT/repo/.git/HEAD $OUT/repo/.git/refs/heads/main"),
        Attempt::never("echo x > $OUT/repo/.git/HEAD"),
        Attempt::never("echo x > $OUT/repo/.git/refs/heads/main"),
        Attempt::never("echo x > $OUT/repo/.git/refs/heads/other"),
        Attempt::never("echo x > $OUT/repo/.git/packed-refs"),
        Attempt::never(
            "rm -f $OUT/repo/.git/refs/heads/main && [ ! -e $OUT/repo/.git/refs/heads/main ]",
        ),
        Attempt::never("echo x > $OUT/repo/.git/logs/HEAD"),
    ])
    .await;
}

#[tokio::test]
async fn case_22_no_object_is_written_or_lost() {
    hold(&[
        Attempt::always("cat $OUT/repo/.git/objects/aa/bb"),
        Attempt::never("echo x > $OUT/repo/.git/objects/aa/new"),
        Attempt::never("echo x > $OUT/repo/.git/objects/aa/bb"),
        Attempt::never("mkdir $OUT/repo/.git/objects/cc"),
        Attempt::never("rm -rf $OUT/repo/.git/objects && [ ! -e $OUT/repo/.git/objects ]"),
    ])
    .await;
}

#[tokio::test]
async fn case_23_the_repositorys_settings_tell_no_token() {
    hold(&[
        Attempt::never("cat $OUT/repo/.git/config"),
        Attempt::never("cat $OUT/repo/.git/worktrees/tree/config.worktree"),
        Attempt::never("cat $OUT/repo/.git/logs/HEAD"),
        Attempt::never("cp $OUT/repo/.git/config $TMPDIR/copy"),
        Attempt::never("ln $OUT/repo/.git/config $TMPDIR/hard"),
        Attempt::never("grep -r token $OUT/repo"),
    ])
    .await;
}
