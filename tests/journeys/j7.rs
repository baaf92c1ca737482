//! J7: a diff is checked by the project's own checks and lands on a person's word.

mod app;
mod conflicts;
mod review;
mod showing;

use ampersand_testkit::{
    Desk,
    model_server::{ModelServer, Reply, Script, When},
};
use serde_json::json;

use crate::scripts::{agent, brief, controller, dispatches, reports};

#[tokio::test(flavor = "multi_thread")]
async fn checked_work_lands_and_other_work_stays() {
    let desk = Desk::new();
    desk.repository.write(
        ".ampersand.toml",
        "[checks]\nreadme = \"grep -q better README.md\"\n",
    );
    desk.repository.commit("Declare checks");
    let ran = desk.run(&["trust"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut chat = desk.chat().await;
    chat.say("run echo better >> README.md").await;
    let result = chat.wait_for_type("result").await;
    assert_eq!(result["state"], "ready");
    assert_eq!(result["report"]["checks"][0]["outcome"]["name"], "passed");
    assert_eq!(result["report"]["diffstat"]["count"], 1);
    let id = result["task"].as_str().unwrap().to_owned();
    desk.repository.write("mine.txt", "mine");

    let diff = desk.run(&["diff", &id]).await;
    assert!(
        diff.lines[0]["diff"].to_string().contains("better"),
        "{diff:?}"
    );
    let landed = desk.run(&["land", &id]).await;
    assert_eq!(landed.code, 0, "{landed:?}");
    let landing = chat.wait_for_type("landing").await;
    assert_eq!(landing["outcome"]["name"], "landed");
    assert!(desk.repository.read("README.md").contains("better"));
    assert_eq!(desk.repository.status(), "?? mine.txt");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn red_work_and_work_in_the_way_are_refused_with_what_to_do() {
    let desk = Desk::new();
    desk.repository
        .write(".ampersand.toml", "[checks]\nfails = \"exit 4\"\n");
    desk.repository.commit("Declare checks");
    desk.run(&["trust"]).await;
    let mut chat = desk.chat().await;
    chat.say("run echo a >> README.md").await;
    let red = chat.wait_for_type("result").await;
    let refused = desk.run(&["land", red["task"].as_str().unwrap()]).await;
    assert_eq!(refused.code, 1);
    assert_eq!(refused.lines[0]["code"], "checks_red");
    assert!(
        refused.lines[0]["hint"]
            .as_str()
            .is_some_and(|hint| !hint.is_empty())
    );

    desk.repository.git(&["rm", "--quiet", ".ampersand.toml"]);
    desk.repository.commit("No checks");
    // Who emptied it nobody knows: that there are no checks any more is the person's to say.
    chat.say("run echo b >> README.md").await;
    let ready = chat.wait_for_type("result").await;
    let tasks = desk.tasks().await;
    let shown = tasks.iter().find(|task| task["id"] == ready["task"]);
    assert_eq!(
        shown.unwrap()["detail"]["verdict"],
        "untrusted",
        "{tasks:?}"
    );
    assert_eq!(desk.run(&["trust"]).await.code, 0);
    chat.wait_for("its new verdict", |line| {
        line["type"] == "task" && line["detail"]["verdict"] == "unchecked"
    })
    .await;
    desk.repository.write("README.md", "mine");
    let refused = desk.run(&["land", ready["task"].as_str().unwrap()]).await;
    assert_eq!(refused.code, 1);
    assert!(
        refused.lines[0]["message"]
            .as_str()
            .unwrap()
            .contains("README.md")
    );
    assert_eq!(desk.repository.read("README.md"), "mine");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_landing_is_undone_by_a_sentence_and_by_a_command() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    chat.say("undo the landing").await;
    let nothing = chat.wait_for_type("notice").await;
    assert_eq!(nothing["code"], "no_landing_to_undo", "{nothing}");
    chat.say("run echo better >> README.md").await;
    let result = chat.wait_for_type("result").await;
    let id = result["task"].as_str().unwrap().to_owned();
    let (head, before) = (desk.repository.head(), desk.repository.read("README.md"));
    assert_eq!(desk.run(&["land", &id]).await.code, 0);
    chat.wait_for_type("landing").await;
    desk.repository.write("mine.txt", "mine");

    chat.say("Undo the last landing, please.").await;
    let understood = chat.wait_for_type("understood").await;
    assert_eq!(understood["verb"], "undo_landing");
    let landing = chat.wait_for_type("landing").await;
    assert_eq!(landing["outcome"]["name"], "undone", "{landing}");
    assert_eq!(landing["outcome"]["to"], head.as_str());
    assert_eq!(desk.repository.head(), head);
    assert_eq!(desk.repository.read("README.md"), before);
    assert_eq!(desk.repository.status(), "?? mine.txt");

    assert_eq!(desk.run(&["land", &id]).await.code, 0);
    chat.wait_for_type("landing").await;
    desk.repository.write("README.md", "mine");
    let refused = desk.run(&["undo-landing"]).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(
        refused.lines[0]["code"], "landing_in_the_way",
        "{refused:?}"
    );
    chat.wait_for_type("landing").await;
    desk.repository.git(&["checkout", "-q", "README.md"]);
    let undone = desk.run(&["undo-landing"]).await;
    assert_eq!(undone.code, 0, "{undone:?}");
    assert_eq!(undone.lines[0]["type"], "landing_undone");
    assert_eq!(desk.repository.head(), head);
    chat.wait_for_type("landing").await;
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_is_ready_goes_on_with_what_should_be_otherwise() {
    let task = brief("it", "Note it", "worker", "NOTE BRIEF");
    let write = |text: &str| Reply::calls("write", json!({ "path": "note.txt", "content": text }));
    let again = "note.txt:1: say it shorter";
    let model = ModelServer::start(
        Script::new()
            .rule(
                controller("note it").after_results(0),
                dispatches(json!([task])),
            )
            .times(1, agent("NOTE BRIEF").after_results(0), write("first\n"))
            .times(1, agent("NOTE BRIEF").after_results(1), reports("Noted"))
            .times(1, When::user(again).with_tool("report"), write("1\n"))
            .rule(agent("NOTE BRIEF"), reports("Shorter"))
            .rule(controller(""), Reply::says("So it is.")),
    )
    .await
    .unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let mut chat = desk.chat().await;
    chat.say("note it").await;
    let first = chat.wait_for_type("result").await;
    assert_eq!(first["state"], "ready", "{first}");
    let id = first["task"].as_str().unwrap().to_owned();

    let told = desk.run(&["steer", &id, again]).await;
    assert_eq!(told.code, 0, "{told:?}");
    let second = chat.wait_for_type("result").await;
    assert_eq!(second["task"], first["task"]);
    assert_eq!(second["report"]["headline"], "Shorter", "{second}");
    let requests = model.requests();
    let asked = requests
        .iter()
        .filter(|asked| format!("{asked:?}").contains(again));
    let remembers = |asked: &_| format!("{asked:?}").contains("first");
    assert!(asked.clone().count() > 0 && asked.clone().all(remembers));
    let diff = desk.run(&["diff", &id]).await.lines[0]["diff"].to_string();
    assert!(diff.contains("1") && !diff.contains("first"), "{diff}");

    assert_eq!(desk.run(&["land", &id]).await.code, 0);
    chat.wait_for_type("landing").await;
    assert_eq!(desk.repository.read("note.txt"), "1\n");
    let late = desk.run(&["steer", &id, "more"]).await;
    assert_eq!(late.code, 1, "{late:?}");
    assert_eq!(chat.end().await.0, 0);
}
