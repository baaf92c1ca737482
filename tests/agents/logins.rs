//! Logins of agents' own programs through the whole of Ampersand: connected by one verb, Codex's answers in the chat and does
//! tasks, tokens are refreshed by us, and nothing in a sandbox ever has one.

use std::path::{Path, PathBuf};

use ampersand_testkit::model_server::{ModelServer, Recorded, Reply, Script, When};
use ampersand_testkit::{Chat, Desk};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::agents::{Actor, CLAUDE, CODEX};
use crate::installed;
use crate::team::{self, brief, working_below};

/// What a login is worth nothing without.
const ACCOUNT: &str = "account-of-the-person";
/// What only a login has.
const REFRESH: &str = "refresh-only-we-have";

/// A token of an account, which ends then.
fn token(until: i64) -> String {
    let claims =
        json!({"exp": until, "https://api.openai.com/auth": {"chatgpt_plan_type": "plus"}});
    format!("e30.{}.ours", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// A person who is logged in to the program of this agent, and connected it; chat and agents find this model with it.
async fn connected(actor: Actor, access: &str, until: i64, base_url: &str) -> Desk {
    let mut desk = Desk::new();
    let kept = desk.home().join("kept");
    std::fs::create_dir(&kept).unwrap();
    let (variable, file, login) = match actor.name {
        "codex" => (
            "CODEX_HOME",
            "auth.json",
            json!({"auth_mode": "chatgpt", "tokens":
            {"id_token": access, "access_token": access, "refresh_token": REFRESH, "account_id": ACCOUNT}}),
        ),
        _ => (
            "CLAUDE_CONFIG_DIR",
            ".credentials.json",
            json!({"claudeAiOauth":
            {"accessToken": access, "refreshToken": REFRESH, "expiresAt": until * 1000, "scopes": ["user:inference"]}}),
        ),
    };
    std::fs::write(kept.join(file), login.to_string()).unwrap();
    desk.set(variable, &kept.display().to_string());
    let (program, reads) = installed::program(actor.name);
    desk.settings(&format!(
        "[agents.{}]\ncommand = {program:?}\nreads = {reads:?}\n",
        actor.name
    ));
    let ran = desk.run(&["connect", actor.name]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.lines[0]["answers"], actor.name == "codex");
    // The providers themselves are out of reach here.
    let file = desk.home().join("ampersand.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let table = format!("[agents.{}.login]\n", actor.name);
    let token_url = base_url.replace("/v1", "/oauth/token");
    let there = format!(
        "{table}model = \"scripted\"\nbase_url = \"{base_url}\"\ntoken_url = \"{token_url}\"\n"
    );
    assert!(text.contains(&table), "{text}");
    desk.settings(&text.replace(&table, &there));
    desk
}

const LATER: i64 = 4_000_000_000;

/// Where Codex runs that only thinks.
fn thinks_in(desk: &Desk) -> PathBuf {
    dunce::canonicalize(desk.home()).unwrap().join("controller")
}

/// Every file below a folder that holds this.
fn holding(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else if std::fs::read(&path).is_ok_and(|bytes| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        }) {
            found.push(path);
        }
    }
    found
}

fn asked_with_login(request: &Recorded, token: &str) -> bool {
    request.header("authorization") == Some(format!("Bearer {token}").as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_verb_makes_a_codex_login_the_model_of_the_chat_and_a_worker() {
    let access = token(LATER);
    let script = team::hands_out(json!([brief("Make it", "codex")]))
        .rule(
            CODEX.told("codex brief").after_results(0),
            CODEX.runs("env > seen.txt"),
        )
        .rule(CODEX.told("codex brief"), Reply::says("Made it"))
        .rule(
            When::user("what did I say").with_tool("dispatch"),
            Reply::says("You said go."),
        )
        .rule(When::anything(), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start(script).await.unwrap();
    let desk = connected(CODEX, &access, LATER, &model.base_url()).await;
    let mut chat = desk.chat().await;
    chat.say("go").await;
    chat.wait_for_state("Make it", "ready").await;
    chat.say("what did I say?").await;
    chat.wait_for("an answer out of what was said before", |line| {
        line.to_string().contains("You said go.")
    })
    .await;
    let requests = model.requests();
    assert!(
        requests
            .iter()
            .all(|request| asked_with_login(request, &access)),
        "{requests:#?}"
    );
    assert!(
        requests
            .iter()
            .all(|request| request.header("chatgpt-account-id") == Some(ACCOUNT))
    );
    let of_the_chat: Vec<_> = requests
        .iter()
        .filter(|request| request.body["tools"].to_string().contains("\"dispatch\""))
        .collect();
    // Our verbs, and nothing of its own.
    let tools = of_the_chat[0].body["tools"].as_array().unwrap();
    let names: Vec<_> = tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    for own in [
        "exec_command",
        "shell",
        "apply_patch",
        "view_image",
        "web_search",
        "update_plan",
    ] {
        assert!(!names.contains(&own), "{names:?}");
    }
    // The result of the call went back into the same answer, and the next question knows of both.
    assert!(
        of_the_chat[1].body["input"]
            .to_string()
            .contains("function_call_output")
    );
    let last = of_the_chat.last().unwrap().body["input"].to_string();
    assert!(last.contains("Started."), "{last}");
    let env = std::fs::read_to_string(desk.made("seen.txt").await).unwrap();
    assert!(!env.contains(&access) && !env.contains(REFRESH), "{env}");
    let with_token = holding(&desk.home(), &access);
    assert_eq!(with_token, [desk.home().join("kept/auth.json")]);
    assert_eq!(working_below(&thinks_in(&desk)), Vec::<String>::new());
    assert_eq!(chat.end().await.0, 0);
}

/// A chat whose model has begun to answer, and never comes to an end with anything this script does not say.
async fn half_an_answer(script: Script) -> (ModelServer, Desk, Chat) {
    let half = Reply::says("half an").gate("never").text("answer");
    let model = ModelServer::start(script.rule(When::anything(), half))
        .await
        .unwrap();
    let desk = connected(CODEX, &token(LATER), LATER, &model.base_url()).await;
    let mut chat = desk.chat().await;
    chat.say("think").await;
    chat.wait_for("its first words", |line| {
        line.to_string().contains("half an")
    })
    .await;
    (model, desk, chat)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_ends_in_the_middle_of_an_answer_leaves_no_process() {
    let (model, desk, chat) = half_an_answer(Script::new()).await;
    assert!(!working_below(&thinks_in(&desk)).is_empty());
    chat.signal("-INT");
    assert_eq!(chat.left().await.0, 130);
    model.wait_for_abandoned(1).await;
    assert_eq!(working_below(&thinks_in(&desk)), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_ends_the_answer_under_way_with_its_process() {
    let script = Script::new().rule(When::user("Actually"), Reply::says("The other."));
    let (model, desk, mut chat) = half_an_answer(script).await;
    chat.say("Actually, think of the other").await;
    chat.wait_for("the other answer", |line| {
        line.to_string().contains("The other.")
    })
    .await;
    model.wait_for_abandoned(1).await;
    assert_eq!(chat.end().await.0, 0);
    assert_eq!(working_below(&thinks_in(&desk)), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_dies_in_the_middle_says_so_and_the_next_message_starts_another() {
    let script = Script::new().rule(When::user("again"), Reply::says("Here I am."));
    let (_model, desk, mut chat) = half_an_answer(script).await;
    kill_below(&thinks_in(&desk));
    let broken = chat
        .wait_for("why it broke off", |line| {
            line.to_string().contains("codex_gone")
        })
        .await;
    assert!(
        broken.to_string().contains("Codex is started anew"),
        "{broken}"
    );
    chat.say("again").await;
    chat.wait_for("the next answer", |line| {
        line.to_string().contains("Here I am.")
    })
    .await;
    assert_eq!(chat.end().await.0, 0);
}

/// Ends what works below a folder as something outside would.
#[expect(clippy::disallowed_methods, reason = "what a person would type")]
fn kill_below(folder: &Path) {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let below = processes.filter(|entry| {
        let cwd = std::fs::read_link(entry.path().join("cwd"));
        cwd.is_ok_and(|cwd| cwd.starts_with(folder))
    });
    let pids: Vec<_> = below.map(|entry| entry.file_name()).collect();
    assert!(!pids.is_empty());
    std::process::Command::new("kill")
        .arg("-KILL")
        .args(pids)
        .status()
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_has_ended_is_refreshed_first_and_written_back() {
    let script = Script::new().rule(When::anything(), Reply::says("Here I am."));
    let model = ModelServer::start(script).await.unwrap();
    let desk = connected(CODEX, &token(1_000_000_000), 0, &model.base_url()).await;
    let mut chat = desk.chat().await;
    chat.say("think").await;
    chat.wait_for("an answer", |line| line.to_string().contains("Here I am."))
        .await;
    assert!(asked_with_login(&model.requests()[0], "access-1"));
    assert_eq!(model.refreshes()[0]["refresh_token"], REFRESH);
    let kept = std::fs::read_to_string(desk.home().join("kept/auth.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept["tokens"]["refresh_token"], "refreshed-1");
    assert_eq!(kept["tokens"]["account_id"], ACCOUNT);
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_not_taken_is_refreshed_with_the_next_message() {
    let refused = Reply::status(401, json!({"error": {"message": "no"}}));
    let script = Script::new()
        .rule(When::user("again"), Reply::says("Here I am."))
        .rule(When::anything(), refused);
    let model = ModelServer::start(script).await.unwrap();
    let desk = connected(CODEX, &token(LATER), LATER, &model.base_url()).await;
    let mut chat = desk.chat().await;
    chat.say("think").await;
    let broken = chat
        .wait_for("why it broke off", |line| {
            line.to_string().contains("login_refused")
        })
        .await;
    assert!(broken.to_string().contains("codex login"), "{broken}");
    chat.say("again").await;
    chat.wait_for("the next answer", |line| {
        line.to_string().contains("Here I am.")
    })
    .await;
    assert!(asked_with_login(
        model.requests().last().unwrap(),
        "access-1"
    ));
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_login_is_not_taken_goes_on_by_itself_once_with_a_refreshed_one() {
    let refused = Reply::status(401, json!({"error": {"message": "no"}}));
    let script = team::hands_out(json!([brief("Make it", "codex")]))
        .rule(CODEX.told("interrupted"), refused.clone())
        .rule(CODEX.told("codex brief"), refused)
        .rule(When::anything(), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start(script).await.unwrap();
    let desk = connected(CODEX, &token(LATER), LATER, &model.base_url()).await;
    let mut chat = desk.chat().await;
    chat.say("go").await;
    let first = chat.wait_for_state("Make it", "paused").await;
    let why = &first["detail"]["why"];
    assert_eq!(why["failure"]["code"], "login_refused", "{first}");
    assert!(why["next_try_at"].is_string(), "{first}");
    let last = chat
        .wait_for("its second attempt has ended too", |line| {
            let why = &line["detail"]["why"];
            why["cause"] == "limit" && why["next_try_at"].is_null()
        })
        .await;
    let why = &last["detail"]["why"];
    assert_eq!(why["failure"]["code"], "login_refused", "{last}");
    assert!(
        why["failure"]["hint"].to_string().contains("codex login"),
        "{last}"
    );
    let requests = model.requests();
    let asked = requests
        .iter()
        .filter(|request| asked_with_login(request, "access-1"));
    assert_ne!(asked.count(), 0);
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_an_account_lets_no_task_begin_and_says_until_when() {
    let script = team::hands_out(json!([brief("Make it", "codex")]))
        .rule(CODEX.told("codex brief"), Reply::says("Made it"))
        .rule(When::anything(), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start(script).await.unwrap();
    model.account_used(85);
    let desk = connected(CODEX, &token(LATER), LATER, &model.base_url()).await;
    let kept = desk.run(&["reserve", "codex", "20"]).await;
    assert_eq!(kept.code, 0, "{kept:?}");
    let mut chat = desk.chat().await;
    chat.say("go").await;
    let held = chat.wait_for_state("Make it", "paused").await;
    let why = &held["detail"]["why"];
    assert_eq!(why["failure"]["code"], "quota_kept", "{held}");
    assert!(why["next_try_at"].is_string(), "{held}");
    assert_eq!(
        team::asked_by(CODEX, &model.requests()).len(),
        0,
        "it did not begin"
    );
    let said = desk.run_text(&["doctor"], b"").await;
    assert!(
        said.contains("with its own login, 15 % left until"),
        "{said}"
    );
    // Nothing is kept any more, and the person lets it go on.
    let kept = desk.run(&["reserve", "codex", "0"]).await;
    assert_eq!(kept.code, 0, "{kept:?}");
    settled(&desk).await;
    let ran = desk.run(&["resume", "Make it"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    chat.wait_for_state("Make it", "done").await;
    assert_eq!(chat.end().await.0, 0);
}

/// Waits until the background process has taken up that nothing is kept.
async fn settled(desk: &Desk) {
    loop {
        let ran = desk.run(&["doctor"]).await;
        let codex = ran.lines.iter().find(|line| line["name"] == "agent codex");
        if !codex.unwrap()["message"]
            .to_string()
            .contains("kept for you")
        {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claude_login_does_tasks_and_stays_with_us() {
    let script = team::hands_out(json!([brief("Make it", "claude")]))
        .rule(
            CLAUDE.told("claude brief").after_results(0),
            CLAUDE.runs("env > seen.txt"),
        )
        .rule(CLAUDE.told("claude brief"), Reply::says("Made it"))
        .rule(When::anything(), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start(script).await.unwrap();
    let desk = connected(CLAUDE, "access-that-ended", 1, &model.base_url()).await;
    let text = std::fs::read_to_string(desk.home().join("ampersand.toml")).unwrap();
    desk.settings(&format!(
        "{text}\n[models.controller]\napi = \"chat-completions\"\nbase_url = \"{}\"\nmodel = \"scripted\"\n",
        model.base_url()
    ));
    let mut chat = desk.chat().await;
    chat.say("go").await;
    chat.wait_for_state("Make it", "ready").await;
    let asked = team::asked_by(CLAUDE, &model.requests());
    assert!(!asked.is_empty());
    for request in &asked {
        assert!(asked_with_login(request, "access-1"), "{request:#?}");
        assert!(
            request.header("anthropic-beta").unwrap().contains("oauth"),
            "{request:#?}"
        );
        assert_eq!(request.header("x-api-key"), None);
    }
    let kept = std::fs::read_to_string(desk.home().join("kept/.credentials.json")).unwrap();
    assert!(kept.contains("refreshed-1"), "{kept}");
    let env = std::fs::read_to_string(desk.made("seen.txt").await).unwrap();
    assert!(
        !env.contains("access-1") && !env.contains("refreshed-1"),
        "{env}"
    );
    assert_eq!(
        holding(&desk.home(), "access-1"),
        [desk.home().join("kept/.credentials.json")]
    );
    assert_eq!(chat.end().await.0, 0);
}

/// A model of Codex's own, which has but one tool: to run a script in which all others are called.
const WITH_SCRIPTS: &str = "gpt-6-sol";

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_calls_its_tools_from_a_script_hands_out_tasks_and_does_them() {
    let task = brief("Make it", "codex");
    let patch = "*** Begin Patch\n*** Add File: escaped\n+x\n*** End Patch";
    // What is its own to write with comes to nothing here; what is ours is called in order.
    let hands_out = format!(
        "let own = 'it wrote'; try {{ own = await tools.apply_patch({}); }} catch (error) {{ own = String(error); }}\n\
         const given = await tools.dispatch({}); text(own); text(given);",
        json!(patch),
        json!({"reason": "as asked", "tasks": [task]}),
    );
    let works = "text(await tools.exec_command({cmd: 'touch made.txt', yield_time_ms: 30000}));";
    let script = Script::new()
        .rule(
            When::user("codex brief").after_results(0),
            Reply::calls("exec", json!(works)),
        )
        .rule(When::user("codex brief"), Reply::says("Made it"))
        .rule(
            When::user("go").after_results(0),
            Reply::calls("exec", json!(hands_out)),
        )
        .rule(When::user("go"), Reply::says("Codex has it."))
        .rule(When::anything(), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start(script).await.unwrap();
    let desk = connected(CODEX, &token(LATER), LATER, &model.base_url()).await;
    let file = desk.home().join("ampersand.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    desk.settings(&text.replace("\"scripted\"", &format!("{WITH_SCRIPTS:?}")));
    let mut chat = desk.chat().await;
    chat.say("go").await;
    chat.wait_for("what it says of it", |line| {
        line.to_string().contains("Codex has it.")
    })
    .await;
    chat.wait_for_state("Make it", "ready").await;
    desk.made("made.txt").await;
    let requests = model.requests();
    let told = requests
        .iter()
        .map(|request| request.body["input"].to_string());
    let told = told.filter(|input| input.contains("custom_tool_call_output"));
    let told: String = told.collect();
    assert!(
        told.contains("Make it"),
        "what dispatch answered came back: {told}"
    );
    assert_eq!(holding(&thinks_in(&desk), "escaped"), Vec::<PathBuf>::new());
    assert!(!thinks_in(&desk).join("nothing/escaped").exists());
    assert_eq!(chat.end().await.0, 0);
}
