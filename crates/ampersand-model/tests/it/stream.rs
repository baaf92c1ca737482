//! Answers that succeed.

use ampersand_http::Client;
use ampersand_model::{Api, Call, Delta, Endpoint, Message, Model, Request, Secret, Stop};
use ampersand_testkit::model_server::{ModelServer, Reply, Script, Step, When};
use futures::{StreamExt, TryStreamExt};
use serde_json::json;

pub(crate) fn model(base_url: &str) -> Model {
    model_of(Api::ChatCompletions, base_url, Client::new().unwrap())
}

pub(crate) fn model_of(api: Api, base_url: &str, client: Client) -> Model {
    let endpoint = Endpoint {
        api,
        base_url: base_url.to_owned(),
        model: "scripted".to_owned(),
        key: Some(Secret::new("sk-test-1")),
    };
    Model::new(client, endpoint).unwrap()
}

pub(crate) fn ask(text: &str) -> Request {
    Request {
        system: "You are a project manager.".to_owned(),
        messages: vec![Message::user(text)],
        ..Request::default()
    }
}

#[tokio::test]
async fn text_calls_and_usage_arrive_in_order() {
    let reply = Reply::new()
        .step(Step::Words("I will look.".into()))
        .call("show", json!({"task": "t-1", "ünïcode": "🦀"}))
        .call("find", json!({}))
        .step(Step::Usage {
            input: 100,
            output: 7,
            cached: 60,
        });
    let server = ModelServer::start(Script::always(reply)).await.unwrap();
    let deltas: Vec<_> = model(&server.base_url())
        .stream(&ask("look"))
        .try_collect()
        .await
        .unwrap();
    let text = |text: &str| Delta::Text { text: text.into() };
    let call = |index: usize, name: &str, arguments: &str| Delta::Call {
        index,
        call: Call {
            id: format!("call_0_{index}"),
            name: name.into(),
            arguments: arguments.into(),
        },
    };
    assert_eq!(
        deltas,
        [
            text("I "),
            text("will "),
            text("look."),
            call(0, "show", r#"{"task":"t-1","ünïcode":"🦀"}"#),
            call(1, "find", "{}"),
            Delta::Usage {
                input_tokens: 100,
                output_tokens: 7,
                cached_tokens: 60
            },
            Delta::Done { stop: Stop::Calls },
        ]
    );
    let request = &server.requests()[0];
    assert_eq!(request.path, "/v1/chat/completions");
    assert_eq!(request.header("authorization"), Some("Bearer sk-test-1"));
    assert_eq!(
        request.body["messages"][0]["content"],
        "You are a project manager."
    );
}

#[tokio::test]
async fn the_first_word_arrives_before_the_last_is_written() {
    let reply = Reply::says("first").gate("held").text(" last");
    let server = ModelServer::start(Script::always(reply)).await.unwrap();
    let mut deltas = model(&server.base_url()).stream(&ask("hi"));
    assert_eq!(
        deltas.next().await,
        Some(Ok(Delta::Text {
            text: "first".into()
        }))
    );
    let gate = server.gate("held");
    gate.reached().await;
    gate.release();
    assert_eq!(
        deltas.next().await,
        Some(Ok(Delta::Text {
            text: " last".into()
        }))
    );
}

#[tokio::test]
async fn dropping_an_answer_ends_the_request() {
    let server = ModelServer::start(Script::always(Reply::says("a").gate("held")))
        .await
        .unwrap();
    let mut deltas = model(&server.base_url()).stream(&ask("hi"));
    assert!(deltas.next().await.is_some());
    drop(deltas);
    server.wait_for_abandoned(1).await;
}

#[tokio::test]
async fn a_conversation_with_tools_goes_round() {
    let script = Script::new()
        .rule(
            When::user("look").after_results(0),
            Reply::calls("find", json!({"q": "x"})),
        )
        .rule(
            When::user("look").after_results(1).and_system("manager"),
            Reply::says("found"),
        );
    let server = ModelServer::start(script).await.unwrap();
    let model = model(&server.base_url());
    let mut request = ask("look");
    let deltas: Vec<_> = model.stream(&request).try_collect().await.unwrap();
    let Some(Delta::Call { call, .. }) = deltas.first() else {
        panic!("{deltas:?}")
    };
    request.messages.push(Message::Assistant {
        text: String::new(),
        calls: vec![call.clone()],
    });
    request
        .messages
        .push(Message::tool_result(&call.id, "x stands in a.rs"));
    let deltas: Vec<_> = model.stream(&request).try_collect().await.unwrap();
    assert_eq!(
        deltas[0],
        Delta::Text {
            text: "found".into()
        }
    );
}
