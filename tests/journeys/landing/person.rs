//! The person beside the landings: commits, edits, and remembers all of it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use super::chance::Chance;

/// Files only the person writes.
const FILES: [&str; 3] = ["mine/a", "mine/b", "mine/untracked"];

/// A file that tasks write as well.
const SHARED: &str = "notes";

pub(super) struct Person {
    root: PathBuf,
    commits: Vec<String>,
    /// What they last wrote, by file.
    wrote: BTreeMap<&'static str, String>,
    /// Lines of theirs in the file that tasks write as well.
    lines: Vec<String>,
}

impl Person {
    pub(super) fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            commits: Vec::new(),
            wrote: BTreeMap::new(),
            lines: Vec::new(),
        }
    }

    /// A few edits and commits, with time between them.
    pub(super) async fn works(&mut self, chance: &mut Chance) {
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(chance.below(400))).await;
            let file = FILES[usize::try_from(chance.below(3)).unwrap()];
            let text = format!("{}\n", chance.below(1 << 40));
            let path = self.root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &text).unwrap();
            self.wrote.insert(file, text);
            if file != FILES[2] && chance.below(2) == 0 {
                self.commit(file).await;
            }
        }
        if chance.below(2) == 0 {
            tokio::time::sleep(Duration::from_millis(chance.below(400))).await;
            self.adds_a_line(format!("mine-{}", chance.below(1 << 40)));
        } else if !self.lines.is_empty() {
            self.commit(SHARED).await;
        }
    }

    /// As an editor saves: the file as it was read with one more line, put in place as a whole.
    fn adds_a_line(&mut self, line: String) {
        let path = self.root.join(SHARED);
        let mut text = fs::read_to_string(&path).unwrap_or_default();
        text.push_str(&line);
        text.push('\n');
        let saved = self.root.join(".git/saved-by-an-editor");
        fs::write(&saved, text).unwrap();
        fs::rename(saved, path).unwrap();
        self.lines.push(line);
    }

    /// Commits one file; whoever else holds the index is waited for, as a person would.
    async fn commit(&mut self, file: &str) {
        for tried in 0.. {
            assert!(tried < 600, "the index is never free: {}", self.why(file));
            if self.git(&["add", file]).is_some()
                && self
                    .git(&["commit", "--quiet", "--message", "Mine", "--", file])
                    .is_some()
            {
                break;
            }
            if self.git(&["diff", "--quiet", "HEAD", "--", file]).is_some() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // A landing may already stand on it, so it is found by its message.
        let found = self.git(&["log", "-1", "--format=%H", "--grep=^Mine$", "HEAD"]);
        self.commits.extend(found);
    }

    /// What git says to it, and who holds the index.
    #[expect(
        clippy::disallowed_methods,
        reason = "a person's own git, outside the product"
    )]
    fn why(&self, file: &str) -> String {
        let told = Command::new("git")
            .args(["add", file])
            .current_dir(&self.root)
            .output()
            .unwrap();
        let lock = fs::read_to_string(self.root.join(".git/index.lock"));
        let staged = fs::read_dir(self.root.join(".git/ampersand-landing")).map(|found| {
            found
                .flatten()
                .map(|entry| entry.file_name())
                .collect::<Vec<_>>()
        });
        format!("{told:?}\nindex.lock: {lock:?}\nset aside: {staged:?}")
    }

    /// Everything of theirs is there.
    pub(super) fn check(&self) {
        for commit in &self.commits {
            let is_there = self.git(&["merge-base", "--is-ancestor", commit, "main"]);
            assert!(is_there.is_some(), "the person's commit {commit} is lost");
        }
        for (file, text) in &self.wrote {
            let found = fs::read_to_string(self.root.join(file)).unwrap();
            assert_eq!(&found, text, "{file}");
        }
        let shared = fs::read_to_string(self.root.join(SHARED)).unwrap();
        for line in &self.lines {
            assert!(shared.contains(line), "{line} is lost: {shared}");
        }
        // What differs from the index is seen to: none of it hides behind an entry that says it is as it was.
        let refreshed = self.git(&["status", "--porcelain"]).unwrap();
        for line in refreshed.lines() {
            let is_theirs = line.contains("mine/") || line.ends_with(&format!(" {SHARED}"));
            assert!(is_theirs, "not the person's: {refreshed}");
        }
        let committed = self.git(&["show", &format!("HEAD:{SHARED}")]).unwrap();
        let is_changed = shared.trim() != committed.trim();
        let is_said = refreshed
            .lines()
            .any(|line| line.ends_with(&format!(" {SHARED}")));
        assert_eq!(is_changed, is_said, "{refreshed}\n{shared}\n{committed}");
    }

    /// What git printed, trimmed; nothing if it failed.
    #[expect(
        clippy::disallowed_methods,
        reason = "a person's own git, outside the product"
    )]
    fn git(&self, args: &[&str]) -> Option<String> {
        let output = Command::new("git")
            .args(args)
            .current_dir(&self.root)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stdout);
        output.status.success().then(|| words.trim().to_owned())
    }
}
