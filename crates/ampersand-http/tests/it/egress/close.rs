//! Pausing and closing: the moment after which nothing more is paid for.

use ampersand_testkit::model_server::{ModelServer, Reply, Script};

use super::{Out, model, post, rest, status, until};

#[tokio::test]
async fn a_paused_proxy_lets_what_runs_go_on_and_nothing_begin() {
    let reply = Reply::says("first").gate("held").text(" last");
    let server = ModelServer::start(Script::always(reply)).await.unwrap();
    let out = Out::new(model(&server.base_url()));
    let mut running = out.open(&post("/v1/chat/completions", "", "{}")).await;
    until(&mut running, "first").await;
    out.proxy.pause();
    let mut waiting = out.open(&post("/v1/chat/completions", "", "{}")).await;
    server.gate("held").release();
    assert!(rest(&mut running).await.contains(" last"));
    // Refusals need nothing from anybody: this one comes after the waiting request was read.
    assert_eq!(status(&out.ask(&post("/v1/files", "", "{}")).await), 403);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(out.proxy.usage().model_requests, 1);
    out.proxy.resume();
    assert!(rest(&mut waiting).await.contains(" last"));
    assert_eq!(out.proxy.usage().model_requests, 2);
}

#[tokio::test]
async fn closing_cuts_everything_and_nothing_begins_again() {
    let reply = Reply::says("first").gate("held");
    let server = ModelServer::start(Script::always(reply)).await.unwrap();
    let out = Out::new(model(&server.base_url()));
    let mut running = out.open(&post("/v1/chat/completions", "", "{}")).await;
    until(&mut running, "first").await;
    let mut half = out.open("POST /v1/chat/comp").await;
    let address = out.address;
    out.proxy.close().await;
    let cut = rest(&mut running).await;
    assert!(!cut.ends_with("0\r\n\r\n"), "it would look whole: {cut}");
    assert_eq!(rest(&mut half).await, "");
    server.wait_for_abandoned(1).await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn dropping_is_closing_even_while_paused() {
    let server = ModelServer::start(Script::always(Reply::says("a")))
        .await
        .unwrap();
    let out = Out::new(model(&server.base_url()));
    out.proxy.pause();
    let mut waiting = out.open(&post("/v1/chat/completions", "", "{}")).await;
    let Out { proxy, .. } = out;
    drop(proxy);
    assert_eq!(rest(&mut waiting).await, "");
    assert_eq!(server.requests().len(), 0);
}
