//! What the generated types must look like for the other side to be able to trust them.

use ampersand_core::{Failure, MessageId};
use uuid::Uuid;

use super::*;

#[test]
fn every_type_an_update_mentions_is_declared() {
    let [file] = <[_; 1]>::try_from(typescript()).unwrap();
    for name in [
        "Update",
        "UpdateBody",
        "TaskView",
        "TaskState",
        "Message",
        "Report",
        "Command",
    ] {
        assert!(
            file.text.contains(&format!("export type {name} = ")),
            "{name} is missing"
        );
    }
    assert!(
        !file.text.contains("bigint"),
        "JSON.parse never gives a bigint"
    );
}

#[test]
fn an_update_is_one_flat_object() {
    let update = Update {
        at: "2026-01-02T03:04:05Z".parse().unwrap(),
        seq: Some(7),
        body: UpdateBody::Error {
            failure: Failure::new("no_repository", "No.", "Do this."),
        },
    };
    assert_eq!(
        serde_json::to_string(&update).unwrap(),
        r#"{"at":"2026-01-02T03:04:05Z","seq":7,"type":"error","code":"no_repository","message":"No.","hint":"Do this."}"#
    );
    let delta = Update {
        body: UpdateBody::MessageDelta {
            message: MessageId::new(Uuid::nil()),
            text: "a".into(),
        },
        seq: None,
        ..update
    };
    let text = serde_json::to_string(&delta).unwrap();
    assert_eq!(serde_json::from_str::<Update>(&text).unwrap(), delta);
}
