//! Files: cases 1 to 5, 7 to 13 and 17.

use std::fs::File;
use std::os::unix::fs::{MetadataExt, symlink};

use ampersand_core::Role;
use ampersand_sandbox::LaunchError;

use super::{Attempt, Place, Scene, hold, hold_in};

#[tokio::test]
async fn case_01_nothing_outside_is_written() {
    hold(&[
        Attempt::never("echo x > $OUT/new"),
        Attempt::never("echo x >> $OUT/secret"),
        Attempt::never(": > $OUT/secret"),
        Attempt::never("mv $OUT/secret $OUT/moved"),
        Attempt::never("mv $OUT/secret stolen"),
        Attempt::never("mv -f file $OUT/secret"),
        Attempt::never("rm -f $OUT/secret && [ ! -e $OUT/secret ]"),
        Attempt::never("ln $OUT/secret hard"),
        Attempt::never("ln -s / $OUT/link"),
        Attempt::never("mkdir $OUT/made"),
        Attempt::never("rm -rf $OUT/other && [ ! -e $OUT/other ]"),
        Attempt::never("cp -c $OUT/secret copy"),
        Attempt::refused("echo x > /etc/new"),
        Attempt::refused("echo x > /usr/local/new"),
        Attempt::refused("echo x > /dev/new"),
        Attempt::never("echo x > /private/tmp/ampersand-test && rm /private/tmp/ampersand-test"),
        Attempt::never("echo x > /Users/Shared/ampersand-test && rm /Users/Shared/ampersand-test"),
        Attempt::always("echo x > $TMPDIR/mine && echo x >> $TMPDIR/mine"),
        Attempt::writers("echo x >> file"),
    ])
    .await;
}

#[tokio::test]
async fn case_02_no_link_leads_out() {
    hold(&[
        Attempt::never("echo x >> absolute"),
        Attempt::never("echo x >> relative"),
        Attempt::never("cat absolute"),
        Attempt::never("cat relative"),
        Attempt::never("echo x > folder/new"),
        Attempt::never("cat folder/file"),
        Attempt::never("ls folder/"),
        Attempt::never("ln -s $OUT/secret $TMPDIR/link && echo x >> $TMPDIR/link"),
        Attempt::never("ln -s $OUT/secret $TMPDIR/look && cat $TMPDIR/look"),
    ])
    .await;
}

#[tokio::test]
async fn case_03_attributes_outside_stay() {
    hold(&[
        Attempt::never("chmod 600 $OUT/secret"),
        Attempt::never("chmod +a 'everyone allow read' $OUT/secret"),
        Attempt::never("touch -t 200001010000 $OUT/secret"),
        Attempt::never("chflags hidden $OUT/secret"),
        Attempt::never("xattr -w name value $OUT/secret"),
        Attempt::writers("chmod 600 file"),
    ])
    .await;
}

#[tokio::test]
async fn case_04_an_explorer_changes_nothing_but_its_own_temporary_files() {
    hold(&[
        Attempt::always("cat file below/deep"),
        Attempt::writers("echo x > new"),
        Attempt::writers("mkdir made"),
        Attempt::writers("chmod 600 file"),
        Attempt::writers("touch -t 200001010000 file"),
        Attempt::writers("mv below/deep risen"),
        Attempt::writers("rm file"),
        Attempt::always("echo x > $TMPDIR/mine && mkdir $TMPDIR/made"),
    ])
    .await;
}

#[tokio::test]
async fn case_05_secrets_and_other_worktrees_are_not_read() {
    hold(&[
        Attempt::never("cat $OUT/secret"),
        Attempt::never("cat $OUT/person/.ssh/id"),
        Attempt::never("cat $OUT/person/.aws/credentials"),
        Attempt::never("cat $OUT/person/Library/Keychains/login.keychain-db"),
        Attempt::never("cat \"$OUT/person/Library/Application Support/app/cookies\""),
        Attempt::never("ls $OUT/person"),
        Attempt::never("cat $OUT/other/file"),
        Attempt::never("ls $OUT/other"),
        Attempt::never("ls /Users"),
        Attempt::never("ls /private/tmp"),
        Attempt::never("ls $STATE"),
        Attempt::refused("cat $STATE/settings"),
        Attempt::refused("cat /private/etc/sudoers"),
        Attempt::never("cat /etc/passwd"),
    ])
    .await;
}

#[tokio::test]
async fn case_07_no_descriptor_of_ours_is_open() {
    let place = Place::new().await;
    let scene = Scene::new();
    let leak = File::open(scene.path("secret")).unwrap();
    rustix::io::fcntl_setfd(&leak, rustix::io::FdFlags::empty()).unwrap();
    // The shell keeps one of its own, far up.
    let list = "for fd in $(seq 0 200); do (: <&$fd) 2>/dev/null && echo $fd; done";
    let outside = std::process::Command::new("/bin/bash")
        .args(["-c", list])
        .output();
    let outside = String::from_utf8(outside.unwrap().stdout).unwrap();
    assert!(outside.lines().count() > 3, "it is passed on: {outside}");
    let told = place.told(&scene.policy(Role::Worker), list).await;
    assert_eq!(told, "0\n1\n2\n");
}

#[tokio::test]
async fn case_08_no_other_name_of_a_file_leads_to_it() {
    let number = |scene: &Scene| {
        let found = std::fs::metadata(scene.path("secret")).unwrap();
        let name = format!("/.vol/{}/{}", found.dev(), found.ino());
        vec![("VOL".to_owned(), name)]
    };
    hold_in(
        &[
            Attempt::refused("cat $VOL"),
            Attempt::refused("echo x >> $VOL"),
            Attempt::refused("cat /System/Volumes/Data$OUT/secret"),
            Attempt::refused("echo x >> /System/Volumes/Data$OUT/secret"),
            Attempt::refused("ls /System/Volumes/Data/Users"),
            Attempt::never("cat ${OUT#/private}/secret"),
            Attempt::never("echo x >> ${OUT#/private}/secret"),
            Attempt::never("cat ../secret"),
        ],
        number,
    )
    .await;
}

#[tokio::test]
async fn case_09_no_wider_profile_is_put_over_it() {
    hold(&[
        Attempt::never("sandbox-exec -p '(version 1)(allow default)' /bin/cat $OUT/secret"),
        Attempt::refused("sandbox-exec -n no-network /bin/cat $OUT/secret"),
        Attempt::refused("chroot / /usr/bin/true"),
        Attempt::refused("mount_tmpfs $TMPDIR"),
    ])
    .await;
}

/// Starts what would leave a trace, and expects that it is refused for a path.
async fn refused(
    place: &Place,
    scene: &Scene,
    change: impl FnOnce(&mut ampersand_sandbox::Policy),
) {
    let mut policy = scene.policy(Role::Worker);
    change(&mut policy);
    let argv = ["/bin/bash", "-c", "echo x > ran"];
    let refused = place.launcher.launch(&policy, argv, "it").await;
    assert!(
        matches!(refused, Err(LaunchError::Path { .. })),
        "{refused:?}"
    );
    for folder in ["tree", "other"] {
        assert!(!scene.path(folder).join("ran").exists());
    }
}

#[tokio::test]
async fn case_10_a_link_in_place_of_a_folder_is_refused_before_anything_runs() {
    let place = Place::new().await;
    let scene = Scene::new();
    let link = scene.path("link");
    symlink(scene.path("other"), &link).unwrap();
    refused(&place, &scene, |policy| policy.worktree.clone_from(&link)).await;
    refused(&place, &scene, |policy| {
        policy.writable = vec![link.clone()]
    })
    .await;
    std::fs::remove_file(scene.path("tree/.git")).unwrap();
    symlink(scene.path("repo/.git"), scene.path("tree/.git")).unwrap();
    refused(&place, &scene, |_| {}).await;
    // Our own folder was one before anybody looked.
    let scene = Scene::new();
    std::fs::remove_dir_all(place.state.path().join("sandbox")).unwrap();
    symlink(scene.path("other"), place.state.path().join("sandbox")).unwrap();
    refused(&place, &scene, |_| {}).await;
}

#[tokio::test]
async fn case_11_a_protected_file_that_is_not_there_yet_is_not_made() {
    hold(&[
        Attempt::never("mkdir $OUT/person/.claude"),
        Attempt::never("echo x > $OUT/person/.zshrc"),
        Attempt::never("mkdir -p $OUT/person/Library/LaunchAgents"),
        Attempt::never("echo x > $OUT/other/CLAUDE.md"),
        Attempt::never("echo x > $OUT/repo/.git/config.new"),
        Attempt::never("echo x > $OUT/repo/.git/worktrees/tree/config.lock"),
        Attempt::never("echo x > $OUT/repo/.git/hooks/post-checkout"),
        Attempt::never("mkdir $OUT/repo/.git/info"),
        Attempt::never("echo x > $STATE/accepted"),
    ])
    .await;
}

#[tokio::test]
async fn case_12_no_folder_above_a_protected_path_is_moved() {
    hold(&[
        Attempt::never("mv $OUT/tree $OUT/moved"),
        Attempt::never("mv $OUT/tree $TMPDIR/moved"),
        Attempt::never("mv $OUT/other $OUT/moved"),
        Attempt::never("mv $OUT/repo $OUT/moved"),
        Attempt::never("mv $OUT/repo/.git $OUT/repo/git"),
        Attempt::never("mv $OUT/person/.ssh ssh"),
        Attempt::never("cd / && rm -rf $OUT/tree && [ ! -e $OUT/tree ]"),
        Attempt::never("cd $TMPDIR/.. && mv $TMPDIR moved"),
        Attempt::never("cd / && mv $TMPDIR $OUT/tree/temporary"),
    ])
    .await;
}

#[tokio::test]
async fn case_13_no_spelling_of_a_name_leads_to_what_is_kept() {
    // Where two spellings are two files, what is written is one of its own, and what is kept stays as it is.
    let spellings = [
        ".GIT",
        ".Git",
        "./below/../.git",
        "../TREE/.git",
        "../tree//.git",
    ];
    let place = Place::new().await;
    for role in [Role::Worker, Role::Explorer] {
        let scene = Scene::new();
        for name in spellings {
            for line in [
                format!("echo x > {name}"),
                format!("echo x >> {name}"),
                format!("rm -f {name}"),
                format!("mv {name} moved"),
                format!("mv file {name}"),
                format!("ln -sf file {name}"),
            ] {
                place.told(&scene.policy(role), &line).await;
                scene.untouched();
            }
        }
    }
    hold(&[
        Attempt::refused("cat $OUT/SECRET"),
        Attempt::refused("cat $OUT/PERSON/.SSH/ID"),
        Attempt::refused("echo x >> $OUT/REPO/.GIT/CONFIG"),
        Attempt::refused("cat $OUT/repo/.git/CONFIG"),
    ])
    .await;
}

#[tokio::test]
async fn case_17_no_device_and_no_borrowed_rights() {
    hold(&[
        Attempt::never("cp /usr/bin/true own && chmod u+s own"),
        Attempt::never("cp /usr/bin/true $TMPDIR/own && chmod 4755 $TMPDIR/own"),
        Attempt::refused("cp /usr/bin/true $TMPDIR/own && chmod 2755 $TMPDIR/own"),
        Attempt::refused("mknod $TMPDIR/device c 3 2"),
        Attempt::refused("sudo -n true"),
        Attempt::refused("su root -c true"),
        Attempt::always("mkfifo $TMPDIR/pipe"),
    ])
    .await;
}
