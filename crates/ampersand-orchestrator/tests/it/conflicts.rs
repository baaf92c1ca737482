//! Work and branch that changed the same places: said to the person, and brought together by a follow-up task, by giving up
//! one side, or by the person. The branch and the checkout change by landing alone.

use std::path::PathBuf;

use ampersand_core::{
    Actor, Answer, Capability, CommandId, Conflict, EventBody, Failure, Narrowing, Question, Role,
    Side, Task, TaskId, TaskState, Verb, Work,
};
use ampersand_protocol::Command;
use ampersand_testkit::model_server::{ModelServer, Reply};
use serde_json::json;
use uuid::Uuid;

use crate::builtin::{report, scripted};
use crate::driver::Driver;

/// A task whose work and the branch say different things in one file, and whose landing was refused for it.
async fn refused_in(driver: &mut Driver) -> (TaskId, Failure, Vec<Conflict>) {
    refused_of(driver, Role::Worker).await
}

async fn refused_of(driver: &mut Driver, role: Role) -> (TaskId, Failure, Vec<Conflict>) {
    driver.repository.write("note", "one\ntwo\nthree\n");
    driver.repository.commit("Note");
    let line = "sed -i s/two/theirs/ note; echo new > added".into();
    let work = Work::Command { line };
    let task = driver.plan("Change the note", role, work).await;
    driver.wait_state(task, "ready").await;
    driver.repository.write("note", "one\nours\nthree\n");
    driver.repository.commit("Say ours");
    driver.call(Command::Land { task }).await.unwrap();
    let (failure, conflicts) = refusal(driver).await;
    driver.wait_state(task, "ready").await;
    (task, failure, conflicts)
}

async fn refusal(driver: &mut Driver) -> (Failure, Vec<Conflict>) {
    let refused = |body: &EventBody| match body {
        EventBody::LandingRefused {
            failure, conflicts, ..
        } => Some((failure.clone(), conflicts.clone())),
        _ => None,
    };
    driver.wait("refused", refused).await
}

async fn task(driver: &Driver, id: TaskId) -> Task {
    let mut tasks = driver.snapshot().await.tasks.into_iter();
    tasks.find(|task| task.id == id).unwrap()
}

async fn resolve(driver: &mut Driver, task: TaskId, by_hand: bool) -> TaskId {
    let command = Command::Resolve { task, by_hand };
    driver.call(command).await.unwrap();
    let planned = |body: &EventBody| match body {
        EventBody::PlanAccepted { tasks, .. } => {
            let follow_up = tasks.iter().find(|new| new.resolves == Some(task));
            follow_up.map(|task| task.id)
        }
        _ => None,
    };
    driver.wait("a follow-up", planned).await
}

fn writes(text: &str) -> Reply {
    Reply::calls("write", json!({"path": "note", "content": text}))
}

/// Where a task's worktree is.
fn worktree(driver: &Driver, task: TaskId) -> PathBuf {
    let list = driver.repository.git(&["worktree", "list", "--porcelain"]);
    let mut paths = list
        .lines()
        .filter_map(|line| line.strip_prefix("worktree "));
    let path = paths.find(|path| path.ends_with(&task.to_string()));
    PathBuf::from(path.unwrap())
}

async fn with(replies: impl IntoIterator<Item = Reply>) -> (ModelServer, Driver) {
    let server = scripted(replies).await;
    let driver = Driver::with_model(&server).await;
    (server, driver)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_landing_says_what_both_sides_want_and_what_can_be_done() {
    let mut driver = Driver::start().await;
    let (id, failure, conflicts) = refused_in(&mut driver).await;
    assert_eq!(failure.code, "landing_conflicts", "{failure:?}");
    let place = &conflicts[0].places[0];
    assert_eq!((conflicts[0].path.as_str(), place.line), ("note", 2));
    assert_eq!(place.branch, ["ours"]);
    assert_eq!(place.task, ["theirs"]);
    let ways = |task: &Task| {
        let ways = [
            Verb::Resolve,
            Verb::ResolveByHand,
            Verb::KeepBranch,
            Verb::KeepWork,
        ];
        ways.iter().all(|way| task.verbs().contains(way))
    };
    assert!(ways(&task(&driver, id).await));
    driver.crash().await;
    assert!(ways(&task(&driver, id).await), "it outlives a crash");
    assert_eq!(driver.repository.status(), "");
    let other = driver.run("Other", "echo other > other").await;
    driver.wait_state(other, "ready").await;
    assert!(!ways(&task(&driver, other).await));
    let command = Command::Resolve {
        task: other,
        by_hand: false,
    };
    let failure = driver.call(command).await.unwrap_err();
    assert_eq!(failure.code, "not_possible_now", "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_up_may_do_no_more_than_the_work_it_is_for() {
    let (_server, mut driver) = with([writes("one\nboth\nthree\n"), report()]).await;
    let (first, ..) = refused_of(&mut driver, Role::Default).await;
    let narrowed = Command::Narrow {
        tasks: vec![first],
        what: Narrowing::WebSearch,
        by: Actor::Person,
    };
    driver.call(narrowed).await.unwrap();
    let follow_up = resolve(&mut driver, first, false).await;
    let planned = task(&driver, follow_up).await;
    assert_eq!(planned.role, Role::Default);
    assert_eq!(planned.taken, [Narrowing::WebSearch]);
    assert!(!planned.capabilities.contains(&Capability::WebSearch));
    let asked = driver.question().await;
    assert_eq!(asked.task, follow_up, "it asks before it writes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_up_brings_both_together_and_the_work_lands_with_it_and_is_undone_with_it() {
    let together = "one\nours and theirs\nthree\n";
    let (server, mut driver) = with([writes(together), report()]).await;
    let (first, ..) = refused_in(&mut driver).await;
    let ours = driver.repository.head();
    let follow_up = resolve(&mut driver, first, false).await;
    driver.wait_state(follow_up, "ready").await;
    let given = driver.text(Command::ReadGiven { task: follow_up }).await;
    for told in [
        "> Say ours",
        "> ours\n",
        "> theirs\n",
        "In \"note\"",
        "Change the note",
    ] {
        assert!(given.contains(told), "{told}: {given}");
    }
    assert!(
        server.requests()[0]
            .body
            .to_string()
            .contains("take every marker out")
    );
    let again = Command::Resolve {
        task: first,
        by_hand: true,
    };
    let failure = driver.call(again).await.unwrap_err();
    assert_eq!(failure.code, "already_resolving", "{failure:?}");
    // What would land is told from the branch, without any marker.
    let diff = driver.diff(follow_up).await;
    let paths: Vec<&str> = diff.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["added", "note"]);
    assert!(!format!("{diff:?}").contains("<<<<<<<"), "{diff:?}");

    driver
        .call(Command::Land { task: follow_up })
        .await
        .unwrap();
    driver.wait_state(follow_up, "landed").await;
    let settled = driver.wait_state(first, "landed").await;
    assert!(
        matches!(settled, TaskState::Landed { by: Some(by), back: None, .. } if by.task == follow_up),
        "{settled:?}"
    );
    assert_eq!(driver.repository.read("note"), together);
    assert_eq!(driver.repository.read("added"), "new\n");
    assert_eq!(driver.repository.status(), "");
    let work = format!("refs/ampersand/{first}/head");
    let parents = driver.repository.git(&["rev-parse", "HEAD^1", "HEAD^2"]);
    let work = driver.repository.git(&["rev-parse", &work]);
    assert_eq!(
        parents.split_whitespace().collect::<Vec<_>>(),
        [ours.as_str(), work.trim()]
    );

    let undo = Command::UndoLanding { task: follow_up };
    driver.call(undo).await.unwrap();
    driver.wait_state(follow_up, "ready").await;
    driver.wait_state(first, "ready").await;
    assert_eq!(driver.repository.head(), ours);
    driver
        .call(Command::Land { task: follow_up })
        .await
        .unwrap();
    driver.wait_state(first, "landed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_lands_while_a_marker_is_left_and_what_the_person_edits_there_does() {
    let (_server, mut driver) = with([report()]).await;
    let (first, ..) = refused_in(&mut driver).await;
    let head = driver.repository.head();
    let follow_up = resolve(&mut driver, first, false).await;
    driver.wait_state(follow_up, "ready").await;
    driver
        .call(Command::Land { task: follow_up })
        .await
        .unwrap();
    let (failure, _) = refusal(&mut driver).await;
    assert_eq!(failure.code, "landing_markers_left", "{failure:?}");
    assert!(failure.message.contains("note:2"), "{failure:?}");
    driver.wait_state(follow_up, "ready").await;
    assert_eq!(
        (driver.repository.head(), driver.repository.status()),
        (head, String::new())
    );

    std::fs::write(worktree(&driver, follow_up).join("note"), "by hand\n").unwrap();
    driver
        .call(Command::Land { task: follow_up })
        .await
        .unwrap();
    driver.wait_state(first, "landed").await;
    assert_eq!(driver.repository.read("note"), "by hand\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_side_is_given_up_after_an_approval_that_shows_what_would_land() {
    let mut driver = Driver::with("[landing]\nhistory = \"squash\"\n").await;
    let (first, ..) = refused_in(&mut driver).await;
    let keep = |side| Command::KeepSide {
        task: first,
        side,
        why: String::new(),
    };
    let head = driver.repository.head();
    for _ in 0..2 {
        driver.call(keep(Side::Task)).await.unwrap();
    }
    let asked = driver.question().await;
    let Question::Land {
        diffstat,
        keeps: Some(kept),
        ..
    } = &asked.question
    else {
        panic!("{asked:?}");
    };
    assert_eq!((kept.side, kept.on.as_str()), (Side::Task, head.as_str()));
    assert_eq!(
        (diffstat.count, diffstat.added, diffstat.removed),
        (2, 2, 1)
    );
    assert_eq!(driver.repository.head(), head, "asking lands nothing");
    // What was looked at is what lands: on a branch that moved it is asked again.
    driver.repository.write("other", "other\n");
    driver.repository.commit("Other");
    driver.answer(&asked, Answer::Allow).await;
    let (failure, _) = refusal(&mut driver).await;
    assert_eq!(failure.code, "landing_branch_moved", "{failure:?}");
    driver.wait_state(first, "ready").await;
    driver.call(Command::Land { task: first }).await.unwrap();
    refusal(&mut driver).await;
    driver.wait_state(first, "ready").await;
    driver.call(keep(Side::Task)).await.unwrap();
    let asked = driver.question().await;
    driver.answer(&asked, Answer::Allow).await;
    driver.wait_state(first, "landed").await;
    assert_eq!(driver.repository.read("note"), "one\ntheirs\nthree\n");
    assert_eq!(driver.repository.read("added"), "new\n");
    assert_eq!(driver.repository.status(), "");
    let message = driver.repository.git(&["log", "-1", "--format=%P%n%B"]);
    assert!(message.contains("the work's side was kept"), "{message}");
    let parents = message.lines().next().unwrap();
    assert_eq!(
        parents.split_whitespace().count(),
        1,
        "a straight line stays one"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_side_that_leaves_nothing_is_told_before_anything_is_asked() {
    let mut driver = Driver::start().await;
    driver.repository.write("note", "two\n");
    driver.repository.commit("Note");
    let task = driver.run("Change the note", "echo theirs > note").await;
    driver.wait_state(task, "ready").await;
    driver.repository.write("note", "ours\n");
    driver.repository.commit("Say ours");
    driver.call(Command::Land { task }).await.unwrap();
    refusal(&mut driver).await;
    driver.wait_state(task, "ready").await;
    let keep = Command::KeepSide {
        task,
        side: Side::Branch,
        why: String::new(),
    };
    let failure = driver.call(keep).await.unwrap_err();
    assert_eq!(failure.code, "nothing_left_to_land", "{failure:?}");
    assert!(driver.snapshot().await.approvals.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_brings_both_together_in_a_folder_of_its_own_and_what_they_made_is_checked() {
    let mut driver = Driver::start().await;
    let declared = "[checks]\nnote = \"! grep -q bad note\"\n";
    driver.repository.write(".ampersand.toml", declared);
    driver.repository.commit("Declare");
    driver.trust().await;
    let (first, ..) = refused_in(&mut driver).await;
    let by_hand = resolve(&mut driver, first, true).await;
    driver.wait_state(by_hand, "ready").await;
    let folder = worktree(&driver, by_hand);
    let report = driver.report(by_hand).await;
    assert!(
        report.headline.contains(&folder.display().to_string()),
        "{report:?}"
    );
    let text = std::fs::read_to_string(folder.join("note")).unwrap();
    assert!(
        text.contains("<<<<<<< branch\nours\n=======\ntheirs\n>>>>>>> work\n"),
        "{text}"
    );
    assert_eq!(driver.repository.status(), "", "the checkout is left alone");
    driver.call(Command::Land { task: by_hand }).await.unwrap();
    let (failure, _) = refusal(&mut driver).await;
    assert_eq!(failure.code, "landing_markers_left", "{failure:?}");
    driver.wait_state(by_hand, "ready").await;

    std::fs::write(folder.join("note"), "bad\n").unwrap();
    driver.call(Command::Land { task: by_hand }).await.unwrap();
    let (failure, _) = refusal(&mut driver).await;
    assert_eq!(failure.code, "merged_checks_red", "{failure:?}");
    driver.wait_state(by_hand, "ready").await;

    std::fs::write(folder.join("note"), "by hand\n").unwrap();
    driver.call(Command::Land { task: by_hand }).await.unwrap();
    driver.wait_state(by_hand, "merging").await;
    driver.wait_state(first, "landed").await;
    assert_eq!(driver.repository.read("note"), "by hand\n");
    assert_eq!(driver.repository.status(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_up_that_comes_to_nothing_leaves_the_work_as_it_was() {
    let (_server, mut driver) = with([]).await;
    let (first, ..) = refused_in(&mut driver).await;
    let by_hand = resolve(&mut driver, first, true).await;
    driver.wait_state(by_hand, "ready").await;
    let discard = Command::Discard { task: by_hand };
    driver.call(discard).await.unwrap();
    driver.wait_state(by_hand, "discarded").await;
    let again = resolve(&mut driver, first, true).await;
    driver.crash().await;
    driver.wait_state(again, "ready").await;
    let text = std::fs::read_to_string(worktree(&driver, again).join("note")).unwrap();
    assert!(text.contains("<<<<<<< branch\nours\n"), "{text}");
    let left = task(&driver, first).await;
    assert!(matches!(left.state, TaskState::Ready { .. }));
    assert_eq!(left.standoff.follow_up, Some(again));
}

/// Killed at once after landing was asked for, at whatever step that finds it: both landed, or neither did.
#[tokio::test(flavor = "multi_thread")]
async fn killed_between_its_steps_the_work_landed_with_its_follow_up_or_did_not() {
    let mut driver = Driver::start().await;
    let (first, ..) = refused_in(&mut driver).await;
    let by_hand = resolve(&mut driver, first, true).await;
    driver.wait_state(by_hand, "ready").await;
    std::fs::write(worktree(&driver, by_hand).join("note"), "by hand\n").unwrap();
    let before = driver.repository.head();
    for round in 0..6_u64 {
        let id = CommandId::new(Uuid::now_v7());
        let asking = driver.try_call(id, Command::Land { task: by_hand });
        let killing = tokio::time::timeout(std::time::Duration::from_millis(8 * round), asking);
        drop(killing.await);
        driver.kill().await;
        driver.start_again().await;
        let is_landing = |task: &Task| matches!(task.state, TaskState::Landing { .. });
        // What earlier rounds ended with is no news.
        let now = driver.snapshot().await;
        driver.read_to(now.seq).await;
        let mut tasks = now.tasks.iter();
        if tasks.any(|task| task.id == by_hand && is_landing(task)) {
            let ended = |body: &EventBody| match body {
                EventBody::TaskLanded { .. } | EventBody::LandingRefused { .. } => Some(()),
                _ => None,
            };
            driver.wait("ended", ended).await;
        }
        let landed = |task: &Task| matches!(task.state, TaskState::Landed { .. });
        let both = [by_hand, first].map(|id| task(&driver, id));
        let [follow_up, work] = futures::future::join_all(both).await.try_into().unwrap();
        assert_eq!(landed(&follow_up), landed(&work), "round {round}");
        let moved = driver.repository.head() != before;
        assert_eq!(landed(&follow_up), moved, "round {round}");
        assert_eq!(driver.repository.status(), "", "round {round}");
        if moved {
            return;
        }
    }
    driver.call(Command::Land { task: by_hand }).await.unwrap();
    driver.wait_state(first, "landed").await;
}
