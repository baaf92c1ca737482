//! Worktrees ahead of need: the next task's is there before it is asked for, and has what the repository says it gets.

use ampersand_testkit::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn the_next_worktree_is_warm_and_furnished_once_trusted() {
    let desk = Desk::new();
    desk.repository.write(".gitignore", ".env\nmade\n");
    desk.repository.write(
        ".ampersand.toml",
        "[worktree]\ncopy = [\".env\"]\nsetup = [\"echo ready > made\"]\n",
    );
    desk.repository.commit("Declare what worktrees get");
    desk.repository.write(".env", "TOKEN=here\n");
    let mut chat = desk.chat().await;
    let shows = "run cat .env made; true";
    chat.say(shows).await;
    let untrusted = chat.wait_for_type("result").await;
    assert!(!untrusted["report"].to_string().contains("TOKEN=here"));

    assert_eq!(desk.run(&["trust"]).await.code, 0);
    chat.say(shows).await;
    let trusted = chat.wait_for_type("result").await;
    let told = trusted["report"].to_string();
    assert!(
        told.contains("TOKEN=here") && told.contains("ready"),
        "{told}"
    );
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_by_hand_commits_in_a_tasks_worktree_as_an_agent_of_others_would() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    chat.say("run echo made > made.txt").await;
    let result = chat.wait_for_type("result").await;
    let task = result["task"].as_str().unwrap();
    let list = desk.repository.git(&["worktree", "list", "--porcelain"]);
    let worktree = list
        .lines()
        .filter_map(|line| line.strip_prefix("worktree "))
        .find(|path| path.ends_with(task))
        .unwrap();
    let refs = desk.repository.git(&["for-each-ref"]);
    let line =
        "echo own > own.txt && git add own.txt && git commit -qm own && git log -1 --format=%s";
    let words = ["sandbox", "--role", "worker", "--worktree", worktree];
    let words = [&words[..], &["--", "sh", "-c", line]].concat();
    let said = desk.run_text(&words, b"").await;
    assert!(said.contains("own"), "{said}");
    assert_eq!(desk.repository.git(&["for-each-ref"]), refs);
    let log = desk.repository.git(&["log", "--all", "--format=%s"]);
    assert!(!log.lines().any(|subject| subject == "own"), "{log}");
    assert_eq!(chat.end().await.0, 0);
}
