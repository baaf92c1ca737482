//! `sandbox`: runs a command as an agent of a role would be run, for people who want to see what it may do.

mod out;
mod own;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use ampersand_core::{Failure, Isolation, Role, Settings};
use ampersand_sandbox::{LaunchError, Launched, Launcher, Limits, Policy};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{arguments::Arguments, verbs};

/// What is to be run, and as whom.
#[derive(Debug, clap::Args)]
pub(crate) struct Sandboxed {
    /// As whom
    #[arg(long, value_enum)]
    role: As,
    /// The folder it works in
    #[arg(long, value_name = "DIR")]
    worktree: PathBuf,
    /// A host it may reach by HTTPS, or by HTTP in the open: NAME, NAME:PORT, or NAME:PORT=ADDRESS:PORT for one in your own
    /// network (may be given several times)
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// Run a role that writes although isolation is reduced, with what is then not enforced
    #[arg(long)]
    accept_reduced: bool,
    /// The program and its arguments
    #[arg(required = true, last = true, value_name = "COMMAND")]
    command: Vec<std::ffi::OsString>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum As {
    Explorer,
    Worker,
    Default,
}

/// Runs the command and answers with its exit code. The first line on standard error names the tier.
pub(crate) async fn run(arguments: &Arguments, asked: &Sandboxed) -> Result<ExitCode, Failure> {
    let hosts = out::hosts(&asked.host)?;
    let home = verbs::options(arguments)?.home;
    let launcher = Launcher::probe(&home.root().join("sandbox")).await;
    let mut policy = policy(asked)?;
    policy.limits = limits(&home.settings())?;
    let isolation = launcher.look(&policy).await;
    eprintln!("isolation: {}", isolation.tier());
    if asked.accept_reduced {
        policy.accepted = isolation.to_accept().to_vec();
    }
    if isolation != Isolation::FULL {
        eprintln!("{}", isolation.told());
    }
    let own = own::make(&policy, &isolation)?;
    policy.own_repository = own.as_ref().map(|own| own.shown.clone());
    let gateway = match &hosts {
        Some(_) => Some(out::open(&mut policy, &isolation)?),
        None => None,
    };
    let launched = launcher.launch(&policy, &asked.command, "by-hand").await;
    let mut launched = launched.map_err(|error| refused(&error))?;
    let out = match gateway {
        Some(gateway) => out::serve(&gateway, &mut launched, hosts.unwrap_or_default())?,
        None => None,
    };
    let code = attend(&mut launched).await;
    let ended = launched.tree.kill().await;
    if let Some(out) = out {
        out.end().await;
    }
    ended.map_err(|error| Failure::new(error.code(), format!("{error}."), error.hint()))?;
    Ok(ExitCode::from(code))
}

/// As the settings have them. Nobody looks after this command, so that the system keeps them alone.
fn limits(settings: &Path) -> Result<Limits, Failure> {
    let text = fs::read_to_string(settings).unwrap_or_default();
    let settings = Settings::parse(&text)?;
    Ok(Limits::of(&settings.limits))
}

fn policy(asked: &Sandboxed) -> Result<Policy, Failure> {
    let role = match asked.role {
        As::Explorer => Role::Explorer,
        As::Worker => Role::Worker,
        As::Default => Role::Default,
    };
    let worktree = dunce::canonicalize(&asked.worktree).map_err(|error| {
        Failure::new(
            "no_such_worktree",
            format!("{} cannot be used: {error}.", asked.worktree.display()),
            "Name an existing folder.",
        )
    })?;
    let mut policy = Policy::new(role, &worktree);
    policy.git_dir = repository_of(&worktree);
    Ok(policy)
}

/// The folder of the repository a linked worktree belongs to. The worktree's own word is not enough, since an agent may
/// have written it: the repository must know the worktree.
fn repository_of(worktree: &Path) -> Option<PathBuf> {
    let gitfile = worktree.join(".git");
    let told = fs::read_to_string(&gitfile).ok()?;
    let books = PathBuf::from(told.strip_prefix("gitdir: ")?.trim_end());
    let back = fs::read_to_string(books.join("gitdir")).ok()?;
    let worktrees = books.parent()?;
    let common = worktrees.parent()?;
    let known = Path::new(back.trim_end()) == gitfile
        && worktrees.ends_with("worktrees")
        && common.join("objects").is_dir();
    known.then(|| dunce::canonicalize(common).ok())?
}

/// Carries input in and output out until the command has ended.
async fn attend(launched: &mut Launched) -> u8 {
    let child = &mut launched.child;
    if let Some(stdin) = child.take_stdin() {
        tokio::spawn(carry(tokio::io::stdin(), stdin));
    }
    let (stdout, stderr) = (child.take_stdout(), child.take_stderr());
    let out = async {
        if let Some(stdout) = stdout {
            carry(stdout, tokio::io::stdout()).await;
        }
    };
    let errors = async {
        if let Some(stderr) = stderr {
            carry(stderr, tokio::io::stderr()).await;
        }
    };
    let ((), (), code) = tokio::join!(out, errors, launched.code());
    code
}

/// One direction, until either end has gone.
async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
    tokio::io::copy(&mut from, &mut to).await.ok();
    tokio::io::AsyncWriteExt::flush(&mut to).await.ok();
}

fn refused(error: &LaunchError) -> Failure {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    Failure::new(error.code(), format!("{message}."), error.hint())
}
