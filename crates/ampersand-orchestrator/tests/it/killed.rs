//! Killed at random moments, with tasks in every state: nothing is lost, doubled, stuck, half landed or left running.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use ampersand_core::{Actor, CommandId, Role, TaskId, TaskState, Work};
use ampersand_protocol::Command;
use uuid::Uuid;

use crate::{
    driver::Driver,
    leaving::{marked, processes},
};

const BY: Actor = Actor::Person;

/// The rounds of a run of all tests, and where its moments begin; `KILLS` and `SEED` set others.
const KILLS: u64 = 5;
const SEED: u64 = 7;

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// The next number of a fixed sequence.
fn next(seed: &mut u64) -> u64 {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

/// Does a bit of everything until it is cut off.
async fn keep_busy(driver: &Driver, line: &str, round: u64) -> Option<()> {
    let command = |line: &str| Work::Command {
        line: line.to_owned(),
    };
    let runs = submit(driver, command(line)).await?;
    let change = format!("echo {round} > file-{round}; mkdir -p d; echo {round} > d/{round}");
    let changes = submit(driver, command(&change)).await?;
    submit(driver, Work::Scan).await?;
    let stops = submit(driver, command(line)).await?;
    let waits = submit(driver, command("true")).await?;
    ready(driver, changes).await?;
    ask(driver, Command::Land { task: changes }).await?;
    let tasks = vec![stops, waits];
    let now = round.is_multiple_of(2);
    ask(driver, Command::Cancel { tasks, now, by: BY }).await?;
    let tasks = vec![runs];
    ask(driver, Command::Pause { tasks, by: BY }).await
}

async fn ask(driver: &Driver, command: Command) -> Option<()> {
    let id = CommandId::new(Uuid::now_v7());
    driver.try_call(id, command).await.map(drop)
}

async fn submit(driver: &Driver, work: Work) -> Option<TaskId> {
    let role = if work == Work::Scan {
        Role::Explorer
    } else {
        Role::Worker
    };
    let plan = driver.planned("Task", role, work, &[]);
    let task = plan.tasks[0].id;
    ask(driver, Command::SubmitPlan { plan, by: BY }).await?;
    Some(task)
}

async fn ready(driver: &Driver, task: TaskId) -> Option<()> {
    loop {
        let id = CommandId::new(Uuid::now_v7());
        let (after, limit) = (None, u32::MAX);
        let reply = driver
            .try_call(id, Command::ListTasks { after, limit })
            .await?;
        if let Ok(ampersand_protocol::Reply::Tasks { snapshot }) = reply {
            let found = snapshot.tasks.iter().find(|found| found.id == task);
            if matches!(found?.state, TaskState::Ready { .. }) {
                return Some(());
            }
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Ends everything that is left and says what became of it.
async fn settle(driver: &Driver) -> Vec<ampersand_core::Task> {
    let began = Instant::now();
    loop {
        let tasks = driver.snapshot().await.tasks;
        let moving: Vec<_> = tasks
            .iter()
            .filter(|task| !task.state.is_over())
            .map(|task| (task.id, task.state.clone()))
            .collect();
        if moving.is_empty() {
            return tasks;
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "stuck: {moving:#?}"
        );
        let tasks = moving.into_iter().map(|(id, _)| id).collect();
        let now = true;
        let cancel = Command::Cancel { tasks, now, by: BY };
        driver.call(cancel).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_it_loses_doubles_and_leaves_nothing() {
    let mut seed = from_environment("SEED", SEED);
    let mut driver = Driver::with("[slots]\nlimit = 4\n").await;
    driver.repository.write(
        ".ampersand.toml",
        "[checks]\nfile = \"test -d d; sleep 0.05\"\n",
    );
    driver.repository.commit("Declare");
    driver.trust().await;
    for round in 0..from_environment("KILLS", KILLS) {
        let (marker, line) = marked();
        let moment = Duration::from_millis(next(&mut seed) % 900);
        tokio::select! {
            _ = keep_busy(&driver, &line, round) => tokio::time::sleep(moment / 8).await,
            () = tokio::time::sleep(moment) => {}
        }
        driver.kill().await;
        let killed = Instant::now();
        while processes(&marker) > 0 {
            assert!(
                killed.elapsed() < Duration::from_secs(1),
                "processes are left after {moment:?}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        driver.start_again().await;
        let tasks = settle(&driver).await;
        assert_eq!(processes(&marker), 0, "after {moment:?}");
        assert_eq!(
            driver.repository.status(),
            "",
            "half landed after {moment:?}"
        );
        let landed = |task: &&ampersand_core::Task| matches!(task.state, TaskState::Landed { .. });
        let landed = tasks.iter().filter(landed).count();
        let files = driver.repository.git(&["ls-files", "file-*"]);
        assert_eq!(landed, files.lines().count(), "{files} after {moment:?}");
    }
    driver.repository.git(&["fsck", "--strict"]);
    // Every line once and in order, and the same to whoever reads it anew.
    let newest = driver.snapshot().await.seq;
    driver.read_to(newest).await;
    let seen = std::mem::take(&mut driver.events);
    driver.attach_again().await;
    driver.read_to(newest).await;
    assert_eq!(driver.events, seen);
}
