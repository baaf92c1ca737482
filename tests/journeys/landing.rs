//! Many landings in one repository at once, while the person commits and edits, and the orchestrator is killed: nothing
//! of anybody's is lost, and nothing red gets into the branch.

mod chance;
mod hour;
mod person;

use std::{collections::BTreeMap, time::Duration};

use ampersand_testkit::{Chat, Desk};
use futures::future::join_all;
use serde_json::Value;

use chance::Chance;
use person::Person;

/// Tasks of one round: they begin together, so that each finds the branch moved by those before it.
const ROUND: usize = 10;

/// Tasks in all unless `LANDINGS` says how many.
const LANDINGS: usize = 30;

/// Of so many rounds the orchestrator is killed in one, at some moment of its landings.
const KILLED_EVERY: u64 = 3;

fn landings() -> usize {
    std::env::var("LANDINGS").map_or(LANDINGS, |text| text.parse().unwrap())
}

/// Whether the branch is green, as the repository declares it: no line stands twice in the lists.
const CHECK: &str = "test -z \"$(cat list/* | sort | uniq -d)\"";

/// One task's command.
fn command(chance: &mut Chance, task: usize) -> String {
    let file = format!("list/f{}", chance.below(8));
    let line = chance.below(12);
    match chance.below(10) {
        // Two tasks that add one line to two files are green each by itself, and red together.
        0..=3 => format!("echo key-{line} >> {file}"),
        4 => format!("sed -i '{}i task-{task}' {file}", chance.below(4) + 1),
        5 => format!("mv {file} list/moved-{task}"),
        6 => format!("rm {file}; echo task-{task} > list/new-{task}"),
        7 => format!(
            "mkdir -p deep/{task}; echo {task} > deep/{task}/file; chmod +x deep/{task}/file"
        ),
        // Red by itself.
        8 => format!("echo twice-{task} > list/a-{task}; echo twice-{task} > list/b-{task}"),
        _ => format!("echo task-{task} >> notes; ln -sf notes link-{task}"),
    }
}

struct Torture {
    desk: Desk,
    person: Person,
    chance: Chance,
    /// How the landings ended, by code; `landed` for those that did.
    outcomes: BTreeMap<String, usize>,
}

impl Torture {
    fn new(history: &str, seed: u64) -> Self {
        let desk = Desk::new();
        desk.settings(&format!(
            "[slots]\nlimit = {ROUND}\n[landing]\nhistory = \"{history}\"\n"
        ));
        for file in 0..8 {
            let lines: Vec<_> = (0..6).map(|line| format!("f{file}-{line}\n")).collect();
            desk.repository
                .write(&format!("list/f{file}"), &lines.concat());
        }
        desk.repository.write("notes", "notes\n");
        let declared = format!("[checks]\nlists = '''{CHECK}'''\n");
        desk.repository.write(".ampersand.toml", &declared);
        desk.repository.commit("Lists");
        let person = Person::at(desk.repository.root());
        Self {
            desk,
            person,
            chance: Chance::new(seed),
            outcomes: BTreeMap::new(),
        }
    }

    /// So many tasks begin, and end; each that can land is returned.
    async fn work(&mut self, chat: &mut Chat, round: usize) -> Vec<String> {
        for task in 0..ROUND {
            let command = command(&mut self.chance, round * ROUND + task);
            chat.say(&format!("run {command}")).await;
        }
        let mut ready = Vec::new();
        for _ in 0..ROUND {
            let result = chat.wait_for_type("result").await;
            let id = result["task"].as_str().unwrap().to_owned();
            match result["state"].as_str().unwrap() {
                "ready" => ready.push(id),
                // A file that an earlier round moved away.
                state => assert!(matches!(state, "failed" | "done"), "{result}"),
            }
        }
        ready
    }

    /// All of them land at once, the person meanwhile commits, and the orchestrator may die.
    async fn land(&mut self, ready: &[String], kill: bool) {
        let after = Duration::from_millis(self.chance.below(1_200));
        let landings = join_all(ready.iter().map(|id| land(&self.desk, id)));
        let person = &mut self.person;
        let chance = &mut self.chance;
        let desk = &self.desk;
        let killing = async {
            if kill {
                tokio::time::sleep(after).await;
                if desk.orchestrator().is_some() {
                    desk.kill_orchestrator();
                }
            }
        };
        let (landed, (), ()) = tokio::join!(landings, person.works(chance), killing);
        self.settle().await;
        for (id, code) in ready.iter().zip(landed) {
            *self.outcomes.entry(code.clone()).or_default() += 1;
            if matches!(code.as_str(), "landing_cut_off" | "branch_keeps_moving") {
                // As its hint says.
                let again = land(&self.desk, id).await;
                *self.outcomes.entry(again).or_default() += 1;
            }
        }
    }

    /// Waits until nothing is on its way into the branch any more.
    async fn settle(&self) {
        for looked in 0.. {
            assert!(looked < 400, "a landing never ends");
            let tasks = self.desk.tasks().await;
            let moves = |task: &Value| {
                matches!(
                    task["state"].as_str(),
                    Some("landing" | "merging" | "checking")
                )
            };
            if !tasks.iter().any(moves) {
                return;
            }
            // Whoever asked for these landings is gone, so nobody tells.
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// What must be true after every round.
    async fn check(&self) {
        let git = |args: &[&str]| self.desk.repository.git(args);
        self.person.check();
        let lists = git(&["grep", "-h", "-e", "", "main", "--", "list"]);
        let mut lines: Vec<_> = lists.lines().collect();
        lines.sort_unstable();
        let twice = lines.windows(2).find(|pair| pair[0] == pair[1]);
        assert_eq!(twice, None, "the branch is red");
        assert_eq!(git(&["symbolic-ref", "HEAD"]), "refs/heads/main");
        for left in ["index.lock", "ampersand-landing"] {
            assert!(
                !self.desk.repository.root().join(".git").join(left).exists(),
                "{left}"
            );
        }
        let log = git(&["log", "--format=%H %B", "main"]);
        let refs = git(&["for-each-ref", "--format=%(refname)", "refs/ampersand"]);
        for task in self.desk.tasks().await {
            let id = task["id"].as_str().unwrap();
            let kept = format!("refs/ampersand/{id}/head");
            match task["state"].as_str().unwrap() {
                "landed" => {
                    let commit = task["detail"]["commit"].as_str().unwrap();
                    assert!(
                        log.contains(commit),
                        "{id} landed as {commit}, and is not there"
                    );
                }
                "ready" => assert!(refs.lines().any(|line| line == kept), "{id} is lost"),
                _ => {}
            }
        }
    }
}

/// Lands one, and says how it ended.
async fn land(desk: &Desk, id: &str) -> String {
    let ran = desk.run(&["land", id]).await;
    if ran.code == 0 {
        return "landed".to_owned();
    }
    let told = ran.lines.iter().find_map(|line| line["code"].as_str());
    told.unwrap_or("cut_off").to_owned()
}

async fn torture(history: &str, seed: u64) -> Torture {
    let mut torture = Torture::new(history, seed);
    let trusted = torture.desk.run(&["trust"]).await;
    assert_eq!(trusted.code, 0, "{trusted:?}");
    for round in 0..landings().div_ceil(ROUND) {
        let mut chat = torture.desk.chat().await;
        let ready = torture.work(&mut chat, round).await;
        assert_eq!(chat.end().await.0, 0);
        let kill = torture.chance.below(KILLED_EVERY) == 0;
        torture.land(&ready, kill).await;
        torture.check().await;
    }
    let git = |args: &[&str]| torture.desk.repository.git(args);
    git(&["fsck", "--strict"]);
    let worktrees = git(&["worktree", "list", "--porcelain"]);
    assert!(!worktrees.contains("-merged"), "{worktrees}");
    eprintln!("{history}, seed {seed}: {:?}", torture.outcomes);
    assert!(
        torture
            .outcomes
            .get("landed")
            .is_some_and(|landed| *landed > 8)
    );
    torture
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_red_lands_by_merges() {
    torture("merge", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_the_branch_stays_a_straight_line() {
    let torture = torture("rebase", 2).await;
    let merges = torture
        .desk
        .repository
        .git(&["rev-list", "--merges", "--count", "main"]);
    assert_eq!(merges, "0");
}
