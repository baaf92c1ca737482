//! J3 in the window: the composer is never locked.

use crate::person::Person;

/// Long enough to be still running when everything else is done.
const LONG: &str = "run sleep 300";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_while_a_task_runs_is_answered_at_once() {
    let person = Person::new().await;
    person.says(LONG).await;
    person.shows("1 running").await;
    person.says("find \"constant time\"").await;
    person.reads("src/auth/session.rs").await;
    let tasks = person.desk.tasks().await;
    let running = tasks.iter().filter(|task| task["state"] == "running");
    assert_eq!(running.count(), 1, "{tasks:?}");
    person.desktop.picture("working").await;
}
