//! What others do to a pull request while its task works: they merge it early, they commit on its branch, they have one of
//! the same name, and they write where GitLab writes much itself.

use ampersand_testkit::model_server::ModelServer;
use serde_json::json;

use super::{TITLE, check, comment, desk, done, opens, question, script, stage, works};

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_that_waits_to_be_pushed_is_not_landed_by_merging_what_was_there_before() {
    let model = ModelServer::start(script()).await.unwrap();
    let (desk, forge) = desk(&model, "github").await;
    let mut chat = desk.chat().await;
    let task = works(&mut chat).await;
    let (branch, first) = opens(&desk, &forge, &mut chat, &task).await;
    forge.change(|stands| stands.checks.push(check(&first, "failure", "red\n")));
    question(&mut chat).await;

    forge.change(|stands| stands.state = "merged".to_owned());
    let ended = stage(&mut chat, "ended").await;
    let how = &ended["stage"]["how"];
    assert_eq!(how["kind"], "merged_without", "{how}");
    let why = how["why"]["message"].as_str().unwrap();
    assert!(why.contains(&first[..7]), "{why}");
    let tasks = desk.tasks().await;
    assert_eq!(tasks[0]["state"], "ready", "the fix is still here");

    let asked = desk.run(&["open-pull-request", TITLE]).await;
    done(&asked);
    let next = &asked.lines[0]["question"]["push"]["branch"];
    assert_eq!(next, &json!(format!("{branch}-2")), "it has its own branch");
    assert_eq!(chat.end().await.0, 0);
}

async fn commits_of_others(kind: &str) {
    let model = ModelServer::start(script()).await.unwrap();
    let (desk, forge) = desk(&model, kind).await;
    let mut chat = desk.chat().await;
    let task = works(&mut chat).await;
    let (branch, first) = opens(&desk, &forge, &mut chat, &task).await;
    let theirs = forge.commits_on(&branch);
    forge.change(|stands| {
        stands.checks.push(check(&theirs, "failure", "red\n"));
        stands.comments.push(comment(5, true, "Call it third."));
    });
    let held = stage(&mut chat, "held").await;
    assert_eq!(held["stage"]["why"]["code"], "pull_request_has_others");
    assert_eq!(held["rounds"]["done"], 0, "its agent was not sent back");
    chat.say("watch it again").await;
    stage(&mut chat, "watching").await;
    stage(&mut chat, "held").await;
    assert_eq!(forge.tip(&branch).unwrap(), theirs, "nothing is forced");

    forge.git(&["update-ref", &format!("refs/heads/{branch}"), &first]);
    chat.say("watch it again").await;
    let fixing = stage(&mut chat, "fixing").await;
    assert_eq!(fixing["found"]["comments"][0]["body"], "Call it third.");
    question(&mut chat).await;
    forge.commits_on(&branch);
    stage(&mut chat, "held").await;
    let open = desk.run(&["tasks"]).await.lines;
    let open = open.iter().filter(|line| line["type"] == "approval");
    assert_eq!(open.count(), 0, "what could not be pushed is not asked");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_of_others_on_its_branch_end_the_loop_and_are_said() {
    commits_of_others("github").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn likewise_on_the_branch_of_a_merge_request() {
    commits_of_others("gitlab").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_is_heard_behind_many_notes_of_gitlab_s_own_and_the_request_is_ours() {
    let model = ModelServer::start(script()).await.unwrap();
    let (desk, forge) = desk(&model, "gitlab").await;
    forge.change(|stands| stands.has_doubles = true);
    let mut chat = desk.chat().await;
    let task = works(&mut chat).await;
    opens(&desk, &forge, &mut chat, &task).await;
    forge.change(|stands| {
        stands.own_notes = 250;
        stands.comments.push(comment(5, true, "Call it third."));
    });
    let fixing = stage(&mut chat, "fixing").await;
    assert_eq!(fixing["found"]["comments"][0]["body"], "Call it third.");
    assert_eq!(chat.end().await.0, 0);
}
