//! J24 in the window: what would be pushed is seen and allowed with a click, what is found there stands on a card, and each
//! round is asked about until the pull request is merged.

use ampersand_testkit::{
    Desk, TestForge,
    forge::{ForgeCheck, ForgeComment},
    model_server::{ModelServer, Reply, Script, When},
    window::Desktop,
};
use serde_json::json;

use crate::person::Person;

const SENTENCE: &str = "Split the token check.";
const FILE: &str = "src/auth/token.rs";
const LOG: &str =
    "error[E0425]: cannot find value `differ` in this scope\n  --> src/auth/token.rs:1:24\n";
const SAYS: &str = "Say why this is constant in time.";

fn script() -> Script {
    let write = |text: &str| Reply::calls("write", json!({ "path": FILE, "content": text }));
    let report = |headline: &str| {
        let summary = "The check has a file of its own, and is tested there.";
        let report = json!({ "headline": headline, "summary": summary, "findings": [] });
        Reply::calls("report", report)
    };
    let plan = json!({ "reason": "one will do", "tasks": [
        { "key": "split", "title": "Split the token check", "role": "worker", "kind": "brief",
          "brief": "TOKEN BRIEF", "reason": "asked", "after": [], "inputs": [] } ] });
    let red = || When::user("A check failed").with_tool("report");
    let comment = || When::user("A review comment").with_tool("report");
    let agent = || When::any("TOKEN BRIEF").with_tool("report");
    Script::new()
        .rule(
            When::user(SENTENCE).with_tool("dispatch").after_results(0),
            Reply::calls("dispatch", plan),
        )
        .rule(red().after_results(0), write("fn differ() {}\n"))
        .rule(red().after_results(1), report("The build is mended"))
        .rule(
            comment().after_results(0),
            write("// Constant in time.\nfn differ() {}\n"),
        )
        .rule(comment().after_results(1), report("It says why now"))
        .times(
            1,
            agent().after_results(0),
            write("fn equal() { differ }\n"),
        )
        .times(
            1,
            agent().after_results(1),
            report("The token check is split"),
        )
        .rule(When::anything(), Reply::says(""))
}

fn desk(model: &ModelServer) -> (Desk, TestForge) {
    let mut desk = Desk::new();
    let forge = TestForge::of(&desk.repository);
    desk.set("PATH", &forge.path());
    desk.settings(&format!(
        "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{}\"\nmodel = \"scripted\"\n\
         [pull_requests]\nforge = \"github\"\nevery_seconds = 1\n",
        model.base_url()
    ));
    (desk, forge)
}

/// The branch that is not `main`, as it stands there.
fn pushed(forge: &TestForge) -> String {
    let branches = forge.branches();
    let branch = branches.iter().find(|branch| *branch != "main").unwrap();
    forge.tip(branch).unwrap()
}

fn check(commit: &str, outcome: &str) -> ForgeCheck {
    ForgeCheck {
        commit: commit.to_owned(),
        name: "build".to_owned(),
        outcome: outcome.to_owned(),
        log: LOG.to_owned(),
    }
}

/// Opens what is behind the three dots of the result, and chooses.
async fn chooses(person: &Person, label: &str) {
    let dots = "document.querySelector('[role=log] button[aria-label^=\"Instead of landing\"]')";
    person
        .does("the other ways out", dots, "setTimeout(() => it.click());")
        .await;
    let item = format!(
        "[...document.querySelectorAll('[role=menuitem]')].find((item) => item.innerText.trim() === {label:?})"
    );
    person
        .does(label, &item, "setTimeout(() => it.click());")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_goes_out_as_a_pull_request_and_is_mended_until_it_is_merged() {
    let model = ModelServer::start(script()).await.unwrap();
    let (desk, forge) = desk(&model);
    let mut desktop = Desktop::new().await;
    desktop.set("PATH", &forge.path());
    let person = Person::in_front_of(desktop, desk).await;
    person.can_write().await;
    person.says(SENTENCE).await;
    person.reads("The token check is split").await;
    chooses(&person, "Put on a branch").await;
    person
        .driver
        .type_into("input[aria-label^=\"Branch for\"]", "fix/token")
        .await;
    person.clicks("Put it there").await;
    person.reads("On a branch").await;
    assert!(
        person
            .desk
            .repository
            .git(&["branch"])
            .contains("fix/token")
    );

    chooses(&person, "Open a pull request").await;
    person.reads("to be merged into main").await;
    person.reads("Push, and its fixes").await;
    assert_eq!(forge.branches(), ["main"], "nothing has left");
    person.pictures("asked").await;
    person.clicks("Push").await;
    person.reads("Pull request #12 is open").await;
    let first = pushed(&forge);

    forge.change(|stands| stands.checks.push(check(&first, "failure")));
    person.reads("cannot find value").await;
    person.pictures("red").await;
    person.reads("Push the fix of Split the token check?").await;
    person.reads("In answer to CI / build.").await;
    assert_eq!(pushed(&forge), first, "each fix is asked about");
    person.pictures("fix-asked").await;
    person.clicks("Push, and its fixes").await;
    person.reads("sent back 1 of 3 times").await;
    person.sees("the push", "[...document.querySelectorAll('h3')].some((h) => h.innerText === 'Pull request #12 is open')").await;
    let second = pushed(&forge);
    assert_ne!(second, first);

    forge.change(|stands| {
        stands.checks.push(check(&second, "success"));
        stands.comments.push(ForgeComment {
            id: 5,
            author: "ann".to_owned(),
            may_write: true,
            body: SAYS.to_owned(),
            place: Some((FILE.to_owned(), 1)),
        });
    });
    person.reads(SAYS).await;
    person.reads("sent back 2 of 3 times").await;
    person.pictures("reviewed").await;
    person.reads("It says why now").await;
    forge.change(|stands| stands.state = "merged".to_owned());
    person.reads("merged").await;
    person.pictures("merged").await;
}
