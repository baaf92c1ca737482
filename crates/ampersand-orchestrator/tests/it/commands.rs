//! What was asked for is done, in a worktree of its own, and comes back as a report.

use ampersand_core::{EventBody, Role, Work};
use ampersand_protocol::Command;

use crate::driver::Driver;

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_reports_what_it_found() {
    let mut driver = Driver::start().await;
    let task = driver.plan("Scan", Role::Explorer, Work::Scan).await;
    let isolation = driver
        .wait("started", |body| match body {
            EventBody::AttemptStarted { isolation, .. } => Some(isolation.shown()),
            _ => None,
        })
        .await;
    assert_eq!(isolation, "sandboxed");
    driver.wait_state(task, "done").await;
    let report = driver.report(task).await;
    assert!(
        !report.headline.is_empty() && report.headline != "done",
        "{report:?}"
    );
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.text.contains("TODO")),
        "{report:?}"
    );
    let snapshot = driver.snapshot().await;
    assert!(snapshot.tasks[0].base.is_some());
    assert_eq!(driver.repository.status(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_runs_exactly_as_it_was_asked_for() {
    let mut driver = Driver::start().await;
    let task = driver.run("Say", "printf 'a b\\n' && exit 3").await;
    driver.wait_state(task, "failed").await;
    let report = driver.report(task).await;
    assert!(report.headline.contains("ended with 3"), "{report:?}");
    assert!(
        driver
            .text(Command::ReadOutput { task })
            .await
            .contains("a b\n")
    );
    assert_eq!(
        driver.text(Command::ReadGiven { task }).await,
        "printf 'a b\\n' && exit 3"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_task_starts_with_the_report_of_an_earlier_one_or_not_at_all() {
    let mut driver = Driver::start().await;
    let find = Work::Find {
        pattern: "TODO".to_owned(),
    };
    let first = driver.plan("Find", Role::Explorer, find).await;
    let second = driver
        .plan_after("Scan", Role::Explorer, Work::Scan, &[first])
        .await;
    driver.wait_state(second, "done").await;
    let given = driver.text(Command::ReadGiven { task: second }).await;
    assert!(given.contains("The report of \"Find\""), "{given}");

    let fails = driver.run("Fail", "false").await;
    let never = driver
        .plan_after("Never", Role::Explorer, Work::Scan, &[fails])
        .await;
    driver.wait_state(never, "skipped").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_a_repository_is_refused_by_name() {
    let driver = Driver::start().await;
    let repository = driver.outside("nothing").display().to_string();
    std::fs::create_dir(driver.outside("nothing")).unwrap();
    let failure = driver
        .call(Command::Attach { repository })
        .await
        .unwrap_err();
    assert!(failure.code.contains("repository"), "{failure:?}");
    assert!(!failure.hint.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dependency_that_exists_nowhere_is_refused_before_anything_starts() {
    let driver = Driver::start().await;
    let missing = ampersand_core::TaskId::new(uuid::Uuid::now_v7());
    let plan = ampersand_core::Plan {
        id: ampersand_core::PlanId::new(uuid::Uuid::now_v7()),
        reason: String::new(),
        repository: driver.repository.root().display().to_string(),
        tasks: vec![ampersand_core::NewTask {
            id: ampersand_core::TaskId::new(uuid::Uuid::now_v7()),
            title: "Waits".to_owned(),
            role: Role::Explorer,
            work: Work::Scan,
            agent: None,
            reviewer: None,
            reason: String::new(),
            after: vec![missing],
            inputs: vec![],
        }],
    };
    let by = ampersand_core::Actor::Person;
    let failure = driver
        .call(Command::SubmitPlan { plan, by })
        .await
        .unwrap_err();
    assert_eq!(failure.code, "plan_unknown_task");
    assert!(driver.snapshot().await.tasks.is_empty());
}
