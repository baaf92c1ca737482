//! Limits reached by a part of an attempt: what an agent executes, a check; and limits that are changed meanwhile.

use ampersand_core::{CheckOutcome, EventBody, Resource, Role};
use ampersand_process::keeps;
use ampersand_testkit::model_server::Reply;
use serde_json::json;

use super::{GROWS, MIB, paused, resume};
use crate::{
    builtin::{last, report, scripted},
    driver::{Driver, model_settings},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_executes_goes_on_where_it_stood() {
    let server = scripted([Reply::calls("execute", json!({ "line": GROWS })), report()]).await;
    let limits = "[limits]\nmemory_gib = 0.1875\n";
    let mut driver = Driver::with(&format!("{}{limits}", model_settings(&server))).await;
    let task = driver.brief(Role::Worker, "grow").await;
    let (which, most, processes) = paused(&mut driver, task).await;
    assert_eq!((which, most), (Resource::Memory, 192 * MIB));
    assert!(processes.is_some_and(|processes| processes >= 4));
    assert_eq!(server.requests().len(), 1, "no request while it stands");
    resume(&driver, task).await;
    driver.wait_state(task, "done").await;
    assert!(
        last(&server, 1).contains("320000000"),
        "{}",
        last(&server, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "now and then the system kills the tools themselves, which is another end"]
async fn an_agent_is_told_how_its_command_ended_when_it_goes_on() {
    if !super::is_kept(keeps().memory) {
        return;
    }
    let hog = "head -c 200000000 /dev/zero | tail -c 200000000 > /dev/null";
    let again = Reply::calls("execute", json!({ "line": hog }));
    let server = scripted([again.clone(), again, report()]).await;
    let limits = "[limits]\nmemory_gib = 0.125\n";
    let mut driver = Driver::with(&format!("{}{limits}", model_settings(&server))).await;
    let task = driver.brief(Role::Worker, "hog").await;
    let (which, most, processes) = paused(&mut driver, task).await;
    assert_eq!((which, most), (Resource::Memory, 128 * MIB));
    assert!(processes.is_some(), "its tools are kept");
    resume(&driver, task).await;
    driver.wait_state(task, "done").await;
    // Stopped in time it goes on; killed by the system before anybody looked, it says so.
    let first = last(&server, 1);
    assert!(
        first.contains("ended with 0") || first.contains("ended with 137"),
        "{first}"
    );
    let second = last(&server, 2);
    assert!(second.contains("ended with 0"), "{second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_reached_a_limit_is_neither_red_nor_lost() {
    if !super::is_kept(keeps().memory) {
        return;
    }
    let mut driver = super::driver("memory_gib = 0.0625").await;
    let hog = "head -c 100000000 /dev/zero | tail -c 100000000 | wc -c | grep -q 100000000";
    let declared = format!("[checks]\nhog = \"{hog}\"\n");
    driver.repository.write(".ampersand.toml", &declared);
    driver.repository.commit("Declare");
    driver.trust().await;
    let task = driver.run("Change", "echo more >> README.md").await;
    let (which, most, _) = paused(&mut driver, task).await;
    assert_eq!((which, most), (Resource::Memory, 64 * MIB));
    resume(&driver, task).await;
    driver.wait_state(task, "ready").await;
    let report = driver.report(task).await;
    assert_eq!(report.checks[0].outcome, CheckOutcome::Passed);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_given_more_in_the_settings_has_it_when_it_goes_on() {
    let mut driver = Driver::with("[slots]\nlimit = 1\n[limits]\noutput_mib = 1\n").await;
    let line = "yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | head -c 20000000";
    let task = driver.run("Print", line).await;
    assert_eq!(paused(&mut driver, task).await.0, Resource::Output);
    let other = driver.run("Other", "true").await;
    let more = "[slots]\nlimit = 2\n[limits]\noutput_mib = 100\n";
    std::fs::write(driver.home.settings(), more).unwrap();
    // That it starts shows that the settings were read.
    driver.wait_state(other, "running").await;
    resume(&driver, task).await;
    driver.wait_state(task, "done").await;
    let paused = |body: &EventBody| match body {
        EventBody::TaskMoved {
            task: moved, state, ..
        } => *moved == task && state.limit().is_some(),
        _ => false,
    };
    assert_eq!(driver.count(paused), 2, "paused once and confirmed");
}
