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
