//! J21 in the window: both cards say where two works will collide while they are done, and one of them is set aside.

use ampersand_testkit::Desk;

use crate::person::Person;

const FIRST: &str = "echo refactored >> src/auth/session.rs; touch first; until rm go 2>/dev/null; do sleep 0.05; done; rm first";
const SECOND: &str = "echo fixed >> src/auth/session.rs; touch second; until rm go 2>/dev/null; do sleep 0.05; done; rm second";

#[tokio::test(flavor = "multi_thread")]
async fn both_cards_say_where_they_will_collide_until_one_gives_way() {
    let desk = Desk::new();
    desk.repository
        .write("src/auth/session.rs", "pub struct Session;\n");
    desk.repository.commit("A session");
    let person = Person::at(desk).await;
    person.says(&format!("run {FIRST}")).await;
    person.desk.made("first").await;
    person.says(&format!("run {SECOND}")).await;
    let second = person.desk.made("second").await;
    let collide = "document.body.innerText.match(/ollides with/g)?.length === 2";
    person.sees("both cards", collide).await;
    person.reads("src/auth/session.rs").await;
    person.pictures("both").await;

    let second_task = &person.desk.tasks().await[1];
    let paused = person
        .desk
        .run(&["pause", second_task["id"].as_str().unwrap()])
        .await;
    assert_eq!(paused.code, 0, "{paused:?}");
    person.reads("Paused").await;
    person.sees("both cards still", collide).await;
    person.pictures("aside").await;
    assert!(second.exists());
    person.says("cancel all background work").await;
    person.reads("Stopping").await;
}
