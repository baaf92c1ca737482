//! The repository: cases 18 and 20 to 23, and git inside, in a repository of the attempt's own. What its commits come to is the
//! orchestrator's, on every system.

use ampersand_core::Role;
use ampersand_sandbox::OwnRepository;

use super::{Attempt, Place, Scene, hold};

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

#[tokio::test]
async fn git_works_in_a_repository_of_the_attempts_own_and_in_no_other() {
    let scene = Scene::new();
    let git = "git -c user.name=P -c user.email=p@example.invalid";
    let made = format!(
        "cd $OUT && {git} init -q -b main real && cd real && echo text > file && {git} add file && \
         {git} commit -q -m first && {git} remote add origin https://token@host/ && \
         {git} worktree add -q --detach ../linked && {git} clone -q -s --bare . ../own && \
         {git} -C ../own config core.bare false"
    );
    assert!(scene.works(&made));
    let own = |commits| {
        let settings = ["config", "hooks", "info", "objects/info"];
        let settings = settings.map(|name| scene.path("own").join(name));
        OwnRepository::new(
            &scene.path("own"),
            &scene.path("gitfile"),
            settings,
            commits,
        )
    };
    let place = Place::new().await;
    let script = "git log --format=%s; echo other > file; git add file 2>/dev/null && \
        git -c user.name=A -c user.email=a@example.invalid commit -q -m mine 2>/dev/null && echo committed; \
        git config user.name N 2>/dev/null || echo kept; touch $GIT_DIR/hooks/pre-commit 2>/dev/null || echo kept; \
        git --git-dir=$OUT/real/.git log 2>/dev/null || echo shut; grep -r token $OUT/real 2>/dev/null; git log --format=%s | head -n 1";
    for (role, commits, expected) in [
        (
            Role::Worker,
            true,
            "first\ncommitted\nkept\nkept\nshut\nmine\n",
        ),
        (
            Role::Explorer,
            false,
            "mine\nfirst\nkept\nkept\nshut\nmine\n",
        ),
    ] {
        let mut policy = scene.policy(role);
        policy.worktree = scene.path("linked");
        policy.git_dir = Some(scene.path("real/.git"));
        policy.own_repository = Some(own(commits));
        assert_eq!(place.told(&policy, script).await, expected, "{role:?}");
    }
    assert!(scene.works("[ $(git -C $OUT/real rev-list --all | wc -l) = 1 ]"));
}
