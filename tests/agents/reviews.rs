//! An agent's work is read by another maker's agent, which can change nothing; what it objects to goes back to the first.

use ampersand_testkit::model_server::{ModelServer, Reply, When};
use serde_json::json;

use crate::agents::{CLAUDE, CODEX};
use crate::team::{self, brief};

const READS: &str = "Review the work of another agent";

#[tokio::test(flavor = "multi_thread")]
async fn claude_reads_what_codex_did_and_codex_mends_it() {
    let objects = "Objections: it is a draft\n\n- note.txt:1: it says draft, and should say final";
    let script = team::hands_out(json!([brief("First", "codex")]))
        .times(
            1,
            CLAUDE.told(READS).after_results(0),
            CLAUDE.runs("echo no > planted.txt"),
        )
        .times(1, CLAUDE.told(READS), Reply::says(objects))
        .rule(CLAUDE.told(READS), Reply::says("Approved: it is final"))
        .times(
            1,
            CODEX.told("note.txt:1: it says draft"),
            CODEX.runs("echo final > note.txt"),
        )
        .rule(
            CODEX.told("note.txt:1: it says draft"),
            Reply::says("It says final now"),
        )
        .rule(
            CODEX.told("codex brief").after_results(0),
            CODEX.runs("echo draft > note.txt"),
        )
        .rule(CODEX.told("codex brief"), Reply::says("It is noted"))
        .rule(When::anything(), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start(script).await.unwrap();
    let review = "[review]\nagent = \"claude\"\n";
    let (desk, mut chat) = team::chat_with(&model.base_url(), &[CODEX, CLAUDE], review).await;
    chat.say("go").await;
    let result = chat.wait_for_type("result").await;
    assert_eq!(result["state"], "ready", "{result}");
    let report = &result["report"];
    assert_eq!(report["headline"], "It says final now", "{report}");
    assert_eq!(report["review"]["opinion"]["name"], "approves", "{report}");
    assert_eq!(report["review"]["by"], json!({ "acp": "claude" }));
    let changed = &report["diffstat"]["files"];
    assert_eq!(
        changed.as_array().unwrap().len(),
        1,
        "the reviewer changed nothing: {changed}"
    );
    let id = result["task"].as_str().unwrap();
    assert_eq!(desk.run(&["land", id]).await.code, 0);
    assert_eq!(desk.repository.read("note.txt"), "final\n");
    assert_eq!(chat.end().await.0, 0);
}
