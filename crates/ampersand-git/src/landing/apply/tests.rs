//! What the person does in the moments between a landing's last look and its end, played at exactly that moment.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use git2::{Index, Oid};
use tempfile::TempDir;

use super::super::RecoveredLanding;
use super::super::staging::SHOWN;
use super::*;

struct Checkout {
    folder: TempDir,
    repository: Repository,
    from: Oid,
    to: Oid,
}

impl Checkout {
    /// A checkout of `a` and `b` on `main`, and a commit that changes `a` and makes `c`.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = git2::RepositoryInitOptions::new();
        options.initial_head("main");
        let git = git2::Repository::init_opts(folder.path(), &options).unwrap();
        fs::write(folder.path().join("a"), "a\n").unwrap();
        fs::write(folder.path().join("b"), "b\n").unwrap();
        let mut index = git.index().unwrap();
        index
            .add_all(["."], git2::IndexAddOption::DEFAULT, None)
            .unwrap();
        index.write().unwrap();
        let tree = index.write_tree().unwrap();
        let signature = Repository::signature().unwrap();
        let commit = |name: Option<&str>, tree: Oid, parents: &[&git2::Commit<'_>]| {
            let tree = git.find_tree(tree).unwrap();
            let made = git.commit(name, &signature, &signature, "m", &tree, parents);
            made.unwrap()
        };
        let from = commit(Some("HEAD"), tree, &[]);
        let first = git.find_commit(from).unwrap();
        let mut tree = git.treebuilder(Some(&first.tree().unwrap())).unwrap();
        for (name, text) in [("a", b"A\n"), ("c", b"c\n")] {
            let blob = git.blob(text).unwrap();
            tree.insert(name, blob, 0o100_644).unwrap();
        }
        let to = commit(None, tree.write().unwrap(), &[&first]);
        let repository = Repository::attach(folder.path()).unwrap();
        Self {
            folder,
            repository,
            from,
            to,
        }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn steps(&self) -> Vec<Step> {
        let git = self.repository.open().unwrap();
        let ends = [self.from, self.to];
        self.repository.checked_steps(&git, ends).unwrap()
    }
}

#[test]
fn a_file_written_to_since_it_was_put_there_is_left_for_git_to_read() {
    let checkout = Checkout::new();
    let (repository, steps) = (&checkout.repository, checkout.steps());
    let git = repository.open().unwrap();
    let landed = repository.staged(|staging, lock| {
        repository.prepare(&git, staging, &steps)?;
        let root = Root::open(repository.root()).unwrap();
        let mut exchange = Exchange::new(&root, staging);
        assert!(exchange.run(&steps).is_ok());
        // A formatter, at once, and one that gives back the time it found.
        let formatted = checkout.path("a");
        let found = fs::metadata(&formatted).unwrap().modified().unwrap();
        fs::write(checkout.path("new"), "F\n").unwrap();
        fs::rename(checkout.path("new"), &formatted).unwrap();
        let file = fs::File::options().append(true).open(&formatted).unwrap();
        file.set_modified(found).unwrap();
        Ok(lock
            .prepare(staging.path(), &root, &steps, exchange.placed())?
            .commit()?)
    });
    landed.unwrap();
    let index = Index::open(&checkout.path(".git/index")).unwrap();
    let entry = |path: &str| index.get_path(Path::new(path), 0).unwrap();
    let stat = |path: &str| (entry(path).file_size, entry(path).mtime.seconds());
    assert_eq!(stat("a"), (0, 0));
    assert_ne!(stat("c"), (0, 0));
    // What is written to from now on is no older than the index, for whoever compares whole seconds.
    let written = fs::metadata(checkout.path(".git/index"))
        .unwrap()
        .modified();
    let second = |at: SystemTime| at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let second = second(written.unwrap());
    assert!(i64::from(entry("c").mtime.seconds()) >= i64::try_from(second).unwrap());
}

#[test]
fn a_switch_to_a_new_branch_between_the_look_and_the_move_takes_it_back() {
    let checkout = Checkout::new();
    let (repository, steps) = (&checkout.repository, checkout.steps());
    let git = repository.open().unwrap();
    let before = fs::read(checkout.path(".git/index")).unwrap();
    let landed = repository.staged(|staging, lock| {
        let moving = Move {
            task: "t1",
            branch: "main",
            from: checkout.from,
            to: checkout.to,
            log: "land".to_owned(),
        };
        let first = git.find_commit(checkout.from).unwrap();
        git.branch("other", &first, false).unwrap();
        fs::write(checkout.path(".git/HEAD"), "ref: refs/heads/other\n").unwrap();
        repository.exchange(&git, (staging, lock), &moving, &steps)
    });
    assert!(
        matches!(landed, Err(LandRefusal::BranchMoved { .. })),
        "{landed:?}"
    );
    for name in ["refs/heads/main", "refs/heads/other"] {
        assert_eq!(git.refname_to_id(name).unwrap(), checkout.from);
    }
    assert_eq!(fs::read_to_string(checkout.path("a")).unwrap(), "a\n");
    assert!(!checkout.path("c").exists());
    assert_eq!(fs::read(checkout.path(".git/index")).unwrap(), before);
    for left in ["index.lock", "ampersand-landing"] {
        assert!(!checkout.path(".git").join(left).exists(), "{left}");
    }
}

#[test]
fn a_landing_under_way_is_not_another_home_s_to_recover() {
    let checkout = Checkout::new();
    let (repository, steps) = (&checkout.repository, checkout.steps());
    let git = repository.open().unwrap();
    let (from, to) = (CommitId::new(checkout.from), CommitId::new(checkout.to));
    let landed = repository.staged(|staging, lock| {
        repository.prepare(&git, staging, &steps)?;
        staging.write_plan(&Plan::new("t1", "main", (from, to), &steps))?;
        let root = Root::open(repository.root()).unwrap();
        let mut exchange = Exchange::new(&root, staging);
        assert!(exchange.run(&steps).is_ok());
        let other = Repository::attach(repository.root()).unwrap();
        let refused = other.recover_landing();
        assert!(
            matches!(refused, Err(LandRefusal::LandingUnderWay)),
            "{refused:?}"
        );
        let refused = other.undo_landing("t2", "main", [from, from]);
        assert_eq!(refused.unwrap_err().code(), "landing_under_way");
        assert!(staging.read_plan()?.is_some());
        assert!(checkout.path(".git/index.lock").exists());
        Ok(lock
            .prepare(staging.path(), &root, &steps, exchange.placed())?
            .commit()?)
    });
    landed.unwrap();
    assert_eq!(fs::read_to_string(checkout.path("a")).unwrap(), "A\n");
    assert_eq!(repository.recover_landing().unwrap(), None);
}

#[test]
fn showing_that_begins_is_not_another_home_s_to_put_back_and_one_that_was_cut_off_there_is_nobody_s()
 {
    let checkout = Checkout::new();
    let repository = &checkout.repository;
    let turn = Turn::take(repository).unwrap();
    let staging = Staging::begin_in(repository, SHOWN, &turn).unwrap();
    let lock = IndexLock::take(repository).unwrap();
    let other = Repository::attach(repository.root()).unwrap();
    let refused = other.put_back();
    assert!(
        matches!(refused, Err(LandRefusal::LandingUnderWay)),
        "{refused:?}"
    );
    assert!(staging.path().is_dir() && checkout.path(".git/index.lock").exists());
    // It ends here, and whoever would clear up after it does not come.
    std::mem::forget(lock);
    drop(turn);
    other.staged(|_, _| Ok(())).unwrap();
    for left in ["index.lock", "ampersand-landing", SHOWN] {
        assert!(!checkout.path(".git").join(left).exists(), "{left}");
    }
}

#[test]
fn what_is_kept_under_a_plan_that_cannot_be_read_is_not_removed() {
    let checkout = Checkout::new();
    let repository = &checkout.repository;
    for folder in ["ampersand-landing", SHOWN] {
        let folder = checkout.path(".git").join(folder);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("plan.json"), "{\"of\": \"a later version\"}").unwrap();
        fs::write(folder.join("old-0"), "theirs\n").unwrap();
        let refused = [
            repository.recover_landing().map(drop),
            repository.put_back().map(drop),
            repository.staged(|_, _| Ok(())),
        ];
        assert!(refused.iter().any(Result::is_err), "{refused:?}");
        let kept = fs::read_to_string(folder.join("old-0")).unwrap();
        assert_eq!(kept, "theirs\n");
        fs::remove_dir_all(&folder).unwrap();
    }
}

#[test]
fn what_is_written_between_the_look_and_the_taking_away_goes_back() {
    let checkout = Checkout::new();
    let (repository, steps) = (&checkout.repository, checkout.steps());
    let git = repository.open().unwrap();
    let done = repository.staged(|staging, _lock| {
        repository.prepare(&git, staging, &steps)?;
        let root = Root::open(repository.root()).unwrap();
        let mut exchange = Exchange::new(&root, staging);
        assert!(exchange.run(&steps).is_ok());
        let at = steps.iter().position(|step| step.change.path == b"c");
        let (at, new) = (at.unwrap(), steps[at.unwrap()].change.new.unwrap());
        fs::write(checkout.path("c"), "mine\n").unwrap();
        let (parent, name) = root.parent(b"c").unwrap();
        let taken = staging.take_away(&parent, &name, at, new);
        assert!(taken.is_err(), "{taken:?}");
        assert_eq!(fs::read_to_string(checkout.path("c")).unwrap(), "mine\n");
        fs::write(checkout.path("c"), "c\n").unwrap();
        staging.take_away(&parent, &name, at, new).unwrap();
        assert!(!checkout.path("c").exists());
        Ok(())
    });
    done.unwrap();
}

/// Files before and after.
type Reshaped = (
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
);

const RESHAPED: [Reshaped; 6] = [
    (&[("Readme", "r\n")], &[("README", "r\n")]),
    (
        &[("Docs/a", "a\n"), ("Docs/in/b", "b\n")],
        &[("docs/a", "a\n"), ("docs/in/b", "B\n")],
    ),
    (&[("Data", "d\n")], &[("data/x", "d\n")]),
    (&[("Data/x", "d\n"), ("Data/y", "y\n")], &[("data", "d\n")]),
    (&[("a", "a\n")], &[("a/b/c", "c\n")]),
    (&[("a/b/c", "c\n"), ("a/d", "d\n")], &[("a", "a\n")]),
];

/// Every file of a checkout, as the disk spells it, and what it holds.
fn spelled(root: &Path) -> Vec<(String, String)> {
    let (mut found, mut open) = (Vec::new(), vec![root.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with(".git") {
                open.push(path);
            } else if path.is_file() {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                found.push((name.replace('\\', "/"), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn whatever_was_reshaped_is_taken_back_wherever_it_is_cut_off() {
    for (before, after) in RESHAPED {
        let mut checkout = Checkout::new();
        for files in [before, after] {
            let git = git2::Repository::open(checkout.folder.path()).unwrap();
            let mut index = Index::new().unwrap();
            for (path, text) in files {
                let slot = crate::tree::Slot {
                    oid: git.blob(text.as_bytes()).unwrap(),
                    mode: 0o100_644,
                };
                let entry = crate::rooted::index_entry(path.as_bytes(), slot, None);
                index.add(&entry).unwrap();
            }
            let tree = git.find_tree(index.write_tree_to(&git).unwrap()).unwrap();
            let by = Repository::signature().unwrap();
            let made = git.commit(None, &by, &by, "m", &tree, &[]).unwrap();
            (checkout.from, checkout.to) = (checkout.to, made);
        }
        let git = git2::Repository::open(checkout.folder.path()).unwrap();
        let from = git.find_object(checkout.from, None).unwrap();
        git.reset(&from, git2::ResetType::Hard, None).unwrap();
        cut_off_everywhere(&checkout);
    }
}

/// After none of the moves, after each, and after all of them.
fn cut_off_everywhere(checkout: &Checkout) {
    let (repository, steps) = (&checkout.repository, checkout.steps());
    let git = repository.open().unwrap();
    let before = spelled(repository.root());
    let indices = || 0..steps.len();
    let removed = indices().rev().filter(|at| steps[*at].change.new.is_none());
    let placed = indices().filter(|at| steps[*at].change.new.is_some());
    let order: Vec<usize> = removed.chain(placed).collect();
    for done in 0..=order.len() {
        let turn = Turn::take(repository).unwrap();
        let staging = Staging::begin(repository, &turn).unwrap();
        let lock = IndexLock::take(repository).unwrap();
        repository.prepare(&git, &staging, &steps).unwrap();
        let ends = (CommitId::new(checkout.from), CommitId::new(checkout.to));
        let plan = Plan::new("t1", "main", ends, &steps);
        staging.write_plan(&plan).unwrap();
        let mut some = steps.clone();
        for at in &order[done..] {
            some[*at].stays = true;
        }
        let root = Root::open(repository.root()).unwrap();
        assert!(Exchange::new(&root, &staging).run(&some).is_ok());
        std::mem::forget(lock);
        drop(turn);
        let task = Some("t1".to_owned());
        let recovered = repository.recover_landing().unwrap();
        assert_eq!(
            recovered,
            Some(RecoveredLanding::TakenBack { task }),
            "{done}"
        );
        assert_eq!(spelled(repository.root()), before, "{done}");
    }
}
