//! A landing whose branch has moved since its work was checked: what both make together is checked before it lands.

use std::fs;

use ampersand_core::{Actor, EventBody, Failure, TaskId};
use ampersand_protocol::Command;

use crate::driver::Driver;

const BY: Actor = Actor::Person;

/// A repository that declares this check, and two tasks that both began before either landed.
async fn two(check: &str) -> (Driver, [TaskId; 2]) {
    let mut driver = Driver::start().await;
    let declared = format!("[checks]\ntest = \"{check}\"\n");
    driver.repository.write(".ampersand.toml", &declared);
    driver.repository.commit("Declare");
    driver.trust().await;
    let mut tasks = Vec::new();
    for name in ["a", "b"] {
        let task = driver.run(name, &format!("echo {name} > {name}")).await;
        driver.wait_state(task, "ready").await;
        tasks.push(task);
    }
    let [a, b] = [tasks[0], tasks[1]];
    driver.call(Command::Land { task: a }).await.unwrap();
    driver.wait_state(a, "landed").await;
    (driver, [a, b])
}

async fn refused(driver: &mut Driver) -> Failure {
    let refused = |body: &EventBody| match body {
        EventBody::LandingRefused { failure, .. } => Some(failure.clone()),
        _ => None,
    };
    driver.wait("refused", refused).await
}

fn refs(driver: &Driver) -> String {
    driver.repository.git(&["for-each-ref", "refs/ampersand"])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_red_together_with_the_branch_does_not_land() {
    let (mut driver, [_, b]) = two("! { test -e a && test -e b && echo they clash; }").await;
    let head = driver.repository.head();
    driver.call(Command::Land { task: b }).await.unwrap();
    driver.wait_state(b, "merging").await;
    let failure = refused(&mut driver).await;
    assert_eq!(failure.code, "merged_checks_red", "{failure:?}");
    assert!(failure.message.contains("they clash"), "{failure:?}");
    driver.wait_state(b, "ready").await;
    assert_eq!(driver.repository.head(), head);
    let worktrees = driver.repository.git(&["worktree", "list"]);
    assert!(!worktrees.contains("merged"), "{worktrees}");
    assert!(!refs(&driver).contains("merged"), "{}", refs(&driver));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_green_together_with_the_branch_lands() {
    let (mut driver, [_, b]) = two("test -e a || test -e b || true").await;
    driver.call(Command::Land { task: b }).await.unwrap();
    driver.wait_state(b, "merging").await;
    driver.wait_state(b, "landed").await;
    assert_eq!(driver.repository.read("a"), "a\n");
    assert_eq!(driver.repository.read("b"), "b\n");
    assert_eq!(driver.repository.status(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_landing_that_is_checked_is_paused_resumed_and_cancelled_and_its_work_stays_ready() {
    let (mut driver, [_, b]) = two("if test -e a && test -e b; then sleep 300; fi").await;
    let head = driver.repository.head();
    driver.call(Command::Land { task: b }).await.unwrap();
    driver.wait_state(b, "merging").await;
    let tasks = vec![b];
    let pause = Command::Pause {
        tasks: tasks.clone(),
        by: BY,
    };
    driver.call(pause).await.unwrap();
    driver.wait_state(b, "paused").await;
    let other = driver.run("c", "echo c > c").await;
    driver.wait_state(other, "ready").await;
    let land = Command::Land { task: other };
    let failure = driver.call(land).await.unwrap_err();
    assert_eq!(failure.code, "landing_waits", "{failure:?}");
    let resume = Command::Resume {
        tasks: tasks.clone(),
        by: BY,
    };
    driver.call(resume).await.unwrap();
    driver.wait_state(b, "merging").await;
    let now = true;
    let cancel = Command::Cancel { tasks, now, by: BY };
    driver.call(cancel).await.unwrap();
    driver.wait_state(b, "ready").await;
    assert_eq!(driver.repository.head(), head);
    assert_eq!(driver.repository.status(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_landing_that_is_checked_when_the_orchestrator_dies_is_told_as_cut_off() {
    let (mut driver, [_, b]) = two("if test -e a && test -e b; then sleep 300; fi").await;
    driver.call(Command::Land { task: b }).await.unwrap();
    driver.wait_state(b, "merging").await;
    driver.kill().await;
    driver.start_again().await;
    let failure = refused(&mut driver).await;
    assert_eq!(failure.code, "landing_cut_off", "{failure:?}");
    driver.wait_state(b, "ready").await;
}

/// A landing that moved the branch before it could be told, with a commit of the person's on top.
#[tokio::test(flavor = "multi_thread")]
async fn a_landing_that_took_place_before_a_crash_is_told_as_what_it_made() {
    let (mut driver, [_, b]) = two("if test -e a && test -e b; then sleep 300; fi").await;
    let from = driver.repository.head();
    driver.call(Command::Land { task: b }).await.unwrap();
    driver.wait_state(b, "merging").await;
    driver.kill().await;
    let head = format!("refs/ampersand/{b}/head");
    let git = |args: &[&str]| driver.repository.git(args);
    git(&["merge", "--quiet", "--no-ff", "--message", "Land", &head]);
    let to = driver.repository.head();
    let records = driver.repository.root().join(".git/ampersand-landed");
    fs::create_dir_all(&records).unwrap();
    let record = serde_json::json!({"branch": "main", "from": from, "to": to, "kind": "merge"});
    fs::write(records.join(b.to_string()), record.to_string()).unwrap();
    driver.repository.write("mine", "mine\n");
    driver.repository.commit("Mine");

    driver.start_again().await;
    let landed = |body: &EventBody| match body {
        EventBody::TaskLanded { task, from, to, .. } if *task == b => {
            Some((from.clone(), to.clone()))
        }
        _ => None,
    };
    assert_eq!(driver.wait("landed", landed).await, (from, to));
    driver.call(Command::UndoLanding { task: b }).await.unwrap();
    let stands = |body: &EventBody| match body {
        EventBody::LandingStands { failure, .. } => Some(failure.clone()),
        _ => None,
    };
    let failure = driver.wait("stands", stands).await;
    assert_eq!(failure.code, "undo_landing_moved_on", "{failure:?}");
    assert_eq!(driver.repository.read("mine"), "mine\n");
    // The journal has it, so nobody else keeps it.
    assert!(!records.join(b.to_string()).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_recovery_cannot_put_back_is_told_with_where_it_is() {
    let (mut driver, [_, b]) = two("if test -e a && test -e b; then sleep 300; fi").await;
    driver.call(Command::Land { task: b }).await.unwrap();
    driver.wait_state(b, "merging").await;
    driver.kill().await;
    let from = driver.repository.head();
    let oid = driver.repository.git(&["rev-parse", "HEAD:a"]);
    let [old, new] = [&oid, &from].map(|oid| serde_json::json!([oid.trim(), 0o100_644]));
    let step = serde_json::json!({"path": b"a", "old": old, "new": new, "seen": old});
    let to = driver
        .repository
        .git(&["rev-parse", &format!("refs/ampersand/{b}/head")]);
    let plan = serde_json::json!({
        "task": b, "branch": "main", "from": from, "to": to.trim(), "steps": [step],
    });
    let staging = driver.repository.root().join(".git/ampersand-landing");
    fs::create_dir(&staging).unwrap();
    fs::write(staging.join("plan.json"), plan.to_string()).unwrap();
    fs::write(staging.join("old-0"), "a\n").unwrap();
    driver.repository.write("a", "written since\n");

    driver.start_again().await;
    let noticed = |body: &EventBody| match body {
        EventBody::Noticed { failure, .. } if failure.code == "landing_files_kept" => {
            Some(failure.clone())
        }
        _ => None,
    };
    let failure = driver.wait("told", noticed).await;
    let kept = format!("ampersand-kept-{b}");
    assert!(failure.message.contains(": a. "), "{failure:?}");
    assert!(failure.message.contains(&kept), "{failure:?}");
    assert_eq!(driver.repository.read("a"), "written since\n");
}

/// Whoever was killed may have been removing the merged result's worktree, and whoever came after it may have been kept
/// from that by what still wrote there.
#[tokio::test(flavor = "multi_thread")]
async fn a_merged_result_of_which_half_is_left_is_in_nobody_s_way() {
    let (mut driver, [_, b]) = two("test -e a || test -e b || true").await;
    let books = driver.repository.root().join(".git/worktrees");
    let own = books.join(format!("ampersand-{b}/locked"));
    let own = fs::read_to_string(own).unwrap();
    let owner = own.rsplit(' ').next().unwrap();
    let left = books.join(format!("ampersand-{b}-merged"));
    fs::create_dir(&left).unwrap();
    fs::write(
        left.join("locked"),
        format!("ampersand: removing for {owner}"),
    )
    .unwrap();
    let base = format!("refs/ampersand/{b}-merged/base");
    driver.repository.git(&["update-ref", &base, "HEAD~1"]);

    driver.call(Command::Land { task: b }).await.unwrap();
    driver.wait_state(b, "landed").await;
    let worktrees = driver.repository.git(&["worktree", "list"]);
    assert!(!worktrees.contains("merged"), "{worktrees}");
    assert!(!refs(&driver).contains("merged"), "{}", refs(&driver));
}
