//! What work was told last is taken back, through the whole of Ampersand.

use ampersand_testkit::model_server::{ModelServer, Reply, When};
use serde_json::json;

use crate::agents::CODEX;
use crate::team::{self, brief};

const TITLE: &str = "Make it";

#[tokio::test(flavor = "multi_thread")]
async fn ready_work_goes_on_from_before_what_it_was_told_last() {
    let writes = |name: &str| CODEX.runs(&format!("echo {name} > {name}.txt"));
    // Only words that reach it end its turn.
    let until_told = || CODEX.runs("sleep 0.1");
    let script = team::hands_out(json!([brief(TITLE, "codex")]))
        .rule(CODEX.told("codex brief").after_results(0), writes("made"))
        .rule(CODEX.told("codex brief"), Reply::says("Made it"))
        .rule(CODEX.told("use tabs").after_results(0), writes("tabs"))
        .rule(CODEX.told("use tabs"), Reply::says("Used tabs"))
        .rule(CODEX.told("use spaces").after_results(0), writes("spaces"))
        .rule(CODEX.told("use spaces"), Reply::says("Used spaces"))
        .rule(CODEX.told("come to an end"), until_told())
        .rule(CODEX.told("was taken back"), until_told())
        .rule(When::anything(), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start(script).await.unwrap();
    let (desk, mut chat) = team::chat(&model.base_url(), &[CODEX]).await;
    chat.say("go").await;
    let ready = chat.wait_for_state(TITLE, "ready").await;
    let can_rewind = |line: &serde_json::Value| line["verbs"].to_string().contains("rewind");
    assert!(!can_rewind(&ready), "it was told nothing yet");
    let refused = desk.run(&["rewind", TITLE, "use spaces"]).await;
    assert_eq!(refused.lines[0]["code"], "not_possible_now", "{refused:?}");
    let ran = desk.run(&["steer", TITLE, "use tabs"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let ready = chat.wait_for_state(TITLE, "ready").await;
    assert!(can_rewind(&ready), "{ready}");
    let ran = desk.run(&["rewind", TITLE, "use spaces"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    chat.wait_for_state(TITLE, "ready").await;
    let asked = team::asked_by(CODEX, &model.requests());
    let last = asked.last().unwrap().body.to_string();
    assert!(
        last.contains("Made it") && last.contains("use spaces"),
        "{last}"
    );
    assert!(!last.contains("use tabs"), "{last}");
    // What it had changed by then is there, and the person sees it.
    let diff = desk.run(&["diff", TITLE]).await;
    let diff = format!("{:?}", diff.lines);
    assert!(
        ["made.txt", "tabs.txt", "spaces.txt"]
            .iter()
            .all(|file| diff.contains(file)),
        "{diff}"
    );
    assert_eq!(chat.end().await.0, 0);
}
