//! Standing still, limits, outages, and going on after each of them.

use std::time::Duration;

use ampersand_agent::{Gate, Outcome};
use ampersand_core::{Obstacle, Role};
use ampersand_testkit::model_server::{Reply, Script, When};
use jiff::Timestamp;
use serde_json::json;

use crate::builtin::{in_order, last, report};
use crate::{Stage, brief, done};

#[tokio::test]
async fn a_closed_gate_abandons_the_request_and_an_open_one_asks_again() {
    let script = in_order([
        Reply::new().text("half ").gate("never").text("an answer"),
        report(),
    ]);
    let (stage, server) = Stage::with_model(Role::Worker, script).await;
    let running = stage.start(brief());
    server.gate("never").reached().await;
    stage.host.gate.send_replace(Gate::Closed);
    server.wait_for_abandoned(1).await;
    assert_eq!(server.requests().len(), 1);
    stage.host.gate.send_replace(Gate::Open);
    let report = done(running.end().await.0);
    assert_eq!(
        (report.headline.as_str(), report.usage.requests),
        ("It is so", 2)
    );
    let requests = server.requests();
    assert_eq!(requests[0].body, requests[1].body);
}

#[tokio::test]
async fn limits_pause_and_the_next_attempt_goes_on_from_there() {
    let script = Script::new()
        .rule(When::nth(0), Reply::calls("list", json!({})))
        .times(1, When::nth(1), Reply::rate_limited("3600"))
        .rule(When::anything(), report());
    let (stage, server) = Stage::with_model(Role::Worker, script).await;
    stage.file("a", "");
    let before = Timestamp::now();
    let (outcome, _) = stage.brief().await;
    let Outcome::Limit { outage } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(outage.failure.code, "rate_limited");
    let at = outage.until.unwrap();
    assert!(at >= before + Duration::from_secs(3_590), "{at}");
    let report = done(stage.brief().await.0);
    assert_eq!(report.usage.requests, 2);
    assert_eq!(last(&server, 2), "a (0 bytes)\n");
    done(stage.brief().await.0);
    assert!(
        last(&server, 3).contains("was started again"),
        "{}",
        last(&server, 3)
    );
}

#[tokio::test]
async fn each_refusal_of_a_request_pauses_or_fails_as_it_deserves() {
    for (reply, code, pauses) in [
        (
            Reply::status(401, json!({})),
            "unauthorized",
            Some(Obstacle::Login),
        ),
        (
            Reply::status(402, json!({})),
            "quota_used_up",
            Some(Obstacle::Quota),
        ),
        (Reply::status(404, json!({})), "no_such_model", None),
        (
            Reply::status(400, json!({"error": {"message": "no tools"}})),
            "rejected",
            None,
        ),
        (
            Reply::new()
                .text("half")
                .step(ampersand_testkit::model_server::Step::Cut),
            "cut",
            Some(Obstacle::Network),
        ),
    ] {
        let (stage, _server) = Stage::with_model(Role::Explorer, Script::always(reply)).await;
        let (outcome, _) = stage.brief().await;
        let told = match &outcome {
            Outcome::Limit { outage } => (&outage.failure, Some(outage.obstacle)),
            Outcome::Failed { failure, .. } => (failure, None),
            Outcome::Done { .. } => panic!("{outcome:?}"),
        };
        assert_eq!((told.0.code.as_str(), told.1), (code, pauses));
    }
}

#[tokio::test]
async fn a_request_the_server_finds_too_long_is_asked_again_shorter() {
    let too_long = json!({"error": {"message": "maximum context length is 4096 tokens"}});
    let script = in_order([
        Reply::calls("read", json!({"path": "long"})),
        Reply::calls("read", json!({"path": "long"})),
        Reply::calls("list", json!({})),
        Reply::calls("list", json!({})),
        Reply::calls("list", json!({})),
        Reply::status(400, too_long),
        report(),
    ]);
    let (stage, server) = Stage::with_model(Role::Explorer, script).await;
    stage.file("long", &"some words in a line\n".repeat(1_000));
    done(stage.brief().await.0);
    let length = |nth: usize| server.requests()[nth].body.to_string().len();
    assert!(
        length(6) < length(5) * 2 / 3,
        "{} then {}",
        length(5),
        length(6)
    );
}
