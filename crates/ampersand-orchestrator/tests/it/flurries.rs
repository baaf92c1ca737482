//! Overrides that come faster than the operating system carries them out: the last word holds.

use std::time::Duration;

use ampersand_core::{Actor, EventBody, TaskId};
use ampersand_protocol::{Command, Reply};

use crate::driver::Driver;

const BY: Actor = Actor::Person;

async fn printed(driver: &Driver, tasks: &[TaskId]) -> usize {
    let mut bytes = 0;
    for task in tasks {
        bytes += driver.text(Command::ReadOutput { task: *task }).await.len();
    }
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_of_many_pauses_and_resumes_holds() {
    let mut driver = Driver::start().await;
    let mut tasks = Vec::new();
    for _ in 0..3 {
        tasks.push(
            driver
                .run("Busy", "while :; do echo x; sleep 0.01; done")
                .await,
        );
    }
    for round in 0..4 {
        let (pause, resume) = (
            Command::Pause {
                tasks: tasks.clone(),
                by: BY,
            },
            Command::Resume {
                tasks: tasks.clone(),
                by: BY,
            },
        );
        for _ in 0..3 {
            driver.call(pause.clone()).await.unwrap();
            driver.call(resume.clone()).await.unwrap();
        }
        driver.call(pause).await.unwrap();
        let words: Vec<_> = driver
            .snapshot()
            .await
            .tasks
            .iter()
            .map(|task| task.state.word())
            .collect();
        assert_eq!(words, ["paused"; 3], "round {round}");
        let still = printed(&driver, &tasks).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(printed(&driver, &tasks).await, still, "round {round}");
        driver.call(resume.clone()).await.unwrap();
        while printed(&driver, &tasks).await == still {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    let now = true;
    let cancel = Command::Cancel { tasks, now, by: BY };
    driver.call(cancel).await.unwrap();
    let seen = driver.snapshot().await.seq;
    driver.read_to(seen).await;
}

/// A pause in the instant in which a sandbox is built, and a cancel in that in which an attempt ends.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_a_task_begins_or_ends_leaves_it_neither_running_nor_stuck() {
    let mut driver = Driver::start().await;
    for delay in (0..60).step_by(6) {
        let task = driver
            .run("Begins", "while :; do echo x; sleep 0.01; done")
            .await;
        let tasks = vec![task];
        driver.wait_state(task, "running").await;
        tokio::time::sleep(Duration::from_millis(delay)).await;
        let pause = Command::Pause {
            tasks: tasks.clone(),
            by: BY,
        };
        assert!(matches!(
            driver.call(pause).await,
            Ok(Reply::Overridden { .. })
        ));
        let still = printed(&driver, &tasks).await;
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(printed(&driver, &tasks).await, still, "after {delay} ms");
        let now = true;
        let cancel = Command::Cancel { tasks, now, by: BY };
        driver.call(cancel).await.unwrap();

        let task = driver.run("Ends", "true").await;
        let tasks = vec![task];
        driver.wait_state(task, "running").await;
        tokio::time::sleep(Duration::from_millis(delay)).await;
        let now = false;
        let cancel = Command::Cancel {
            tasks: tasks.clone(),
            now,
            by: BY,
        };
        driver.call(cancel).await.unwrap();
        driver.call(Command::Undo { tasks }).await.ok();
        // It ends, or what ended it in that instant is said.
        driver
            .wait("an end", |body| match body {
                EventBody::TaskMoved {
                    task: of, state, ..
                } if *of == task => matches!(state.word(), "done" | "interrupted").then_some(()),
                _ => None,
            })
            .await;
    }
}
