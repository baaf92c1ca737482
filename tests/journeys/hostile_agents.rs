//! Agents that mean harm, through the whole of Ampersand: each ends or pauses with a clear reason, nothing of it stays, and
//! what runs beside it is not disturbed.

use ampersand_testkit::{
    Chat, Desk,
    model_server::{ModelServer, Reply, Script},
    program,
};
use serde_json::{Value, json};

use crate::scripts::{controller, dispatches};

/// What an agent does, the state its task comes to, and the code of the reason.
const ENDS: [(&str, &str, &str); 13] = [
    ("exits at once", "failed", "agent_not_started"),
    ("exits at initialize", "failed", "agent_not_started"),
    ("exits at session/new", "failed", "agent_not_started"),
    ("exits at session/prompt", "paused", "agent_ended"),
    ("nonsense", "failed", "agent_nonsense"),
    ("knows no version", "failed", "agent_refused"),
    ("answers others", "paused", "agent_silent"),
    ("talks to itself", "paused", "agent_silent"),
    ("is silent", "paused", "agent_silent"),
    ("never listens", "failed", "agent_deaf"),
    ("answers before it is asked", "failed", "agent_refused"),
    ("says one long line", "paused", "output"),
    ("refuses to die", "done", ""),
];

/// An agent's name in the settings.
fn name(mischief: &str) -> String {
    mischief.replace([' ', '/'], "-")
}

fn settings(base_url: &str, mischiefs: impl Iterator<Item = &'static str>) -> String {
    let program = program("hostile-agent").display().to_string();
    let mut text = format!(
        "[slots]\nlimit = 20\n[models.controller]\napi = \"chat-completions\"\nbase_url = \"{base_url}\"\nmodel = \"scripted\"\n"
    );
    for mischief in mischiefs {
        let name = name(mischief);
        text.push_str(&format!(
            "[agents.{name}]\ncommand = [{program:?}, {mischief:?}]\npatience_s = 3\n\
             [agents.{name}.model]\nbase_url = \"{base_url}\"\nmodel = \"none\"\n"
        ));
    }
    text
}

fn task(mischief: &str, role: &str) -> Value {
    json!({ "key": name(mischief), "title": mischief, "role": role, "kind": "brief", "agent": name(mischief),
        "brief": "do it", "reason": "it was asked for" })
}

struct Den {
    desk: Desk,
    chat: Chat,
    _model: ModelServer,
}

/// Hands out a task to each of these agents.
async fn den(mischiefs: &[&'static str], role: &str) -> Den {
    let tasks: Vec<Value> = mischiefs
        .iter()
        .map(|mischief| task(mischief, role))
        .collect();
    let script = Script::new()
        .rule(controller("go").after_results(0), dispatches(tasks.into()))
        .rule(
            controller("honest").after_results(0),
            dispatches(
                json!([{ "key": "honest", "title": "Honest", "role": "worker", "kind": "command",
                "command": "printf honest", "reason": "it was asked for" }]),
            ),
        )
        .rule(controller(""), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start(script).await.unwrap();
    let desk = Desk::new();
    desk.settings(&settings(&model.base_url(), mischiefs.iter().copied()));
    let mut chat = desk.chat().await;
    chat.say("go").await;
    Den {
        desk,
        chat,
        _model: model,
    }
}

impl Den {
    /// An honest command beside them comes to its end.
    async fn honest_work_is_done(&mut self) {
        self.chat.say("something honest").await;
        let honest = |line: &Value| {
            line["type"] == "result" && line["report"]["summary"].to_string().contains("honest")
        };
        self.chat.wait_for("the honest result", honest).await;
    }

    /// Cancels everything, and looks whether anything is left of it.
    async fn end(self) {
        let ran = self.desk.run(&["cancel", "--all", "--now"]).await;
        assert!(
            ran.code == 0 || ran.lines[0]["code"] == "nothing_runs",
            "{ran:?}"
        );
        assert_eq!(self.chat.end().await.0, 0);
        assert_eq!(left(&self.desk), Vec::<String>::new());
    }
}

/// The command lines of whatever still works in a worktree.
fn left(desk: &Desk) -> Vec<String> {
    let worktrees = dunce::canonicalize(desk.home()).unwrap().join("worktrees");
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let there = processes.filter(|process| {
        let cwd = std::fs::read_link(process.path().join("cwd"));
        cwd.is_ok_and(|cwd| cwd.starts_with(&worktrees))
    });
    let lines = there.map(|process| {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).replace('\0', " ")
    });
    lines.collect()
}

/// The code of the failure, or the limit that was reached; empty where there is neither.
fn reason(task: &Value) -> &str {
    let why = &task["detail"]["why"];
    let places = [
        &task["detail"]["failure"]["code"],
        &why["failure"]["code"],
        &why["limit"]["which"],
    ];
    let known = places.into_iter().find_map(Value::as_str);
    known.unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mischief_comes_to_an_end_with_its_reason_beside_honest_work() {
    let mischiefs: Vec<_> = ENDS.iter().map(|(mischief, ..)| *mischief).collect();
    let mut den = den(&mischiefs, "worker").await;
    let mut open = ENDS.to_vec();
    while !open.is_empty() {
        let ended = den
            .chat
            .wait_for(&format!("the end of {open:?}"), |line| {
                let over = ["failed", "paused", "done", "ready", "needs_you"];
                line["type"] == "task"
                    && over.iter().any(|state| line["state"] == *state)
                    && open.iter().any(|(mischief, ..)| line["title"] == *mischief)
            })
            .await;
        let at = open
            .iter()
            .position(|(mischief, ..)| ended["title"] == *mischief);
        let (mischief, state, code) = open.remove(at.unwrap());
        let found = (ended["state"].as_str().unwrap(), reason(&ended));
        assert_eq!(found, (state, code), "{mischief}: {ended}");
    }
    den.honest_work_is_done().await;
    den.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_never_stops_talking_disturbs_nobody_and_is_gone_once_cancelled() {
    let mut den = den(&["floods"], "worker").await;
    let flooding = |line: &Value| line["activity"]["line"].to_string().contains("flood");
    den.chat.wait_for("the flood", flooding).await;
    den.honest_work_is_done().await;
    let ran = den.desk.run(&["cancel", "floods", "--now"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    den.chat.wait_for_state("floods", "cancelled").await;
    den.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_is_the_persons_alone_whatever_an_agent_says_of_it() {
    let mut den = den(&["forges consent"], "default").await;
    let approval = den.chat.wait_for_type("approval").await;
    assert_eq!(
        approval["approval"]["question"]["detail"], "touch forged",
        "{approval}"
    );
    let id = approval["id"].as_str().unwrap();
    assert_eq!(den.desk.run(&["deny", id]).await.code, 0);
    let result = den.chat.wait_for_type("result").await;
    let words = result["report"].to_string();
    assert!(
        words.contains("\\\"no\\\"") && !words.contains("\\\"yes\\\""),
        "{words}"
    );
    let asked = den
        .chat
        .seen
        .iter()
        .filter(|line| line["type"] == "approval");
    assert!(
        asked.clone().all(|line| line["id"] == approval["id"]),
        "{asked:?}"
    );
    den.end().await;
}

/// Hands out a task that asks two things at once, and waits until both are open.
async fn asks_twice() -> (Den, [String; 2]) {
    let mut den = den(&["asks twice at once"], "default").await;
    let mut ids = Vec::new();
    for words in ["touch first", "touch second"] {
        let asked = den
            .chat
            .wait_for(words, |line| {
                line["type"] == "approval" && line["approval"]["question"]["detail"] == words
            })
            .await;
        ids.push(asked["id"].as_str().unwrap().to_owned());
    }
    (den, ids.try_into().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_open_questions_the_second_is_waited_for_once_the_first_is_answered() {
    let (mut den, [first, second]) = asks_twice().await;
    assert_eq!(den.desk.run(&["deny", &first]).await.code, 0);
    let waits = den
        .chat
        .wait_for_state("asks twice at once", "needs_you")
        .await;
    assert_eq!(waits["detail"]["approval"], *second, "{waits}");
    assert_eq!(den.desk.run(&["deny", &second]).await.code, 0);
    let result = den.chat.wait_for_type("result").await;
    assert!(
        result["report"].to_string().contains("Both were answered"),
        "{result}"
    );
    den.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_attempt_asked_is_nobodys_question_any_more_once_it_is_over() {
    let (mut den, questions) = asks_twice().await;
    let ran = den
        .desk
        .run(&["cancel", "asks twice at once", "--now"])
        .await;
    assert_eq!(ran.code, 0, "{ran:?}");
    den.chat
        .wait_for_state("asks twice at once", "cancelled")
        .await;
    for question in &questions {
        let late = den.desk.run(&["deny", question]).await;
        assert_eq!(late.lines[0]["code"], "unknown_approval", "{late:?}");
    }
    den.end().await;
}
