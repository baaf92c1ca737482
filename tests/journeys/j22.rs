//! J22: what a task is granted stands on its card, and "no network for that one" takes it from what runs.

use std::time::Duration;

use ampersand_testkit::{Desk, Registry};
use serde_json::{Value, json};

fn hosts(line: &Value) -> usize {
    let granted = line["capabilities"].as_array().unwrap();
    let is_host = |granted: &&Value| granted["name"] == "network";
    granted.iter().filter(is_host).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_network_for_that_one_cuts_off_a_running_command_and_its_card_says_so() {
    let server = Registry::start().await.unwrap();
    server.put("/", "a page\n");
    let (address, port) = (server.address(), server.address().port());
    let desk = Desk::new();
    desk.settings(&format!(
        "[network]\nhosts = [\"opened.test:{port}={address}\"]\n"
    ));
    desk.repository.write(
        "fetch.sh",
        &format!(
            "proxy=${{http_proxy#http://}}\n\
             exec 3<>/dev/tcp/${{proxy%:*}}/${{proxy#*:}} || exit 1\n\
             printf 'GET http://opened.test:{port}/ HTTP/1.1\\r\\nHost: opened.test:{port}\\r\\nConnection: close\\r\\n\\r\\n' >&3\n\
             cat <&3\n"
        ),
    );
    desk.repository.commit("Fetch");
    let mut chat = desk.chat().await;
    let line = "while page=$(bash fetch.sh); echo \"$page\" | grep -q 'a page'; do sleep 0.05; done; echo \"$page\"";
    chat.say(&format!("run {line}")).await;
    let runs = |line: &Value| line["type"] == "task" && line["isolation"] == "sandboxed";
    let task = chat.wait_for("running in its sandbox", runs).await;
    assert_eq!(hosts(&task), 1, "{task}");
    while server.asked().len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let id = task["id"].as_str().unwrap();
    let refused = desk.run(&["narrow", id, "--no", "execute"]).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(refused.lines[0]["code"], "cannot_narrow");

    chat.say("No network for that one.").await;
    let understood = |line: &Value| line["type"] == "understood";
    let narrowed = |line: &Value| line["type"] == "task" && line["taken"] == json!(["network"]);
    let done = |line: &Value| line["type"] == "task" && line["state"] == "done";
    let [understood, narrowed, _] = chat
        .wait_for_each("cut off", [&understood, &narrowed, &done])
        .await;
    assert_eq!(understood["verb"], "narrow");
    assert_eq!(understood["tasks"], json!([id]));
    assert_eq!(hosts(&narrowed), 0, "{narrowed}");
    let output = desk.run(&["output", id]).await.lines;
    let told = output[0]["text"].as_str().unwrap();
    assert!(told.contains("host_not_allowed"), "{told}");
    assert_eq!(chat.end().await.0, 0);
}
