//! The built-in agent from brief to report: what it may, what it is told, and what it asks.

use ampersand_core::{Actor, Answer, EventBody, Question, Role};
use ampersand_protocol::Command;
use ampersand_testkit::model_server::{ModelServer, Reply, Script, When};
use serde_json::json;

use crate::driver::Driver;

/// Answers in order, one per request.
pub(crate) async fn scripted(replies: impl IntoIterator<Item = Reply>) -> ModelServer {
    let numbered = replies.into_iter().enumerate();
    let script = numbered.fold(Script::new(), |script, (nth, reply)| {
        script.rule(When::nth(nth), reply)
    });
    ModelServer::start(script).await.unwrap()
}

pub(crate) fn report() -> Reply {
    Reply::calls(
        "report",
        json!({"headline": "It is so", "summary": "Because."}),
    )
}

/// The last message of a request.
pub(crate) fn last(server: &ModelServer, nth: usize) -> String {
    let messages = server.requests()[nth].body["messages"].clone();
    messages.as_array().unwrap().last().unwrap()["content"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_edits_executes_and_hands_back_a_report_and_a_diff() {
    let server = scripted([
        Reply::calls(
            "edit",
            json!({"path": "src/main.rs", "old": "hello", "new": "goodbye"}),
        )
        .usage(100, 10),
        Reply::calls("execute", json!({"line": "grep -c goodbye src/main.rs"})).usage(200, 20),
        report().usage(300, 30),
    ])
    .await;
    let mut driver = Driver::with_model(&server).await;
    let task = driver.brief(Role::Worker, "say goodbye").await;
    driver.wait_state(task, "ready").await;
    let report = driver.report(task).await;
    assert_eq!(report.headline, "It is so");
    assert_eq!(
        (
            report.usage.requests,
            report.usage.input_tokens,
            report.usage.output_tokens
        ),
        (3, 600, 60)
    );
    let diff = driver.diff(task).await;
    assert_eq!(diff.files.len(), 1);
    assert_eq!(
        (diff.files[0].path.as_str(), diff.files[0].added),
        ("src/main.rs", 1)
    );
    assert!(last(&server, 2).contains("It printed:\n1"));
    assert_eq!(driver.repository.status(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explorer_can_neither_write_nor_execute() {
    let server = scripted([
        Reply::calls("execute", json!({"line": "touch ran"}))
            .call("write", json!({"path": "ran", "content": "x"})),
        Reply::says("Nothing to see"),
    ])
    .await;
    let mut driver = Driver::with_model(&server).await;
    let task = driver.brief(Role::Explorer, "look").await;
    driver.wait_state(task, "done").await;
    let told = server.requests()[1].body.to_string();
    assert_eq!(told.matches("There is no tool").count(), 2, "{told}");
    assert!(driver.report(task).await.diffstat.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_reaches_the_next_request_and_is_told_to_have() {
    let server = scripted([Reply::new().gate("first").call("list", json!({})), report()]).await;
    let mut driver = Driver::with_model(&server).await;
    let task = driver.brief(Role::Explorer, "look").await;
    server.gate("first").reached().await;
    let steer = |text: &str| Command::Steer {
        task,
        text: text.to_owned(),
        by: Actor::Person,
    };
    driver.call(steer("keep the public API")).await.unwrap();
    server.gate("first").release();
    let heard = driver
        .wait("delivered", |body| match body {
            EventBody::SteeringDelivered { text, .. } => Some(text.clone()),
            _ => None,
        })
        .await;
    assert_eq!(heard, "keep the public API");
    driver.wait_state(task, "done").await;
    assert_eq!(last(&server, 1), "keep the public API");
}

/// What was said while nobody could hear it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_to_a_paused_task_is_heard_when_it_goes_on_even_after_a_crash() {
    for crashes in [false, true] {
        let server = scripted([Reply::new().gate("held").text("never"), report(), report()]).await;
        let mut driver = Driver::with_model(&server).await;
        let task = driver.brief(Role::Explorer, "look").await;
        server.gate("held").reached().await;
        let (tasks, by) = (vec![task], Actor::Person);
        let pause = Command::Pause {
            tasks: tasks.clone(),
            by,
        };
        driver.call(pause).await.unwrap();
        let text = "be brief".to_owned();
        let steer = Command::Steer { task, text, by };
        driver.call(steer).await.unwrap();
        if crashes {
            driver.crash().await;
        }
        driver.call(Command::Resume { tasks, by }).await.unwrap();
        driver.wait_state(task, "done").await;
        assert_eq!(last(&server, 1), "be brief", "crashes: {crashes}");
        let delivered = |body: &EventBody| matches!(body, EventBody::SteeringDelivered { .. });
        assert_eq!(driver.count(delivered), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_made_while_paused_and_the_abandoned_one_is_made_again() {
    let server = scripted([
        Reply::new().text("half ").gate("held").text("never"),
        report(),
    ])
    .await;
    let mut driver = Driver::with_model(&server).await;
    let task = driver.brief(Role::Explorer, "look").await;
    server.gate("held").reached().await;
    let (tasks, by) = (vec![task], Actor::Person);
    let pause = Command::Pause {
        tasks: tasks.clone(),
        by,
    };
    driver.call(pause).await.unwrap();
    server.wait_for_abandoned(1).await;
    assert_eq!(server.requests().len(), 1);
    driver.wait_state(task, "paused").await;
    driver.call(Command::Resume { tasks, by }).await.unwrap();
    driver.wait_state(task, "done").await;
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_host_is_asked_about_and_each_answer_holds_as_far_as_it_goes() {
    let fetch = || Reply::calls("web_fetch", json!({"url": "http://page.invalid/a"}));
    let server = scripted([fetch(), fetch(), fetch(), fetch(), report()]).await;
    let mut driver = Driver::with_model(&server).await;
    let task = driver.brief(Role::Explorer, "research").await;
    for (nth, answer) in [Answer::Deny, Answer::Allow, Answer::AllowForTask]
        .into_iter()
        .enumerate()
    {
        let asked = driver.question().await;
        assert_eq!(
            asked.question,
            Question::Host {
                host: "page.invalid".into(),
                url: "http://page.invalid/a".into()
            }
        );
        driver.wait_state(task, "needs_you").await;
        driver.answer(&asked, answer).await;
        server.wait_for_requests(nth + 2).await;
    }
    driver.wait_state(task, "done").await;
    let asked = |body: &EventBody| matches!(body, EventBody::ApprovalAsked { .. });
    assert_eq!(
        driver.count(asked),
        3,
        "the fourth was allowed for the task"
    );
    assert!(last(&server, 1).contains("did not allow page.invalid"));
    for nth in [2, 3, 4] {
        let told = last(&server, nth).to_lowercase();
        assert!(
            told.contains("page.invalid") && !told.contains("did not allow"),
            "{told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_asks_first_changes_and_executes_nothing_without_a_yes() {
    let server = scripted([
        Reply::calls("write", json!({"path": "new.txt", "content": "new\n"})),
        Reply::calls("execute", json!({"line": "touch ran"})),
        report(),
    ])
    .await;
    let mut driver = Driver::with_model(&server).await;
    let task = driver.brief(Role::Default, "change").await;
    let asked = driver.question().await;
    let Question::Act { tool, detail, path } = &asked.question else {
        panic!("{asked:?}");
    };
    assert_eq!((tool.as_str(), detail.as_str()), ("write", "+ new\n"));
    assert!(path.as_ref().unwrap().ends_with("new.txt"));
    driver.answer(&asked, Answer::Allow).await;
    let asked = driver.question().await;
    driver.answer(&asked, Answer::Deny).await;
    driver.wait_state(task, "ready").await;
    let paths: Vec<_> = driver
        .diff(task)
        .await
        .files
        .into_iter()
        .map(|file| file.path)
        .collect();
    assert_eq!(paths, ["new.txt"]);
    assert!(last(&server, 2).starts_with("The person said no."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_allowed_for_a_task_is_not_asked_about_again_after_a_crash() {
    let fetch = || Reply::calls("web_fetch", json!({"url": "http://page.invalid/a"}));
    let held = Reply::new().text("half ").gate("held").text("never");
    let server = scripted([fetch(), held, fetch(), report()]).await;
    let mut driver = Driver::with_model(&server).await;
    let task = driver.brief(Role::Explorer, "research").await;
    let asked = driver.question().await;
    driver.answer(&asked, Answer::AllowForTask).await;
    server.gate("held").reached().await;
    driver.crash().await;
    driver.wait_state(task, "done").await;
    let asked = |body: &EventBody| matches!(body, EventBody::ApprovalAsked { .. });
    assert_eq!(driver.count(asked), 1);
}
