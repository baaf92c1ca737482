//! Six agents at one repository for an hour, by a clock that moves from one thing that happens to the next: what each did
//! was green where it began, the branch has moved since, and nothing red gets into it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fs;
use std::path::PathBuf;

use ampersand_testkit::{Chat, Desk};

use super::{chance::Chance, land};

const AGENTS: usize = 6;

/// Minutes of the clock unless `HOUR` says how many.
const MINUTES: u64 = 15;

/// Everybody who uses the interface names its version. Two works may each keep to that and break it together, where no line
/// of one touches a line of the other.
const CHECK: &str = "for user in users/*; do cmp -s api \"$user\" || exit 1; done";

fn minutes() -> u64 {
    std::env::var("HOUR").map_or(MINUTES, |text| text.parse().unwrap())
}

/// What happens at some second of the clock.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    Begins { agent: usize },
    Ends { agent: usize },
    PersonCommits,
}

/// A task under way: where its worktree is.
struct Working {
    task: String,
    worktree: PathBuf,
}

struct Hour {
    desk: Desk,
    /// Where the branch stood.
    from: String,
    chance: Chance,
    clock: BinaryHeap<Reverse<(u64, Happens)>>,
    working: BTreeMap<usize, Working>,
    begun: usize,
    commits: usize,
    outcomes: BTreeMap<String, usize>,
}

impl Hour {
    fn new(seed: u64) -> Self {
        let desk = Desk::new();
        desk.settings(&format!("[slots]\nlimit = {AGENTS}\n"));
        desk.repository.write("api", "1\n");
        for user in 0..4 {
            desk.repository.write(&format!("users/u{user}"), "1\n");
        }
        let declared = format!("[checks]\nusers = '''{CHECK}'''\n");
        desk.repository.write(".ampersand.toml", &declared);
        desk.repository.commit("An interface and who uses it");
        let from = desk.repository.head();
        let mut hour = Self {
            desk,
            from,
            chance: Chance::new(seed),
            clock: BinaryHeap::new(),
            working: BTreeMap::new(),
            begun: 0,
            commits: 0,
            outcomes: BTreeMap::new(),
        };
        for agent in 0..AGENTS {
            let at = hour.chance.below(120);
            hour.clock.push(Reverse((at, Happens::Begins { agent })));
        }
        hour.clock.push(Reverse((300, Happens::PersonCommits)));
        hour
    }

    /// Waits for its turn to end, then works.
    fn command(&mut self) -> String {
        let number = self.begun;
        let work = match self.chance.below(10) {
            0..=2 => "new=$(($(cat api) + 1)); for file in api users/*; do echo $new > $file; done"
                .to_owned(),
            3..=6 => format!("cp api users/new-{number}"),
            _ => format!("mkdir -p notes; echo {number} > notes/{number}"),
        };
        format!(
            "touch here-{number}; until [ -e go ]; do sleep 0.02; done; rm go here-{number}; {work}"
        )
    }

    async fn begin(&mut self, chat: &mut Chat, now: u64, agent: usize) {
        let command = self.command();
        chat.say(&format!("run {command}")).await;
        let plan = chat.wait_for_type("plan").await;
        let task = plan["tasks"][0]["id"].as_str().unwrap().to_owned();
        let here = self.desk.made(&format!("here-{}", self.begun)).await;
        let worktree = here.parent().unwrap().to_owned();
        self.working.insert(agent, Working { task, worktree });
        self.begun += 1;
        let ends = now + 180 + self.chance.below(360);
        self.clock.push(Reverse((ends, Happens::Ends { agent })));
    }

    /// The work is done and lands at once, whatever the others are at; then there is more to do.
    async fn end(&mut self, chat: &mut Chat, now: u64, agent: usize) {
        let Working { task, worktree } = self.working.remove(&agent).unwrap();
        fs::write(worktree.join("go"), "").unwrap();
        let result = loop {
            let result = chat.wait_for_type("result").await;
            if result["task"] == *task {
                break result;
            }
        };
        assert_eq!(result["state"], "ready", "{result}");
        let checks = &result["report"]["checks"];
        assert_eq!(
            checks[0]["outcome"]["name"], "passed",
            "each is green by itself"
        );
        let outcome = land(&self.desk, &task).await;
        *self.outcomes.entry(outcome).or_default() += 1;
        self.clock
            .push(Reverse((now + 20, Happens::Begins { agent })));
    }

    fn commit(&mut self, now: u64) {
        let name = format!("mine/{}", self.commits);
        self.desk.repository.write(&name, "mine\n");
        self.desk.repository.git(&["add", &name]);
        self.desk
            .repository
            .git(&["commit", "-q", "-m", "Mine", "--", &name]);
        self.commits += 1;
        let next = now + 240 + self.chance.below(240);
        self.clock.push(Reverse((next, Happens::PersonCommits)));
    }

    /// Every commit the branch ever stood on keeps to what is checked.
    fn check(&self) {
        let git = |args: &[&str]| self.desk.repository.git(args);
        let since = format!("{}..main", self.from);
        for commit in git(&["rev-list", "--first-parent", &since]).lines() {
            let version = git(&["show", &format!("{commit}:api")]);
            let users = git(&["grep", "-h", "-e", "", commit, "--", "users"]);
            let all = users.lines().all(|user| user == version.trim());
            assert!(all, "{commit} is red: {version} and {users}");
        }
        let mine = git(&["rev-list", "--count", "--grep=^Mine$", "main"]);
        assert_eq!(
            mine.trim(),
            self.commits.to_string(),
            "the person's commits"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn six_agents_at_one_repository_bring_nothing_red_into_it() {
    let mut hour = Hour::new(6);
    assert_eq!(hour.desk.run(&["trust"]).await.code, 0);
    let mut chat = hour.desk.chat().await;
    while let Some(Reverse((now, happens))) = hour.clock.pop()
        && now < minutes() * 60
    {
        match happens {
            Happens::Begins { agent } => hour.begin(&mut chat, now, agent).await,
            Happens::Ends { agent } => hour.end(&mut chat, now, agent).await,
            Happens::PersonCommits => hour.commit(now),
        }
    }
    chat.say("cancel all background work").await;
    hour.check();
    eprintln!("{} minutes: {:?}", minutes(), hour.outcomes);
    let count = |outcome: &str| hour.outcomes.get(outcome).copied().unwrap_or_default();
    assert!(count("landed") > 4, "{:?}", hour.outcomes);
    // Otherwise nothing was kept out, and nothing was tried.
    assert!(count("merged_checks_red") > 0, "{:?}", hour.outcomes);
    drop(chat);
}
