//! What is asked of every agent.

use ampersand_agent::{AgentEvent, Gate, Outcome};
use ampersand_core::{Answer, Obstacle, Question, Rewind, Role, Steers};
use ampersand_process::freeze_all;
use ampersand_testkit::model_server::{Reply, Script, Step};

use super::Actor;
use crate::stage::{Running, Stage};

/// Runs until somebody makes a file.
const UNTIL_GO: &str = "touch begun; until [ -e go ]; do sleep 0.05; done; echo went";

fn done(outcome: Outcome, events: &[AgentEvent], stage: &Stage) -> ampersand_core::Report {
    match outcome {
        Outcome::Done { report } => report,
        other => panic!("{other:#?}\n{events:#?}\n{:#?}", stage.record()),
    }
}

pub(super) async fn edits_and_runs(actor: Actor) {
    let script = Script::new()
        .rule(
            actor.told("make it").after_results(0),
            actor.runs("printf made > made.txt; echo printed"),
        )
        .rule(
            actor.told("make it").after_results(1),
            Reply::says("Made it\n\nIn made.txt.").usage(100, 10),
        );
    let stage = Stage::new(actor.name, Role::Worker, script).await;
    let (outcome, events) = stage.start("make it").end().await;
    let report = done(outcome, &events, &stage);
    assert_eq!(
        (report.headline.as_str(), report.summary.as_str()),
        ("Made it", "In made.txt.")
    );
    assert_eq!(stage.content("made.txt"), "made");
    assert!(actor.kind().facts().usage);
    assert!(
        report.usage.output_tokens >= 10 && report.usage.input_tokens >= 100,
        "{:?}",
        report.usage
    );
    let shown = |wanted: &str| {
        events
            .iter()
            .any(|event| matches!(event, AgentEvent::Activity(at) if at.line.contains(wanted)))
    };
    assert!(shown("printf made"), "{events:#?}");
    assert!(
        events
            .iter()
            .any(|event| matches!(event, AgentEvent::Usage(_))),
        "{events:#?}"
    );
    assert_eq!(stage.processes().await, 0);
}

/// One that tells what it cost tells so at the end of a turn, and of one that does not nothing is made up.
pub(super) async fn cost(actor: Actor) {
    let script = Script::new().rule(
        actor.told("look at it"),
        Reply::says("Looked at it").usage(100_000, 1000),
    );
    let stage = Stage::new(actor.name, Role::Worker, script).await;
    let (outcome, events) = stage.start("look at it").end().await;
    let report = done(outcome, &events, &stage);
    let told = report.usage.cost_microdollars > 0;
    assert_eq!(told, actor.kind().facts().cost, "{:?}", report.usage);
}

pub(super) async fn asks_first(actor: Actor) {
    assert!(actor.kind().facts().approvals);
    let script = Script::new()
        .rule(
            actor.told("make it").after_results(0),
            actor.runs("printf a > allowed.txt"),
        )
        .rule(
            actor.told("make it").after_results(1),
            actor.runs("printf d > denied.txt"),
        )
        .rule(actor.told("make it"), Reply::says("Made what I may"));
    let stage = Stage::new(actor.name, Role::Default, script).await;
    stage.answers([Answer::Allow, Answer::Deny]);
    let (outcome, _) = stage.start("make it").end().await;
    assert!(
        stage.has("allowed.txt"),
        "{outcome:#?} {:#?}",
        stage.asked()
    );
    assert!(!stage.has("denied.txt"), "{outcome:#?}");
    let asked = stage.asked();
    let commands: Vec<&str> = asked
        .iter()
        .map(|question| match question {
            Question::Act { tool, detail, .. } => {
                assert_eq!(tool, "execute");
                detail.as_str()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(commands.len(), 2);
    assert!(
        commands[0].contains("printf a > allowed.txt"),
        "{commands:?}"
    );
}

/// By its own tool for files, which asks as a command does.
pub(super) async fn edits(actor: Actor) {
    let script = Script::new()
        .rule(
            actor.told("make it").after_results(0),
            actor.writes("allowed.txt", "a"),
        )
        .rule(
            actor.told("make it").after_results(1),
            actor.writes("denied.txt", "d"),
        )
        .rule(actor.told("make it"), Reply::says("Made what I may"));
    let stage = Stage::new(actor.name, Role::Default, script).await;
    stage.answers([Answer::Allow, Answer::Deny]);
    let (outcome, events) = stage.start("make it").end().await;
    assert!(
        stage.has("allowed.txt"),
        "{outcome:#?} {:#?} {events:#?}",
        stage.asked()
    );
    assert_eq!(stage.content("allowed.txt").trim_end(), "a");
    assert!(!stage.has("denied.txt"), "{outcome:#?}");
    let asked = stage.asked();
    assert_eq!(asked.len(), 2, "{asked:#?}");
    for (question, name) in asked.iter().zip(["allowed.txt", "denied.txt"]) {
        let Question::Act { tool, path, detail } = question else {
            panic!("{question:?}");
        };
        assert_ne!(tool, "execute", "{question:?}");
        let names = |text: &str| text.contains(name);
        assert!(
            path.as_deref().is_some_and(names) || names(detail),
            "{question:?}"
        );
    }
}

pub(super) async fn steers(actor: Actor) {
    let words = "now nicely";
    let nicely = (actor.told(words), Reply::says("Made it nicely"));
    let script = Script::new().rule(nicely.0, nicely.1);
    let script = match actor.kind().facts().steers {
        // It would go on for ever in its turn; only words that reach it there bring it to an end.
        Steers::MidTurn => script.rule(actor.told("make it"), actor.runs("touch begun; sleep 0.1")),
        // It comes to an end and is told then.
        Steers::AfterTurn => script
            .rule(actor.told("make it").after_results(0), actor.runs(UNTIL_GO))
            .rule(actor.told("make it"), Reply::says("Made it")),
        Steers::Never => panic!("there is nothing to see"),
    };
    let stage = Stage::new(actor.name, Role::Worker, script).await;
    let mut running = stage.start("make it");
    stage.wait_file("begun").await;
    running.steering.send(words.to_owned()).await.unwrap();
    if actor.kind().facts().steers == Steers::AfterTurn {
        std::fs::write(stage.worktree().join("go"), "").unwrap();
    }
    running
        .wait("the words are taken in", |event| match event {
            AgentEvent::SteeringDelivered { text } => (text == words).then_some(()),
            _ => None,
        })
        .await;
    let (outcome, events) = running.end().await;
    let report = done(outcome, &events, &stage);
    assert_eq!(report.headline, "Made it nicely");
}

fn rewind(words: &str) -> Rewind {
    Rewind {
        name: format!("without {words}"),
        words: words.to_owned(),
    }
}

/// What it was told last is taken back: in a turn of its own, and in the turn of its brief.
pub(super) async fn rewinds(actor: Actor) {
    // Only words that reach it end its turn.
    let until_told = || actor.runs("touch begun; sleep 0.1");
    let script = Script::new()
        .rule(actor.told("use tabs"), Reply::says("Used tabs"))
        .rule(actor.told("use spaces"), Reply::says("Used spaces"))
        .rule(actor.told("use nothing"), Reply::says("Used nothing"))
        .rule(actor.told("come to an end"), until_told())
        .rule(actor.told("was taken back"), until_told())
        .rule(actor.told("make it"), Reply::says("Made it"));
    let mut stage = Stage::new(actor.name, Role::Worker, script).await;
    let told = |running: &Running, words: &str| {
        let (steering, words) = (running.steering.clone(), words.to_owned());
        async move { steering.send(words).await.unwrap() }
    };
    let (outcome, events) = stage.start("make it").end().await;
    done(outcome, &events, &stage);
    for (wish, words, report) in [
        (None, "use tabs", "Used tabs"),
        (Some("use tabs"), "use spaces", "Used spaces"),
        (Some("use spaces"), "use nothing", "Used nothing"),
    ] {
        stage.rewind = wish.map(rewind);
        let running = stage.start("make it");
        told(&running, words).await;
        let (outcome, events) = running.end().await;
        assert_eq!(done(outcome, &events, &stage).headline, report);
    }
    let last = stage.server.requests().last().unwrap().body.to_string();
    let has = ["make it", "Made it", "use nothing"];
    assert!(has.iter().all(|words| last.contains(words)), "{last}");
    let taken = ["use tabs", "Used tabs", "use spaces", "Used spaces"];
    assert!(!taken.iter().any(|words| last.contains(words)), "{last}");

    let script = Script::new()
        .rule(actor.told("use tabs"), Reply::says("Used tabs"))
        .rule(actor.told("use spaces"), Reply::says("Used spaces"))
        .rule(actor.told("make it"), until_told());
    let mut stage = Stage::new(actor.name, Role::Worker, script).await;
    for (wish, words) in [(None, "use tabs"), (Some("use tabs"), "use spaces")] {
        stage.rewind = wish.map(rewind);
        let running = stage.start("make it");
        told(&running, words).await;
        let (outcome, events) = running.end().await;
        done(outcome, &events, &stage);
    }
    let last = stage.server.requests().last().unwrap().body.to_string();
    assert!(
        last.contains("make it") && last.contains("use spaces"),
        "{last}"
    );
    assert!(!last.contains("use tabs"), "{last}");
}

pub(super) async fn pauses(actor: Actor) {
    let script = Script::new()
        .rule(actor.told("make it").after_results(0), actor.runs(UNTIL_GO))
        .rule(
            actor.told("make it").after_results(1),
            Reply::says("Made it"),
        );
    let stage = Stage::new(actor.name, Role::Worker, script).await;
    let running = stage.start("make it");
    stage.wait_file("begun").await;
    stage.gate(Gate::Closed);
    for frozen in freeze_all(&stage.trees()).await {
        assert!(frozen.unwrap().processes > 0);
    }
    std::fs::write(stage.worktree().join("go"), "").unwrap();
    let paid = stage.model_requests(actor.shell);
    for tree in stage.trees() {
        tree.thaw().await.unwrap();
    }
    stage.gate(Gate::Open);
    let (outcome, events) = running.end().await;
    done(outcome, &events, &stage);
    assert_eq!(
        stage.model_requests(actor.shell),
        paid + 1,
        "nothing is paid for twice"
    );
}

pub(super) async fn resumes_after_kill(actor: Actor) {
    let resumes = actor.kind().facts().resumes;
    let mut begins = Reply::says("I begin.");
    begins.steps.extend(actor.runs(UNTIL_GO).steps);
    let script = Script::new()
        .rule(actor.told("You were interrupted"), Reply::says("Went on"))
        .rule(actor.told("make it").after_results(0), begins)
        .rule(actor.told("make it"), Reply::says("Went on"));
    let stage = Stage::new(actor.name, Role::Worker, script).await;
    let running = stage.start("make it");
    stage.wait_file("begun").await;
    if actor.kind().vendor().is_some() {
        stage.kill_9().await;
        let (outcome, events) = running.end().await;
        assert!(
            matches!(&outcome, Outcome::Limit { outage } if outage.obstacle == Obstacle::Death),
            "{outcome:#?} {events:#?}"
        );
    } else {
        // Its loop is in the process that would be killed with its tools.
        running.abandon().await;
        stage.kill_9().await;
    }
    let (outcome, events) = stage.start("make it").end().await;
    let report = done(outcome, &events, &stage);
    assert_eq!(report.headline, "Went on");
    let record = stage.record();
    // One that does not resume begins anew, told what was said and done.
    let sessions = match actor.kind().vendor() {
        Some(_) if resumes => 1,
        Some(_) => 2,
        None => 0,
    };
    assert_eq!(
        record.matches("\"entry\":\"session\"").count(),
        sessions,
        "{record}"
    );
    // Requests on the side offer no tools; one may come last.
    let newest = stage.server.requests().into_iter().rev();
    let newest = newest
        .map(|request| request.body.to_string())
        .find(|body| body.contains(&format!("\"{}\"", actor.shell)))
        .unwrap();
    assert!(
        newest.contains("make it"),
        "the conversation is not gone on with: {newest}"
    );
    let is_told = newest.contains("This was begun before and interrupted");
    assert_eq!(is_told, !resumes, "{newest}");
}

pub(super) async fn is_stopped_when_stuck(actor: Actor) {
    let script = Script::new().rule(actor.told("make it"), Reply::new().step(Step::Stall));
    let mut stage = Stage::new(actor.name, Role::Worker, script).await;
    stage.silence = actor.silence();
    let (outcome, events) = stage.start("make it").end().await;
    assert!(
        matches!(&outcome, Outcome::Limit { outage } if outage.obstacle == Obstacle::Silence),
        "{outcome:#?} {events:#?}"
    );
    assert_eq!(stage.processes().await, 0);
}
