//! A real repository beside the worktree, which its owner goes on using while an agent runs.

use std::path::PathBuf;

use ampersand_core::Role;
use ampersand_sandbox::{Launched, OwnRepository, Policy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::Place;

/// A repository with a linked worktree, both of which git made itself.
struct Repository<'a>(&'a Place);

impl Repository<'_> {
    fn of(place: &Place) -> Repository<'_> {
        let repository = Repository(place);
        std::fs::create_dir(place.path("real")).unwrap();
        repository.git(&["init", "-q", "-b", "main"]);
        std::fs::write(place.path("real/file"), "text\n").unwrap();
        repository.git(&["add", "file"]);
        repository.git(&["commit", "-q", "-m", "first"]);
        repository.git(&["branch", "loose"]);
        repository.git(&["remote", "add", "origin", "https://token@host/one"]);
        repository.git(&["config", "extensions.worktreeConfig", "true"]);
        repository.git(&["worktree", "add", "-q", "--detach", "../linked"]);
        repository
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the person's git, in the person's shell"
    )]
    fn git(&self, arguments: &[&str]) {
        let ended = std::process::Command::new("git")
            .args(["-c", "user.name=P", "-c", "user.email=p@example.invalid"])
            .args(arguments)
            .current_dir(self.0.path("real"))
            .status();
        assert!(ended.unwrap().success(), "{arguments:?}");
    }

    fn git_dir(&self) -> PathBuf {
        self.0.path("real/.git")
    }

    fn policy(&self, role: Role) -> Policy {
        let mut policy = Policy::new(role, self.0.path("linked"));
        policy.git_dir = Some(self.git_dir());
        policy.env = vec![("GIT".to_owned(), self.git_dir().display().to_string())];
        policy
    }

    /// Everything by which git, or a person, puts another file or folder in the place of one that is there.
    fn change(&self) {
        self.git(&["remote", "add", "second", "https://token@host/two"]);
        self.git(&["config", "--worktree", "http.extraheader", "token"]);
        self.git(&["worktree", "add", "-q", "--detach", "../another"]);
        let git = self.git_dir();
        let write = |path: &str, text: &str| {
            let path = git.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("modules/below/config", "[http]\n\textraheader = token\n");
        write(
            "worktrees/linked/config.worktree",
            "[http]\n\textraheader = token\n",
        );
        write(
            "worktrees/another/config.worktree",
            "[http]\n\textraheader = token\n",
        );
        write("FETCH_HEAD", "token");
        std::fs::rename(git.join("hooks"), git.join("old")).unwrap();
        write("hooks/pre-commit", "token");
        self.git(&["pack-refs", "--all"]);
        self.git(&["gc", "-q"]);
    }
}

/// What it prints once it is told to go on, which it is after `meanwhile`.
async fn goes_on(mut launched: Launched, meanwhile: impl FnOnce()) -> String {
    let mut stdout = launched.child.take_stdout().unwrap();
    let mut up = [0; 3];
    stdout.read_exact(&mut up).await.unwrap();
    meanwhile();
    let mut stdin = launched.child.take_stdin().unwrap();
    stdin.write_all(b"go\n").await.unwrap();
    let mut told = String::new();
    stdout.read_to_string(&mut told).await.unwrap();
    told
}

#[tokio::test]
async fn what_the_person_writes_into_the_repository_meanwhile_tells_nothing_either() {
    let place = Place::new().await;
    let repository = Repository::of(&place);
    for role in [Role::Worker, Role::Explorer] {
        let script = "echo up; read go; grep -rl token $GIT; cat $GIT/config | grep -c url; ls $GIT/hooks $GIT/modules";
        let launched = place.shell(&repository.policy(role), script).await;
        let told = goes_on(launched, || {
            if role == Role::Worker {
                repository.change();
            } else {
                repository.git(&["remote", "add", "third", "https://token@host/three"]);
            }
        });
        assert_eq!(told.await, "0\n", "{role:?}");
    }
}

#[tokio::test]
async fn git_reads_the_repository_before_and_after_the_person_changed_it() {
    let place = Place::new().await;
    let repository = Repository::of(&place);
    std::fs::write(place.path("linked/file"), "other\n").unwrap();
    let ask = "git log --format=%s; git status --short; git diff --stat | head -n 1; git log --format=%s -1 loose; git branch --format='%(refname:short)' --list loose main";
    let script = format!("({ask}) 2>&1; echo up; read go; ({ask}) 2>&1");
    let policy = repository.policy(Role::Worker);
    let mut launched = place.shell(&policy, &script).await;
    let mut stdout = launched.child.take_stdout().unwrap();
    let expected = "first\n M file\n file | 2 +-\nfirst\nloose\nmain\n";
    let mut before = vec![0; expected.len() + 3];
    stdout.read_exact(&mut before).await.unwrap();
    assert_eq!(
        String::from_utf8(before).unwrap(),
        format!("{expected}up\n")
    );
    repository.change();
    let mut stdin = launched.child.take_stdin().unwrap();
    stdin.write_all(b"go\n").await.unwrap();
    let mut after = String::new();
    stdout.read_to_string(&mut after).await.unwrap();
    assert_eq!(after, expected);
}

#[tokio::test]
async fn whoever_commits_to_a_repository_of_its_own_sees_objects_of_the_persons_alone() {
    let place = Place::new().await;
    let repository = Repository::of(&place);
    let own = place.path("own");
    std::fs::create_dir(&own).unwrap();
    repository.git(&["clone", "-q", "-s", "--bare", ".", own.to_str().unwrap()]);
    std::fs::write(
        place.path("gitfile"),
        format!("gitdir: {}\n", own.display()),
    )
    .unwrap();
    let mut policy = repository.policy(Role::Worker);
    policy.own_repository = Some(OwnRepository {
        git_dir: own.clone(),
        read_only: vec![own.join("config")],
        gitfile: place.path("gitfile"),
    });
    let told = place
        .told(
            &policy,
            "ls -A $GIT; git --git-dir=$(sed 's/gitdir: //' .git) log --format=%s",
        )
        .await;
    assert_eq!(told, "objects\nfirst\n");
}
