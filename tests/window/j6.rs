//! J6 in the window: a result stands there within moments, without any model, and once.

use crate::person::Person;

#[tokio::test(flavor = "multi_thread")]
async fn a_result_stands_once_however_often_the_page_is_loaded() {
    let person = Person::new().await;
    person.says("run sleep 1; echo late").await;
    person.reads("ended with 0").await;
    person.driver.reload().await;
    person.reads("ended with 0").await;
    let log = person.log().await;
    assert_eq!(log.matches("ended with 0").count(), 1, "{log}");
}
