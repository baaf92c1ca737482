//! Files: cases 1 to 5, 10, 12, 13, 18 and 61.

use std::fs;

use ampersand_core::Role;
use ampersand_sandbox::LaunchError;

use super::{Place, rights};

in_both_tiers!(
    case_01_nothing_outside_is_written,
    case_02_no_link_leads_out,
    case_03_attributes_outside_stay,
    case_04_an_explorer_changes_nothing_but_its_own_temporary_files,
    case_05_secrets_and_other_worktrees_are_not_read,
    case_10_a_link_in_place_of_a_folder_is_refused_before_anything_runs,
    case_12_a_parent_is_not_moved_away,
    case_13_no_spelling_of_a_name_leads_to_what_is_kept,
    case_18_the_worktrees_own_git_file_stays_under_all_its_names,
    case_61_what_was_given_is_taken_back,
);

async fn case_01_nothing_outside_is_written(place: Place) {
    place
        .check(&[
            (r#"echo x > "%OUT%\new""#, false, false),
            (r#"echo x >> "%OUT%\secret""#, false, false),
            (
                r#"del /f /q "%OUT%\secret" & if exist "%OUT%\secret" exit 1"#,
                false,
                false,
            ),
            (r#"move /y "%OUT%\secret" "%OUT%\moved""#, false, false),
            (r#"mklink /h linked "%OUT%\secret""#, false, false),
            (r#"mkdir "%OUT%\folder""#, false, false),
            (r#"echo x > "%OUT%\repo\.git\config""#, false, false),
        ])
        .await;
    place.untouched();
    assert!(!place.path("new").exists());
}

async fn case_02_no_link_leads_out(place: Place) {
    let before = rights(&place.path("other/file"));
    // Planted by somebody who could: inside, it leads nowhere that was not granted.
    let junction = place.path("tree/through");
    let line = format!(
        r#"mklink /j "{}" "{}""#,
        junction.display(),
        place.path("other").display()
    );
    let made = std::process::Command::new("cmd.exe")
        .args(["/D", "/C"])
        .raw_line(&line)
        .status();
    assert!(made.unwrap().success());
    place
        .check(&[
            (r"echo x > through\file", false, false),
            (r"type through\file", false, false),
            (
                r#"mklink /j made "%OUT%\other" && type made\file"#,
                false,
                false,
            ),
        ])
        .await;
    place.untouched();
    assert_eq!(rights(&place.path("other/file")), before);
}

async fn case_03_attributes_outside_stay(place: Place) {
    place
        .check(&[
            (
                r#"attrib +r +h "%OUT%\secret" && attrib "%OUT%\secret" | find "RH""#,
                false,
                false,
            ),
            (
                r#"icacls "%OUT%\secret" /grant *S-1-15-2-1:F"#,
                false,
                false,
            ),
            (r#"takeown /f "%OUT%\secret""#, false, false),
        ])
        .await;
    assert!(
        !fs::metadata(place.path("secret"))
            .unwrap()
            .permissions()
            .readonly()
    );
}

async fn case_04_an_explorer_changes_nothing_but_its_own_temporary_files(place: Place) {
    place
        .check(&[
            ("type file", true, true),
            ("echo x > made", true, false),
            ("echo x >> file", true, false),
            ("mkdir folder", true, false),
            (r"echo x > below\deep", true, false),
            (r"ren below\deep risen", true, false),
            (r#"echo x > "%TEMP%\made""#, true, true),
        ])
        .await;
}

async fn case_05_secrets_and_other_worktrees_are_not_read(place: Place) {
    place
        .check(&[
            (r#"type "%OUT%\secret""#, false, false),
            (r#"dir "%OUT%\other""#, false, false),
            (r#"type "%OUT%\other\file""#, false, false),
            (r#"type "%OUT%\repo\.git\config""#, false, false),
            (r#"dir "%OUT%\state""#, false, false),
        ])
        .await;
}

async fn case_10_a_link_in_place_of_a_folder_is_refused_before_anything_runs(place: Place) {
    let junction = place.path("linked");
    let line = format!(
        r#"mklink /j "{}" "{}""#,
        junction.display(),
        place.path("tree").display()
    );
    let made = std::process::Command::new("cmd.exe")
        .args(["/D", "/C"])
        .raw_line(&line)
        .status();
    assert!(made.unwrap().success());
    let mut policy = place.policy(Role::Worker);
    policy.worktree = junction;
    let argv = ["cmd.exe", "/D", "/S", "/C", "echo x > ran"];
    let refused = place.launcher.launch(&policy, argv, "it").await;
    assert!(
        matches!(refused, Err(LaunchError::Path { .. })),
        "{refused:?}"
    );
    // A folder in place of the worktree's `.git` file could not be kept from being written.
    let mut policy = place.policy(Role::Worker);
    policy.worktree = place.path("repo");
    let refused = place.launcher.launch(&policy, argv, "it").await;
    assert!(
        matches!(refused, Err(LaunchError::Path { .. })),
        "{refused:?}"
    );
    assert!(!place.path("tree/ran").exists() && !place.path("repo/ran").exists());
}

async fn case_12_a_parent_is_not_moved_away(place: Place) {
    place
        .check(&[
            (r#"move "%OUT%\tree" "%OUT%\moved""#, false, false),
            (r#"cd .. && ren tree moved"#, false, false),
            (
                r#"cd "%TEMP%" && rmdir /s /q "%OUT%\tree" & if exist "%OUT%\tree" exit 1"#,
                false,
                false,
            ),
        ])
        .await;
    assert!(place.path("tree/.git").is_file());
}

async fn case_13_no_spelling_of_a_name_leads_to_what_is_kept(place: Place) {
    // Where short names are kept, the second one is the `.git` file's own; elsewhere it is a file like any other.
    let spellings = [
        ".GIT",
        "GIT~1",
        ".git.",
        ".git ",
        ".git::$DATA",
        ".git:stream",
        r".\below\..\.git",
        r"\\?\%OUT%\tree\.git",
        r"\\.\%OUT%\tree\.git",
    ];
    for role in [Role::Worker, Role::Explorer] {
        let policy = place.policy(role);
        for spelling in spellings {
            for line in [
                format!("echo x > \"{spelling}\""),
                format!("echo x >> \"{spelling}\""),
                format!("del /f /q \"{spelling}\""),
                format!("ren \"{spelling}\" moved"),
            ] {
                place.told(&policy, &line).await;
                place.untouched();
            }
        }
    }
    // What is beside the worktree is shut by its short name too.
    let short = short_name(&place.path("other"));
    place
        .check(&[
            (&format!("type \"{short}\\file\""), false, false),
            (&format!("echo x > \"{short}\\file\""), false, false),
            (&format!("dir \"{short}\""), false, false),
        ])
        .await;
    place.untouched();
}

/// A path as programs of long ago knew it, or as it is where no such names are kept.
fn short_name(path: &std::path::Path) -> String {
    let line = format!("for %i in (\"{}\") do @echo %~si", path.display());
    let told = std::process::Command::new("cmd.exe")
        .args(["/D", "/C"])
        .raw_line(&line)
        .output()
        .unwrap();
    assert!(told.status.success());
    String::from_utf8(told.stdout).unwrap().trim().to_owned()
}

async fn case_18_the_worktrees_own_git_file_stays_under_all_its_names(place: Place) {
    place
        .check(&[
            ("type .git", true, true),
            ("echo x > .git", false, false),
            ("echo x >> .GIT", false, false),
            ("echo x > .git::$DATA", false, false),
            ("echo x > .git.", false, false),
            ("ren .git moved", false, false),
            ("move /y file .git", false, false),
            ("del /f /q .git & if exist .git exit 1", false, false),
            ("icacls .git /grant *S-1-15-2-1:F", false, false),
        ])
        .await;
    place.untouched();
}

async fn case_61_what_was_given_is_taken_back(place: Place) {
    let before: Vec<_> = ["tree", "tree/file", "tree/.git", "tree/below/deep"]
        .map(|path| (place.path(path), rights(&place.path(path))))
        .into();
    let policy = place.policy(Role::Worker);
    let launched = place.shell(&policy, "set /p wait=").await;
    for (path, before) in &before {
        assert_ne!(rights(path), *before, "{}", path.display());
    }
    let emptied = launched.tree.emptied();
    drop(launched);
    emptied.await;
    // Whoever follows the tree puts everything back; nothing else says when.
    while before.iter().any(|(path, before)| rights(path) != *before) {
        tokio::task::yield_now().await;
    }
}

trait RawLine {
    fn raw_line(&mut self, line: &str) -> &mut Self;
}

impl RawLine for std::process::Command {
    fn raw_line(&mut self, line: &str) -> &mut Self {
        std::os::windows::process::CommandExt::raw_arg(self, line)
    }
}
