//! An agent that would tidy the person's repository to death and throws its own worktree away, and one beside it that
//! notices nothing.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};

use ampersand_protocol::Command;

use crate::driver::Driver;

/// Everything git offers for losing what others have, then what a shell offers.
const TIDIES: &str = "git gc --prune=now --force; git prune --expire=now; git repack -a -d; \
     git worktree prune --expire=now; git reflog expire --expire=now --all; git update-ref -d refs/heads/main; \
     git branch -D main; common=$(git rev-parse --git-common-dir); own=$(git rev-parse --git-dir); \
     touch \"$own/index.lock\" \"$common/index.lock\" \"$common/gc.pid\"; \
     rm -rf \"$common/objects\" \"$common/refs\" \"$common/worktrees\"; \
     rm -rf .git; rm -rf -- * .[!.]*; echo tidied";

/// The task's checkout, wherever it was put.
fn worktree(driver: &Driver, task: &str) -> PathBuf {
    let repositories = std::fs::read_dir(driver.home.root().join("worktrees")).unwrap();
    let mut places = repositories.map(|entry| entry.unwrap().path().join(task));
    places.find(|place| place.is_dir()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_tidies_and_deletes_disturbs_nobody() {
    let mut driver = Driver::start().await;
    let main = driver.repository.git(&["rev-parse", "main"]);
    let waits =
        "until [ -e go ]; do sleep 0.05; done; rm go; git status --porcelain; echo kept > kept";
    let beside = driver.run("Beside", waits).await;
    driver.wait_state(beside, "running").await;
    let tidies = driver.run("Tidy", TIDIES).await;
    driver.wait_state(tidies, "ready").await;
    let said = driver.text(Command::ReadOutput { task: tidies }).await;
    assert!(said.contains("tidied"), "{said}");

    assert_eq!(driver.repository.git(&["rev-parse", "main"]), main);
    driver.repository.git(&["fsck", "--strict"]);
    let common = driver.repository.root().join(".git");
    for lock in ["index.lock", "gc.pid"] {
        assert!(!common.join(lock).exists(), "{lock}");
    }
    // What a crash of git would have left in the other's books holds up nobody.
    let checkout = worktree(&driver, &beside.to_string());
    let gitfile = std::fs::read_to_string(checkout.join(".git")).unwrap();
    let books = Path::new(gitfile.trim_end().strip_prefix("gitdir: ").unwrap());
    std::fs::write(books.join("index.lock"), "").unwrap();
    std::fs::write(checkout.join("go"), "").unwrap();
    driver.wait_state(beside, "ready").await;
    driver.call(Command::Land { task: beside }).await.unwrap();
    driver.wait_state(beside, "landed").await;
    let landed = driver.repository.root().join("kept");
    assert_eq!(std::fs::read_to_string(landed).unwrap(), "kept\n");
}
