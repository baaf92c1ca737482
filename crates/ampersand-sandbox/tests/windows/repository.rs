//! The person's repository: cases 11 and 20 to 23. The worktree's own `.git` file is among the files.

use std::fs;

use super::Place;

in_both_tiers!(
    case_11_a_protected_file_that_is_not_there_yet_is_not_made,
    case_20_to_22_no_hook_ref_or_object_is_written,
    case_23_no_setting_is_read,
);

/// What is in the repository's folder besides its settings.
const PARTS: [&str; 5] = [
    "HEAD",
    "hooks/pre-commit",
    "objects/aa/bb",
    "packed-refs",
    "refs/heads/main",
];

fn write(place: &Place) {
    for part in PARTS {
        let path = place.path("repo/.git").join(part);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, part).unwrap();
    }
}

async fn case_11_a_protected_file_that_is_not_there_yet_is_not_made(place: Place) {
    fs::create_dir_all(place.path("person")).unwrap();
    place
        .check(&[
            (r#"mkdir "%OUT%\person\.claude""#, false, false),
            (r#"echo x > "%OUT%\person\.gitconfig""#, false, false),
            (r#"echo x > "%OUT%\other\CLAUDE.md""#, false, false),
            (r#"echo x > "%OUT%\state\accepted""#, false, false),
            (
                r#"mkdir "%OUT%\repo\.git\hooks" && echo x > "%OUT%\repo\.git\hooks\post-checkout""#,
                false,
                false,
            ),
        ])
        .await;
    assert!(!place.path("repo/.git/hooks").exists());
    place.untouched();
}

async fn case_20_to_22_no_hook_ref_or_object_is_written(place: Place) {
    write(&place);
    let lines: Vec<String> = PARTS
        .iter()
        .flat_map(|part| {
            let path = format!(r"%OUT%\repo\.git\{}", part.replace('/', r"\"));
            [
                format!(r#"echo x > "{path}""#),
                format!(r#"echo x > "{path}.new""#),
                format!(r#"del /f /q "{path}" & if exist "{path}" exit 1"#),
                format!(r#"move /y file "{path}""#),
            ]
        })
        .collect();
    let attempts: Vec<_> = lines
        .iter()
        .map(|line| (line.as_str(), false, false))
        .collect();
    place.check(&attempts).await;
    for part in PARTS {
        let path = place.path("repo/.git").join(part);
        assert_eq!(fs::read_to_string(&path).unwrap(), part);
        assert!(!path.with_added_extension("new").exists());
    }
}

async fn case_23_no_setting_is_read(place: Place) {
    place
        .check(&[
            (r#"type "%OUT%\repo\.git\config""#, false, false),
            (
                r#"copy "%OUT%\repo\.git\config" "%TEMP%\copy""#,
                false,
                false,
            ),
            (
                r#"mklink /h "%TEMP%\hard" "%OUT%\repo\.git\config""#,
                false,
                false,
            ),
            (r#"findstr /s token "%OUT%\repo\*""#, false, false),
        ])
        .await;
}
