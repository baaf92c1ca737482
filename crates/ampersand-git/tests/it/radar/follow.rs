//! A worktree that is followed has the tree that a commit of it would have, whatever an agent does in it.

use std::fs;
use std::path::Path;

use ampersand_git::{CommitLimits, Dirty, LiveTree, Trials, Watches, Worktree};

use super::{collide, trials};
use crate::scratch::{Scratch, write};

struct Followed {
    tree: LiveTree,
    watches: Watches,
    task: String,
}

impl Followed {
    fn begin(worktree: &Worktree, trials: &Trials) -> Self {
        let mut followed = Self {
            tree: LiveTree::new(worktree.clone()),
            watches: Watches::new(),
            task: worktree.task.clone(),
        };
        followed.look(trials, &Dirty::Everything);
        followed
    }

    #[track_caller]
    fn look(&mut self, trials: &Trials, dirty: &Dirty) -> Option<String> {
        self.tree.look(trials, dirty, &mut self.watches).unwrap()
    }

    /// What it is by what was told to have changed alone; where nothing tells, by a look at everything.
    #[track_caller]
    fn now(&mut self, trials: &Trials) -> Option<String> {
        let heard = self.watches.take().remove(&self.task);
        let dirty = match (heard, self.tree.is_heard()) {
            (_, false) => Dirty::Everything,
            (heard, true) => heard.unwrap_or_default(),
        };
        self.look(trials, &dirty)
    }
}

/// What a look at everything by somebody who knows nothing finds.
#[track_caller]
fn anew(worktree: &Worktree, trials: &Trials) -> Option<String> {
    Followed::begin(worktree, trials).look(trials, &Dirty::Everything)
}

/// Two tasks' worktrees from HEAD.
fn two(scratch: &Scratch) -> [Worktree; 2] {
    let repository = scratch.attach();
    let head = repository.head().unwrap();
    ["t1", "t2"].map(|task| {
        let place = scratch.beside(&format!("pool/{task}"));
        repository.create_worktree(task, &place, head).unwrap()
    })
}

#[test]
fn a_clash_is_seen_while_both_still_write_and_clears_when_it_is_gone() {
    let scratch = Scratch::with(&[("src/auth.rs", "one\n"), ("src/main.rs", "main\n")]);
    let [one, other] = two(&scratch);
    let (trials, _) = trials(&scratch);
    let (mut first, mut second) = (
        Followed::begin(&one, &trials),
        Followed::begin(&other, &trials),
    );
    assert_eq!(first.now(&trials), None, "it is as it started");
    write(&one.path, "src/auth.rs", "first\n");
    write(&other.path, "src/main.rs", "second\n");
    let base = one.base.to_string();
    let mut clash = || {
        let [ours, theirs] = [first.now(&trials), second.now(&trials)].map(Option::unwrap);
        collide(&trials, &base, &ours, &theirs)
    };
    assert!(clash().is_empty());
    write(&other.path, "src/auth.rs", "second\n");
    assert_eq!(clash(), ["src/auth.rs"]);
    write(&other.path, "src/auth.rs", "one\n");
    assert!(clash().is_empty());
    fs::remove_file(other.path.join("src/auth.rs")).unwrap();
    assert_eq!(clash(), ["src/auth.rs"]);
}

/// Numbers that look random and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// Something an agent does to a place in its worktree. What cannot be done there is not done.
fn act(root: &Path, chance: &mut Chance) -> String {
    const PLACES: [&str; 12] = [
        "a",
        "b",
        "d",
        "d/x",
        "d/y",
        "d/e",
        "d/e/f",
        "d/e/f/g",
        "n",
        "n/m",
        "out/o",
        ".gitignore",
    ];
    let mut place = || PLACES[chance.below(PLACES.len())];
    let (name, other) = (place(), place());
    let (at, to) = (root.join(name), root.join(other));
    let what = chance.below(9);
    let version = chance.below(4);
    let rules = ["", "n\n", "out\n*.tmp\n", "d/e\n"][version];
    let done = match what {
        0..=2 => {
            let text = match name {
                ".gitignore" => rules.to_owned(),
                _ => format!("{name} {version}\n"),
            };
            fs::create_dir_all(at.parent().unwrap()).and_then(|()| fs::write(&at, text))
        }
        3 => fs::remove_file(&at),
        4 => fs::remove_dir_all(&at),
        5 => fs::rename(&at, &to),
        6 => fs::create_dir_all(&at),
        7 => link(&to, &at),
        _ => make_executable(&at),
    };
    format!("{what} {name} {other} {version}: {done:?}")
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(unix)]
fn make_executable(at: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // Never through a link: what it leads to is nobody's here.
    match fs::symlink_metadata(at)? {
        found if found.is_file() => fs::set_permissions(at, fs::Permissions::from_mode(0o755)),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[test]
fn what_was_told_to_have_changed_is_all_that_has() {
    let scratch = Scratch::with(&[
        ("a", "a\n"),
        ("b", "b\n"),
        ("d/x", "x\n"),
        ("d/e/f/g", "g\n"),
        ("out/o", "tracked though ignored\n"),
        (".gitignore", "out\n"),
    ]);
    let worktree = scratch.worktree();
    let (trials, _) = trials(&scratch);
    let mut followed = Followed::begin(&worktree, &trials);
    let mut chance = Chance(7);
    let mut done = Vec::new();
    for _ in 0..400 {
        for _ in 0..=chance.below(3) {
            done.push(act(&worktree.path, &mut chance));
        }
        let now = followed.now(&trials);
        assert_eq!(now, anew(&worktree, &trials), "after {done:#?}");
    }
    assert!(done.iter().filter(|line| line.ends_with("Ok(())")).count() > 300);
    let now = followed.now(&trials).unwrap();
    let commit = scratch.commit(&worktree).commit.unwrap().id.to_string();
    let committed = scratch.git(&["rev-parse", &format!("{commit}^{{tree}}")]);
    assert_eq!(now, committed.trim(), "what a commit would hold");
}

#[test]
fn what_tells_nothing_is_looked_over_as_a_whole() {
    let scratch = Scratch::with(&[("a", "a\n"), ("d/b", "b\n")]);
    let worktree = scratch.worktree();
    let (trials, _) = trials(&scratch);
    let mut followed = Followed {
        tree: LiveTree::new(worktree.clone()),
        // As where the system lets nobody watch any more.
        watches: Watches::default(),
        task: worktree.task.clone(),
    };
    assert_eq!(followed.now(&trials), None);
    write(&worktree.path, "d/b", "changed\n");
    let changed = followed.now(&trials);
    assert!(changed.is_some() && !followed.tree.is_heard());
    assert_eq!(changed, anew(&worktree, &trials));
    write(&worktree.path, "d/b", "b\n");
    assert_eq!(followed.now(&trials), None);
}

#[test]
fn after_everything_was_thrown_away_it_is_stored_again() {
    let scratch = Scratch::with(&[("a", "a\n"), ("b", "b\n")]);
    let [one, other] = two(&scratch);
    let (trials, _) = trials(&scratch);
    let mut followed = [&one, &other].map(|worktree| Followed::begin(worktree, &trials));
    write(&one.path, "a", "one\n");
    write(&other.path, "a", "other\n");
    let before = followed.each_mut().map(|each| each.now(&trials).unwrap());
    trials.clear().unwrap();
    let after = followed.each_mut().map(|each| {
        let stored = each.tree.stored();
        each.look(&trials, &stored).unwrap()
    });
    assert_eq!(before, after);
    let base = one.base.to_string();
    assert_eq!(collide(&trials, &base, &after[0], &after[1]), ["a"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_became_a_link_leads_nowhere() {
    let scratch = Scratch::with(&[("d/secret", "harmless\n"), ("e/kept", "kept\n")]);
    scratch.write("../outside/secret", "do not read\n");
    let worktree = scratch.worktree();
    let (trials, folder) = trials(&scratch);
    let mut followed = Followed::begin(&worktree, &trials);
    fs::remove_dir_all(worktree.path.join("d")).unwrap();
    std::os::unix::fs::symlink(scratch.beside("outside"), worktree.path.join("d")).unwrap();
    fs::create_dir(worktree.path.join("e/.git")).unwrap();
    write(&worktree.path, "e/.git/config", "[core]\n");
    crate::scratch::make_pipe(&worktree.path.join("e/pipe"));
    let tree = followed.now(&trials).unwrap();
    // Told of a path below what is a link now.
    let below = Dirty::Paths([b"d/secret".to_vec()].into());
    assert_eq!(followed.look(&trials, &below).as_ref(), Some(&tree));
    let listed = crate::scratch::git_in(&folder, &["ls-tree", "-r", &tree]);
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 2, "{listed}");
    assert!(lines[0].starts_with("120000") && lines[0].ends_with("\td"));
    assert!(lines[1].ends_with("\te/kept"));
}

#[test]
fn more_than_a_commit_takes_is_left_out_or_refused() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let worktree = scratch.worktree();
    let (trials, _) = trials(&scratch);
    let mut followed = Followed::begin(&worktree, &trials);
    let large = fs::File::create(worktree.path.join("large")).unwrap();
    large
        .set_len(CommitLimits::default().max_file_bytes + 1)
        .unwrap();
    assert_eq!(followed.now(&trials), None, "it is no part of a commit");
    fs::remove_dir_all(&worktree.path).unwrap();
    let looked = followed
        .tree
        .look(&trials, &Dirty::Everything, &mut followed.watches);
    assert_eq!(looked.unwrap_err().code(), "worktree_gone");
    assert!(!followed.tree.is_heard());
}
