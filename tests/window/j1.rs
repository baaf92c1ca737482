//! J1 in the window: nothing is configured, and commands come back as cards.

use crate::person::Person;

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_typed_into_the_composer_comes_back_as_a_card() {
    let person = Person::new().await;
    person.desktop.picture("empty").await;
    person.says("scan").await;
    person.reads("Plan").await;
    person.reads("Open report").await;
    person.reads("Scan the repository").await;
    person.reads("TODO").await;
    person.desktop.picture("scanned").await;
}
