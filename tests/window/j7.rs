//! J7 in the window: work is read line by line, what should be otherwise is said on its lines, and it lands and is taken back.

mod tries;

use ampersand_testkit::{
    Desk,
    model_server::{ModelServer, Reply, Script, When},
};
use serde_json::{Value, json};

use crate::person::Person;

const SENTENCE: &str = "Move the token check out of the session.";
const COMMENT: &str = "Say why this is constant in time.";
const CLICK: &str = "setTimeout(() => it.click());";
const FILE: &str = "src/auth/token.rs";

/// What the session keeps, what moves out of it, and the line that is commented on.
const SESSION: &str = "pub struct Session {\n    token: String,\n}\n";
const MOVED: &str = "\nfn tokens_are_equal(left: &str, right: &str) -> bool {\n    let mut differ = left.len() ^ right.len();\n    \
                     for (a, b) in left.bytes().zip(right.bytes()) {\n        differ |= usize::from(a ^ b);\n    }\n    differ == 0\n}\n";
const WHY: &str = "// The same time for every token, right or wrong.";

fn script() -> Script {
    let controller = |said| When::user(said).with_tool("dispatch");
    let agent = || When::any("TOKEN BRIEF").with_tool("report");
    let plan = json!({ "reason": "one will do", "tasks": [
        { "key": "move", "title": "Move the token check", "role": "worker", "kind": "brief",
          "brief": "TOKEN BRIEF", "reason": "asked", "after": [], "inputs": [] } ] });
    let write = |path: &str, content: &str| {
        Reply::calls("write", json!({ "path": path, "content": content }))
    };
    let report = |headline: &str| {
        let summary = "The check has a file of its own.";
        Reply::calls(
            "report",
            json!({ "headline": headline, "summary": summary, "findings": [] }),
        )
    };
    let explained = format!("{WHY}\npub{}", MOVED.replacen('\n', " ", 1));
    let moved = format!("pub{}", MOVED.replacen('\n', " ", 1));
    Script::new()
        .rule(
            controller(SENTENCE).after_results(0),
            Reply::calls("dispatch", plan),
        )
        .times(
            1,
            agent().after_results(0),
            write("src/auth/session.rs", SESSION),
        )
        .times(1, agent().after_results(1), write(FILE, &moved))
        .times(1, agent().after_results(2), report("The token check moved"))
        .times(
            1,
            When::user(COMMENT).with_tool("report"),
            write(FILE, &explained),
        )
        .times(1, agent(), report("And says why"))
        .rule(When::anything(), Reply::says(""))
}

fn desk() -> Desk {
    let desk = Desk::new();
    let check = "[checks]\nsplit = \"test -f src/auth/token.rs\"\n";
    desk.repository.write(".ampersand.toml", check);
    desk.repository
        .write("src/auth/session.rs", &format!("{SESSION}{MOVED}"));
    desk.repository.commit("Declare checks");
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn work_is_commented_on_line_by_line_then_lands_and_is_taken_back() {
    let model = ModelServer::start(script()).await.unwrap();
    let desk = desk();
    desk.connect_model(&model.base_url());
    assert_eq!(desk.run(&["trust"]).await.code, 0);
    let head = desk.repository.head();
    let person = Person::at(desk).await;
    person.says(SENTENCE).await;
    person.reads("The token check moved").await;
    person.reads("test -f src/auth/token.rs").await;
    let file = "document.querySelector('section[aria-label=\"src/auth/token.rs\"] button')";
    person.does("the file", file, CLICK).await;
    person.reads("moved from src/auth/session.rs:6").await;
    person.desktop.picture("moved").await;

    let button = "document.querySelector('button[aria-label=\"Comment on line 1\"]')";
    person.does("the button on the line", button, CLICK).await;
    person
        .driver
        .type_into("textarea[aria-label=\"Comment on line 1\"]", COMMENT)
        .await;
    person.desktop.picture("commenting").await;
    person.clicks("Comment").await;
    person.reads("1 comment for its agent").await;
    person.desktop.picture("commented").await;
    person.clicks("Send comments").await;
    person.reads("And says why").await;
    let asked = model.requests();
    let told = asked.iter().any(|asked| {
        let asked = format!("{asked:?}");
        asked.contains(COMMENT) && asked.contains("src/auth/token.rs:1")
    });
    assert!(told, "{}", Value::from(format!("{asked:?}")));

    person.reads("worked on since").await;
    person.reads(WHY).await;
    person.desktop.picture("changed").await;
    let file = "document.querySelector('section[aria-label=\"src/auth/session.rs\"] button')";
    person.does("the other file", file, CLICK).await;
    person.clicks("Side by side").await;
    person
        .sees("two columns", "document.querySelector('[data-side]')")
        .await;
    person.desktop.picture("side-by-side").await;
    person.clicks("Land").await;
    person.reads("Landed").await;
    assert!(person.desk.repository.read(FILE).starts_with(WHY));
    person.desktop.picture("landed").await;
    person.clicks("Undo the landing").await;
    person.reads("Landing undone").await;
    person.desktop.picture("undone").await;
    assert_eq!(person.desk.repository.head(), head);
}
