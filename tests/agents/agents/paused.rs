//! Standing still, and losing all processes, through the whole of Ampersand: the agent goes on with what it knows, and
//! nothing is asked of its model twice.

use std::{path::Path, time::Duration};

use ampersand_testkit::model_server::{ModelServer, Reply, Script, When};
use ampersand_testkit::{Chat, Desk};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::Actor;
use crate::team::{self, asked_by, brief};

const TITLE: &str = "Make it";

/// Works until it is ended, and leaves nothing.
const WORKS: &str = "touch begun; until [ -e go ]; do sleep 0.05; done";

/// An agent that is in the middle of a command.
struct AtWork {
    desk: Desk,
    chat: Chat,
    model: ModelServer,
    actor: Actor,
}

async fn at_work(actor: Actor, settings: &str) -> AtWork {
    at_work_on(actor, settings, WORKS).await
}

async fn at_work_on(actor: Actor, settings: &str, line: &str) -> AtWork {
    let words = format!("{} brief", actor.name);
    let script: Script = team::hands_out(json!([brief(TITLE, actor.name)]))
        .rule(actor.told("interrupted"), Reply::says("Went on"))
        .rule(actor.told(&words).after_results(0), actor.runs(line))
        .rule(actor.told(&words), Reply::says("Went on"))
        .rule(When::anything(), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start(script).await.unwrap();
    let (desk, mut chat) = team::chat_with(&model.base_url(), &[actor], settings).await;
    chat.say("go").await;
    desk.made("begun").await;
    AtWork {
        desk,
        chat,
        model,
        actor,
    }
}

impl AtWork {
    async fn obeys(&self, verb: &str) {
        let ran = self.desk.run(&[verb, TITLE]).await;
        assert_eq!(ran.code, 0, "{ran:?}");
    }

    /// It comes to its end, in the conversation it had, having asked its model once more.
    async fn goes_on(mut self) {
        let result = self.chat.wait_for_type("result").await;
        assert_eq!(result["report"]["headline"], "Went on");
        let report = result["report"].to_string();
        assert!(!report.contains("own commits"), "it made none: {report}");
        let asked = asked_by(self.actor, &self.model.requests());
        assert_eq!(asked.len(), 2, "nothing is paid for twice");
        assert!(asked[1].body.to_string().contains("touch begun"));
        assert_eq!(self.chat.end().await.0, 0);
    }
}

pub(super) async fn for_long_ends_its_processes_and_resumes(actor: Actor) {
    let mut at_work = at_work(actor, "[agents]\nfrozen_minutes = 0\n").await;
    let worktree = at_work.desk.made("begun").await;
    // It is minutes that a task stands still before its processes end, and an agent writes within a tenth of a second.
    is_kept(&at_work.desk.home().join("agents")).await;
    at_work.obeys("pause").await;
    let kept = |line: &Value| line["detail"]["held"]["kind"] == "worktree";
    at_work.chat.wait_for("its processes end", kept).await;
    assert_eq!(team::working_below(worktree.parent().unwrap()), [""; 0]);
    at_work.obeys("resume").await;
    at_work.goes_on().await;
}

pub(super) async fn cancels(actor: Actor) {
    assert!(actor.kind().facts().cancel_kills);
    let line = format!("setsid sh -c 'exec sleep 1000' & {WORKS}");
    let mut at_work = at_work_on(actor, "", &line).await;
    let worktree = at_work.desk.made("begun").await;
    let worktree = worktree.parent().unwrap();
    assert!(team::working_below(worktree).len() > 1);
    let ran = at_work.desk.run(&["cancel", TITLE, "--now"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    at_work.chat.wait_for_state(TITLE, "cancelled").await;
    assert_eq!(team::working_below(worktree), [""; 0]);
    assert_eq!(asked_by(actor, &at_work.model.requests()).len(), 1);
    assert_eq!(at_work.chat.end().await.0, 0);
}

/// An agent that leaves a link where the next attempt finds a file that we write there.
pub(super) async fn has_no_file_of_the_persons_written_by_a_link_in_its_home(actor: Actor) {
    let outside = tempfile::tempdir().unwrap();
    let precious = dunce::canonicalize(outside.path())
        .unwrap()
        .join("precious");
    std::fs::write(&precious, "mine").unwrap();
    let written = match actor.name {
        "codex" => "config.toml",
        _ => "opencode.json",
    };
    // Its home is the only one it sees.
    let line = format!(
        "for file in ../../../agents/*/{written}; do ln -sf {} $file; done; {WORKS}",
        precious.display()
    );
    let mut at_work = at_work_on(actor, "[agents]\nfrozen_minutes = 0\n", &line).await;
    let agents = at_work.desk.home().join("agents");
    is_kept(&agents).await;
    at_work.obeys("pause").await;
    let kept = |line: &Value| line["detail"]["held"]["kind"] == "worktree";
    at_work.chat.wait_for("its processes end", kept).await;
    let left = |path: &Path| std::fs::symlink_metadata(path).unwrap().is_symlink();
    let home = std::fs::read_dir(&agents).unwrap().next().unwrap().unwrap();
    assert!(left(&home.path().join(written)), "it left no link");
    at_work.obeys("resume").await;
    let result = at_work.chat.wait_for_type("result").await;
    assert_eq!(result["report"]["headline"], "Went on");
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "mine");
    assert!(!left(&home.path().join(written)));
    assert_eq!(at_work.chat.end().await.0, 0);
}

pub(super) async fn goes_on_after_the_orchestrator_was_killed(actor: Actor) {
    let at_work = at_work(actor, "").await;
    is_kept(&at_work.desk.home().join("agents")).await;
    at_work.desk.kill_orchestrator();
    at_work.goes_on().await;
}

/// How often it is looked whether an agent has written down what it does, and how many times.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const LOOKS: usize = 500;

/// Waits until an agent that keeps its conversation in files has the command in there: it writes them behind its back.
async fn is_kept(folder: &Path) {
    for _ in 0..LOOKS {
        if !folder.is_dir() || holds(folder, "touch begun") {
            return;
        }
        sleep(LOOK_EVERY).await;
    }
}

fn holds(folder: &Path, words: &str) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| {
        let is_link = path.is_symlink();
        let is_there =
            std::fs::read(&path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(words));
        is_there || (path.is_dir() && !is_link && holds(&path, words))
    })
}
