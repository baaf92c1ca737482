//! The orchestrator is killed at named moments and at others, with a conversation attached.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ampersand_testkit::{Chat, Desk};
use serde_json::Value;

/// How far a round comes before the orchestrator is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    Said,
    Planned,
    Started,
    Paused,
    Resumed,
    Reported,
    /// So long after it was said.
    After(Duration),
}

const NAMED: [Moment; 6] = [
    Moment::Said,
    Moment::Planned,
    Moment::Started,
    Moment::Paused,
    Moment::Resumed,
    Moment::Reported,
];

/// Rounds unless `KILLS` says how many.
const ROUNDS: u64 = 9;

fn moment(round: u64) -> Moment {
    let named = usize::try_from(round).ok().and_then(|at| NAMED.get(at));
    // Spread over what a round takes, and the same in every run.
    let after = || Moment::After(Duration::from_millis(round * 7919 % 900));
    named.copied().unwrap_or_else(after)
}

/// A task of this file is in this state, as the conversation says it.
fn is(line: &Value, file: &str, state: &str) -> bool {
    let title = line["title"].as_str().unwrap_or_default();
    line["type"] == "task" && title.contains(file) && line["state"] == state
}

fn is_result(line: &Value, file: &str) -> bool {
    let title = line["title"].as_str().unwrap_or_default();
    line["type"] == "result" && title.contains(file)
}

async fn reach(chat: &mut Chat, file: &str, moment: Moment) {
    let started = |line: &Value| is(line, file, "running") && line["isolation"].is_string();
    match moment {
        Moment::Said => {}
        Moment::Planned => {
            chat.wait_for("queued", |line| is(line, file, "queued"))
                .await;
        }
        Moment::Started => {
            chat.wait_for("started", started).await;
        }
        Moment::Paused | Moment::Resumed => {
            chat.wait_for("started", started).await;
            chat.say("pause all background work").await;
            chat.wait_for("paused", |line| is(line, file, "paused"))
                .await;
            if matches!(moment, Moment::Resumed) {
                chat.say("resume all background work").await;
                chat.wait_for("running", |line| is(line, file, "running"))
                    .await;
            }
        }
        Moment::Reported => {
            chat.wait_for("a result", |line| is_result(line, file))
                .await;
        }
        Moment::After(time) => tokio::time::sleep(time).await,
    }
}

/// Lets the task of this file go on whenever it was cut off, until its work is there. Returns its id.
async fn finish(desk: &Desk, file: &str) -> String {
    for looked in 0.. {
        assert!(looked < 300, "{file} is never ready");
        let tasks = desk.tasks().await;
        let ours = |task: &&Value| task["title"].as_str().unwrap_or_default().contains(file);
        let Some(task) = tasks.iter().find(ours) else {
            continue;
        };
        let id = task["id"].as_str().unwrap();
        match task["state"].as_str().unwrap() {
            "ready" => return id.to_owned(),
            "interrupted" | "paused" => {
                let ran = desk.run(&["resume", id]).await;
                assert_eq!(ran.code, 0, "{ran:?}");
            }
            _ => {}
        }
    }
    String::new()
}

/// Whether a process has this in its arguments.
fn is_left(marker: &str) -> bool {
    let holds = |entry: std::fs::DirEntry| {
        let arguments = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&arguments).contains(marker)
    };
    let mut all = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    all.any(holds)
}

async fn wait_for_none(marker: &str) {
    for looked in 0.. {
        if !is_left(marker) {
            return;
        }
        assert!(looked < 400, "processes of {marker} are left");
        // Nobody tells when a process that is not our child has ended.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Numbers have no gaps, and every attempt that reported was heard to start, once.
fn check_journal(events: &[Value]) {
    let mut started = BTreeSet::new();
    let mut attempts = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        assert_eq!(event["seq"], at as u64 + 1, "numbers without gaps");
        let task = event["task"].to_string();
        match event["event"].as_str().unwrap() {
            "task_moved" if event["state"]["name"] == "running" => {
                attempts.insert(task, event["state"]["attempt"].to_string());
            }
            "attempt_started" => {
                let attempt = event["attempt"].to_string();
                assert!(started.insert(attempt), "started twice: {event}");
            }
            "task_reported" => {
                assert!(
                    started.contains(&attempts[&task]),
                    "never heard to start: {event}"
                );
            }
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_orchestrator_is_killed_again_and_again_and_nothing_is_lost_or_doubled() {
    let rounds = std::env::var("KILLS").map_or(ROUNDS, |text| text.parse().unwrap());
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    chat.wait_for("the link", |line| {
        line["type"] == "link" && line["up"] == true
    })
    .await;
    let mut finished = BTreeSet::new();
    for round in 0..rounds {
        let file = format!("round-{round:03}-{}", std::process::id());
        chat.say(&format!("run echo > {file}; sleep 0.4")).await;
        reach(&mut chat, &file, moment(round)).await;
        desk.kill_orchestrator();
        wait_for_none(&file).await;
        finished.insert(finish(&desk, &file).await);
    }
    assert_eq!(finished.len() as u64, rounds);

    let (code, lines) = chat.end().await;
    assert_eq!(code, 0);
    let cards = |task: &str| -> BTreeSet<String> {
        let of_task = lines
            .iter()
            .filter(|line| line["type"] == "result" && line["task"] == task);
        of_task.map(|line| line["message"].to_string()).collect()
    };
    for task in &finished {
        assert_eq!(cards(task).len(), 1, "one card for {task}: {lines:#?}");
        assert_eq!(desk.run(&["diff", task]).await.code, 0);
    }
    assert_eq!(
        desk.tasks().await.len() as u64,
        rounds,
        "none was planned twice"
    );
    check_journal(&desk.run(&["events", "--from", "0"]).await.lines);
    let worktrees = desk.repository.git(&["worktree", "list", "--porcelain"]);
    let worktrees = worktrees
        .lines()
        .filter(|line| line.starts_with("worktree "));
    assert_eq!(
        worktrees.count() as u64,
        rounds + 1,
        "the person's own, and each task's"
    );
    desk.repository.git(&["fsck", "--strict"]);
}
