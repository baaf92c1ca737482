//! What else is the person's, and who else could be asked: cases 47 by others' hands, 57, 61 and 62.

use ampersand_core::Role;

use super::{Attempt, Place, Scene, hold, hold_in};

#[tokio::test]
async fn case_47_nobody_else_starts_anything_for_it() {
    // Where nobody is at the screen some of these work for nobody; what they would leave behind is what tells.
    let job = "echo '<plist version=\"1.0\"><dict><key>Label</key><string>ampersand.test</string><key>RunAtLoad</key><true/>\
               <key>ProgramArguments</key><array><string>/usr/bin/touch</string><string>'$OUT/ran'</string></array></dict></plist>' \
               > $TMPDIR/job.plist";
    let opened = "mkdir -p $TMPDIR/x.app/Contents/MacOS && printf '#!/bin/sh\\ntouch %s\\n' $OUT/ran > $TMPDIR/x.app/Contents/MacOS/x \
                  && chmod +x $TMPDIR/x.app/Contents/MacOS/x && open -g $TMPDIR/x.app";
    let place = Place::new().await;
    for role in [Role::Worker, Role::Explorer] {
        let scene = Scene::new();
        for line in [
            format!("{job}; launchctl bootstrap gui/$(id -u) $TMPDIR/job.plist"),
            format!("{job}; launchctl bootstrap user/$(id -u) $TMPDIR/job.plist"),
            format!("{job}; launchctl load $TMPDIR/job.plist"),
            "launchctl submit -l ampersand.test -- /usr/bin/touch $OUT/ran".to_owned(),
            "launchctl asuser $(id -u) /usr/bin/touch $OUT/ran".to_owned(),
            "echo \"touch $OUT/ran\" | at now".to_owned(),
            opened.to_owned(),
            "osascript -e 'do shell script \"touch '$OUT/ran'\"'".to_owned(),
            "osascript -e 'tell application \"Finder\" to make new file at (POSIX file \"'$OUT'\" as alias) \
             with properties {name:\"ran\"}'"
                .to_owned(),
            "automator -i $OUT $OUT/none".to_owned(),
            "shortcuts run ran".to_owned(),
        ] {
            let mut policy = scene.policy(role);
            policy.env.push(("LINE".to_owned(), line.clone()));
            // Some would wait for minutes for whoever does not answer.
            let tried = "perl -e 'alarm 20; exec qw(/bin/bash -c), $ENV{LINE}' >/dev/null 2>&1 && echo worked";
            let said = place.told(&policy, tried).await;
            assert_eq!(said, "", "{role:?}: {line}");
            assert!(!scene.path("ran").exists(), "{role:?}: {line}");
        }
        scene.untouched();
    }
}

#[tokio::test]
async fn case_57_no_variable_of_ours_is_seen() {
    let place = Place::new().await;
    let scene = Scene::new();
    let mut policy = scene.policy(Role::Worker);
    policy.env.push(("GIVEN".to_owned(), "given".to_owned()));
    let told = place.told(&policy, "env").await;
    let said = |name: &str| {
        told.lines()
            .any(|line| line.starts_with(&format!("{name}=")))
    };
    assert!(told.contains("GIVEN=given\n"), "{told}");
    // Of every test run, and of nobody's sandbox.
    for name in ["CARGO_MANIFEST_DIR", "NEXTEST", "CARGO_PKG_NAME"] {
        assert!(std::env::var_os(name).is_some(), "{name} is there");
        assert!(!said(name), "{name}");
    }
    for name in ["SSH_AUTH_SOCK", "USER", "LOGNAME", "XPC_SERVICE_NAME"] {
        assert!(!said(name), "{name}");
    }
    let home = told.lines().find_map(|line| line.strip_prefix("HOME="));
    assert!(
        home.unwrap()
            .starts_with(&place.state.path().display().to_string())
    );
}

#[tokio::test]
async fn case_61_our_own_files_are_not_reached() {
    hold(&[
        Attempt::never("ls $STATE"),
        Attempt::refused("cat $STATE/settings"),
        Attempt::refused("echo x >> $STATE/settings"),
        Attempt::never("echo x > $STATE/new"),
        Attempt::refused("mv $STATE/sandbox $STATE/moved"),
        Attempt::refused("echo x > $STATE/sandbox/new"),
        Attempt::refused("ls $STATE/sandbox/tmp"),
    ])
    .await;
}

#[tokio::test]
async fn case_62_no_key_of_the_persons_is_told() {
    // A chain of its own, as the person's may ask before it opens.
    let set = |scene: &Scene| {
        let made = scene.works(
            "security create-keychain -p word $OUT/test.keychain-db \
             && security add-generic-password -a me -s ampersand-test -w needle $OUT/test.keychain-db",
        );
        assert!(made, "a chain can be made");
        Vec::new()
    };
    hold_in(
        &[
            Attempt::never(
                "security find-generic-password -s ampersand-test -w $OUT/test.keychain-db",
            ),
            Attempt::never("security unlock-keychain -p word $OUT/test.keychain-db"),
            Attempt::never("security show-keychain-info $OUT/test.keychain-db"),
            Attempt::refused("security dump-keychain | grep -q keychain"),
            Attempt::refused("security find-identity | grep -q valid"),
        ],
        set,
    )
    .await;
}

#[tokio::test]
async fn what_was_copied_is_not_read_and_nothing_is_copied() {
    hold(&[
        Attempt::refused("pbpaste -Prefer txt | grep -q ."),
        Attempt::refused("echo x | pbcopy && pbpaste | grep -q x"),
        Attempt::refused("screencapture -x $TMPDIR/screen.png && [ -s $TMPDIR/screen.png ]"),
        Attempt::refused(
            "defaults write ampersand.test key value && defaults read ampersand.test key",
        ),
        Attempt::refused("mdfind -onlyin $OUT secret | grep -q ."),
    ])
    .await;
}
