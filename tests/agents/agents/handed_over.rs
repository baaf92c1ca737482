//! Fail-over through the whole of Ampersand: where one agent is held up, another goes on with its work, told what was done.

use ampersand_testkit::model_server::{ModelServer, Recorded, Reply, Script, When};
use serde_json::{Value, json};

use super::{Actor, BUILTIN, CLAUDE, CODEX};
use crate::team::{self, brief};

const TITLE: &str = "Make it";

/// The first does half of it, committed where it can commit, and is then held up for an hour; the second finds that half and
/// does the rest.
fn script(from: Actor, to: Actor) -> Script {
    let words = format!("{} brief", from.name);
    let half =
        from.runs("echo half >> README.md; git commit -qam half; echo new > beside-the-half.txt");
    let says = "I did the first half.";
    let mut reply = Reply::says(says);
    reply.steps.extend(half.steps);
    team::hands_out(json!([brief(TITLE, from.name)]))
        .times(1, from.told(&words).after_results(0), reply)
        .times(
            1,
            from.told(&words).after_results(1),
            Reply::rate_limited("3600"),
        )
        .rule(
            to.told("This was begun by").after_results(0),
            to.runs("grep -q half README.md && echo whole >> README.md"),
        )
        .rule(to.told("This was begun by"), Reply::says("Did the rest"))
        .rule(When::anything(), Reply::says("NOTHING TO ADD"))
}

async fn goes_over(from: Actor, to: Actor) {
    let model = ModelServer::start(script(from, to)).await.unwrap();
    let failover = format!("[agents]\nfailover = [{:?}, {:?}]\n", from.name, to.name);
    let (desk, mut chat) = team::chat_with(&model.base_url(), &[from, to], &failover).await;
    chat.say("go").await;
    let said = chat.wait_for_type("notice").await;
    assert_eq!(said["code"], "handed_over", "{said}");
    let ready = chat.wait_for_state(TITLE, "ready").await;
    let shown = |actor: Actor| actor.kind().shown().to_owned();
    assert_eq!(ready["agent"], shown(to));
    assert_eq!(ready["before"], shown(from));
    let requests = model.requests();
    let told = first_of(to, &requests);
    for part in [
        format!("{} brief", from.name),
        format!("{}: I did the first half.", shown(from)),
        "+half".to_owned(),
        "beside-the-half.txt".to_owned(),
    ] {
        assert!(told.contains(&part), "{part}: {told}");
    }
    assert_eq!(desk.run(&["land", TITLE]).await.code, 0);
    let readme = desk.repository.read("README.md");
    assert!(readme.ends_with("half\nwhole\n"), "{readme}");
    assert_eq!(chat.end().await.0, 0);
}

/// The first request of the agent that took over.
fn first_of(to: Actor, requests: &[Recorded]) -> String {
    let mut bodies = requests.iter().map(|request| &request.body);
    let is_its = |body: &&Value| {
        body["tools"].to_string().contains(to.shell)
            && body.to_string().contains("This was begun by")
    };
    bodies.find(is_its).unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn claude_goes_on_where_codex_is_held_up() {
    goes_over(CODEX, CLAUDE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn codex_goes_on_where_the_built_in_agent_is_held_up() {
    goes_over(BUILTIN, CODEX).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_built_in_agent_goes_on_where_claude_is_held_up() {
    goes_over(CLAUDE, BUILTIN).await;
}
