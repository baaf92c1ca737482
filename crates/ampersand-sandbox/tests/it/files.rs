//! What of the file system is there, and what can be done to it.

use std::path::Path;

use ampersand_core::Role;
use ampersand_sandbox::{LaunchError, Policy};

use crate::Place;

#[tokio::test]
async fn files_outside_are_out_of_reach() {
    let place = Place::new().await;
    std::os::unix::fs::symlink("../secret", place.path("tree/link")).unwrap();
    std::fs::write(place.path("tree/tmp"), "").unwrap();
    place
        .check(&[
            (
                "echo x > new && cat new && mkdir d && mv new d/new && rm -r d",
                true,
                false,
            ),
            ("echo x >> file", true, false),
            ("chmod 600 file", true, false),
            ("cat file", true, true),
            ("echo x > $TMPDIR/mine && cat $TMPDIR/mine", true, true),
            ("echo x > $HOME/mine", true, true),
            ("echo x > /dev/shm/mine", true, true),
            ("cat $OUT/secret", false, false),
            ("echo x > $OUT/secret", false, false),
            ("echo x > $OUT/new", false, false),
            ("echo x > link", false, false),
            ("cat link", false, false),
            ("ln $OUT/secret hard", false, false),
            ("chmod 777 $OUT/secret", false, false),
            ("touch $OUT/secret", false, false),
            ("ls $OUT/state", false, false),
            ("rmdir $OUT/tree", false, false),
            ("mv $OUT/tree $OUT/moved", false, false),
            ("cat ~/.ssh/* /root/.ssh/* /home/*/.ssh/*", false, false),
            ("cat /etc/shadow", false, false),
            ("ls /sys/kernel", false, false),
            ("echo x > /new", false, false),
            ("echo x > /etc/new", false, false),
            ("echo x > /dev/new", false, false),
            ("echo x > /usr/bin/new", false, false),
            ("echo x > /run/ampersand/enter", false, false),
            ("cp /bin/true t && chmod u+s t", false, false),
            (
                "cp /bin/true $TMPDIR/t && chmod 2755 $TMPDIR/t",
                false,
                false,
            ),
            ("mknod $TMPDIR/dev c 1 3", false, false),
            ("mkfifo $TMPDIR/pipe", true, true),
            ("mount -t tmpfs none $TMPDIR", false, false),
            ("mount -o remount,rw /usr", false, false),
            ("umount .git", false, false),
            ("unshare -U true", false, false),
            ("unshare -m true", false, false),
            (
                "cat /proc/self/root$OUT/secret || ls /proc/1/root/",
                false,
                false,
            ),
        ])
        .await;
    assert_eq!(
        std::fs::read_to_string(place.path("secret")).unwrap(),
        "secret"
    );
}

#[tokio::test]
async fn the_repository_is_readable_but_tells_and_runs_nothing() {
    let place = Place::new().await;
    place
        .check(&[
            ("cat .git $OUT/repo/.git/HEAD", true, true),
            ("echo x > .git", false, false),
            ("rm .git", false, false),
            ("mv .git git", false, false),
            ("ln -sf x .git", false, false),
            ("echo x > $OUT/repo/.git/HEAD", false, false),
            ("echo x > $OUT/repo/.git/hooks/post-checkout", false, false),
            ("ls $OUT/repo/.git/hooks/* ", false, false),
            ("echo x > $OUT/repo/.git/config", false, false),
            ("mv $OUT/repo/.git $OUT/repo/x", false, false),
            ("grep -r token $OUT/repo", false, false),
            ("grep core $OUT/repo/.git/config", true, true),
        ])
        .await;
}

#[tokio::test]
async fn a_link_where_a_folder_is_expected_is_refused_before_anything_runs() {
    let place = Place::new().await;
    std::os::unix::fs::symlink(place.path("tree"), place.path("alias")).unwrap();
    std::os::unix::fs::symlink(place.path("state"), place.path("repo/.git/objects")).unwrap();
    let alias = Policy::new(Role::Worker, place.path("alias"));
    let absent = Policy::new(Role::Worker, place.path("absent"));
    let objects = place.policy(Role::Worker);
    for (policy, named) in [(alias, "alias"), (absent, "absent"), (objects, "objects")] {
        let refused = place
            .launcher
            .launch(&policy, ["/usr/bin/touch", "ran"], "it")
            .await;
        match refused.map(|_| ()) {
            Err(LaunchError::Path { path, .. }) => assert!(path.ends_with(named), "{path:?}"),
            other => panic!("{named}: {other:?}"),
        }
    }
    assert!(!place.path("tree/ran").exists());
}

#[tokio::test]
async fn sizes_are_limited() {
    let place = Place::new().await;
    let mut policy = place.policy(Role::Worker);
    policy.tmp_bytes = 1 << 20;
    policy.limits.file_bytes = 1 << 20;
    let script = "trap '' XFSZ; for f in /tmp/a big /dev/shm/a; do head -c 4000000 /dev/zero > $f; wc -c < $f; done 2>/dev/null";
    let told = place.told(&policy, script).await;
    let sizes: Vec<u64> = told
        .lines()
        .map(|size| size.trim().parse().unwrap())
        .collect();
    assert_eq!(sizes.len(), 3, "{told}");
    assert!(sizes.iter().all(|size| *size <= 1 << 20), "{sizes:?}");
}

#[tokio::test]
async fn what_a_worker_writes_belongs_to_us() {
    use std::os::unix::fs::MetadataExt;
    let place = Place::new().await;
    let script =
        "echo x > made; mkdir dir; id -u; stat -c %u made; git status --short 2>&1 | head -1";
    place.told(&place.policy(Role::Worker), script).await;
    let ours = |path: &Path| path.metadata().unwrap().uid() == rustix::process::geteuid().as_raw();
    assert!(ours(&place.path("tree/made")) && ours(&place.path("tree/dir")));
    std::fs::remove_file(place.path("tree/made")).unwrap();
}

#[tokio::test]
async fn a_checkout_with_its_own_git_folder_is_covered_the_same() {
    let place = Place::new().await;
    let policy = Policy::new(Role::Worker, place.path("repo"));
    let script = "cat .git/HEAD; ls .git/hooks; grep -r token .; echo x > .git/HEAD; rm -r .git; echo x > new; ls -A";
    let told = place.told(&policy, script).await;
    assert_eq!(told, "ref: refs/heads/main\n.git\nnew\n");
}
