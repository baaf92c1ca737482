//! J24: the pull request loop. Work goes out once a person has seen what would be pushed; what is found there goes to its
//! agent, and each fix is asked about before it is pushed.

mod hostile;
mod others;

use ampersand_testkit::{
    Chat, Desk, Ran, TestForge,
    forge::{ForgeCheck, ForgeComment},
    model_server::{ModelServer, Reply, Script, When},
};
use serde_json::{Value, json};

use crate::scripts::{agent, brief, controller, dispatches, reports};

const SENTENCE: &str = "Split the token check.";
const TITLE: &str = "Split the token check";
const FILE: &str = "src/auth/token.rs";

/// What the agent writes at first, for the check that failed, and for the comment.
const WRITES: [&str; 3] = ["fn first() {}\n", "fn second() {}\n", "fn third() {}\n"];

fn script() -> Script {
    let write = |text: &str| Reply::calls("write", json!({ "path": FILE, "content": text }));
    let red = || When::user("A check failed").with_tool("report");
    let comment = || When::user("A review comment").with_tool("report");
    Script::new()
        .rule(
            controller(SENTENCE).after_results(0),
            dispatches(json!([brief("split", TITLE, "worker", "TOKEN BRIEF")])),
        )
        .rule(red().after_results(0), write(WRITES[1]))
        .rule(red().after_results(1), reports("The build is mended"))
        .rule(comment().after_results(0), write(WRITES[2]))
        .rule(comment().after_results(1), reports("Named as asked"))
        .times(1, agent("TOKEN BRIEF").after_results(0), write(WRITES[0]))
        .times(
            1,
            agent("TOKEN BRIEF").after_results(1),
            reports("The check is split"),
        )
        .rule(When::anything(), Reply::says(""))
}

/// A desk with a model, whose remote is a forge; a second between two looks at it.
async fn desk(model: &ModelServer, kind: &str) -> (Desk, TestForge) {
    let mut desk = Desk::new();
    let forge = TestForge::of(&desk.repository);
    desk.set("PATH", &forge.path());
    desk.settings(&format!(
        "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{}\"\nmodel = \"scripted\"\n\
         [pull_requests]\nforge = \"{kind}\"\nevery_seconds = 1\nrounds = 2\n",
        model.base_url()
    ));
    (desk, forge)
}

/// Has the work done; the task's id.
async fn works(chat: &mut Chat) -> String {
    chat.say(SENTENCE).await;
    let ready = chat.wait_for_state(TITLE, "ready").await;
    ready["id"].as_str().unwrap().to_owned()
}

/// The next question about a push, and its id.
async fn question(chat: &mut Chat) -> (String, Value) {
    let asked = chat
        .wait_for("a question about a push", |line| {
            line["type"] == "approval" && line["answered"].is_null()
        })
        .await;
    let push = asked["approval"]["question"]["push"].clone();
    (asked["id"].as_str().unwrap().to_owned(), push)
}

/// Waits until the pull request is there.
async fn stage(chat: &mut Chat, name: &str) -> Value {
    let line = chat
        .wait_for(&format!("the pull request {name}"), |line| {
            line["type"] == "pull_request" && line["pull_request"]["stage"]["name"] == name
        })
        .await;
    line["pull_request"].clone()
}

fn done(ran: &Ran) {
    assert_eq!(ran.code, 0, "{ran:?}");
}

fn check(commit: &str, outcome: &str, log: &str) -> ForgeCheck {
    ForgeCheck {
        commit: commit.to_owned(),
        name: "build".to_owned(),
        outcome: outcome.to_owned(),
        log: log.to_owned(),
    }
}

fn comment(id: u64, may_write: bool, body: &str) -> ForgeComment {
    ForgeComment {
        id,
        author: if may_write { "ann" } else { "eve" }.to_owned(),
        may_write,
        body: body.to_owned(),
        place: Some((FILE.to_owned(), 1)),
    }
}

async fn the_loop(kind: &str) {
    let model = ModelServer::start(script()).await.unwrap();
    let (desk, forge) = desk(&model, kind).await;
    let head = desk.repository.head();
    let mut chat = desk.chat().await;
    let task = works(&mut chat).await;

    let (branch, first) = opens(&desk, &forge, &mut chat, &task).await;
    let second = mends_the_check(&desk, &forge, &mut chat, (&branch, &first)).await;
    let told = model
        .requests()
        .iter()
        .any(|asked| asked.body.to_string().contains("> error: it is red"));
    assert!(told, "its agent has what the check printed");
    forge.change(|stands| stands.checks.push(check(&second, "success", "")));
    let green = chat.wait_for("the check that passed", |line| {
        line["type"] == "pull_request" && line["pull_request"]["standing"]["passed"] == 1
    });
    green.await;
    forge.change(|stands| stands.comments.push(comment(5, true, "Call it third.")));
    let fixing = stage(&mut chat, "fixing").await;
    assert_eq!(fixing["found"]["comments"][0]["body"], "Call it third.");
    question(&mut chat).await;
    chat.say("You may push fixes to this one.").await;
    let pushed = stage(&mut chat, "watching").await;
    assert_eq!(pushed["freely"], true);
    let third = forge.tip(&branch).unwrap();
    assert_eq!(
        forge.git(&["show", &format!("{third}:{FILE}")]),
        WRITES[2].trim()
    );

    forge.change(|stands| stands.state = "merged".to_owned());
    let ended = stage(&mut chat, "ended").await;
    assert_eq!(ended["stage"]["how"]["kind"], "merged");
    let landed = chat.wait_for_state(TITLE, "landed").await;
    assert_eq!(landed["id"], task.as_str());
    assert_eq!(
        (desk.repository.head(), desk.repository.status()),
        (head, String::new())
    );
    assert_eq!(chat.end().await.0, 0);
}

/// It is pushed and opened once the person has seen all of it: the branch, and the commit.
async fn opens(desk: &Desk, forge: &TestForge, chat: &mut Chat, task: &str) -> (String, String) {
    let asked = desk.run(&["open-pull-request", task]).await;
    done(&asked);
    let push = &asked.lines[0]["question"]["push"];
    assert_eq!(
        (&push["remote"], &push["onto"]),
        (&json!("origin"), &json!("main"))
    );
    assert_eq!(push["url"], format!("file://{}", forge.bare().display()));
    assert_eq!(push["diffstat"]["files"][0]["path"], FILE);
    assert_eq!(push["says"]["title"], TITLE);
    assert_eq!(push["as_checked"], true);
    let branch = push["branch"].as_str().unwrap().to_owned();
    assert!(
        branch.starts_with("ampersand/split-the-token-check-"),
        "{branch}"
    );
    assert_eq!(
        forge.branches(),
        ["main"],
        "nothing leaves before the person says so"
    );
    let id = asked.lines[0]["id"].as_str().unwrap().to_owned();
    done(&desk.run(&["approve", &id]).await);
    let open = stage(chat, "watching").await;
    assert_eq!(open["opened"]["number"], 12);
    let first = forge.tip(&branch).unwrap();
    assert_eq!(push["tip"], first.as_str());
    let there = forge.opened().unwrap();
    assert_eq!((there.onto.as_str(), there.title.as_str()), ("main", TITLE));
    assert!(there.body.contains("The check is split"), "{there:?}");
    (branch, first)
}

/// A check fails, its agent is sent back with what it printed, and the fix is pushed once that was allowed: its commit.
async fn mends_the_check(
    desk: &Desk,
    forge: &TestForge,
    chat: &mut Chat,
    (branch, first): (&str, &str),
) -> String {
    forge.change(|stands| {
        stands
            .checks
            .push(check(first, "failure", "error: it is red\n"))
    });
    let fixing = stage(chat, "fixing").await;
    assert_eq!(fixing["found"]["checks"][0]["log"], "error: it is red");
    let (id, push) = question(chat).await;
    assert_eq!(push["number"], 12);
    assert_eq!(
        forge.tip(branch).unwrap(),
        first,
        "a fix is asked about, too"
    );
    done(&desk.run(&["approve", &id]).await);
    let fixed = stage(chat, "watching").await;
    let second = forge.tip(branch).unwrap();
    assert_eq!(fixed["pushed"], second.as_str());
    assert_eq!(
        forge.git(&["show", &format!("{second}:{FILE}")]),
        WRITES[1].trim()
    );
    assert_eq!(
        forge.git(&["rev-parse", &format!("{second}^")]),
        first,
        "it goes on top"
    );
    second
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_on_a_pull_request_is_mended_until_it_is_merged() {
    the_loop("github").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn likewise_on_a_merge_request() {
    the_loop("gitlab").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_is_watched_across_a_crash_and_no_more_when_the_person_says_so() {
    let model = ModelServer::start(script()).await.unwrap();
    let (desk, forge) = desk(&model, "github").await;
    let mut chat = desk.chat().await;
    works(&mut chat).await;
    chat.say("open a PR").await;
    let (id, push) = question(&mut chat).await;
    let branch = push["branch"].as_str().unwrap().to_owned();
    desk.kill_orchestrator();
    done(&desk.run(&["approve", &id]).await);
    stage(&mut chat, "watching").await;
    let first = forge.tip(&branch).unwrap();
    desk.kill_orchestrator();
    forge.change(|stands| stands.checks.push(check(&first, "failure", "red\n")));
    stage(&mut chat, "fixing").await;
    let (id, _) = question(&mut chat).await;
    done(&desk.run(&["deny", &id]).await);
    let held = stage(&mut chat, "held").await;
    assert_eq!(held["stage"]["why"]["code"], "pull_request_not_pushed");
    assert_eq!(forge.tip(&branch).unwrap(), first);

    chat.say("watch it again").await;
    question(&mut chat).await;
    chat.say("Stop watching that.").await;
    stage(&mut chat, "unwatched").await;
    forge.change(|stands| stands.comments.push(comment(5, true, "And this?")));
    let tasks = desk.tasks().await;
    assert_eq!(tasks[0]["state"], "ready");
    assert_eq!(tasks[0]["pull_request"]["stage"]["name"], "unwatched");
    assert_eq!(forge.tip(&branch).unwrap(), first);
    let approvals = desk.run(&["tasks"]).await.lines;
    let open = approvals.iter().filter(|line| line["type"] == "approval");
    assert_eq!(open.count(), 0, "the question fell away");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_is_put_on_a_branch_instead_and_stays_ready() {
    let model = ModelServer::start(script()).await.unwrap();
    let (desk, forge) = desk(&model, "github").await;
    desk.repository.write("README.md", "not committed\n");
    let head = desk.repository.head();
    let mut chat = desk.chat().await;
    works(&mut chat).await;
    chat.say("Put it on branch Fix/Token.").await;
    let branched = chat.wait_for_type("branched").await;
    assert_eq!(branched["branch"], "Fix/Token");
    let shown = |path: &str| desk.repository.git(&["show", &format!("Fix/Token:{path}")]);
    assert_eq!(shown(FILE), WRITES[0].trim());
    assert!(
        !shown("README.md").contains("not committed"),
        "that stays here"
    );
    assert_eq!(desk.repository.git(&["rev-parse", "Fix/Token^"]), head);
    assert_eq!(desk.repository.head(), head);
    assert_eq!(desk.repository.status(), "M README.md");
    assert_eq!(forge.branches(), ["main"]);
    let refused = desk.run(&["put-on-branch", TITLE, "main"]).await;
    assert_eq!(
        refused.lines[0]["code"], "branch_checked_out",
        "{refused:?}"
    );
    assert_eq!(desk.tasks().await[0]["state"], "ready");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_model_wants_to_go_out_is_a_question_for_the_person() {
    const BRANCH: &str = "Keep it for later.";
    const PULL: &str = "Send it to the others.";
    let mut script = script();
    let last = script.rules.pop().unwrap();
    let script = script
        .rule(
            controller(BRANCH).after_results(0),
            Reply::calls(
                "put_on_branch",
                json!({ "task": "t1", "branch": "later", "why": "you want it later" }),
            ),
        )
        .rule(
            controller(PULL).after_results(0),
            Reply::calls(
                "open_pull_request",
                json!({ "task": "t1", "why": "they review it" }),
            ),
        )
        .rule(last.when, last.reply);
    let model = ModelServer::start(script).await.unwrap();
    let (desk, forge) = desk(&model, "github").await;
    let mut chat = desk.chat().await;
    works(&mut chat).await;
    chat.say(BRANCH).await;
    let asked = chat.wait_for_type("approval").await;
    let question = &asked["approval"]["question"];
    assert_eq!(
        (&question["kind"], &question["branch"]),
        (&json!("branch"), &json!("later"))
    );
    assert_eq!(question["diffstat"]["count"], 1);
    assert!(!desk.repository.git(&["branch"]).contains("later"));
    done(&desk.run(&["approve", asked["id"].as_str().unwrap()]).await);
    chat.wait_for_type("branched").await;
    assert!(desk.repository.git(&["branch"]).contains("later"));

    chat.say(PULL).await;
    let asked = chat
        .wait_for("a question about a push", |line| {
            line["type"] == "approval" && line["approval"]["question"]["kind"] == "push"
        })
        .await;
    assert_eq!(asked["approval"]["question"]["why"], "they review it");
    done(&desk.run(&["deny", asked["id"].as_str().unwrap()]).await);
    chat.wait_for("the answer", |line| line["answered"] == "Denied")
        .await;
    assert_eq!(forge.branches(), ["main"]);
    let tasks = desk.tasks().await;
    let verbs = tasks[0]["verbs"].as_array().unwrap();
    assert!(
        verbs.contains(&json!("open_pull_request")),
        "it can be asked for again"
    );
    assert_eq!(chat.end().await.0, 0);
}
