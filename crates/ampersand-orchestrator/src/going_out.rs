//! Where a task's work goes out to, and what would go: which remote, whose program, which commits. Reads only; pushing is
//! the executor's, once a person said so.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ampersand_core::{
    Failure, Forge, PullRequest, PullRequestSettings, Push, RemoteUrl, Report, Says, Task,
};
use ampersand_forge::ForgeProgram;
use ampersand_git::{BranchRefusal, CommitId, Repository};
use ampersand_store::Journal;

use crate::{
    input::Found,
    project_file,
    refusal::Refusal,
    repository::{attach, diffstat, off_thread},
    visible::visible,
};

/// In the home: forges' programs run there, and find nothing.
pub(crate) const FOLDER: &str = "forge";

/// The longest title and the longest text of a pull request.
const TITLE_CHARS_MAX: usize = 120;
const BODY_BYTES_MAX: usize = 16 * 1024;
/// Letters of a title in the name of a branch.
const SLUG_CHARS_MAX: usize = 40;

/// What has to be known to find the way out.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) journal: &'a Journal,
    pub(crate) settings: &'a PullRequestSettings,
    pub(crate) folder: &'a Path,
}

/// The way out of a repository.
pub(crate) struct Way {
    pub(crate) repository: Repository,
    pub(crate) remote: String,
    pub(crate) url: RemoteUrl,
    pub(crate) forge: Forge,
    pub(crate) program: ForgeProgram,
}

/// The way out for a task's work.
pub(crate) async fn way(place: Place<'_>, task: &Task) -> Result<Way, Failure> {
    let repository = attach(task.repository.clone()).await?;
    let (looked, wanted) = (repository.clone(), place.settings.remote.clone());
    let (found, folder) = (place.folder.to_owned(), place.folder.to_owned());
    let remote = off_thread(move || {
        fs::create_dir_all(&found).map_err(|error| no_folder(&found, &error))?;
        looked.push_remote(&wanted).map_err(|error| error.failure())
    });
    let remote = remote.await?.ok_or_else(|| no_remote(place.settings))?;
    let (remote, url) = (remote.name, remote.url?);
    let program = program(place, task, &url, &repository, &folder).await?;
    Ok(Way {
        repository,
        remote,
        url,
        forge: program.0,
        program: program.1,
    })
}

/// Whose program: as the repository says, if that is trusted; by the host; as whoever is logged in there says; as the
/// settings say.
async fn program(
    place: Place<'_>,
    task: &Task,
    url: &RemoteUrl,
    repository: &Repository,
    folder: &Path,
) -> Result<(Forge, ForgeProgram), Failure> {
    let root = PathBuf::from(&task.repository);
    let declared = project_file::read(&root)?;
    let trusted = project_file::is_trusted(place.journal, &task.repository, &declared).await?;
    let named = declared.project.forge.filter(|_| trusted);
    let find = |forge| ForgeProgram::find(forge, url.clone(), repository.root(), folder);
    if let Some(forge) = named.or_else(|| Forge::of_host(url.host())) {
        return Ok((forge, find(forge)?));
    }
    if !url.host().is_empty() {
        for forge in Forge::ALL {
            if let Ok(program) = find(forge)
                && program.check_login().await.is_ok()
            {
                return Ok((forge, program));
            }
        }
    }
    match place.settings.forge {
        Some(forge) => Ok((forge, find(forge)?)),
        None => Err(unknown_forge(url, declared.project.forge.is_some())),
    }
}

/// What would be pushed of work that has not gone out.
pub(crate) async fn first(
    place: Place<'_>,
    task: Task,
    branch: Option<String>,
) -> Result<Found, Failure> {
    let way = way(place, &task).await?;
    way.program.check_login().await?;
    let looked = way.repository.clone();
    let facts = off_thread(move || looked.facts().map_err(|error| error.failure())).await?;
    let onto = facts.branch.ok_or_else(no_branch)?;
    let before = task.pull_request.as_ref();
    let branch = branch.unwrap_or_else(|| {
        let name = branch_of(&task.title, &task.id.to_string());
        match before.filter(|pull| pull.opened.is_some()) {
            Some(before) => another(name, &before.branch),
            None => name,
        }
    });
    if !Repository::is_branch_name(&branch) || branch == onto {
        let name = visible(&branch);
        return Err(BranchRefusal::Name { name }.failure());
    }
    let report = place.journal.report(task.id).await?.unwrap_or_default();
    let before = before.filter(|pull| pull.branch == branch && !pull.is_over());
    let pushed = before.and_then(|pull| pull.pushed.clone());
    let mut push = worked_out(&way, &task, &report, (branch, onto), pushed).await?;
    push.says = Some(says(&task, &report));
    Ok(Found::Push(Box::new(push), way.forge))
}

/// What would be pushed of work that went out before.
pub(crate) async fn next(
    place: Place<'_>,
    task: &Task,
    pull: &PullRequest,
) -> Result<Push, Failure> {
    let way = same_way(place, task, pull).await?;
    let report = place.journal.report(task.id).await?.unwrap_or_default();
    let branches = (pull.branch.clone(), pull.onto.clone());
    let mut push = worked_out(&way, task, &report, branches, pull.pushed.clone()).await?;
    push.number = pull.opened.as_ref().map(|opened| opened.number);
    Ok(push)
}

/// The way out, if it is the one that was shown.
pub(crate) async fn same_way(
    place: Place<'_>,
    task: &Task,
    pull: &PullRequest,
) -> Result<Way, Failure> {
    let way = way(place, task).await?;
    if (way.url.to_string(), way.forge) == (pull.url.clone(), pull.forge) {
        return Ok(way);
    }
    Err(Failure::new(
        "remote_changed",
        format!(
            "The remote leads to {} now, and {} was shown.",
            way.url, pull.url
        ),
        "Nothing was pushed. Put the address back, or open a new pull request.",
    ))
}

async fn worked_out(
    way: &Way,
    task: &Task,
    report: &Report,
    (branch, onto): (String, String),
    pushed: Option<String>,
) -> Result<Push, Failure> {
    let pushed: Option<CommitId> = pushed
        .map(|commit| commit.parse())
        .transpose()
        .map_err(|error: ampersand_git::ParseCommitIdError| error.failure())?;
    let (id, words) = (task.id.to_string(), message(task, report));
    let out = way.repository.outgoing(&id, pushed, &words).await;
    let out = out.map_err(|refusal| refusal.failure())?;
    let (repository, remote) = (way.repository.clone(), way.remote.clone());
    let url = way.url.to_string();
    off_thread(move || {
        // Of a fix what is new is told.
        let commits = repository.outgoing_commits((&remote, &onto), pushed, out.tip);
        let commits = commits.map_err(|error| error.failure())?;
        let diffstat = diffstat(&repository, commits.base, out.tip)?;
        Ok(Push {
            remote,
            url,
            branch,
            onto,
            tip: out.tip.to_string(),
            commits: commits.shown,
            count: commits.count,
            diffstat,
            as_checked: out.as_checked,
            says: None,
            number: None,
        })
    })
    .await
}

/// What the commit says that is made where the task's own cannot go out.
pub(crate) fn message(task: &Task, report: &Report) -> String {
    let headline = report.headline.trim();
    let body = match headline {
        "" => String::new(),
        headline => format!("\n\n{headline}"),
    };
    format!("{}{body}\n\nAmpersand-Task: {}\n", task.title, task.id)
}

pub(crate) fn says(task: &Task, report: &Report) -> Says {
    let lines = |text: &str| text.lines().map(visible).collect::<Vec<_>>().join("\n");
    let headline = report.headline.trim();
    let mut body = lines(headline);
    let summary = lines(report.summary.trim());
    if !summary.is_empty() && summary != body {
        body.push_str("\n\n");
        body.push_str(&summary);
    }
    if body.len() > BODY_BYTES_MAX {
        let ends = (0..=BODY_BYTES_MAX).rev();
        let end = ends.into_iter().find(|end| body.is_char_boundary(*end));
        body.truncate(end.unwrap_or(0));
        body.push_str("\n…");
    }
    let title = visible(&task.title);
    Says {
        title: title.chars().take(TITLE_CHARS_MAX).collect(),
        body,
    }
}

/// A branch named after a task: `ampersand/move-the-token-check-8057`.
fn branch_of(title: &str, id: &str) -> String {
    let mut slug = String::new();
    for letter in title.chars().take(200) {
        match letter.to_ascii_lowercase() {
            letter if letter.is_ascii_alphanumeric() => slug.push(letter),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
        if slug.len() >= SLUG_CHARS_MAX {
            break;
        }
    }
    let slug = match slug.trim_end_matches('-') {
        "" => "work",
        slug => slug,
    };
    format!("ampersand/{slug}-{}", &id[id.len().saturating_sub(4)..])
}

/// The next name after the one that went out before: nothing is pushed over what may still stand there.
fn another(name: String, before: &str) -> String {
    let number = match before.strip_prefix(&name) {
        Some("") => 2,
        Some(more) => {
            let number = more.strip_prefix('-').and_then(|n| n.parse::<u32>().ok());
            match number {
                Some(number) => number.saturating_add(1),
                None => return name,
            }
        }
        None => return name,
    };
    format!("{name}-{number}")
}

fn no_remote(settings: &PullRequestSettings) -> Failure {
    Failure::new(
        "no_remote",
        format!(
            "There is no remote {:?}, and not one alone that could be meant.",
            settings.remote
        ),
        "Add one with `git remote add origin URL`, or name one: remote under [pull_requests] in the settings.",
    )
}

fn no_branch() -> Failure {
    Failure::new(
        "no_branch_to_merge_into",
        "No branch is checked out that it could be merged into.",
        "Check out the branch it belongs in.",
    )
}

fn no_folder(folder: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        "home_unusable",
        format!("{} cannot be made: {error}.", folder.display()),
        "Make sure that the home folder can be written.",
    )
}

fn unknown_forge(url: &RemoteUrl, is_declared: bool) -> Failure {
    let hint = match is_declared {
        true => "The repository says whose it is: trust it, and that counts.",
        false => {
            "Log in there with `gh auth login` or `glab auth login`, or set forge = \"github\" or \"gitlab\" under [pull_requests] in the settings."
        }
    };
    Failure::new(
        "forge_unknown",
        format!("It is not known whether {url} is GitHub's or GitLab's."),
        hint,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_named_after_its_task() {
        let task = |title: &str| branch_of(title, "01890a5d-ac96-774b-bcce-b302099a8057");
        for (title, slug) in [
            ("Move the token check", "move-the-token-check"),
            ("  Naïve: fix `x`!  ", "na-ve-fix-x"),
            ("修复登录", "work"),
            ("--upload-pack=x", "upload-pack-x"),
        ] {
            let name = task(title);
            assert!(name.starts_with(&format!("ampersand/{slug}-")), "{name}");
            assert!(Repository::is_branch_name(&name), "{name}");
        }
        assert!(task(&"long ".repeat(100)).len() < 70);
    }

    #[test]
    fn what_goes_out_once_more_has_a_branch_of_its_own() {
        for (before, next) in [("b", "b-2"), ("b-2", "b-3"), ("fix/it", "b"), ("b-x", "b")] {
            assert_eq!(another("b".into(), before), next, "{before}");
        }
    }
}
