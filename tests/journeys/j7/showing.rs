//! J7, try it: work stands in the person's checkout and goes again, and the folder it was made in opens elsewhere.

#[cfg(unix)]
use std::{fs, os::unix::fs::PermissionsExt};

use ampersand_testkit::Desk;
use serde_json::Value;

async fn ready(desk: &Desk, chat: &mut ampersand_testkit::Chat, command: &str) -> Value {
    chat.say(&format!("run {command}")).await;
    let result = chat.wait_for_type("result").await;
    assert_eq!(result["state"], "ready", "{result}");
    let tasks = desk.tasks().await;
    let id = &result["task"];
    let task = tasks.into_iter().find(|task| task["id"] == *id);
    task.unwrap()
}

fn verbs(task: &Value) -> Vec<&str> {
    let verbs = task["verbs"].as_array().unwrap();
    verbs.iter().filter_map(Value::as_str).collect()
}

async fn view(desk: &Desk, id: &str) -> Value {
    let tasks = desk.tasks().await.into_iter();
    tasks.into_iter().find(|task| task["id"] == id).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn work_is_looked_at_in_the_checkout_and_lands_from_there() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    let task = ready(
        &desk,
        &mut chat,
        "echo better >> README.md; echo n > new.txt",
    )
    .await;
    let id = task["id"].as_str().unwrap();
    assert!(verbs(&task).contains(&"show") && !verbs(&task).contains(&"put_back"));
    let (before, head) = (desk.repository.read("README.md"), desk.repository.head());
    desk.repository.write("mine.txt", "mine");

    let shown = desk.run(&["show", id]).await;
    assert_eq!(
        (shown.code, &shown.lines[0]["files"]),
        (0, &Value::from(2)),
        "{shown:?}"
    );
    let card = chat.wait_for_type("landing").await;
    assert_eq!(card["outcome"]["name"], "shown", "{card}");
    assert!(desk.repository.read("README.md").contains("better"));
    assert_eq!(
        (desk.repository.head(), desk.repository.read("new.txt")),
        (head.clone(), "n\n".into())
    );
    let task = view(&desk, id).await;
    assert!(
        verbs(&task).contains(&"put_back") && !verbs(&task).contains(&"show"),
        "{task}"
    );

    // It outlives the process that put it there, and whoever starts meanwhile does not start from it.
    desk.kill_orchestrator();
    let other = ready(
        &desk,
        &mut chat,
        "cat README.md mine.txt; ls; echo x > other.txt",
    )
    .await;
    let printed = desk.run(&["output", other["id"].as_str().unwrap()]).await;
    let printed = printed.lines[0]["text"].as_str().unwrap().to_owned();
    assert!(
        printed.contains("mine") && !printed.contains("better"),
        "{printed}"
    );
    assert!(!printed.contains("new.txt"), "{printed}");
    let refused = desk.run(&["land", other["id"].as_str().unwrap()]).await;
    assert_eq!(refused.lines[0]["code"], "landing_shown", "{refused:?}");

    let back = desk.run(&["put-back"]).await;
    assert_eq!(back.code, 0, "{back:?}");
    assert_eq!(desk.repository.read("README.md"), before);
    assert_eq!(desk.repository.status(), "?? mine.txt");
    let nothing = desk.run(&["put-back"]).await;
    assert_eq!(nothing.lines[0]["code"], "nothing_shown", "{nothing:?}");

    assert_eq!(desk.run(&["show", id]).await.code, 0);
    let landed = desk.run(&["land", id]).await;
    assert_eq!(landed.code, 0, "{landed:?}");
    assert_eq!(desk.repository.status(), "?? mine.txt");
    assert!(!verbs(&view(&desk, id).await).contains(&"put_back"));
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_the_way_is_said_and_nothing_is_shown() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    let task = ready(&desk, &mut chat, "echo better >> README.md").await;
    let id = task["id"].as_str().unwrap();
    desk.repository.write("README.md", "mine");
    let refused = desk.run(&["show", id]).await;
    assert_eq!(
        refused.lines[0]["code"], "landing_in_the_way",
        "{refused:?}"
    );
    assert!(
        refused.lines[0]["hint"]
            .as_str()
            .unwrap()
            .contains("show it again")
    );
    assert_eq!(desk.repository.read("README.md"), "mine");
    assert!(verbs(&view(&desk, id).await).contains(&"show"));
    assert_eq!(chat.end().await.0, 0);
}

/// By a program that is a script, as systems other than Windows start them.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_folder_opens_in_what_the_person_set() {
    let desk = Desk::new();
    let program = desk.home().join("editor");
    let script =
        "#!/bin/sh\n{ pwd; echo \"$1\"; } > \"$1/told.new\"; mv \"$1/told.new\" \"$1/told\"\n";
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    desk.settings(&format!(
        "[programs]\neditor = [{:?}, \"{{dir}}\"]\nterminal = [\"not-here\"]\n",
        program.display().to_string()
    ));
    let mut chat = desk.chat().await;
    let task = ready(&desk, &mut chat, "echo better >> README.md").await;
    let id = task["id"].as_str().unwrap();
    let opened = desk.run(&["open", id]).await;
    assert_eq!(opened.code, 0, "{opened:?}");
    let told = desk.made("told").await;
    let said = fs::read_to_string(told).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.len() == 2 && lines[0] == lines[1], "{said}");
    assert!(
        fs::read_to_string(format!("{}/README.md", lines[0]))
            .unwrap()
            .contains("better")
    );
    let missing = desk.run(&["open", id, "--in", "terminal"]).await;
    assert_eq!(missing.lines[0]["code"], "no_program", "{missing:?}");
    assert_eq!(chat.end().await.0, 0);
}
