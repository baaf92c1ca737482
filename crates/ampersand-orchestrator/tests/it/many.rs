//! More tasks than one frame can carry.

use ampersand_core::{Actor, Role, TaskId, Work};
use ampersand_link::FRAME_BYTES_MAX;
use ampersand_protocol::Command;
use uuid::Uuid;

use crate::driver::Driver;

/// Tasks of one plan, and what each is told: a plan stays below what a command may be.
const TASKS: usize = 48;
const BYTES: usize = 16 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn tasks_beyond_one_frame_come_page_by_page_each_once_and_in_order() {
    let mut driver = Driver::with("[slots]\nlimit = 1\n").await;
    let first = driver.run("First", "sleep 1000").await;
    driver.wait_state(first, "running").await;
    let mut planned = vec![first];
    while planned.len() * BYTES < FRAME_BYTES_MAX + BYTES {
        let line = format!("true {}", "x".repeat(BYTES));
        let work = Work::Command { line };
        let mut plan = driver.planned("Waits", Role::Worker, work, &[first]);
        let one = plan.tasks.remove(0);
        plan.tasks = (0..TASKS).map(|_| one.clone()).collect();
        for task in &mut plan.tasks {
            task.id = TaskId::new(Uuid::now_v7());
        }
        planned.extend(plan.tasks.iter().map(|task| task.id));
        let by = Actor::Person;
        driver.call(Command::SubmitPlan { plan, by }).await.unwrap();
    }

    let listed = driver.snapshot().await;
    let ids = |tasks: &[ampersand_core::Task]| tasks.iter().map(|task| task.id).collect::<Vec<_>>();
    assert_eq!(ids(&listed.tasks), planned);
    let page = driver.page(Some(planned[3]), 2).await;
    assert_eq!(
        (ids(&page.tasks), page.more),
        (planned[4..6].to_vec(), true)
    );
    let page = driver.page(planned.last().copied(), 2).await;
    assert_eq!((page.tasks.len(), page.more), (0, false));
    let unknown = TaskId::new(Uuid::now_v7());
    let (after, limit) = (Some(unknown), 1);
    let asked = driver.call(Command::ListTasks { after, limit }).await;
    assert_eq!(asked.unwrap_err().code, "unknown_task");
}
