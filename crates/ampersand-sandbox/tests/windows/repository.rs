//! The person's repository: cases 11 and 20 to 23, and git inside, in a repository of the attempt's own. The worktree's own
//! `.git` file is among the files.

use std::fs;
use std::process::Command;

use ampersand_core::Role;
use ampersand_sandbox::OwnRepository;

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

#[tokio::test]
#[ignore = "needs what `isolation set-up` makes: AMPERSAND_SET_UP_HOME names the home"]
async fn git_works_in_a_repository_of_the_attempts_own_and_in_no_other() {
    let place = Place::as_a_user().await;
    let git = |folder: &str, args: &[&str]| {
        let ended = Command::new("git")
            .args(["-c", "user.name=P", "-c", "user.email=p@example.invalid"])
            .args(["-C", place.path(folder).to_str().unwrap()])
            .args(args)
            .status();
        assert!(ended.unwrap().success(), "{args:?}");
    };
    git(".", &["init", "-q", "-b", "main", "real"]);
    fs::write(place.path("real/file"), "text\n").unwrap();
    git("real", &["add", "file"]);
    git("real", &["commit", "-q", "-m", "first"]);
    git("real", &["remote", "add", "origin", "https://token@host/"]);
    git("real", &["worktree", "add", "-q", "--detach", "../linked"]);
    git("real", &["clone", "-q", "-s", "--bare", ".", "../own"]);
    git("own", &["config", "core.bare", "false"]);
    let own = |commits| {
        let settings = ["config", "hooks", "info", "objects/info"];
        let settings = settings.map(|name| place.path("own").join(name));
        OwnRepository::new(
            &place.path("own"),
            &place.path("gitfile"),
            settings,
            commits,
        )
    };
    let tries = [
        "git log -n 1 --format=%FORMAT%",
        "git -c user.name=A -c user.email=a@example.invalid commit -q --allow-empty -m mine && echo committed",
        "git config user.name N || echo kept",
        r#"git --git-dir="%OUT%\real\.git" log || echo shut"#,
        r#"findstr /s token "%OUT%\real\*""#,
        "git log -n 1 --format=%FORMAT%",
    ];
    let line = tries.map(|line| format!("({line}) 2>nul")).join(" & ");
    for (role, commits, expected) in [
        (
            Role::Worker,
            true,
            ["first", "committed", "kept", "shut", "mine"].as_slice(),
        ),
        (
            Role::Explorer,
            false,
            ["mine", "kept", "shut", "mine"].as_slice(),
        ),
    ] {
        let mut policy = place.policy(role);
        policy.worktree = place.path("linked");
        policy.git_dir = Some(place.path("real/.git"));
        policy.own_repository = Some(own(commits));
        // In place the shell would take it for the beginning of a variable.
        policy.env.push(("FORMAT".to_owned(), "%s".to_owned()));
        let (told, _) = place.told(&policy, &line).await;
        let told: Vec<&str> = told.lines().map(str::trim).collect();
        assert_eq!(told, expected, "{role:?}");
    }
}
