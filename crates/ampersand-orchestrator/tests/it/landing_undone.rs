//! A landing is undone while nothing stands on it, and its work is ready to land again; a crash on the way is looked into.

use ampersand_core::{CommandId, EventBody, Failure, TaskId, TaskState};
use ampersand_protocol::Command;
use uuid::Uuid;

use crate::driver::Driver;

async fn landed(driver: &mut Driver, line: &str) -> TaskId {
    let task = driver.run("Change", line).await;
    driver.wait_state(task, "ready").await;
    driver.call(Command::Land { task }).await.unwrap();
    driver.wait_state(task, "landed").await;
    task
}

async fn stands(driver: &mut Driver) -> Failure {
    let stands = |body: &EventBody| match body {
        EventBody::LandingStands { failure, .. } => Some(failure.clone()),
        _ => None,
    };
    driver.wait("stands", stands).await
}

async fn undo(driver: &Driver, task: TaskId) -> Result<(), Failure> {
    let undone = driver.call(Command::UndoLanding { task }).await;
    undone.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_branch_and_the_checkout_go_back_and_the_work_lands_again() {
    let mut driver = Driver::start().await;
    let head = driver.repository.head();
    let before = driver.repository.read("README.md");
    let task = landed(&mut driver, "echo more >> README.md; echo new > added").await;
    driver.repository.write("notes.txt", "mine");
    let id = CommandId::new(Uuid::now_v7());
    let command = Command::UndoLanding { task };
    driver.call_as(id, command.clone()).await.unwrap();
    driver.wait_state(task, "ready").await;
    driver.call_as(id, command.clone()).await.unwrap();
    assert_eq!(driver.repository.head(), head);
    assert_eq!(driver.repository.read("README.md"), before);
    assert_eq!(driver.repository.status(), "?? notes.txt");
    let undone = driver.count(|body| matches!(body, EventBody::LandingUndone { .. }));
    assert_eq!(undone, 1);

    driver.call(Command::Land { task }).await.unwrap();
    driver.wait_state(task, "landed").await;
    // The first command was carried out long ago, whatever stands now.
    driver.crash().await;
    driver.call_as(id, command).await.unwrap();
    let landed = driver.snapshot().await.tasks[0].state.clone();
    assert!(matches!(landed, TaskState::Landed { .. }), "{landed:?}");
    assert_eq!(driver.repository.read("added"), "new\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_on_top_and_uncommitted_work_refuse_and_the_landing_stands() {
    let mut driver = Driver::start().await;
    let first = landed(&mut driver, "echo first >> README.md").await;
    let second = landed(&mut driver, "echo second > second").await;
    let head = driver.repository.head();
    undo(&driver, first).await.unwrap();
    let failure = stands(&mut driver).await;
    assert_eq!(failure.code, "undo_landing_moved_on", "{failure:?}");
    assert!(
        failure.message.contains("1 commit is on top"),
        "{failure:?}"
    );
    assert_eq!(driver.repository.head(), head);

    driver.repository.write("second", "mine");
    undo(&driver, second).await.unwrap();
    let failure = stands(&mut driver).await;
    assert!(failure.message.contains("second (changed)"), "{failure:?}");
    assert!(
        failure.hint.contains("undo the landing again"),
        "{failure:?}"
    );
    assert_eq!(driver.repository.read("second"), "mine");

    driver.repository.write("second", "second\n");
    for task in [second, first] {
        undo(&driver, task).await.unwrap();
        driver.wait_state(task, "ready").await;
    }
    let failure = undo(&driver, first).await.unwrap_err();
    assert_eq!(failure.code, "not_possible_now", "{failure:?}");
}

/// Waits until a landed task has no folder of its own any more.
async fn without_worktree(driver: &Driver) {
    while driver.worktrees() > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worktree_of_what_landed_goes_and_is_made_again_where_it_is_needed() {
    let mut driver = Driver::with("[worktrees]\nwarm = 0\n").await;
    let task = landed(&mut driver, "echo more >> README.md").await;
    without_worktree(&driver).await;
    undo(&driver, task).await.unwrap();
    driver.wait_state(task, "ready").await;
    // Checks are declared, and run on what both make together, where the branch has not moved as on the work itself.
    driver.call(Command::Land { task }).await.unwrap();
    driver.wait_state(task, "landed").await;

    // What somebody wrote there since is nobody else's to remove.
    let line = "echo other > other; sleep 0";
    let edited = driver.run("Edited", line).await;
    driver.wait_state(edited, "ready").await;
    let folder = driver.text(Command::ReadWorktree { task: edited }).await;
    std::fs::write(std::path::Path::new(&folder).join("mine"), "precious").unwrap();
    driver.call(Command::Land { task: edited }).await.unwrap();
    driver.wait_state(edited, "landed").await;
    let put_aside = driver.run("Put aside", "echo aside > aside").await;
    driver.wait_state(put_aside, "ready").await;
    driver
        .call(Command::Discard { task: put_aside })
        .await
        .unwrap();
    while driver.worktrees() > 1 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    driver.crash().await;
    driver.snapshot().await;
    assert!(std::path::Path::new(&folder).join("mine").exists());
}

/// Where no repository with filters is worked on, one that got them by a landing is not shut in with it.
#[tokio::test(flavor = "multi_thread")]
async fn what_would_not_be_attached_is_put_back_and_undone() {
    let mut driver = Driver::start().await;
    let task = driver.run("Change", "echo more >> README.md").await;
    driver.wait_state(task, "ready").await;
    let attributes = driver.repository.root().join(".git/info/attributes");
    let set = |filtered: bool| match filtered {
        true => std::fs::write(&attributes, "*.bin filter=lfs\n").unwrap(),
        false => std::fs::remove_file(&attributes).unwrap(),
    };
    std::fs::create_dir_all(attributes.parent().unwrap()).unwrap();
    for crashes in [false, true] {
        driver.call(Command::Show { task }).await.unwrap();
        let shown = |body: &EventBody| matches!(body, EventBody::TaskShown { .. }).then_some(());
        driver.wait("shown", shown).await;
        set(true);
        if crashes {
            driver.crash().await;
        }
        driver.call(Command::PutBack { task }).await.unwrap();
        let back = |body: &EventBody| matches!(body, EventBody::TaskPutBack { .. }).then_some(());
        driver.wait("put back", back).await;
        assert_eq!(driver.repository.status(), "");
        set(false);
    }
    let head = driver.repository.head();
    driver.call(Command::Land { task }).await.unwrap();
    driver.wait_state(task, "landed").await;
    set(true);
    assert!(!driver.diff(task).await.files.is_empty());
    undo(&driver, task).await.unwrap();
    driver.wait_state(task, "ready").await;
    assert_eq!(
        (driver.repository.head(), driver.repository.status()),
        (head, String::new())
    );
}

/// Killed at once after it was asked, at whatever step that finds it: it took place or it did not, and never half.
#[tokio::test(flavor = "multi_thread")]
async fn killed_between_its_steps_it_took_place_or_did_not() {
    let mut driver = Driver::start().await;
    let many = "for i in $(seq 300); do echo $i > file-$i; done; echo more >> README.md";
    let task = landed(&mut driver, many).await;
    let after = driver.repository.head();
    let before = driver.repository.git(&["rev-parse", "HEAD^"]);
    for round in 0..6_u64 {
        let id = CommandId::new(Uuid::now_v7());
        let asking = driver.try_call(id, Command::UndoLanding { task });
        let killing = tokio::time::timeout(std::time::Duration::from_millis(8 * round), asking);
        drop(killing.await);
        driver.kill().await;
        driver.start_again().await;
        let state = settled(&mut driver, task).await;
        let head = driver.repository.head();
        match &state {
            TaskState::Landed { .. } => assert_eq!(head, after, "round {round}"),
            TaskState::Ready { .. } => assert_eq!(head, before.trim(), "round {round}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(driver.repository.status(), "", "round {round}");
        if matches!(state, TaskState::Ready { .. }) {
            driver.call(Command::Land { task }).await.unwrap();
            driver.wait_state(task, "landed").await;
        }
    }
}

/// How it stands once it is known what became of it.
async fn settled(driver: &mut Driver, task: TaskId) -> TaskState {
    let mut state = state(driver, task).await;
    if matches!(state, TaskState::Undoing { .. }) {
        let ended = |body: &EventBody| match body {
            EventBody::LandingUndone { .. } | EventBody::LandingStands { .. } => Some(()),
            _ => None,
        };
        driver.wait("ended", ended).await;
        state = self::state(driver, task).await;
    }
    state
}

/// As it stands, with everything read that led there.
async fn state(driver: &mut Driver, task: TaskId) -> TaskState {
    let snapshot = driver.snapshot().await;
    driver.read_to(snapshot.seq).await;
    let mut tasks = snapshot.tasks.into_iter();
    tasks.find(|found| found.id == task).unwrap().state
}
