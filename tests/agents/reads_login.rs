//! A login that cannot be kept from its agent, through the whole of Ampersand with the real Gemini CLI: only after consent in so
//! many words, told on the card, a copy for each attempt and none after it, and hosts of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ampersand_testkit::model_server::{Api, ModelServer, Reply, Script, When};
use ampersand_testkit::{Desk, TlsFront};
use serde_json::{Value, json};

use crate::agents::GEMINI;
use crate::installed;
use crate::team::{self, brief};

const TOKEN: &str = "token-of-the-person";
const FILE: &str = ".gemini/oauth_creds.json";
const HOSTS: [&str; 3] = [
    "cloudcode-pa.googleapis.com",
    "oauth2.googleapis.com",
    "www.googleapis.com",
];

/// A person whose home holds a login of Gemini CLI; the provider's names lead to `front`, which the agent trusts.
fn logged_in(front: &TlsFront, model: &ModelServer) -> (Desk, PathBuf) {
    let mut desk = Desk::new();
    let person = desk.home().join("person");
    std::fs::create_dir_all(person.join(".gemini")).unwrap();
    let login = json!({"access_token": TOKEN, "refresh_token": "refresh-of-the-person",
        "token_type": "Bearer", "expiry_date": 4_000_000_000_000_u64});
    std::fs::write(person.join(FILE), login.to_string()).unwrap();
    let authority = person.join("authority.pem");
    std::fs::write(&authority, front.authority()).unwrap();
    desk.set("HOME", &person.display().to_string());
    let (program, mut reads) = installed::program(GEMINI.name);
    reads.push(dunce::canonicalize(&authority).unwrap());
    desk.settings(&format!(
        "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{}\"\nmodel = \"scripted\"\n\
         [agents.gemini]\ncommand = {program:?}\nreads = {reads:?}\nenv = {{ NODE_EXTRA_CA_CERTS = {authority:?} }}\n",
        model.base_url()
    ));
    (desk, person)
}

/// A person who said yes, and what stands behind the names of the provider.
async fn agreed(script: Script) -> (ModelServer, TlsFront, Desk, PathBuf) {
    let model = ModelServer::start(script).await.unwrap();
    let front = TlsFront::start(&HOSTS, address(&model)).await.unwrap();
    let (desk, person) = logged_in(&front, &model);
    consents(&desk, &front).await;
    (model, front, desk, person)
}

/// What the person says yes to, with the provider's names leading to where it is here.
async fn consents(desk: &Desk, front: &TlsFront) {
    let refused = desk.run(&["connect", "gemini"]).await;
    assert_ne!(refused.code, 0);
    let hint = refused.lines[0]["hint"].to_string();
    assert!(hint.contains("--reads-login"), "{refused:?}");
    let file = desk.home().join("ampersand.toml");
    let before = std::fs::read_to_string(&file).unwrap();
    assert!(!before.contains("reads_login"));
    let ran = desk.run(&["connect", "gemini", "--reads-login"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.lines[0]["reads_login"], true);
    let table = "[agents.gemini.reads_login]\n";
    let hosts = HOSTS.map(|name| format!("{name}:443={}", front.address()));
    let there = format!("{table}hosts = {hosts:?}\nmodel = \"gemini-2.5-pro\"\n");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(table), "{text}");
    desk.settings(&text.replace(table, &there));
}

fn address(model: &ModelServer) -> SocketAddr {
    let url = model.base_url();
    url.trim_start_matches("http://")
        .trim_end_matches("/v1")
        .parse()
        .unwrap()
}

/// Copies of the login in agents' folders.
fn lent(desk: &Desk) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(desk.home().join("agents")).into_iter();
    let files = folders
        .flatten()
        .flatten()
        .map(|folder| folder.path().join(FILE));
    files.filter(|file| file.exists()).collect()
}

fn says_so(line: &Value) -> bool {
    line["type"] == "task" && line["reads_login"] == true
}

#[tokio::test(flavor = "multi_thread")]
async fn gemini_reads_its_own_login_after_consent_and_its_card_says_so() {
    let script = team::hands_out(json!([brief("Make it", "gemini")]))
        .rule(
            GEMINI.told("gemini brief").after_results(0),
            GEMINI.runs("cat ~/.gemini/oauth_creds.json > seen.txt"),
        )
        .rule(GEMINI.told("gemini brief"), Reply::says("Made it"))
        .rule(When::anything(), Reply::says("NOTHING TO ADD"));
    let (model, _front, desk, person) = agreed(script).await;
    let mut chat = desk.chat().await;
    chat.say("go").await;
    chat.wait_for("a card that says so", says_so).await;
    chat.wait_for_state("Make it", "ready").await;
    let seen = std::fs::read_to_string(desk.made("seen.txt").await).unwrap();
    assert!(seen.contains(TOKEN), "it could not read it: {seen}");
    let requests = model.requests();
    let asked: Vec<_> = requests
        .iter()
        .filter(|request| request.api() == Some(Api::CodeAssist))
        .collect();
    assert!(!asked.is_empty());
    for request in asked {
        let shown = request.header("authorization");
        assert_eq!(shown, Some(format!("Bearer {TOKEN}").as_str()));
    }
    assert_eq!(
        lent(&desk),
        Vec::<PathBuf>::new(),
        "the copy is gone with the attempt"
    );
    let kept = std::fs::read_to_string(person.join(FILE)).unwrap();
    assert!(kept.contains(TOKEN), "the person's own is as it was");
    let said = desk.run_text(&["doctor"], b"").await;
    assert!(said.contains("can read its own login"), "{said}");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_hosts_are_its_own_and_stay_when_the_network_is_taken() {
    const ASKS: &str = "touch begun; until [ -e go ]; do sleep 0.05; done; \
        curl -sS -o /dev/null https://elsewhere.googleapis.com/ 2> refused.txt; true";
    let script = team::hands_out(json!([brief("Make it", "gemini")]))
        .rule(
            GEMINI.told("gemini brief").after_results(0),
            GEMINI.runs(ASKS),
        )
        .rule(GEMINI.told("gemini brief"), Reply::says("Made it"))
        .rule(When::anything(), Reply::says("NOTHING TO ADD"));
    let (_model, _front, desk, _) = agreed(script).await;
    let mut chat = desk.chat().await;
    chat.say("go").await;
    let begun = desk.made("begun").await;
    assert_eq!(lent(&desk).len(), 1);
    let ran = desk.run(&["narrow", "Make it", "--no", "network"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let worktree: &Path = begun.parent().unwrap();
    std::fs::write(worktree.join("go"), "").unwrap();
    chat.wait_for_state("Make it", "ready").await;
    let refused = std::fs::read_to_string(worktree.join("refused.txt")).unwrap();
    assert!(
        refused.contains("403") || refused.contains("CONNECT"),
        "{refused}"
    );
    assert_eq!(lent(&desk), Vec::<PathBuf>::new());
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_of_the_orchestrator_leaves_no_copy_once_it_is_back() {
    let script = team::hands_out(json!([brief("Make it", "gemini")]))
        .rule(
            GEMINI.told("gemini brief").after_results(0),
            GEMINI.runs("touch begun; sleep 1000"),
        )
        .rule(When::anything(), Reply::says("NOTHING TO ADD"));
    let (_model, _front, desk, person) = agreed(script).await;
    let mut chat = desk.chat().await;
    chat.say("go").await;
    desk.made("begun").await;
    assert_eq!(lent(&desk).len(), 1);
    // Nobody can be lent it again.
    std::fs::remove_file(person.join(FILE)).unwrap();
    desk.kill_orchestrator();
    let held = chat.wait_for_state("Make it", "paused").await;
    assert_eq!(
        held["detail"]["why"]["failure"]["code"], "login_missing",
        "{held}"
    );
    assert_eq!(lent(&desk), Vec::<PathBuf>::new());
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_over_is_said_to_be_and_the_task_waits_for_a_new_one() {
    let script = team::hands_out(json!([brief("Make it", "gemini")]))
        .rule(GEMINI.told("gemini brief"), Reply::says("Made it"))
        .rule(When::anything(), Reply::says("NOTHING TO ADD"));
    let (_model, _front, desk, person) = agreed(script).await;
    let good = std::fs::read_to_string(person.join(FILE)).unwrap();
    // What is no token at all: the program takes it for no login.
    std::fs::write(person.join(FILE), "{}").unwrap();
    let mut chat = desk.chat().await;
    chat.say("go").await;
    let held = chat.wait_for_state("Make it", "paused").await;
    assert_eq!(
        held["detail"]["why"]["failure"]["code"], "unauthorized",
        "{held}"
    );
    std::fs::write(person.join(FILE), good).unwrap();
    let ran = desk.run(&["resume", "Make it"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    chat.wait_for_state("Make it", "done").await;
    assert_eq!(chat.end().await.0, 0);
}
