//! Pushing one commit to one branch, by the git program in a folder of its own making, as merging is done.
//!
//! The program sees no configuration of the repository's or the person's: no hook, no helper but the one it is given, no
//! rewritten address. Nothing is ever forced: a branch is made, or grows.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use ampersand_core::{RemoteUrl, RemoteWay};
use ampersand_process::{Exit, Spec, program};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::attach::Repository;
use crate::failure::{AttemptingAt, GitFailure};
use crate::landing::merge_tree;
use crate::names;
use crate::object::CommitId;

/// Pushing longer than this is given up.
const MAX_DURATION: Duration = Duration::from_secs(300);
/// What the program says beyond this is not read, and ends it.
const MAX_OUTPUT_BYTES: u64 = 256 << 10;
/// Of what the other side said so much is told.
const SAID_CHARS_MAX: usize = 300;

/// Where a commit is pushed to.
#[derive(Debug, Clone)]
pub struct PushTo {
    /// The repository there.
    pub url: RemoteUrl,
    /// The branch there.
    pub branch: String,
    /// Whether there is to be no such branch yet, but for this commit.
    pub is_new: bool,
    /// The program that says who pushes, for addresses that need it: asked as `PROGRAM auth git-credential`.
    pub identity: Option<PathBuf>,
    /// What that program, and ssh, need of the environment.
    pub environment: Vec<(OsString, OsString)>,
}

/// Why a commit was not pushed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PushRefusal {
    /// There is no git program.
    #[error("the git program was not found")]
    GitMissing,
    /// The branch there has something that this commit has not.
    #[error("{branch} on the remote holds something else{}", after(said))]
    Moved {
        /// The branch.
        branch: String,
        /// What was said.
        said: String,
    },
    /// Its rules do not let it be pushed to.
    #[error("the remote's rules do not let {branch} be pushed to{}", after(said))]
    Protected {
        /// The branch.
        branch: String,
        /// What was said.
        said: String,
    },
    /// The remote does not know who it is, or does not let them.
    #[error("the remote does not let you push{}", after(said))]
    NotAllowed {
        /// What was said.
        said: String,
    },
    /// There is no such repository, or none that is shown.
    #[error("the remote's repository was not found{}", after(said))]
    NotFound {
        /// What was said.
        said: String,
    },
    /// It was not reached.
    #[error("the remote was not reached{}", after(said))]
    Network {
        /// What was said.
        said: String,
    },
    /// It took too long or said too much, or failed otherwise.
    #[error("pushing failed{}", after(said))]
    Failed {
        /// What was said.
        said: String,
    },
    /// Something failed here.
    #[error(transparent)]
    Git(#[from] GitFailure),
}

fn after(said: &str) -> String {
    match said {
        "" => String::new(),
        said => format!(": {said}"),
    }
}

impl PushRefusal {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::GitMissing => "git_missing",
            Self::Moved { .. } => "push_rejected",
            Self::Protected { .. } => "push_protected",
            Self::NotAllowed { .. } => "push_not_allowed",
            Self::NotFound { .. } => "remote_not_found",
            Self::Network { .. } => "remote_unreachable",
            Self::Failed { .. } => "push_failed",
            Self::Git(failure) => failure.code(),
        }
    }

    /// What the person can do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::GitMissing => "install git 2.38 or later",
            Self::Moved { .. } => {
                "nothing is ever forced: look at that branch, or push under another name"
            }
            Self::Protected { .. } => "push under another name, or ask whoever set these rules",
            Self::NotAllowed { .. } => {
                "log in with `gh auth login` or `glab auth login`, or add your key to the ssh agent"
            }
            Self::NotFound { .. } => "check the address: git remote --verbose",
            Self::Network { .. } => "try again when the network is back",
            Self::Failed { .. } => "try `git push` by hand to see more",
            Self::Git(failure) => failure.hint(),
        }
    }
}

impl Repository {
    /// Pushes a commit. Pushed before, it changes nothing.
    pub async fn push(&self, commit: CommitId, to: &PushTo) -> Result<(), PushRefusal> {
        let git = program::git_program().map_err(|_missing| PushRefusal::GitMissing)?;
        let private = tempfile::tempdir()
            .attempting_at("make a private folder below", &std::env::temp_dir())?;
        merge_tree::prepare(private.path(), self.common_dir())?;
        let objects = self.common_dir().join("objects");
        let spec = base(git, private.path(), &objects, to)?;
        let spec = spec.args(["push", "--porcelain", "--no-verify", "--no-follow-tags"]);
        let spec = spec.args(["--recurse-submodules=no", "--no-signed"]);
        let spec = match to.is_new {
            // It is to be there for the first time, so there is nothing this could overwrite.
            true => spec.arg(format!("--force-with-lease=refs/heads/{}:", to.branch)),
            false => spec,
        };
        let (url, branch) = (to.url.to_string(), &to.branch);
        let spec = spec.args(["--", &url, &format!("{commit}:refs/heads/{branch}")]);
        let ran = tokio::time::timeout(MAX_DURATION, run(spec)).await;
        let (exit, stdout, stderr) = ran.map_err(|_elapsed| failed("it took too long"))??;
        if exit.success() {
            return Ok(());
        }
        Err(refusal(branch, &stdout, &stderr))
    }
}

fn failed(said: &str) -> PushRefusal {
    let said = said.to_owned();
    PushRefusal::Failed { said }
}

fn base(
    git: PathBuf,
    git_dir: &std::path::Path,
    objects: &std::path::Path,
    to: &PushTo,
) -> Result<Spec, PushRefusal> {
    let mut spec = Spec::new(git).cwd(git_dir);
    spec.env.clone_from(&to.environment);
    let nothing = git_dir.join("no-such-file");
    for (name, value) in [
        ("LC_ALL", "C"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_ATTR_NOSYSTEM", "1"),
        ("GIT_NO_LAZY_FETCH", "1"),
        ("GIT_NO_REPLACE_OBJECTS", "1"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_ASKPASS", ""),
        ("SSH_ASKPASS", ""),
        ("GIT_PAGER", "cat"),
    ] {
        spec = spec.env(name, value);
    }
    for (name, path) in [
        ("GIT_DIR", git_dir),
        ("GIT_OBJECT_DIRECTORY", objects),
        ("GIT_CONFIG_GLOBAL", nothing.as_path()),
    ] {
        spec = spec.env(name, path);
    }
    let allowed = match to.url.way() {
        RemoteWay::Https => "https",
        RemoteWay::Ssh => "ssh",
        RemoteWay::File => "file",
    };
    let mut settings = vec![
        "core.fsmonitor=false".to_owned(),
        format!("core.hooksPath={}", nothing.display()),
        "credential.helper=".to_owned(),
        "push.gpgSign=false".to_owned(),
        "gc.auto=0".to_owned(),
        "maintenance.auto=false".to_owned(),
        "protocol.allow=never".to_owned(),
        format!("protocol.{allowed}.allow=always"),
    ];
    if to.url.way() == RemoteWay::Ssh {
        let ssh = program::find("ssh").map_err(|missing| failed(&missing.to_string()))?;
        let ssh = quoted(&ssh.display().to_string());
        let command = format!("{ssh} -oBatchMode=yes -oPermitLocalCommand=no");
        spec = spec.env("GIT_SSH_COMMAND", command);
    }
    if let Some(identity) = &to.identity
        && to.url.way() == RemoteWay::Https
    {
        let identity = quoted(&identity.display().to_string());
        settings.push(format!("credential.helper=!{identity} auth git-credential"));
    }
    for setting in settings {
        spec = spec.arg("-c").arg(setting);
    }
    Ok(spec)
}

/// As one word for the shell by which git starts helpers.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

async fn run(spec: Spec) -> Result<(Exit, Vec<u8>, Vec<u8>), PushRefusal> {
    let lost = |error: &dyn std::fmt::Display| failed(&error.to_string());
    let mut child = ampersand_process::spawn(spec)
        .await
        .map_err(|error| lost(&error))?;
    let (stdout, stderr) = (child.take_stdout(), child.take_stderr());
    // Whoever says more is ended with the child, as this returns.
    let (stdout, stderr) = tokio::try_join!(read(stdout), read(stderr))?;
    let exit = child.wait().await.map_err(|error| lost(&error))?;
    Ok((exit, stdout, stderr))
}

async fn read(stream: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, PushRefusal> {
    let mut kept = Vec::new();
    if let Some(stream) = stream {
        let read = stream.take(MAX_OUTPUT_BYTES).read_to_end(&mut kept).await;
        read.map_err(|error| failed(&error.to_string()))?;
    }
    match u64::try_from(kept.len()).unwrap_or(u64::MAX) < MAX_OUTPUT_BYTES {
        true => Ok(kept),
        false => Err(failed("it said too much")),
    }
}

/// What the program's words mean. They are in English, as it was asked to.
fn refusal(branch: &str, stdout: &[u8], stderr: &[u8]) -> PushRefusal {
    let stdout = String::from_utf8_lossy(stdout);
    let stderr = String::from_utf8_lossy(stderr);
    let rejected = stdout.lines().find(|line| line.starts_with('!'));
    let all = format!("{stdout}\n{stderr}").to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| all.contains(word));
    let said = said(&stderr, rejected);
    let branch = branch.to_owned();
    if has(&[
        "non-fast-forward",
        "fetch first",
        "stale info",
        "[rejected]",
    ]) {
        return PushRefusal::Moved { branch, said };
    }
    if has(&[
        "protected branch",
        "gh006",
        "gh013",
        "pre-receive hook declined",
        "[remote rejected]",
    ]) {
        return PushRefusal::Protected { branch, said };
    }
    if has(&[
        "could not resolve host",
        "failed to connect",
        "connection refused",
        "timed out",
        "network is unreachable",
        "connection reset",
        "no route to host",
    ]) {
        return PushRefusal::Network { said };
    }
    if has(&[
        "authentication failed",
        "could not read username",
        "permission denied",
        "error: 403",
        "error: 401",
        "host key verification failed",
        "permission to",
    ]) {
        return PushRefusal::NotAllowed { said };
    }
    if has(&[
        "not found",
        "does not appear to be a git repository",
        "does not exist",
    ]) {
        return PushRefusal::NotFound { said };
    }
    PushRefusal::Failed { said }
}

/// The words that matter, on one bounded line, nothing in them invisible.
fn said(stderr: &str, rejected: Option<&str>) -> String {
    let lines = stderr
        .lines()
        .map(|line| line.trim_start_matches("remote: ").trim());
    let telling = |line: &&str| {
        !line.is_empty()
            && !line.starts_with("hint:")
            && !line.starts_with("To ")
            && !line.starts_with("error: failed to push")
    };
    let reason = rejected.and_then(|line| line.split('\t').nth(2));
    let words: Vec<&str> = reason.into_iter().chain(lines.filter(telling)).collect();
    let words = names::show(words.join("; ").as_bytes());
    match words.char_indices().nth(SAID_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}
