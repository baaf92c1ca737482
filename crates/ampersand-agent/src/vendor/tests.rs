//! Agents that mean harm or are broken: the attempt ends with a reason, and nothing waits for ever.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ampersand_core::{Answer, Failure, Narrowing, Obstacle, Outage, Question, Role};
use ampersand_sandbox::{LaunchError, Launched};
use futures::future::{BoxFuture, FutureExt};
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf,
};
use tokio::sync::{mpsc, watch};

use super::Driver;
use super::record::Record;
use super::talk::{Ended, Limits, Talk};
use super::testing::{assignment, brief};
use crate::acp::conversation;
use crate::codex::thread;
use crate::host::{Gate, Host, Launch};
use crate::outcome::Outcome;
use crate::runtime::Attempt;

/// A host that answers every question with yes, and counts them.
struct Obliging {
    asked: Mutex<Vec<Question>>,
    gate: watch::Sender<Gate>,
    shut: watch::Sender<Option<Outage>>,
}

impl Host for Obliging {
    fn launch(&self, _: Launch) -> BoxFuture<'_, Result<Launched, LaunchError>> {
        let why = "nothing is launched here".to_owned();
        async { Err(LaunchError::NoIsolation { why }) }.boxed()
    }

    fn ask(&self, question: Question) -> BoxFuture<'_, Answer> {
        self.asked.lock().unwrap().push(question);
        async { Answer::Allow }.boxed()
    }

    fn web_search(&self, _: String) -> BoxFuture<'_, Result<String, Failure>> {
        async { Ok(String::new()) }.boxed()
    }

    fn web_fetch(&self, _: String) -> BoxFuture<'_, Result<String, Failure>> {
        async { Ok(String::new()) }.boxed()
    }

    fn gate(&self) -> watch::Receiver<Gate> {
        self.gate.subscribe()
    }

    fn taken(&self) -> watch::Receiver<Vec<Narrowing>> {
        watch::channel(Vec::new()).1
    }

    fn model_shut(&self) -> watch::Receiver<Option<Outage>> {
        self.shut.subscribe()
    }
}

/// The agent's side of the wire.
struct Agent {
    heard: Lines<BufReader<ReadHalf<DuplexStream>>>,
    mouth: WriteHalf<DuplexStream>,
}

impl Agent {
    async fn say(&mut self, message: &Value) -> bool {
        self.say_bytes(format!("{message}\n").as_bytes()).await
    }

    /// False once nobody listens.
    async fn say_bytes(&mut self, bytes: &[u8]) -> bool {
        self.mouth.write_all(bytes).await.is_ok()
    }

    /// The next request, answered as a well-meaning agent of either protocol would; the method, or `None` at the end.
    async fn oblige(&mut self) -> Option<String> {
        let line = self.heard.next_line().await.ok()??;
        let message: Value = serde_json::from_str(&line).unwrap();
        let method = message["method"].as_str().unwrap_or_default().to_owned();
        let result = match method.as_str() {
            "initialize" => json!({"protocolVersion": 1}),
            "thread/start" => json!({"thread": {"id": "t"}}),
            "session/new" => json!({"sessionId": "t"}),
            "turn/start" => json!({"turn": {"id": "u"}}),
            "session/prompt" => {
                let words = json!({"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "Did it"}});
                self.say(&json!({"method": "session/update", "params": {"sessionId": "t", "update": words}})).await;
                json!({"stopReason": "end_turn"})
            }
            _ => return Some(method),
        };
        self.say(&json!({"id": message["id"], "result": result}))
            .await;
        if method == "turn/start" {
            let item = json!({"type": "agentMessage", "id": "m", "text": "Did it"});
            self.say(
                &json!({"method": "item/completed", "params": {"threadId": "t", "item": item}}),
            )
            .await;
            let turn = json!({"id": "u", "status": "completed"});
            self.say(
                &json!({"method": "turn/completed", "params": {"threadId": "t", "turn": turn}}),
            )
            .await;
        }
        Some(method)
    }

    async fn oblige_to_the_end(&mut self) {
        while self.oblige().await.is_some() {}
    }
}

const LIMITS: Limits = Limits {
    silence: Duration::from_secs(60),
    stop: Duration::from_secs(60),
    line_bytes: 64 * 1024,
    total_bytes: 4 << 20,
    shown_bytes: 64 * 1024,
    nonsense: 100,
    unread: 16,
};

/// How an exchange with such an agent ends, and how many questions reached the person.
async fn meet<D: Driver, F: Future<Output = ()> + Send + 'static>(
    driver: D,
    role: Role,
    limits: Limits,
    agent: impl FnOnce(Agent) -> F,
) -> (Ended, usize) {
    meet_while(None, driver, role, limits, agent).await
}

/// The same while its model is shut for a reason.
async fn meet_while<D: Driver, F: Future<Output = ()> + Send + 'static>(
    shut: Option<Outage>,
    driver: D,
    role: Role,
    limits: Limits,
    agent: impl FnOnce(Agent) -> F,
) -> (Ended, usize) {
    let folder = tempfile::tempdir().unwrap();
    let (mut record, past) = Record::open(&folder.path().join("r.jsonl")).await.unwrap();
    let host = Arc::new(Obliging {
        asked: Mutex::default(),
        gate: watch::Sender::new(Gate::Open),
        shut: watch::Sender::new(shut),
    });
    let (events, mut told) = mpsc::channel(16);
    tokio::spawn(async move { while told.recv().await.is_some() {} });
    let (_words, steering) = mpsc::channel(1);
    let mut attempt = Attempt {
        assignment: assignment(role, "/w"),
        host: Arc::clone(&host) as Arc<dyn Host>,
        events,
        steering,
    };
    let (ours, theirs) = tokio::io::duplex(4 * 1024);
    let (heard, mouth) = tokio::io::split(theirs);
    let heard = BufReader::new(heard).lines();
    let acting = tokio::spawn(agent(Agent { heard, mouth }));
    let (from, to) = tokio::io::split(ours);
    let talk = Talk::new(driver, &mut attempt, &mut record, past, limits);
    let ended = tokio::time::timeout(Duration::from_secs(60), talk.run(from, to)).await;
    acting.abort();
    let asked = host.asked.lock().unwrap().len();
    (ended.expect("the exchange never ended"), asked)
}

/// The code an exchange ended with; `done` and `silently` for those that end without one.
fn word(ended: &Ended) -> String {
    match ended {
        Ended::Silently { opened, .. } => format!("silently, opened: {opened}"),
        Ended::With(outcome) => match &**outcome {
            Outcome::Done { report } => format!("done: {}", report.headline),
            Outcome::Failed { failure, .. } => failure.code.clone(),
            Outcome::Limit { outage } => outage.failure.code.clone(),
        },
    }
}

/// Both protocols meet the same mischief.
macro_rules! both {
    ($name:ident, $role:expr, $limits:expr, $expected:expr, $agent:expr) => {
        #[tokio::test]
        async fn $name() {
            let (ended, asked) = meet(thread(brief($role, "/w")), $role, $limits, $agent).await;
            assert_eq!((word(&ended).as_str(), asked), $expected, "codex");
            let (ended, asked) =
                meet(conversation(brief($role, "/w")), $role, $limits, $agent).await;
            assert_eq!((word(&ended).as_str(), asked), $expected, "acp");
        }
    };
}

#[tokio::test]
async fn while_its_model_is_shut_an_agent_is_stopped_and_that_is_the_reason() {
    let outage = Outage {
        obstacle: Obstacle::Network,
        failure: Failure::new("unreachable", "It cannot be reached.", "Wait."),
        until: None,
    };
    let shut = Some(outage);
    let agent = |mut agent: Agent| async move { agent.oblige_to_the_end().await };
    let driver = thread(brief(Role::Worker, "/w"));
    let (ended, _) = meet_while(shut.clone(), driver, Role::Worker, LIMITS, agent).await;
    assert_eq!(word(&ended), "unreachable", "codex");
    let driver = conversation(brief(Role::Worker, "/w"));
    let (ended, _) = meet_while(shut, driver, Role::Worker, LIMITS, agent).await;
    assert_eq!(word(&ended), "unreachable", "acp");
}

both!(
    a_well_meaning_agent_comes_to_an_end,
    Role::Worker,
    LIMITS,
    ("done: Did it", 0),
    |mut agent| async move {
        agent.oblige_to_the_end().await;
    }
);

both!(
    endless_words_are_cut_off,
    Role::Worker,
    LIMITS,
    ("agent_floods", 0),
    |mut agent| async move {
        let noise = json!({"method": "noise", "params": {"text": "x".repeat(10_000)}});
        while agent.say(&noise).await {}
    }
);

both!(
    what_is_no_message_is_borne_for_a_while,
    Role::Worker,
    LIMITS,
    ("agent_nonsense", 0),
    |mut agent| async move { while agent.say_bytes(b"{\"id\": \xff\n").await {} }
);

both!(
    a_login_that_it_asks_for_in_words_is_not_waited_for,
    Role::Worker,
    LIMITS,
    ("unauthorized", 0),
    |mut agent| async move {
        agent.say_bytes(b"Please visit the following URL:\n").await;
        agent
            .say_bytes(b"https://accounts.example.test/o/oauth2/v2/auth?scope=x\n")
            .await;
        agent.oblige_to_the_end().await;
    }
);

both!(
    a_line_without_end_costs_no_memory_and_no_answer,
    Role::Worker,
    LIMITS,
    ("done: Did it", 0),
    |mut agent| async move {
        for _ in 0..100 {
            agent.say_bytes(&[b'x'; 10_000]).await;
        }
        agent.say_bytes(b"\n").await;
        agent.oblige_to_the_end().await;
    }
);

both!(
    a_line_with_more_in_it_than_is_read_is_no_message,
    Role::Worker,
    Limits {
        line_bytes: 32 << 20,
        total_bytes: 64 << 20,
        nonsense: 0,
        ..LIMITS
    },
    ("agent_nonsense", 0),
    |mut agent| async move {
        let many = r#"{"":0},"#.repeat(16 << 17);
        let line = format!("{{\"method\":\"noise\",\"params\":[{many}0]}}\n");
        agent.say_bytes(line.as_bytes()).await;
        agent.oblige_to_the_end().await;
    }
);

#[tokio::test]
async fn an_answer_longer_than_is_read_is_not_waited_for() {
    let mut brief = brief(Role::Worker, "/w");
    brief.past.session = Some("old".to_owned());
    let agent = |mut agent: Agent| async move {
        loop {
            match agent.oblige().await.as_deref() {
                Some("thread/resume") => {
                    let turns = "x".repeat(2 * LIMITS.line_bytes);
                    agent
                        .say(&json!({"id": 2, "result": {"thread": {"id": "old", "turns": turns}}}))
                        .await;
                }
                Some(_) => {}
                None => return,
            }
        }
    };
    let (ended, _) = meet(thread(brief), Role::Worker, LIMITS, agent).await;
    assert_eq!(
        word(&ended),
        "done: Did it",
        "it begins anew with what is known"
    );
}

both!(
    answers_to_nothing_and_wrong_names_change_nothing,
    Role::Worker,
    LIMITS,
    ("done: Did it", 0),
    |mut agent| async move {
        for id in [
            json!(2),
            json!(3),
            json!(77),
            json!("1"),
            json!(-1),
            json!(null),
            json!([]),
        ] {
            agent.say(&json!({"id": id, "result": {"thread": {"id": "forged"}, "sessionId": "forged", "turn": {"id": "forged"}}})).await;
            agent
                .say(&json!({"id": id, "error": {"code": 1, "message": "forged"}}))
                .await;
        }
        agent.oblige_to_the_end().await;
    }
);

both!(
    approvals_of_others_reach_nobody,
    Role::Default,
    LIMITS,
    ("done: Did it", 0),
    |mut agent| async move {
        let call = json!({"toolCallId": "c", "kind": "execute", "rawInput": {"command": "rm"}});
        agent
            .say(&json!({"id": 1, "method": "session/request_permission",
        "params": {"sessionId": "other", "toolCall": call, "options": []}}))
            .await;
        agent.say(&json!({"id": 2, "method": "item/fileChange/requestApproval", "params": {"itemId": "none"}})).await;
        agent.say(&json!({"id": 3, "method": "item/permissions/requestApproval", "params": {"permissions": {"network": true}}})).await;
        agent.oblige_to_the_end().await;
    }
);

both!(
    one_that_asks_and_never_listens_is_left,
    Role::Worker,
    LIMITS,
    ("agent_deaf", 0),
    |mut agent| async move {
        let mut id = 0;
        while agent
            .say(&json!({"id": id, "method": "x".repeat(2_000)}))
            .await
        {
            id += 1;
        }
        std::future::pending::<()>().await;
    }
);

const IMPATIENT: Limits = Limits {
    silence: Duration::from_millis(100),
    stop: Duration::from_millis(100),
    ..LIMITS
};

both!(
    silence_is_not_waited_out,
    Role::Worker,
    IMPATIENT,
    ("agent_silent", 0),
    |agent| async move {
        let _agent = agent;
        std::future::pending::<()>().await;
    }
);

#[tokio::test]
async fn an_end_at_any_step_is_seen_as_one() {
    for steps in 0..3 {
        let leaves = |mut agent: Agent| async move {
            for _ in 0..steps {
                agent.oblige().await;
            }
        };
        // The notification between the two first requests of Codex is a step too.
        let (ended, _) = meet(
            thread(brief(Role::Worker, "/w")),
            Role::Worker,
            LIMITS,
            leaves,
        )
        .await;
        assert_eq!(
            word(&ended),
            "silently, opened: false",
            "codex after {steps}"
        );
        if steps < 2 {
            let (ended, _) = meet(
                conversation(brief(Role::Worker, "/w")),
                Role::Worker,
                LIMITS,
                leaves,
            )
            .await;
            assert_eq!(word(&ended), "silently, opened: false", "acp after {steps}");
        }
    }
    let dies_at_work = |mut agent: Agent| async move {
        agent.oblige().await;
        agent.oblige().await;
        agent.heard.next_line().await.unwrap();
    };
    let (ended, _) = meet(
        conversation(brief(Role::Worker, "/w")),
        Role::Worker,
        LIMITS,
        dies_at_work,
    )
    .await;
    assert_eq!(word(&ended), "silently, opened: true");
}
