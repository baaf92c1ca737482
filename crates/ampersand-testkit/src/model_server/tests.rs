//! The server as a stranger sees it: a script from a file, a plain connection, gates released from outside.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{ModelServer, Reply, Script, Step, When};

const SCRIPT: &str = r#"{"rules": [
    {"when": {"user": "scan", "system": "manager", "tool_results": 0}, "times": 1,
     "reply": [{"text": "On it."}, {"gate": "held"}, {"call": {"name": "plan", "arguments": {"tasks": []}}}]},
    {"when": {"user": "limit"}, "reply": [{"status": {"code": 429, "retry_after": "2"}}]},
    {"when": {"user": "break"}, "reply": [{"words": "so far so"}, "cut"]},
    {"reply": [{"text": "Otherwise."}]}
]}"#;

async fn exchange(server: &ModelServer, request: &str) -> String {
    let address = server.base_url().replace("http://", "").replace("/v1", "");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn ask(server: &ModelServer, user: &str) -> String {
    let body = json!({"messages": [
        {"role": "system", "content": "You are the manager."},
        {"role": "user", "content": [{"type": "text", "text": user}]},
    ]})
    .to_string();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    exchange(server, &(head + &body)).await
}

#[tokio::test]
async fn a_script_from_a_file_is_played_rule_by_rule() {
    let server = ModelServer::start(serde_json::from_str(SCRIPT).unwrap())
        .await
        .unwrap();
    let release = async {
        server.gate("held").reached().await;
        exchange(&server, "POST /gates/held HTTP/1.1\r\n\r\n").await
    };
    let (first, released) = tokio::join!(ask(&server, "scan this"), release);
    assert!(
        first.contains("On it.")
            && first.contains(r#""name":"plan""#)
            && first.contains("tool_calls")
    );
    assert!(first.ends_with("data: [DONE]\n\n\r\n0\r\n\r\n") && released.contains("released"));
    assert!(
        ask(&server, "scan this").await.contains("Otherwise."),
        "the first rule is used up"
    );
    let limited = ask(&server, "limit").await;
    assert!(limited.starts_with("HTTP/1.1 429") && limited.contains("retry-after: 2"));
    let broken = ask(&server, "break").await;
    assert!(
        broken.contains("far ") && !broken.contains("[DONE]") && !broken.ends_with("0\r\n\r\n")
    );
    server.wait_for_requests(4).await;
    let recorded = exchange(&server, "GET /requests HTTP/1.1\r\n\r\n").await;
    let json: Value = serde_json::from_str(recorded.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(
        json[2]["body"]["messages"][1]["content"][0]["text"],
        "limit"
    );
}

#[tokio::test]
async fn a_question_without_a_rule_is_an_error_that_names_it() {
    let server = ModelServer::start(Script::new()).await.unwrap();
    let answer = ask(&server, "forgotten").await;
    assert!(
        answer.starts_with("HTTP/1.1 500")
            && answer.contains("no rule")
            && answer.contains("forgotten")
    );
}

#[test]
fn a_script_is_the_same_written_in_rust() {
    let plan = Step::Call {
        name: "plan".into(),
        arguments: json!({"tasks": []}),
        id: None,
        fragments: 0,
    };
    let script = Script::new()
        .times(
            1,
            When::user("scan").and_system("manager").after_results(0),
            Reply::says("On it.").gate("held").step(plan),
        )
        .rule(
            When::user("limit"),
            Reply::new().step(Step::Status {
                code: 429,
                body: Value::Null,
                retry_after: Some("2".into()),
            }),
        )
        .rule(
            When::user("break"),
            Reply::new()
                .step(Step::Words("so far so".into()))
                .step(Step::Cut),
        )
        .rule(When::anything(), Reply::says("Otherwise."));
    assert_eq!(serde_json::from_str::<Script>(SCRIPT).unwrap(), script);
}
