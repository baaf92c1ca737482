//! Where no sandbox can be had, nothing executes, and looking still works. Where a reduced one can be had, a person is
//! asked. Where a person typed for it, one attempt goes without.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;

use ampersand_core::{
    Actor, AgentKind, Answer, EventBody, Gap, Isolation, Question, Resource, Role, UnsafeConsent,
    Work,
};
use ampersand_protocol::{Command, Reply as Answered};
use ampersand_testkit::model_server::{ModelServer, Reply, Script, When};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};
use serde_json::json;

use crate::{
    at_limits::{cancel, paused},
    driver::{Driver, model_settings},
};

/// What the kernel refuses to an orchestrator under test.
#[derive(Clone, Copy)]
enum Refused {
    /// No namespaces: the tier is reduced.
    Namespaces,
    /// No Landlock either: there is no tier.
    All,
}

/// Started so that the kernel refuses it what is named.
async fn refused(what: Refused, settings: &str) -> Driver {
    let us = std::env::current_exe().unwrap().display().to_string();
    let test = match what {
        Refused::Namespaces => "unfenced::goes_on_without_namespaces",
        Refused::All => "unfenced::goes_on_without_all",
    };
    let line = format!("{BECOMES}=\"$0 $*\" exec {us} --ignored --exact {test} --nocapture");
    Driver::wrapped(&["sh", "-c", &line], settings).await
}

/// What one of the two below becomes, words separated by spaces.
const BECOMES: &str = "BECOMES";

/// Not a test by itself: stands between another test and the program under test.
#[test]
#[ignore = "becomes another program"]
fn goes_on_without_namespaces() {
    go_on_without(Refused::Namespaces);
}

/// Not a test by itself: stands between another test and the program under test.
#[test]
#[ignore = "becomes another program"]
fn goes_on_without_all() {
    go_on_without(Refused::All);
}

#[expect(
    clippy::disallowed_methods,
    reason = "replaces this process, starts none"
)]
fn go_on_without(what: Refused) {
    let user = u64::from(libc::CLONE_NEWUSER.cast_unsigned());
    let operator = SeccompCmpOp::MaskedEq(user);
    let condition = SeccompCondition::new(0, SeccompCmpArgLen::Dword, operator, user).unwrap();
    let rule = SeccompRule::new(vec![condition]).unwrap();
    let refused = [libc::SYS_clone, libc::SYS_unshare].map(|call| (call, vec![rule.clone()]));
    let mut hidden = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    if let Refused::All = what {
        hidden.insert(libc::SYS_landlock_create_ruleset, Vec::new());
    }
    for (rules, errno) in [
        (BTreeMap::from(refused), libc::EPERM),
        (hidden, libc::ENOSYS),
    ] {
        let refuse = SeccompAction::Errno(errno.cast_unsigned());
        let arch = std::env::consts::ARCH.try_into().unwrap();
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch).unwrap();
        seccompiler::apply_filter(&BpfProgram::try_from(filter).unwrap()).unwrap();
    }
    let becomes = std::env::var(BECOMES).unwrap();
    let mut words = becomes.split(' ');
    let mut command = std::process::Command::new(words.next().unwrap());
    panic!("{}", command.args(words).env_remove(BECOMES).exec());
}

async fn isolation(driver: &Driver) -> Isolation {
    match driver.call(Command::ReadIsolation).await {
        Ok(Answered::Isolation { isolation }) => isolation,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_refused_in_words_while_scan_and_find_go_on() {
    let mut driver = refused(Refused::All, "").await;
    let isolation = isolation(&driver).await;
    assert!(matches!(isolation, Isolation::None { .. }), "{isolation:?}");
    let command = driver.run("Command", "touch ran").await;
    driver.wait_state(command, "failed").await;
    let scan = driver.plan("Scan", Role::Explorer, Work::Scan).await;
    let shown = driver
        .wait("started", |body| match body {
            EventBody::AttemptStarted { isolation, .. } => Some(isolation.shown()),
            _ => None,
        })
        .await;
    assert!(shown.starts_with("not sandboxed"), "{shown}");
    driver.wait_state(scan, "done").await;
    let pattern = "TODO".to_owned();
    let find = driver
        .plan("Find", Role::Explorer, Work::Find { pattern })
        .await;
    driver.wait_state(find, "done").await;
    assert!(!driver.report(find).await.findings.is_empty());
    let failure = driver
        .snapshot()
        .await
        .tasks
        .into_iter()
        .find_map(|task| match task.state {
            ampersand_core::TaskState::Failed { failure } => Some(failure),
            _ => None,
        })
        .unwrap();
    assert_eq!(failure.code, "no_isolation");
    assert!(!failure.hint.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_built_in_explorer_reads_while_a_worker_is_refused() {
    let script = Script::new()
        .rule(
            When::nth(0),
            Reply::calls("read", json!({"path": "src/auth/session.rs"}))
                .call("execute", json!({"line": "touch ran"})),
        )
        .rule(
            When::anything(),
            Reply::says("Compared with ==\n\nIn session.rs."),
        );
    let server = ModelServer::start(script).await.unwrap();
    let mut driver = refused(Refused::All, &model_settings(&server)).await;
    let explorer = driver.brief(Role::Explorer, "look").await;
    driver.wait_state(explorer, "done").await;
    let body = server.requests()[1].body.to_string();
    assert!(body.contains("token == other"), "{body}");
    assert!(body.contains("There is no tool"), "{body}");
    let worker = driver.brief(Role::Worker, "change").await;
    driver.wait_state(worker, "failed").await;
    assert_eq!(server.requests().len(), 2, "no model was asked for it");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_reduced_sandbox_a_worker_waits_for_a_yes_that_holds_for_its_repository() {
    let mut driver = refused(Refused::Namespaces, "").await;
    let task = driver.run("No", "touch ran").await;
    let asked = driver.question().await;
    let Question::Reduced { why, gaps } = &asked.question else {
        panic!("{asked:?}");
    };
    assert!(why.contains("namespace"), "{why}");
    assert!(
        gaps.contains(&Gap::Attributes) && gaps.contains(&Gap::Names),
        "{gaps:?}"
    );
    driver.answer(&asked, Answer::Deny).await;
    let failed = driver.wait_state(task, "failed").await;
    assert!(
        format!("{failed:?}").contains("isolation_not_accepted"),
        "{failed:?}"
    );
    for (title, answer) in [("Once", Answer::Allow), ("Always", Answer::AllowForProject)] {
        let task = driver.run(title, "echo made > made").await;
        let asked = driver.question().await;
        driver.answer(&asked, answer).await;
        driver.wait_state(task, "ready").await;
    }
    let task = driver.run("Again", "echo made > made").await;
    driver.wait_state(task, "ready").await;
    let asked = |body: &EventBody| matches!(body, EventBody::ApprovalAsked { .. });
    assert_eq!(
        driver.count(asked),
        3,
        "the last was allowed for the repository"
    );
    let view = driver
        .snapshot()
        .await
        .tasks
        .into_iter()
        .find(|other| other.id == task);
    let shown = view
        .and_then(|task| task.isolation)
        .map(|isolation| isolation.shown());
    assert_eq!(shown.as_deref(), Some("partly sandboxed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_to_accept_a_tier_in_which_an_agent_has_no_way_to_its_model() {
    let settings = "[agents.scripted]\ncommand = [\"true\"]\n";
    let mut driver = refused(Refused::Namespaces, settings).await;
    let text = "change".to_owned();
    let mut plan = driver.planned("Change", Role::Worker, Work::Brief { text }, &[]);
    let task = plan.tasks[0].id;
    plan.tasks[0].agent = Some(AgentKind::named("scripted"));
    let by = Actor::Person;
    driver.call(Command::SubmitPlan { plan, by }).await.unwrap();
    let failed = driver.wait_state(task, "failed").await;
    assert!(
        format!("{failed:?}").contains("no_way_to_model"),
        "{failed:?}"
    );
    let asked = |body: &EventBody| matches!(body, EventBody::ApprovalAsked { .. });
    assert_eq!(driver.count(asked), 0, "nobody was asked");
    let typed = UnsafeConsent::WORDS.to_owned();
    let unsafely = Command::RestartUnsafe { task, typed };
    let refusal = driver.call(unsafely).await.unwrap_err();
    assert_eq!(refusal.code, "no_way_to_model", "nor was it started so");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_reduced_sandbox_what_is_written_to_the_temporary_folder_counts() {
    let limits = "[limits]\ndisk_gib = 0.03125\n";
    let mut driver = refused(Refused::Namespaces, limits).await;
    let line = "head -c 50000000 /dev/zero > $TMPDIR/big; sleep 1000";
    let task = driver.run("Fill", line).await;
    let asked = driver.question().await;
    driver.answer(&asked, Answer::Allow).await;
    let (which, most, processes) = paused(&mut driver, task).await;
    assert_eq!((which, most), (Resource::Disk, 32 << 20));
    assert!(processes.is_some());
    cancel(&mut driver, task).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn isolation_is_switched_off_by_the_typed_sentence_for_one_attempt() {
    let mut driver = refused(Refused::All, "").await;
    let task = driver
        .run("Unsafe", "echo made > made; test -r /etc/passwd && false")
        .await;
    driver.wait_state(task, "failed").await;
    let with = |typed: &str| Command::RestartUnsafe {
        task,
        typed: typed.to_owned(),
    };
    let refusal = driver.call(with("yes")).await.unwrap_err();
    assert_eq!(refusal.code, "unsafe_not_typed");
    driver.call(with(UnsafeConsent::WORDS)).await.unwrap();
    let tier = |body: &EventBody| match body {
        EventBody::AttemptStarted { isolation, .. } => Some(isolation.clone()),
        _ => None,
    };
    assert_eq!(driver.wait("started", tier).await, Isolation::Unsafe);
    driver.wait_state(task, "failed").await;
    driver.call(Command::Restart { task }).await.unwrap();
    let failed = driver.wait_state(task, "failed").await;
    assert!(
        format!("{failed:?}").contains("no_isolation"),
        "not remembered: {failed:?}"
    );
}
