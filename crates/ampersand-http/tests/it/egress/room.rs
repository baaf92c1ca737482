//! How much of requests is held at once.

use ampersand_http::egress::{Limits, Policy};
use ampersand_testkit::model_server::{ModelServer, Reply, Script};

use super::{Out, model, post, rest, status};

/// How large each request is, and how much is held.
const EACH: usize = 60 * 1024;
const HELD: usize = 64 * 1024;

fn roomy(base_url: &str) -> Policy {
    let limits = Limits {
        model_request_bytes: HELD,
        model_requests_held_bytes: HELD,
        ..Limits::default()
    };
    Policy {
        limits,
        ..model(base_url)
    }
}

fn large() -> String {
    post("/v1/messages", "", &format!("\"{}\"", "x".repeat(EACH - 2)))
}

#[tokio::test]
async fn of_many_requests_no_more_is_held_than_there_is_room_for_and_one_more() {
    let reply = Reply::default().gate("held").text("so");
    let server = ModelServer::start(Script::always(reply)).await.unwrap();
    let out = Out::new(roomy(&server.base_url()));
    let gate = server.gate("held");
    let request = large();
    let asking = async { tokio::join!(out.ask(&request), out.ask(&request), out.ask(&request)) };
    let (answers, ()) = tokio::join!(asking, async {
        gate.reached().await;
        gate.release();
    });
    for answer in [answers.0, answers.1, answers.2] {
        assert_eq!(status(&answer), 200, "{answer}");
    }
    assert_eq!(server.requests().len(), 3);
    let held = out.proxy.usage().most_held_bytes;
    assert!((EACH..=HELD + EACH).contains(&held), "{held}");
}

#[tokio::test]
async fn who_dribbles_holds_no_more_than_came() {
    let server = ModelServer::start(Script::always(Reply::says("so")))
        .await
        .unwrap();
    let out = Out::new(roomy(&server.base_url()));
    let request = large();
    let (begun, _) = request.split_at(request.len() - EACH + 1);
    let mut slow = Vec::new();
    for _ in 0..4 {
        slow.push(out.open(begun).await);
    }
    for _ in 0..2 {
        assert_eq!(status(&out.ask(&request).await), 200);
    }
    out.proxy.close().await;
    for stream in &mut slow {
        assert_eq!(rest(stream).await, "");
    }
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn what_was_sent_whole_while_paused_begins_afterwards() {
    let server = ModelServer::start(Script::always(Reply::says("so")))
        .await
        .unwrap();
    let out = Out::new(roomy(&server.base_url()));
    out.proxy.pause();
    let request = large();
    let asking = async { tokio::join!(out.ask(&request), out.ask(&request), out.ask(&request)) };
    let (answers, ()) = tokio::join!(asking, async {
        while out.proxy.usage().most_held_bytes < EACH {
            tokio::task::yield_now().await;
        }
        assert_eq!(out.proxy.usage().model_requests, 0);
        out.proxy.resume();
    });
    for answer in [answers.0, answers.1, answers.2] {
        assert_eq!(status(&answer), 200, "{answer}");
    }
}
