//! J13 in the window: whatever is killed, nothing said and nothing done is missing afterwards.

use std::{path::Path, time::Duration};

use ampersand_testkit::{
    Desk, HELD, program,
    window::{Desktop, PATIENCE, children, kill, system_program},
};
use tokio::time::{sleep, timeout};

use crate::person::{Person, arguments};

#[tokio::test(flavor = "multi_thread")]
async fn a_window_killed_while_work_runs_reopens_with_nothing_missing() {
    let mut person = Person::new().await;
    person.says("scan").await;
    person.reads("Open report").await;
    person.says(&format!("run {HELD}")).await;
    person.shows("1 running").await;
    kill(person.driver.application());
    person.desk.release().await;
    person.reopens().await;
    person.reads("ended with 0").await;
    let log = person.log().await;
    assert!(log.contains("Open report"), "{log}");
    for once in ["ended with 0", "Scan the repository"] {
        assert_eq!(log.matches(once).count(), 1, "{once}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_process_died_is_loaded_anew() {
    // A driver lets go of a window whose page died, so nobody drives this one.
    let (desk, desktop) = (Desk::new(), Desktop::new().await);
    let mut command = system_program(program("ampersand").to_str().unwrap());
    desktop.place(&mut command);
    let shell = command.args(arguments(&desk)).spawn().unwrap();
    let shell = i32::try_from(shell.id().unwrap()).unwrap();
    let log = desk.home().join("logs");
    pages_listen(&log, 1).await;
    let web = web_process(shell);
    kill(web);
    pages_listen(&log, 2).await;
    assert_ne!(web_process(shell), web);
    desktop.picture("revived").await;
}

/// Waits until the shell has noted this many pages.
async fn pages_listen(logs: &Path, count: usize) {
    let noted = || {
        let files = std::fs::read_dir(logs).into_iter().flatten().flatten();
        let texts = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
        texts
            .map(|text| text.matches("a page listens").count())
            .sum::<usize>()
    };
    let waiting = async {
        // A file tells nobody that it grew.
        while noted() < count {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, waiting).await.expect("a page listens");
}

fn web_process(shell: i32) -> i32 {
    let is_web = |pid: &i32| {
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm"));
        name.is_ok_and(|name| name.starts_with("WebKitWebProc"))
    };
    let all = children(shell);
    all.into_iter().find(is_web).expect("a web process")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orchestrator_killed_behind_the_window_is_back_within_moments() {
    let person = Person::new().await;
    person.says("scan").await;
    person.reads("Open report").await;
    person.desk.kill_orchestrator();
    person.says("find verify").await;
    person.reads("src/auth").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_beside_an_open_conversation_says_so_and_opens_once_it_is_free() {
    let (mut desk, desktop) = (Desk::new(), Desktop::new().await);
    desktop.houses(&mut desk);
    let chat = desk.chat().await;
    let person = Person::in_front_of(desktop, desk).await;
    person
        .shows("The conversation is open in another program")
        .await;
    chat.end().await;
    person.clicks("Try again").await;
    person.can_write().await;
    person.says("scan").await;
    person.reads("Open report").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_brings_the_first_window_forward_and_ends() {
    let person = Person::new().await;
    let start = || {
        let mut command = system_program(program("ampersand").to_str().unwrap());
        person.desktop.place(&mut command);
        command.args(arguments(&person.desk));
        command
    };
    // The driven window holds the conversation; this one is told so, and holds the name.
    let mut first = start().spawn().unwrap();
    let desktop = &person.desktop;
    desktop.host.trays(2).await;
    let second = timeout(PATIENCE, start().status()).await;
    assert!(second.expect("it ends by itself").unwrap().success());
    assert_eq!(first.try_wait().unwrap(), None);
    first.kill().await.unwrap();
}

/// Long enough to be still running when everything else is done.
const LONG: &str = "run sleep 300";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_loaded_anew_has_lost_nothing() {
    let person = Person::new().await;
    person.says("scan").await;
    person.reads("Open report").await;
    person.says(LONG).await;
    person.reads("Running sleep 300").await;
    // Where it starts from and how far it is kept apart are heard a moment after its first words.
    person.reads("from main@").await;
    person.reads("command · sandboxed").await;
    let before = standing(&person.log().await);
    person.types("half a thought").await;
    person.draft_is_kept("half a thought").await;
    person.driver.reload().await;
    person.reads("Open report").await;
    assert_eq!(person.draft().await, "half a thought");
    person.reads("Running sleep 300").await;
    assert_eq!(standing(&person.log().await), before);
    person
        .driver
        .type_into("textarea", "\u{e009}a\u{e000}")
        .await;
    person.says("find verify").await;
    person.reads("find verify").await;
}

/// The entries, without the welcome above them and without clocks.
fn standing(log: &str) -> Vec<String> {
    let is_clock = |line: &str| line.split(':').all(|part| part.parse::<u32>().is_ok());
    let entries = log.lines().skip_while(|line| *line != "You");
    let kept = entries.filter(|line| !line.is_empty() && !is_clock(line));
    kept.map(str::to_owned).collect()
}
