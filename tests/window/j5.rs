//! J5 in the window: an override says how it was understood and what was confirmed, and can be undone.

use crate::person::Person;

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_is_undone_on_its_card_and_the_next_one_ends_it() {
    let person = Person::new().await;
    person.says("run sleep 300").await;
    person.shows("1 running").await;
    person.says("cancel all background work").await;
    person.reads("Understood as: cancel").await;
    person.reads("Undo · ").await;
    person.desktop.picture("stopping").await;
    person.says("undo").await;
    person.shows("1 running").await;
    person.says("pause that task").await;
    person.reads("Understood as: pause").await;
    person.says("cancel all background work").await;
    person.clicks("Stop now").await;
    person.reads("processes gone").await;
    // Both were asked for; one was taken back, whatever became of the task later.
    person.reads("Undone").await;
    let tasks = person.desk.tasks().await;
    assert_eq!(tasks[0]["state"], "cancelled");
}
