//! Limits and outages through the whole of Ampersand: what comes back on an agent's way to its model pauses the task,
//! whatever the agent itself makes of it, and nothing is paid for twice.

use ampersand_testkit::model_server::{ModelServer, Reply, Script, Step, When};
use ampersand_testkit::{Chat, Desk};
use serde_json::{Value, json};

use super::Actor;
use crate::team::{self, asked_by, brief};

const TITLE: &str = "Make it";

/// A script whose agent is answered so the first time, and then does what it is told.
fn first(actor: Actor, reply: Reply) -> Script {
    let words = format!("{} brief", actor.name);
    team::hands_out(json!([brief(TITLE, actor.name)]))
        .times(1, actor.told(&words), reply)
        .rule(actor.told("interrupted"), Reply::says("Went on"))
        .rule(actor.told(&words), Reply::says("Made it"))
        .rule(When::anything(), Reply::says("NOTHING TO ADD"))
}

struct HeldUp {
    desk: Desk,
    chat: Chat,
    model: ModelServer,
    /// What is said of the pause.
    why: Value,
}

async fn held_up(actor: Actor, reply: Reply) -> HeldUp {
    let model = ModelServer::start(first(actor, reply)).await.unwrap();
    let (desk, mut chat) = team::chat(&model.base_url(), &[actor]).await;
    chat.say("go").await;
    let ended = chat
        .wait_for("its first attempt has ended", |line| {
            let over = ["paused", "failed", "ready", "done"];
            line["title"] == TITLE && over.iter().any(|state| line["state"] == *state)
        })
        .await;
    let why = ended["detail"]["why"].clone();
    assert_eq!(why["cause"], "limit", "{ended}");
    HeldUp {
        desk,
        chat,
        model,
        why,
    }
}

impl HeldUp {
    /// The person resumes it, and it comes to its end.
    async fn resume(mut self) -> Chat {
        let ran = self.desk.run(&["resume", TITLE]).await;
        assert_eq!(ran.code, 0, "{ran:?}");
        self.chat.wait_for_state(TITLE, "done").await;
        self.chat
    }
}

pub(super) async fn waits_out_a_rate_limit(actor: Actor) {
    let held = held_up(actor, Reply::rate_limited("3600")).await;
    assert_eq!(held.why["failure"]["code"], "rate_limited", "{}", held.why);
    let next = held.why["next_try_at"].as_str().unwrap().to_owned();
    let listed = held.desk.run_text(&["tasks"], b"").await;
    assert!(listed.contains("next try"), "{next} {listed}");
    assert_eq!(
        asked_by(actor, &held.model.requests()).len(),
        1,
        "it does not go on asking"
    );
    assert_eq!(held.resume().await.end().await.0, 0);
}

pub(super) async fn does_not_pay_twice_for_an_answer_that_broke_off(actor: Actor) {
    let fault =
        json!({"type": "error", "error": {"type": "api_error", "message": "engine on fire"}});
    for (breaks, code) in [
        (Step::Cut, "cut"),
        (Step::EndEarly, "cut"),
        (Step::Event(fault.to_string()), "model_reported"),
    ] {
        let broken = Reply::says("half an").step(breaks);
        let held = held_up(actor, broken).await;
        assert_eq!(held.why["failure"]["code"], code, "{}", held.why);
        assert!(held.why["next_try_at"].is_string(), "{}", held.why);
        assert_eq!(asked_by(actor, &held.model.requests()).len(), 1);
        assert_eq!(held.resume().await.end().await.0, 0);
    }
}

pub(super) async fn leaves_a_refused_key_to_the_person(actor: Actor) {
    let held = held_up(
        actor,
        Reply::status(401, json!({"error": {"message": "no"}})),
    )
    .await;
    assert_eq!(held.why["failure"]["code"], "unauthorized", "{}", held.why);
    assert_eq!(held.why["next_try_at"], Value::Null);
    assert_eq!(held.resume().await.end().await.0, 0);
}
