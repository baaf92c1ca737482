//! Killed at any moment, nothing that was acknowledged is lost, and what ran goes on or says why not.

use ampersand_core::{Actor, CheckOutcome, EventBody, Role, TaskState, Work};
use ampersand_protocol::Command;

use crate::driver::Driver;

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_was_cut_off_says_so_and_another_look_starts_again() {
    let mut driver = Driver::start().await;
    let command = driver.run("Sleep", "sleep 1000").await;
    driver.wait_state(command, "running").await;
    let done = driver.plan("Scan", Role::Explorer, Work::Scan).await;
    driver.wait_state(done, "done").await;
    driver.crash().await;
    driver.wait_state(command, "interrupted").await;
    let states: Vec<_> = driver
        .snapshot()
        .await
        .tasks
        .iter()
        .map(|task| task.state.clone())
        .collect();
    assert!(
        matches!(states[..], [TaskState::Interrupted { .. }, TaskState::Done]),
        "{states:?}"
    );
    driver.report(done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_task_stays_paused_and_a_stopping_one_ends() {
    let mut driver = Driver::start().await;
    let paused = driver.run("Pause", "sleep 1000").await;
    let stopping = driver.run("Stop", "sleep 1000").await;
    driver.wait_state(stopping, "running").await;
    let by = Actor::Person;
    driver
        .call(Command::Pause {
            tasks: vec![paused],
            by,
        })
        .await
        .unwrap();
    driver
        .call(Command::Cancel {
            tasks: vec![stopping],
            now: false,
            by,
        })
        .await
        .unwrap();
    driver.crash().await;
    driver.wait_state(stopping, "cancelled").await;
    let words: Vec<_> = driver
        .snapshot()
        .await
        .tasks
        .iter()
        .map(|task| task.state.word())
        .collect();
    assert_eq!(words, ["paused", "cancelled"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worktree_that_was_deleted_is_made_again_with_what_was_committed() {
    for line in [
        "false",
        "test -e a && test ! -e b && exit 7; echo > a; false",
    ] {
        let mut driver = Driver::start().await;
        let task = driver.run("Fail", line).await;
        driver.wait_state(task, "failed").await;
        let list = driver.repository.git(&["worktree", "list", "--porcelain"]);
        let mut folders = list
            .lines()
            .filter_map(|line| line.strip_prefix("worktree "));
        std::fs::remove_dir_all(folders.nth(1).unwrap()).unwrap();
        driver.call(Command::Restart { task }).await.unwrap();
        match driver.wait_state(task, "failed").await {
            TaskState::Failed { failure } => {
                assert_eq!(failure.code, "command_failed", "{failure:?}");
                let was_there = failure.message.contains('7');
                assert_eq!(was_there, line.contains("exit 7"), "{failure:?}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_that_were_cut_off_run_again_and_the_work_does_not() {
    let mut driver = Driver::start().await;
    driver.repository.write(
        ".ampersand.toml",
        "[checks]\ntest = \"test -e go || sleep 1000\"\n",
    );
    driver.repository.commit("Declare");
    driver.trust().await;
    let held = driver.run("Held", "echo more >> README.md").await;
    driver.wait_state(held, "checking").await;
    let (tasks, by) = (vec![held], Actor::Person);
    let pause = Command::Pause { tasks, by };
    driver.call(pause).await.unwrap();
    let cut = driver.run("Cut", "echo more >> README.md").await;
    driver.wait_state(cut, "checking").await;
    driver.crash().await;
    driver.wait_state(cut, "checking").await;
    let all = driver.snapshot().await.tasks;
    let words: Vec<_> = all.iter().map(|task| task.state.word()).collect();
    assert_eq!(words, ["paused", "checking"], "what was held stays so");

    // What the checks look for is declared anew; what is under way ends with the orchestrator.
    let declared = "[checks]\ntest = \"grep -c more README.md\"\n";
    driver.repository.write(".ampersand.new", declared);
    // At once, as editors do: the checks under way read it at any moment.
    let root = driver.repository.root();
    let (new, file) = (root.join(".ampersand.new"), root.join(".ampersand.toml"));
    std::fs::rename(new, file).unwrap();
    driver.repository.commit("Declare another");
    driver.trust().await;
    driver.crash().await;
    let (tasks, by) = (vec![held], Actor::Person);
    let resume = Command::Resume { tasks, by };
    driver.call(resume).await.unwrap();
    for task in [cut, held] {
        while driver
            .snapshot()
            .await
            .tasks
            .iter()
            .any(|now| now.id == task && now.state.word() != "ready")
        {
            driver
                .wait("a move", |body| {
                    matches!(body, EventBody::TaskMoved { .. }).then_some(())
                })
                .await;
        }
        let check = &driver.report(task).await.checks[0];
        assert_eq!(
            (check.outcome.clone(), check.output.trim()),
            (CheckOutcome::Passed, "1")
        );
        let given =
            |body: &EventBody| matches!(body, EventBody::TaskGiven { task: of, .. } if *of == task);
        assert_eq!(driver.count(given), 1, "the work ran once");
    }
}
