//! Cases 1 to 17: files.

use super::stand::Must::Say;
use super::stand::{
    ALWAYS, NEVER, Role, Stand, Tier, WRITERS, everywhere, hold, named, named_for_all,
};
use ampersand_core::Gap;

#[test]
fn case_01_nothing_outside_is_written() {
    hold(&[
        ("create,{out}/new", NEVER),
        ("append,{out}/victim", NEVER),
        ("truncate,{out}/victim", NEVER),
        ("set_size,{out}/victim", NEVER),
        ("rename,{out}/victim,{out}/moved", NEVER),
        ("rename,{out}/victim,{tree}/stolen", NEVER),
        ("rename,{tree}/file,{out}/victim", NEVER),
        ("exchange,{out}/victim,{tree}/file", NEVER),
        ("unlink,{out}/victim", NEVER),
        ("hardlink,{out}/victim,{tree}/hard", NEVER),
        ("symlink,/,{out}/link", NEVER),
        ("mkdir,{out}/folder", NEVER),
        ("rmdir,{out}/other", NEVER),
        ("create,/usr/new", NEVER),
        ("create,/etc/new", NEVER),
        ("create,/dev/new", NEVER),
        ("append,{tree}/file", WRITERS),
        ("create,$TMPDIR/mine", ALWAYS),
        ("append,$TMPDIR/mine", ALWAYS),
    ]);
}

#[test]
fn case_02_no_link_leads_out() {
    hold(&[
        ("append,{tree}/absolute", NEVER),
        ("append,{tree}/relative", NEVER),
        ("read,{tree}/absolute", NEVER),
        ("read,{tree}/relative", NEVER),
        ("truncate,{tree}/relative", NEVER),
        ("create,{tree}/folder/new", NEVER),
        ("read,{tree}/folder/file", NEVER),
        ("list,{tree}/folder/", NEVER),
        ("symlink,{out}/victim,$TMPDIR/link", ALWAYS),
        ("append,$TMPDIR/link", NEVER),
    ]);
}

#[test]
fn case_03_attributes_outside_stay_or_the_tier_says_so() {
    hold(&[
        ("chmod,{out}/victim,600", named(Gap::Attributes)),
        ("utime,{out}/victim", named(Gap::Attributes)),
        ("chown,{out}/victim", NEVER),
        ("setxattr,{out}/victim", NEVER),
        ("stat,{out}/victim", named_for_all(Gap::Names)),
    ]);
}

#[test]
fn case_04_an_explorer_changes_nothing_but_its_own_temporary_files() {
    hold(&[
        ("create,{tree}/new", WRITERS),
        ("mkdir,{tree}/new-folder", WRITERS),
        ("chmod,{tree}/file,600", WRITERS),
        ("utime,{tree}/file", WRITERS),
        ("rename,{tree}/file,{tree}/renamed", WRITERS),
        ("create,$TMPDIR/mine", ALWAYS),
        ("mkdir,$TMPDIR/folder", ALWAYS),
    ]);
}

#[test]
fn case_05_secrets_and_other_worktrees_are_not_read() {
    hold(&[
        ("read,{out}/person/.ssh/id", NEVER),
        ("read,{out}/person/.aws/credentials", NEVER),
        ("read,{out}/person/.config/app/token", NEVER),
        ("read,{out}/person/.mozilla/cookies", NEVER),
        ("list,{out}/person", NEVER),
        ("read,{out}/other/file", NEVER),
        ("list,{out}/other", NEVER),
        ("list,/root", NEVER),
        ("list,/home", NEVER),
        ("read,/etc/shadow", NEVER),
        ("read,{tree}/file", ALWAYS),
    ]);
}

#[test]
fn case_06_no_process_shows_a_secret() {
    hold(&[
        ("secret_anywhere,{eldeen}", NEVER),
        ("read,/proc/1/environ", NEVER),
        ("variable,UNHEARD_OF", NEVER),
    ]);
}

#[test]
fn case_07_no_descriptor_of_ours_is_open() {
    hold(&[("descriptors", [Say("0 1 2"); 4])]);
}

#[test]
fn case_08_magic_links_stay_inside() {
    hold(&[
        ("read,/proc/self/root{out}/victim", NEVER),
        ("append,/proc/self/root{out}/victim", NEVER),
        ("read,/proc/self/cwd/../victim", NEVER),
        ("read,/proc/1/root{out}/victim", NEVER),
        ("read,/proc/1/cwd/etc/shadow", NEVER),
        ("list,/proc/1/root/", NEVER),
        ("read,/proc/1/fd/0", NEVER),
        ("read,/proc/{pid}/root{out}/victim", NEVER),
        ("list,/proc/{pid}/cwd/", NEVER),
        ("read,/dev/fd/9/passwd", NEVER),
    ]);
}

#[test]
fn case_09_no_mount_or_namespace_is_made_or_undone() {
    hold(&[
        ("mount,/tmp", NEVER),
        ("mount,{tree}", NEVER),
        ("remount,/usr", NEVER),
        ("remount,{tree}/.git", NEVER),
        ("umount,{tree}/.git", NEVER),
        ("umount,{tree}", NEVER),
        ("pivot_root", NEVER),
        ("chroot", NEVER),
        ("open_tree", NEVER),
        ("move_mount", NEVER),
        ("fsopen", NEVER),
        ("mount_setattr", NEVER),
        ("setns", NEVER),
        ("unshare,user", NEVER),
        ("unshare,mount", NEVER),
        ("unshare,network", NEVER),
        ("clone_user", NEVER),
    ]);
}

#[test]
fn case_10_a_link_in_place_of_a_protected_folder_is_no_start() {
    for (user, tier, role) in everywhere() {
        let stand = Stand::new(user, tier);
        std::fs::remove_file(stand.path("tree/.git")).unwrap();
        std::os::unix::fs::symlink(stand.path("repo/.git"), stand.path("tree/.git")).unwrap();
        let output = stand
            .command(role)
            .args(["/bin/sh", "-c", "echo ran"])
            .output()
            .unwrap();
        stand.confirm_tier(&output);
        assert!(
            !output.status.success() && output.stdout.is_empty(),
            "{user:?} {tier:?} {role:?}"
        );
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(".git"), "{user:?} {tier:?} {role:?}: {said}");
    }
}

#[test]
fn case_10_a_link_in_place_of_our_own_folder_is_no_start() {
    for (user, tier, role) in everywhere() {
        let stand = Stand::new(user, tier);
        std::os::unix::fs::symlink(stand.path("other"), stand.path("home/sandbox")).unwrap();
        let output = stand
            .command(role)
            .args(["/bin/sh", "-c", "echo ran"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && output.stdout.is_empty(),
            "{user:?} {tier:?} {role:?}"
        );
        assert_eq!(said.lines().next(), Some("isolation: none"));
        assert!(said.contains("home/sandbox is a symbolic link"), "{said}");
    }
}

#[test]
fn case_11_a_protected_file_that_is_not_there_yet_is_not_made() {
    hold(&[
        ("mkdir,{out}/person/.claude", NEVER),
        ("create,{out}/person/.bashrc", NEVER),
        ("create,{out}/home/accepted", NEVER),
        ("create,{out}/repo/.git/config.new", NEVER),
        ("create,{out}/repo/.git/worktrees/tree/config.lock", NEVER),
        ("create,{out}/repo/.git/hooks/post-checkout", NEVER),
        ("create,{out}/repo/.git/info", NEVER),
        ("create,{out}/other/CLAUDE.md", NEVER),
    ]);
}

#[test]
fn case_12_no_folder_above_a_protected_path_is_moved() {
    hold(&[
        ("rename,{tree},{out}/moved", NEVER),
        ("rename,{out}/other,{out}/moved", NEVER),
        ("exchange,{tree},{out}/other", NEVER),
        ("rename,{out}/repo,{out}/moved", NEVER),
        ("rename,{out}/repo/.git,{out}/repo/git", NEVER),
        ("rename,{out}/person/.ssh,{tree}/ssh", NEVER),
        ("rmdir,{tree}", NEVER),
    ]);
}

#[test]
fn case_17_no_device_no_borrowed_rights_and_no_new_ones() {
    hold(&[
        ("mkdev,$TMPDIR/device", NEVER),
        ("mkdev,{tree}/device", NEVER),
        ("mksetuid,$TMPDIR/setuid", NEVER),
        ("mksetuid,{tree}/setuid", NEVER),
        ("mksetuid_nameless,$TMPDIR", NEVER),
        ("mksetuid_nameless,{tree}", NEVER),
        ("chmod,{tree}/file,4755", NEVER),
        ("chmod,{tree}/file,2755", NEVER),
        ("file_capability,{tree}/probe", NEVER),
        ("exec,/usr/bin/su,-c,true", NEVER),
        ("capabilities", [Say("0 0 0 0 1 2"); 4]),
    ]);
}

#[test]
fn a_second_start_in_the_same_home_finds_the_same_tier() {
    for (user, tier, role) in everywhere() {
        let stand = Stand::new(user, tier);
        for _ in 0..2 {
            let output = stand.command(role).arg("/bin/true").output().unwrap();
            stand.confirm_tier(&output);
            assert!(output.status.success());
        }
    }
}

/// Kept from growing stale: the stand is what it says it is.
#[test]
fn the_stand_can_be_hurt_by_whoever_is_not_kept_in() {
    let stand = Stand::new(super::stand::User::Ordinary, Tier::Full);
    let mut command = stand.command(Role::Worker);
    command.args(["/bin/sh", "-c", "cat file"]);
    assert_eq!(command.output().unwrap().stdout, b"text");
    assert!(std::fs::write(stand.path("victim"), "x").is_ok());
}
