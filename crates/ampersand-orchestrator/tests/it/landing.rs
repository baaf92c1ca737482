//! Work becomes a commit, is checked, and reaches the branch only on a person's word.

use ampersand_core::{CheckOutcome, EventBody, TaskId};
use ampersand_protocol::Command;

use crate::driver::Driver;

async fn changed(driver: &mut Driver, line: &str) -> TaskId {
    let task = driver.run("Change", line).await;
    driver.wait_state(task, "ready").await;
    task
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_lands_in_the_branch_and_leaves_other_work_alone() {
    let mut driver = Driver::start().await;
    let head = driver.repository.head();
    let task = changed(
        &mut driver,
        "echo more >> README.md; mkdir -p a; echo new > a/b",
    )
    .await;
    assert_eq!(driver.repository.head(), head);
    assert_eq!(driver.diff(task).await.files.len(), 2);
    driver.repository.write("notes.txt", "mine");
    driver.repository.write("src/main.rs", "fn main() {}\n");

    driver.call(Command::Land { task }).await.unwrap();
    driver.wait_state(task, "landed").await;
    assert_ne!(driver.repository.head(), head);
    assert_eq!(driver.repository.read("a/b"), "new\n");
    assert_eq!(driver.repository.read("src/main.rs"), "fn main() {}\n");
    assert_eq!(driver.repository.status(), "M src/main.rs\n?? notes.txt");
}

#[tokio::test(flavor = "multi_thread")]
async fn uncommitted_work_in_the_way_is_named_and_left_as_it_is() {
    let mut driver = Driver::start().await;
    let task = changed(&mut driver, "echo more >> README.md").await;
    driver.repository.write("README.md", "mine");
    driver.call(Command::Land { task }).await.unwrap();
    let failure = driver
        .wait("refused", |body| match body {
            EventBody::LandingRefused { failure, .. } => Some(failure.clone()),
            _ => None,
        })
        .await;
    assert!(
        failure.message.contains("README.md (changed)"),
        "{failure:?}"
    );
    assert_eq!(driver.repository.read("README.md"), "mine");
    driver.wait_state(task, "ready").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn declared_checks_run_once_trusted_and_a_red_one_does_not_land() {
    let mut driver = Driver::start().await;
    driver.repository.write(
        ".ampersand.toml",
        "[checks]\ntest = \"grep -q good README.md\"\n",
    );
    driver.repository.commit("Declare");
    let task = changed(&mut driver, "echo bad >> README.md").await;
    assert!(
        driver.report(task).await.checks.is_empty(),
        "not trusted yet"
    );

    driver.trust().await;
    driver.wait_state(task, "checking").await;
    driver.wait_state(task, "ready").await;
    let report = driver.report(task).await;
    assert_eq!(
        report.checks[0].outcome,
        CheckOutcome::Failed { status: Some(1) }
    );
    let failure = driver.call(Command::Land { task }).await.unwrap_err();
    assert_eq!(failure.code, "checks_red");

    let good = changed(&mut driver, "echo good >> README.md").await;
    assert_eq!(
        driver.report(good).await.checks[0].outcome,
        CheckOutcome::Passed
    );
    driver.call(Command::Land { task: good }).await.unwrap();
    driver.wait_state(good, "landed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_beside_a_submodule_lands_and_the_submodule_stays() {
    let mut driver = Driver::start().await;
    let inner = driver.outside("inner");
    let (url, git) = (inner.display().to_string(), |args: &[&str]| {
        driver.repository.git(args)
    });
    let root = driver.repository.root().display().to_string();
    git(&["clone", "--quiet", &root, &url]);
    let allowed = "protocol.file.allow=always";
    git(&["-c", allowed, "submodule", "--quiet", "add", &url, "inner"]);
    driver.repository.commit("Submodule");
    driver.repository.write("inner/README.md", "mine");
    let named = git(&["rev-parse", "HEAD:inner"]);
    let line = "rmdir inner; echo file > inner; echo new > new";
    let task = changed(&mut driver, line).await;
    assert_eq!(driver.diff(task).await.files.len(), 1);
    driver.call(Command::Land { task }).await.unwrap();
    driver.wait_state(task, "landed").await;
    assert_eq!(driver.repository.read("new"), "new\n");
    assert_eq!(driver.repository.git(&["rev-parse", "HEAD:inner"]), named);
    assert_eq!(driver.repository.read("inner/README.md"), "mine");
    assert_eq!(driver.repository.status(), "M inner");
}
