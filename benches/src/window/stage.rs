//! What the window is measured on: a desktop, a home with a conversation in it, a repository that holds the agents'
//! program, and a model that thinks before it speaks.

use std::path::PathBuf;

use ampersand_protocol::Home;
use ampersand_store::Conversation;
use ampersand_testkit::{
    Desk, TestRepository,
    model_server::{ModelServer, Reply, Script, Step, When},
    program,
    window::{Desktop, Driver, children, kill, system_program},
};
use anyhow::Result;
use serde_json::{Value, json};
use tokio::process::Child;

use crate::{agents, history::exchange, orchestrator};

/// Questions and answers that stand in the conversation when it is opened.
const EXCHANGES: usize = 100;

/// Busy agents that one message starts, which is the most that a model may start in a turn.
pub(super) const AT_ONCE: usize = 16;

/// What is said to start the busy agents, that many with each.
pub(super) fn starts() -> impl Iterator<Item = (usize, String)> {
    let first = (0..agents::AGENTS).step_by(AT_ONCE);
    first
        .zip('a'..)
        .map(|(first, letter)| (first, format!("row {letter}")))
}

pub(super) struct Stage {
    pub(super) desktop: Desktop,
    pub(super) desk: Desk,
    model: ModelServer,
}

impl Stage {
    /// With a model that knows this many messages.
    pub(super) async fn new(messages: usize) -> Result<Self> {
        let repository = TestRepository::new();
        agents::commit_program(&repository)?;
        let model = ModelServer::start(script(messages)).await?;
        let desktop = Desktop::new().await;
        let mut desk = Desk::with(repository);
        desktop.houses(&mut desk);
        desk.settings(&format!(
            "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{}\"\nmodel = \"scripted\"\n\
             [slots]\nlimit = {}\n",
            model.base_url(),
            agents::AGENTS
        ));
        let home = Home::find(Some(&desk.home()))?;
        let conversation = Conversation::open(&home.conversation()).await?;
        let said = (0..EXCHANGES).flat_map(|_| exchange(&conversation));
        conversation.put(&said.collect::<Vec<_>>()).await?;
        conversation.close().await;
        Ok(Self {
            desktop,
            desk,
            model,
        })
    }

    /// Lets the model answer a message. It waits for this, so that nothing moves what was sent before it was seen.
    pub(super) fn answer(&self, message: &str) {
        self.model.gate(message).release();
    }

    /// Opens the window as a person does. It ends with this.
    pub(super) fn open(&self) -> Result<Child> {
        let mut command = system_program(&program("ampersand").to_string_lossy());
        self.desktop.place(&mut command);
        Ok(command.args(self.arguments()).spawn()?)
    }

    /// Opens the window so that its page can be asked.
    pub(super) async fn open_driven(&self) -> Driver {
        Driver::open(&self.desktop, &program("ampersand"), &self.arguments()).await
    }

    /// Ends the background process in order.
    pub(super) fn end_orchestrator(&self) -> Result<()> {
        match self.desk.orchestrator() {
            Some(process) => tokio::task::block_in_place(|| orchestrator::end(process)),
            None => Ok(()),
        }
    }

    fn arguments(&self) -> Vec<String> {
        let path = |path: PathBuf| path.to_string_lossy().into_owned();
        vec![
            "--home".into(),
            path(self.desk.home()),
            "--repo".into(),
            path(self.desk.repository.root().to_owned()),
        ]
    }
}

/// What is said in a round: six letters, never the same twice.
pub(super) fn message(round: usize) -> String {
    let letter = |place: u32| char::from(b'a' + (round / 26_usize.pow(place) % 26) as u8);
    ["say", &String::from_iter([2, 1, 0].map(letter))].concat()
}

/// Plans of all busy agents; messages are answered in words that come one by one.
fn script(messages: usize) -> Script {
    let script = starts().fold(Script::new(), |script, (first, said)| {
        let start = || When::user(&said).with_tool("dispatch");
        let starts = Reply::new().gate(&said).call("dispatch", plan(first));
        script
            .rule(start().after_results(0), starts)
            .rule(start().after_results(1), Reply::says("They run."))
    });
    (0..messages).map(message).fold(script, |script, message| {
        script.rule(When::user(&message), answer(&message))
    })
}

/// As many busy agents as one message starts, from this one on.
fn plan(first: usize) -> Value {
    let task = |number: usize| {
        json!({
            "key": format!("busy-{number}"),
            "title": agents::busy_title(number),
            "role": "worker",
            "kind": "command",
            "command": agents::busy_line(number),
            "reason": "it is measured",
        })
    };
    let tasks: Vec<Value> = (first..first + AT_ONCE).map(task).collect();
    json!({ "reason": "they are measured", "tasks": tasks })
}

fn answer(message: &str) -> Reply {
    let words = [
        "Two of the handlers ",
        "compare tokens ",
        "in **variable time**: ",
        "`session` and `webhook`.",
    ];
    words
        .into_iter()
        .fold(Reply::new().gate(message), |reply, piece| {
            reply.text(piece).step(Step::PauseMs(15))
        })
}

/// A release build ends at a panic without dropping anything; what this process started must not stay.
pub(super) fn end_children_on_panic() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tell(panic);
        if let Ok(me) = i32::try_from(std::process::id()) {
            // Those that end with their parents need no help.
            descendants(me).into_iter().for_each(kill);
        }
    }));
}

/// Every process that came from this one and still has its parent.
pub(super) fn descendants(process: i32) -> Vec<i32> {
    let mut all = children(process);
    let mut seen = 0;
    while let Some(next) = all.get(seen).copied() {
        all.extend(children(next));
        seen += 1;
    }
    all
}
