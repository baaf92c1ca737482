//! A landing that a crash cut off, recovered after the person went on: what they wrote, staged, committed or switched to
//! since is theirs.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use ampersand_git::{CommitId, LandRefusal, RecoveredLanding};
use serde_json::json;

use crate::scratch::Scratch;

const FILES: [(&str, &str); 4] = [("a", "a\n"), ("b", "b\n"), ("d/c", "c\n"), ("d/e", "e\n")];
const CHANGES: [(&str, Option<&str>); 3] =
    [("a", Some("A\n")), ("d/c", None), ("new/file", Some("n\n"))];
const LANDING: &str = ".git/ampersand-landing";

/// A landing of [`CHANGES`] that is cut off where a test says.
struct CutOff {
    scratch: Scratch,
    from: String,
    head: CommitId,
}

impl CutOff {
    fn new() -> Self {
        let scratch = Scratch::with(&FILES);
        let head = scratch.task(&CHANGES);
        let from = scratch.git(&["rev-parse", "main"]).trim().to_owned();
        Self {
            scratch,
            from,
            head,
        }
    }

    /// Everything is exchanged; the branch has not moved.
    fn exchanged(&self) -> &Self {
        let (from, head) = (&self.from, self.head.to_string());
        let step = |path: &str, old: bool, new: bool| {
            let slot = |is_there: bool, commit: &str| {
                let oid = || {
                    self.scratch
                        .git(&["rev-parse", &format!("{commit}:{path}")])
                };
                is_there.then(|| json!([oid().trim(), 0o100_644]))
            };
            let (old, new) = (slot(old, from), slot(new, &head));
            json!({"path": path.as_bytes(), "old": old, "new": new, "seen": old})
        };
        let steps = [
            step("a", true, true),
            step("d/c", true, false),
            step("new/file", false, true),
        ];
        let plan =
            json!({"task": "t1", "branch": "main", "from": from, "to": head, "steps": steps});
        self.plan(LANDING, &plan);
        let staging = self.scratch.path(LANDING);
        fs::rename(self.scratch.path("d/c"), staging.join("old-1")).unwrap();
        fs::rename(self.scratch.path("a"), staging.join("old-0")).unwrap();
        self.scratch.write("a", "A\n");
        self.scratch.write("new/file", "n\n");
        self
    }

    fn plan(&self, folder: &str, plan: &serde_json::Value) {
        let staging = self.scratch.path(folder);
        fs::create_dir(&staging).unwrap();
        fs::write(staging.join("plan.json"), plan.to_string()).unwrap();
        let lock = self.scratch.path(".git/index.lock");
        fs::write(lock, "held while a task's work lands\n").unwrap();
    }

    /// The branch moved too.
    fn moved(&self) -> &Self {
        let head = self.head.to_string();
        self.scratch.git(&["update-ref", "refs/heads/main", &head]);
        self
    }

    /// The person removes the lock, as git tells them to.
    fn unlocked(&self) -> &Self {
        fs::remove_file(self.scratch.path(".git/index.lock")).unwrap();
        self
    }

    fn recover(&self) -> Result<Option<RecoveredLanding>, LandRefusal> {
        self.scratch.attach().recover_landing()
    }

    #[track_caller]
    fn check_finished(&self) {
        let finished = RecoveredLanding::Finished {
            task: "t1".into(),
            branch: "main".into(),
            from: self.from.parse().unwrap(),
            to: self.head,
        };
        assert_eq!(self.recover().unwrap(), Some(finished));
        assert!(!self.scratch.exists(LANDING) && !self.scratch.exists(".git/index.lock"));
    }

    #[track_caller]
    fn check_taken_back(&self) {
        let task = Some("t1".into());
        let taken_back = RecoveredLanding::TakenBack { task };
        assert_eq!(self.recover().unwrap(), Some(taken_back));
        assert!(!self.scratch.exists(LANDING) && !self.scratch.exists(".git/index.lock"));
    }

    #[track_caller]
    fn check_kept(&self) -> (Vec<String>, PathBuf) {
        match self.recover().unwrap() {
            Some(RecoveredLanding::Kept { paths, kept_in, .. }) => (paths, kept_in),
            other => panic!("{other:?}"),
        }
    }
}

fn age(scratch: &Scratch, path: &str, at: SystemTime) {
    let file = fs::File::options().append(true).open(scratch.path(path));
    file.unwrap().set_modified(at).unwrap();
}

#[test]
fn it_is_taken_back_before_and_finished_after_the_branch_moved() {
    let cut_off = CutOff::new();
    let scratch = &cut_off.scratch;
    let clean = scratch.everything();
    cut_off.exchanged();
    assert_eq!(scratch.land().unwrap_err().code(), "landing_under_way");
    cut_off.check_taken_back();
    assert_eq!(scratch.everything(), clean);
    cut_off.exchanged().moved();
    cut_off.check_finished();
    assert_eq!(scratch.status(), Vec::<String>::new());
    scratch.git(&["fsck", "--strict"]);
    assert_eq!(cut_off.recover().unwrap(), None);
}

#[test]
fn what_was_written_since_is_not_called_clean() {
    let cut_off = CutOff::new();
    cut_off.exchanged().moved();
    let scratch = &cut_off.scratch;
    scratch.write("a", "B\n");
    age(scratch, "a", SystemTime::now() - Duration::from_secs(3600));
    cut_off.check_finished();
    assert_eq!(scratch.status(), [" M a"]);
    scratch.git(&["commit", "-q", "-a", "-m", "Mine"]);
    assert_eq!(scratch.git(&["show", "main:a"]), "B\n");
}

#[test]
fn what_git_would_read_again_it_reads_after_a_landing_too() {
    let scratch = Scratch::with(&FILES);
    scratch.task(&CHANGES);
    scratch.git(&["config", "core.trustctime", "false"]);
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    for path in ["b", "d/e"] {
        age(&scratch, path, at);
    }
    scratch.git(&["status"]);
    scratch.git(&["update-index", "--really-refresh"]);
    scratch.git(&["update-index", "--assume-unchanged", "d/e"]);
    age(&scratch, ".git/index", at);
    // As long, and in the second in which git looked.
    let written = fs::File::options().write(true).open(scratch.path("b"));
    std::io::Write::write_all(&mut written.unwrap(), b"B\n").unwrap();
    age(&scratch, "b", at);
    scratch.land().unwrap();
    assert_eq!(scratch.status(), [" M b"]);
    let flagged = scratch.git(&["ls-files", "-v", "d/e"]);
    assert_eq!(flagged.trim(), "h d/e");
}

#[test]
fn commits_on_top_of_it_leave_a_landing_landed() {
    let cut_off = CutOff::new();
    cut_off.exchanged().moved().unlocked();
    let scratch = &cut_off.scratch;
    scratch.write("b", "mine\n");
    scratch.git(&["commit", "-q", "-m", "Mine", "--", "b"]);
    scratch.write("d/e", "mine\n");
    scratch.git(&["add", "d/e"]);
    cut_off.check_finished();
    assert_eq!(scratch.status(), ["M  d/e"]);
    assert_eq!(scratch.read("a"), "A\n");
    assert!(!scratch.exists("d/c") && scratch.exists("new/file"));
}

#[test]
fn what_a_commit_on_top_of_it_says_of_a_path_stands() {
    let cut_off = CutOff::new();
    cut_off.exchanged().moved().unlocked();
    let scratch = &cut_off.scratch;
    // The index still says of these what it said before.
    scratch.write("b", "mine\n");
    scratch.git(&["add", "b"]);
    scratch.git(&["commit", "-q", "-m", "Mine"]);
    cut_off.check_finished();
    assert_eq!(scratch.git(&["diff", "--cached", "--name-only"]), "");
    assert_eq!(scratch.read("a"), "A\n");
    assert_eq!(scratch.status(), [" M a", " D d/c", "?? new/"]);
}

#[test]
fn nothing_is_touched_while_another_branch_is_checked_out() {
    for moved in [false, true] {
        let cut_off = CutOff::new();
        cut_off.exchanged();
        if moved {
            cut_off.moved();
        }
        let scratch = &cut_off.scratch;
        scratch.git(&["branch", "other", &cut_off.from]);
        scratch.git(&["symbolic-ref", "HEAD", "refs/heads/other"]);
        let before = scratch.everything();
        let refused = cut_off.recover().unwrap_err();
        assert_eq!(refused.code(), "landing_cut_off_elsewhere");
        let told = refused.to_string();
        assert!(told.contains("main") && told.contains(LANDING), "{told}");
        assert_eq!(scratch.everything(), before);
        assert!(scratch.exists(LANDING) && !scratch.exists(".git/index.lock"));
        scratch.git(&["symbolic-ref", "HEAD", "refs/heads/main"]);
        if moved {
            cut_off.check_finished();
        } else {
            cut_off.check_taken_back();
        }
        assert_eq!(scratch.status(), Vec::<String>::new());
    }
}

#[test]
fn of_a_branch_that_is_gone_the_files_are_kept() {
    let cut_off = CutOff::new();
    cut_off.exchanged();
    let scratch = &cut_off.scratch;
    scratch.git(&["branch", "other", &cut_off.from]);
    scratch.git(&["symbolic-ref", "HEAD", "refs/heads/other"]);
    scratch.git(&["branch", "-q", "-D", "main"]);
    let before = scratch.everything();
    let (paths, kept_in) = cut_off.check_kept();
    assert_eq!(paths, ["a", "d/c", "new/file"]);
    assert_eq!(fs::read_to_string(kept_in.join("old-0")).unwrap(), "a\n");
    assert_eq!(scratch.everything(), before);
    assert!(!scratch.exists(LANDING) && !scratch.exists(".git/index.lock"));
}

#[test]
fn files_are_kept_more_than_once() {
    let cut_off = CutOff::new();
    let scratch = &cut_off.scratch;
    let mut folders = Vec::new();
    for _ in 0..3 {
        cut_off.exchanged();
        scratch.write("a", "written since\n");
        let (paths, kept_in) = cut_off.check_kept();
        assert_eq!(paths, ["a"]);
        assert_eq!(fs::read_to_string(kept_in.join("old-0")).unwrap(), "a\n");
        assert_eq!(scratch.read("a"), "written since\n");
        folders.push(kept_in);
        scratch.git(&["checkout", "-q", "a"]);
    }
    folders.dedup();
    assert_eq!(folders.len(), 3);
    scratch.land().unwrap();
}

/// Cut off before anything was moved, where old and new differ in no more than the mode.
#[cfg(unix)]
#[test]
fn a_file_that_would_become_executable_is_never_taken_for_the_new_one() {
    use std::os::unix::fs::PermissionsExt;
    for folder in [LANDING, ".git/ampersand-shown"] {
        let cut_off = CutOff::new();
        let scratch = &cut_off.scratch;
        let oid = scratch.git(&["rev-parse", "main:a"]);
        let [old, new] = [0o100_644, 0o100_755].map(|mode| json!([oid.trim(), mode]));
        let step = json!({"path": b"a", "old": old, "new": new, "seen": old});
        let head = cut_off.head.to_string();
        let (from, steps) = (&cut_off.from, [step]);
        let plan =
            json!({"task": "t1", "branch": "main", "from": from, "to": head, "steps": steps});
        cut_off.plan(folder, &plan);
        fs::write(scratch.path(folder).join("new-0"), "a\n").unwrap();
        if folder == LANDING {
            cut_off.check_taken_back();
        } else {
            let back = scratch.attach().put_back().unwrap().unwrap();
            assert_eq!(back.kept, Vec::<String>::new());
        }
        assert_eq!(scratch.read("a"), "a\n");
        let mode = fs::metadata(scratch.path("a")).unwrap().permissions();
        assert_eq!(mode.mode() & 0o111, 0);
        assert_eq!(scratch.status(), Vec::<String>::new());
        assert!(!scratch.exists(folder));
    }
}

#[test]
fn what_a_landing_made_is_known_until_it_is_written_down() {
    let cut_off = CutOff::new();
    let scratch = &cut_off.scratch;
    let known = || scratch.attach().landed("t1").unwrap();
    assert_eq!(known(), None);
    let landed = scratch.land().unwrap();
    scratch.write("b", "mine\n");
    scratch.commit_all("Mine");
    assert_eq!(known(), Some(landed.clone()));
    scratch.attach().forget_landed("t1").unwrap();
    assert_eq!(known(), None);
    scratch.git(&["reset", "-q", "--hard", &landed.from.to_string()]);

    let landed = scratch.land().unwrap();
    let ends = [landed.from, landed.to];
    let repository = scratch.attach();
    repository.undo_landing("t1", "main", ends).unwrap();
    assert_eq!(known(), None);
    // Somebody else brings the same commits in.
    scratch.git(&["merge", "-q", "--ff-only", &landed.to.to_string()]);
    assert_eq!(known(), None);
}
