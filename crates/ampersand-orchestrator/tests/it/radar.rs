//! What works will collide with is said once for each change, whatever becomes of the process that found it.

use ampersand_core::{Actor, Clash, ClashWith, EventBody, TaskId};
use ampersand_protocol::Command;

use crate::driver::Driver;

/// The next clashes that are said of a task: with which tasks, and where.
async fn told(driver: &mut Driver, task: TaskId) -> Vec<(TaskId, String)> {
    let found = driver
        .wait("clashes", |body| match body {
            EventBody::ClashesFound { task: of, clashes } if *of == task => Some(clashes.clone()),
            _ => None,
        })
        .await;
    found.iter().map(with).collect()
}

fn with(clash: &Clash) -> (TaskId, String) {
    match &clash.with {
        ClashWith::Task { task, .. } => (*task, clash.places()),
        ClashWith::Branch { .. } | ClashWith::Uncommitted => panic!("{clash:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clash_outlives_a_crash_and_is_not_said_again() {
    let mut driver = Driver::start().await;
    let line = |word: &str| format!("echo {word} >> README.md; sleep 1000");
    let in_readme = |task| (task, "README.md".to_owned());
    let one = driver.run("One", &line("one")).await;
    let other = driver.run("Other", &line("other")).await;
    assert_eq!(told(&mut driver, one).await, [in_readme(other)]);
    assert_eq!(told(&mut driver, other).await, [in_readme(one)]);

    driver.crash().await;
    driver.wait_state(other, "interrupted").await;
    for task in driver.snapshot().await.tasks {
        assert_eq!(task.clashes.len(), 1, "{task:?}");
    }
    let third = driver.run("Third", &line("third")).await;
    let all = [one, other, third].map(in_readme);
    let [first, second, last] = all;
    assert_eq!(told(&mut driver, one).await, [second.clone(), last.clone()]);
    assert_eq!(
        told(&mut driver, other).await,
        [first.clone(), last.clone()]
    );
    assert_eq!(told(&mut driver, third).await, [first, second.clone()]);

    let (tasks, by) = (vec![one], Actor::Person);
    let cancel = Command::Cancel {
        tasks,
        now: true,
        by,
    };
    driver.call(cancel).await.unwrap();
    assert_eq!(told(&mut driver, one).await, []);
    assert_eq!(told(&mut driver, other).await, [last]);
    assert_eq!(told(&mut driver, third).await, [second]);
    let said = driver.count(|body| matches!(body, EventBody::ClashesFound { .. }));
    assert_eq!(said, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_joins_collides_with_nobody() {
    let mut driver = Driver::start().await;
    let one = driver
        .run(
            "One",
            "echo one > one.txt; echo one >> README.md; sleep 1000",
        )
        .await;
    let other = driver.run("Other", "echo two > two.txt; sleep 1000").await;
    let third = driver
        .run("Third", "echo three >> README.md; sleep 1000")
        .await;
    let in_readme = |task| (task, "README.md".to_owned());
    assert_eq!(told(&mut driver, one).await, [in_readme(third)]);
    assert_eq!(told(&mut driver, third).await, [in_readme(one)]);
    let of_other =
        |body: &EventBody| matches!(body, EventBody::ClashesFound { task, .. } if *task == other);
    assert_eq!(driver.count(of_other), 0);
    let tasks = driver.snapshot().await.tasks;
    let other = tasks.iter().find(|task| task.id == other).unwrap();
    assert!(other.clashes.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_is_too_much_to_follow_is_said_to_be_once() {
    let mut driver = Driver::start().await;
    // All of it is there at once: what comes little by little is followed.
    let much = "echo beside > .gitignore; mkdir beside; \
                for n in 1 2 3 4 5; do head -c 30000000 /dev/zero > beside/$n; done; \
                mv beside much; sleep 1000";
    let task = driver.run("Much", much).await;
    let noticed = |body: &EventBody| match body {
        EventBody::Noticed { task, failure } => Some((*task, failure.clone())),
        _ => None,
    };
    let (about, failure) = driver.wait("noticed", noticed).await;
    assert_eq!(failure.code, "clashes_not_known");
    assert_eq!(about, Some(task));
    assert!(failure.message.contains("Much"), "{failure:?}");
}
