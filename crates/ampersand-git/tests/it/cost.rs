//! Cost grows with the size of the repository, not with its square.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::scratch::{Scratch, feed_git, write};

fn measure(files: usize) -> (Duration, Duration) {
    let scratch = Scratch::bare_bones();
    let mut import =
        "commit refs/heads/main\ncommitter P <p@example.invalid> 0 +0000\ndata 0\n".to_owned();
    for at in 0..files {
        let text = format!("file {at}\n");
        write!(
            import,
            "M 644 inline d{}/f{at}.txt\ndata {}\n{text}",
            at % 100,
            text.len()
        )
        .unwrap();
    }
    feed_git(&scratch.root, &["fast-import", "--quiet"], &import);
    let started = Instant::now();
    let worktree = scratch.worktree();
    let created = started.elapsed();
    write(&worktree.path, "d1/f1.txt", "changed\n");
    let started = Instant::now();
    assert!(scratch.commit(&worktree).commit.is_some());
    (created, started.elapsed())
}

#[test]
fn ten_times_the_files_cost_about_ten_times_as_much() {
    let (small_create, small_commit) = measure(300);
    let (large_create, large_commit) = measure(3_000);
    // Quadratic would be a hundred times; a loaded machine must not fail the test.
    let allowed = |small: Duration| small.max(Duration::from_millis(20)) * 40;
    let figures = format!("{small_create:?} {large_create:?} {small_commit:?} {large_commit:?}");
    assert!(large_create < allowed(small_create), "{figures}");
    assert!(large_commit < allowed(small_commit), "{figures}");
}
