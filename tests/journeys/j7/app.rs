//! J7, try it: the app runs with a task's work, in a sandbox, and a browser of this machine reaches it there.

use std::io::{Read, Write};
use std::net::TcpStream;

use ampersand_testkit::{Chat, Desk};
use serde_json::Value;

const SERVES: &str = "exec /usr/bin/python3 -m http.server --bind 127.0.0.1 $PORT";

fn declares(app: &str) -> Desk {
    let desk = Desk::new();
    desk.repository.write(".ampersand.toml", app);
    desk.repository.commit("Declare the app");
    desk
}

async fn ready(chat: &mut Chat, command: &str) -> String {
    chat.say(&format!("run {command}")).await;
    let result = chat.wait_for_type("result").await;
    assert_eq!(result["state"], "ready", "{result}");
    result["task"].as_str().unwrap().to_owned()
}

/// The next line about a task of which this is true.
async fn task_that(chat: &mut Chat, is: impl Fn(&Value) -> bool) -> Value {
    loop {
        let task = chat.wait_for_type("task").await;
        if is(&task) {
            return task;
        }
    }
}

/// What a browser would get, by the port of the address.
fn get(address: &str, path: &str) -> std::io::Result<String> {
    let rest = address
        .strip_prefix("http://")
        .unwrap()
        .trim_end_matches('/');
    let (host, port) = rest.split_once(':').unwrap();
    assert!(host.ends_with(".localhost"), "{address}");
    let mut stream = TcpStream::connect(("127.0.0.1", port.parse::<u16>().unwrap()))?;
    write!(stream, "GET /{path} HTTP/1.0\r\nHost: {rest}\r\n\r\n")?;
    let mut told = String::new();
    stream.read_to_string(&mut told)?;
    Ok(told)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_runs_with_the_work_until_everything_is_cancelled() {
    let desk = declares(&format!("[app]\ncommand = {SERVES:?}\nport = 3123\n"));
    let mut chat = desk.chat().await;
    let id = ready(&mut chat, "echo better >> README.md").await;
    let refused = desk.run(&["run-app", &id]).await;
    assert_eq!(refused.lines[0]["code"], "app_not_trusted", "{refused:?}");
    let trusted = desk.run(&["trust"]).await;
    assert_eq!(trusted.lines[0]["command"], SERVES, "{trusted:?}");

    assert_eq!(desk.run(&["run-app", &id]).await.code, 0);
    let app = task_that(&mut chat, |task| task["address"].is_string()).await;
    assert_eq!(
        (&app["state"], &app["isolation"]),
        (&"running".into(), &"sandboxed".into())
    );
    let address = app["address"].as_str().unwrap().to_owned();
    let page = get(&address, "README.md").unwrap();
    assert!(page.contains("better"), "{page}");
    for _ in 0..120 {
        assert!(get(&address, "").unwrap().contains("README.md"));
    }
    assert!(
        TcpStream::connect(("127.0.0.1", 3123)).is_err(),
        "it is this machine's"
    );
    let twice = desk.run(&["run-app", &id]).await;
    assert_eq!(twice.lines[0]["code"], "app_runs_already", "{twice:?}");

    // It is a task like others: it stands still, goes on, and ends with everything.
    let app = app["id"].as_str().unwrap().to_owned();
    assert_eq!(desk.run(&["pause", &app]).await.code, 0);
    assert_eq!(desk.run(&["resume", &app]).await.code, 0);
    assert!(get(&address, "README.md").unwrap().contains("better"));
    chat.say("cancel all background work").await;
    let ended = task_that(&mut chat, |task| task["state"] == "cancelled").await;
    assert_eq!(
        (&ended["id"], &ended["address"]),
        (&app.as_str().into(), &Value::Null)
    );
    assert!(get(&address, "").is_err());

    assert_eq!(desk.run(&["land", &id]).await.code, 0);
    assert!(desk.repository.read("README.md").contains("better"));
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_ends_says_how_and_leaves_nothing() {
    let desk = declares("[app]\ncommand = \"cat README.md; echo x > made; exit 3\"\n");
    assert_eq!(desk.run(&["trust"]).await.code, 0);
    let mut chat = desk.chat().await;
    let id = ready(&mut chat, "echo better >> README.md").await;
    assert_eq!(desk.run(&["run-app", &id]).await.code, 0);
    let failed = chat.wait_for_type("result").await;
    assert_eq!(failed["state"], "failed", "{failed}");
    let summary = failed["report"]["summary"].as_str().unwrap();
    assert!(summary.contains("better"), "{failed}");
    assert_eq!(failed["report"]["diffstat"], Value::Null);
    let app = failed["task"].as_str().unwrap();
    let gone = desk.run(&["open", app, "--in", "folder"]).await;
    assert_eq!(gone.lines[0]["code"], "no_worktree", "{gone:?}");
    // Started again it starts anew.
    assert_eq!(desk.run(&["restart", app]).await.code, 0);
    let again = chat.wait_for_type("result").await;
    assert_eq!(again["state"], "failed", "{again}");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_declared_app_it_says_where_to_declare_one() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    let id = ready(&mut chat, "echo better >> README.md").await;
    let refused = desk.run(&["run-app", &id]).await;
    assert_eq!(refused.lines[0]["code"], "no_app", "{refused:?}");
    assert_eq!(chat.end().await.0, 0);
}
