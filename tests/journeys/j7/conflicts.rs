//! Work and branch that changed the same places: the person sees what both want, and each way on leads into the branch.

use ampersand_testkit::{
    Chat, Desk,
    model_server::{ModelServer, Reply, Script},
};
use serde_json::{Value, json};

use crate::scripts::{agent, controller, dispatches, reports};

const ASKS: &str = "Bring the two together, please.";
const CHANGES: &str = "sed -i s/two/theirs/ note; echo new > added";
const TOGETHER: &str = "one\nours and theirs\nthree\n";

/// A task whose landing is refused, since the branch says something else in the same place.
async fn refused(desk: &Desk, chat: &mut Chat) -> String {
    desk.repository.write("note", "one\ntwo\nthree\n");
    desk.repository.commit("Note");
    chat.say("run sed -i s/two/theirs/ note; echo new > added")
        .await;
    let result = chat.wait_for_type("result").await;
    let id = result["task"].as_str().unwrap().to_owned();
    desk.repository.write("note", "one\nours\nthree\n");
    desk.repository.commit("Say ours");
    let refused = desk.run(&["land", &id]).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(refused.lines[0]["type"], "conflicts", "{refused:?}");
    assert_eq!(refused.lines[0]["conflicts"], both());
    assert_eq!(refused.lines[1]["code"], "landing_conflicts", "{refused:?}");
    let card = chat.wait_for_type("landing").await;
    assert_eq!(card["outcome"]["conflicts"], both(), "{card}");
    assert_eq!(desk.repository.status(), "");
    id
}

fn both() -> Value {
    json!([{
        "path": "note",
        "branch_has_it": true,
        "task_has_it": true,
        "places": [{ "line": 2, "branch": ["ours"], "task": ["theirs"] }],
        "cut": false,
    }])
}

async fn state_of(desk: &Desk, id: &str) -> Value {
    let tasks = desk.tasks().await;
    let task = tasks.into_iter().find(|task| task["id"] == id);
    task.unwrap()["detail"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_controllers_model_sees_it_and_starts_a_task_that_lands_with_the_work() {
    let changes = json!({ "key": "note", "title": "Change the note", "role": "worker", "kind": "command",
        "command": CHANGES, "reason": "it was asked for", "after": [], "inputs": [] });
    let script = Script::new()
        .rule(
            controller(CHANGES).after_results(0),
            dispatches(json!([changes])),
        )
        .rule(
            controller(CHANGES).after_results(1),
            Reply::says("It runs."),
        )
        .rule(
            controller(ASKS).after_results(0),
            Reply::calls("resolve", json!({ "task": "t1" })),
        )
        .rule(
            controller(ASKS).after_results(1),
            Reply::says("One task does."),
        )
        .rule(
            agent("take every marker out").after_results(0),
            Reply::calls("write", json!({ "path": "note", "content": TOGETHER })),
        )
        .rule(
            agent("take every marker out").after_results(1),
            reports("Both hold"),
        )
        .rule(controller("").after_results(0), Reply::says(""));
    let model = ModelServer::start(script).await.unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let mut chat = desk.chat().await;
    let id = refused(&desk, &mut chat).await;
    chat.say(ASKS).await;
    let follow_up = chat
        .wait_for("a follow-up", |line| {
            line["type"] == "task" && line["resolves"] == id.as_str() && line["state"] == "ready"
        })
        .await;
    let asked = model.requests();
    let told = asked.iter().map(|request| request.body.to_string());
    let told: Vec<String> = told.filter(|body| body.contains(ASKS)).collect();
    assert!(told[0].contains("the branch says > ours"), "{}", told[0]);
    assert!(told[0].contains("the task says > theirs"), "{}", told[0]);

    let follow_up = follow_up["id"].as_str().unwrap();
    let landed = desk.run(&["land", follow_up]).await;
    assert_eq!(landed.code, 0, "{landed:?}");
    assert_eq!(desk.repository.read("note"), TOGETHER);
    assert_eq!(desk.repository.read("added"), "new\n");
    assert_eq!(desk.repository.status(), "");
    let settled = state_of(&desk, &id).await;
    assert_eq!(settled["name"], "landed", "{settled}");
    assert_eq!(settled["by"]["task"], follow_up, "{settled}");
    let parents = desk.repository.git(&["log", "-1", "--format=%P"]);
    assert_eq!(parents.split_whitespace().count(), 2, "{parents}");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_side_lands_once_the_person_allowed_it() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    let id = refused(&desk, &mut chat).await;
    let head = desk.repository.head();
    let asked = desk.run(&["keep", &id, "branch"]).await;
    assert_eq!(asked.code, 0, "{asked:?}");
    let question = &asked.lines[0]["question"];
    assert_eq!(question["keeps"]["side"], "branch", "{asked:?}");
    assert_eq!(question["diffstat"]["count"], 1, "{asked:?}");
    assert_eq!(desk.repository.head(), head);
    let approval = asked.lines[0]["id"].as_str().unwrap();
    assert_eq!(desk.run(&["approve", approval]).await.code, 0);
    let card = chat.wait_for_type("landing").await;
    assert_eq!(card["outcome"]["name"], "landed", "{card}");
    assert_eq!(desk.repository.read("note"), "one\nours\nthree\n");
    assert_eq!(desk.repository.read("added"), "new\n");
    assert_eq!(desk.repository.status(), "");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_edits_in_a_folder_of_its_own_and_lands_that() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    let id = refused(&desk, &mut chat).await;
    let shown = desk.run_text(&["land", &id], b"").await;
    for line in ["note:2", "| ours", "| theirs"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let made = desk.run(&["resolve", &id, "--by-hand"]).await;
    assert_eq!(made.code, 0, "{made:?}");
    let (task, report) = (&made.lines[0], &made.lines[1]["report"]);
    assert_eq!(
        (&task["resolves"], &task["agent"]),
        (&json!(id), &json!("you"))
    );
    let headline = report["headline"].as_str().unwrap();
    let folder = headline.split('`').nth(1).unwrap();
    let note = std::path::Path::new(folder).join("note");
    assert!(
        std::fs::read_to_string(&note)
            .unwrap()
            .contains("<<<<<<< branch")
    );
    let by_hand = task["id"].as_str().unwrap();
    let refused = desk.run(&["land", by_hand]).await;
    assert_eq!(
        refused.lines[0]["code"], "landing_markers_left",
        "{refused:?}"
    );
    std::fs::write(&note, TOGETHER).unwrap();
    let landed = desk.run(&["land", by_hand]).await;
    assert_eq!(landed.code, 0, "{landed:?}");
    assert_eq!(desk.repository.read("note"), TOGETHER);
    assert_eq!(desk.repository.status(), "");
    assert_eq!(state_of(&desk, &id).await["by"]["task"], by_hand);
    assert_eq!(chat.end().await.0, 0);
}
