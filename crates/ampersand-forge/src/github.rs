//! GitHub as `gh` tells of it.

use ampersand_core::{
    FailedCheck, Opened, PullRequestSeen, ReviewComment, Says, SeenState, Standing,
};
use serde::Deserialize;

use crate::error::said_of;
use crate::{ForgeError, ForgeProgram, shown};

const FIELDS: &str = "state,headRefOid,mergeCommit,comments,reviews,statusCheckRollup";

/// Comments of each kind that are read, the newest.
const COMMENTS_MAX: usize = 100;
/// People of one look who are asked about.
const AUTHORS_MAX: usize = 30;
/// Checks that failed and are told.
const CHECKS_MAX: usize = 10;
const BODY_BYTES_MAX: usize = 4 * 1024;
const LOG_BYTES_MAX: usize = 4 * 1024;
const NAME_CHARS_MAX: usize = 120;

/// `HOST/OWNER/NAME`.
fn repository(of: &ForgeProgram) -> String {
    format!("{}/{}", of.host(), of.url.repository())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    number: u64,
    url: String,
    #[serde(default)]
    is_cross_repository: bool,
}

pub(crate) async fn opened(
    of: &ForgeProgram,
    branch: &str,
    onto: &str,
) -> Result<Option<Opened>, ForgeError> {
    let repository = repository(of);
    let listed: Vec<Listed> = of
        .ask(&[
            "pr",
            "list",
            "--repo",
            &repository,
            "--head",
            branch,
            "--base",
            onto,
            "--state",
            "open",
            "--limit",
            "100",
            "--json",
            "number,url,isCrossRepository",
        ])
        .await?;
    let own = listed.into_iter().find(|found| !found.is_cross_repository);
    Ok(own.map(|found| Opened {
        number: found.number,
        url: shown::link(&found.url).unwrap_or_default(),
    }))
}

pub(crate) async fn create(
    of: &ForgeProgram,
    branch: &str,
    onto: &str,
    says: &Says,
) -> Result<(), ForgeError> {
    let repository = repository(of);
    let title = format!("--title={}", says.title);
    let args = [
        "pr",
        "create",
        "--repo",
        &repository,
        "--head",
        branch,
        "--base",
        onto,
        &title,
        "--body-file",
        "-",
    ];
    of.run(&args, Some(&says.body)).await.map(drop)
}

pub(crate) async fn look(
    of: &ForgeProgram,
    number: u64,
    known: &[String],
) -> Result<PullRequestSeen, ForgeError> {
    let (repository, number) = (repository(of), number.to_string());
    let path = format!(
        "repos/{}/pulls/{number}/comments?per_page={COMMENTS_MAX}&sort=created&direction=desc",
        of.url.repository()
    );
    // Before the commit is read that the branch stands on, so that no comment is about a newer one.
    let lines = of
        .run(&["api", "--hostname", of.host(), &path], None)
        .await?;
    let args = [
        "pr",
        "view",
        &number,
        "--repo",
        &repository,
        "--json",
        FIELDS,
    ];
    let view = of.run(&args, None).await?;
    let unreadable = |error: serde_json::Error| of.unreadable(&error.to_string());
    let mut writers = Vec::new();
    let (asked, later) = authors(&view, &lines, known).map_err(unreadable)?;
    for login in asked {
        if may_write(of, &login).await? {
            writers.push(login);
        }
    }
    let mut seen = read_seen(&view, &lines, &writers).map_err(unreadable)?;
    seen.comments.retain(|comment| !later.contains(&comment.id));
    Ok(seen)
}

/// Whether somebody may write to the repository. What they are to its owner does not say that: members may only read.
async fn may_write(of: &ForgeProgram, login: &str) -> Result<bool, ForgeError> {
    #[derive(Deserialize)]
    struct Granted {
        permission: String,
    }
    let path = format!(
        "repos/{}/collaborators/{login}/permission",
        of.url.repository()
    );
    let args = ["api", "--hostname", of.host(), &path];
    let granted = of.ask::<Granted>(&args).await;
    let permission = said_of(granted)?.map(|granted| granted.permission);
    Ok(matches!(
        permission.as_deref(),
        Some("admin" | "maintain" | "write")
    ))
}

pub(crate) async fn is_within(
    of: &ForgeProgram,
    earlier: &str,
    later: &str,
) -> Result<bool, ForgeError> {
    let path = format!("repos/{}/compare/{earlier}...{later}", of.url.repository());
    // The files and their changes come along, which may be many.
    let args = ["api", "--hostname", of.host(), &path, "--jq", ".status"];
    let status = of.run(&args, None).await?;
    let status = String::from_utf8_lossy(&status);
    Ok(matches!(status.trim(), "ahead" | "identical"))
}

pub(crate) async fn log(of: &ForgeProgram, check: &FailedCheck) -> Result<String, ForgeError> {
    let Some(job) = check.url.as_deref().and_then(job) else {
        return Ok(String::new());
    };
    let repository = repository(of);
    let args = [
        "run",
        "view",
        "--repo",
        &repository,
        "--job",
        job,
        "--log-failed",
    ];
    let printed = of.run(&args, None).await?;
    Ok(shown::end(
        &String::from_utf8_lossy(&printed),
        LOG_BYTES_MAX,
    ))
}

/// The number of the job, in the address of a check that GitHub ran itself.
fn job(url: &str) -> Option<&str> {
    let (_, job) = url.split_once("/actions/runs/")?.1.split_once("/job/")?;
    let job = job.split(['?', '#', '/']).next()?;
    (!job.is_empty() && job.bytes().all(|byte| byte.is_ascii_digit())).then_some(job)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct View {
    state: String,
    head_ref_oid: String,
    #[serde(default)]
    merge_commit: Option<Commit>,
    #[serde(default)]
    comments: Vec<Comment>,
    #[serde(default)]
    reviews: Vec<Comment>,
    #[serde(default)]
    status_check_rollup: Option<Vec<Check>>,
}

#[derive(Deserialize)]
struct Commit {
    oid: String,
}

/// A comment, or a review.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment {
    id: String,
    #[serde(default)]
    author: Option<Author>,
    #[serde(default)]
    author_association: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    url: Option<String>,
}

#[derive(Deserialize)]
struct Author {
    #[serde(default)]
    login: String,
}

/// A comment on a line, as the interface for programs has it.
#[derive(Deserialize)]
struct OnLine {
    id: u64,
    #[serde(default)]
    user: Option<Author>,
    #[serde(default)]
    author_association: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    line: Option<u32>,
    #[serde(default)]
    original_line: Option<u32>,
    #[serde(default)]
    html_url: Option<String>,
}

/// A check that GitHub ran, or the state that somebody else gave.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Check {
    #[serde(default)]
    name: String,
    #[serde(default)]
    workflow_name: String,
    #[serde(default)]
    context: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    conclusion: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    details_url: Option<String>,
    #[serde(default)]
    target_url: Option<String>,
}

enum Outcome {
    Passed,
    Failed,
    Pending,
    /// Given up, or overtaken: nothing to wait for and nothing to mend.
    Void,
}

impl Check {
    fn outcome(&self) -> Outcome {
        let word = match (self.state.as_str(), self.status.as_str()) {
            ("", "COMPLETED") => self.conclusion.as_str(),
            ("", _) => "PENDING",
            (state, _) => state,
        };
        match word {
            "SUCCESS" | "NEUTRAL" | "SKIPPED" => Outcome::Passed,
            "PENDING" | "EXPECTED" | "ACTION_REQUIRED" => Outcome::Pending,
            "CANCELLED" | "STALE" => Outcome::Void,
            _ => Outcome::Failed,
        }
    }

    fn shown(&self) -> String {
        let name = match self.name.as_str() {
            "" => &self.context,
            name => name,
        };
        let name = match self.workflow_name.as_str() {
            "" => name.to_owned(),
            workflow => format!("{workflow} / {name}"),
        };
        shown::line(&name, NAME_CHARS_MAX)
    }
}

/// Who wrote what is not known yet, each once and no more than are asked about at a time: those first who have to do with the
/// repository, so that a crowd of others does not keep them from it. Beside them the comments of the others, which are for a
/// later look.
fn authors(
    view: &[u8],
    lines: &[u8],
    known: &[String],
) -> Result<(Vec<String>, Vec<String>), serde_json::Error> {
    let view: View = serde_json::from_slice(view)?;
    let lines: Vec<OnLine> = serde_json::from_slice(lines)?;
    let said = view.comments.iter().chain(&view.reviews).rev();
    let said = said.filter(|comment| !comment.body.trim().is_empty());
    let said = said.map(|comment| {
        let id = shown::line(&comment.id, NAME_CHARS_MAX);
        (id, comment.author.as_ref(), &comment.author_association)
    });
    let on_lines = lines.iter().filter(|line| !line.body.trim().is_empty());
    let on_lines = on_lines.map(|line| {
        let id = format!("line {}", line.id);
        (id, line.user.as_ref(), &line.author_association)
    });
    let new = said.chain(on_lines).filter(|(id, ..)| !known.contains(id));
    let named = new.filter_map(|(id, author, association)| {
        let login = author.map(|author| author.login.as_str())?;
        is_login(login).then_some((is_close(association), login, id))
    });
    let (close, others): (Vec<_>, Vec<_>) = named.partition(|(close, ..)| *close);
    let (mut authors, mut later) = (Vec::<String>::new(), Vec::new());
    for (_, login, id) in close.into_iter().chain(others) {
        if authors.iter().any(|asked| asked == login) {
            continue;
        }
        match authors.len() < AUTHORS_MAX {
            true => authors.push(login.to_owned()),
            false => later.push(id),
        }
    }
    Ok((authors, later))
}

/// What can stand in an address: the names of people, and not those of programs.
fn is_login(login: &str) -> bool {
    !login.is_empty()
        && login.len() <= NAME_CHARS_MAX
        && login
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn is_close(association: &str) -> bool {
    matches!(association, "OWNER" | "MEMBER" | "COLLABORATOR")
}

/// Reads what `gh pr view` and the list of comments on lines say; `writers` may write to the repository.
///
/// # Errors
/// What is no such answer.
pub fn read_seen(
    view: &[u8],
    lines: &[u8],
    writers: &[String],
) -> Result<PullRequestSeen, serde_json::Error> {
    let view: View = serde_json::from_slice(view)?;
    let lines: Vec<OnLine> = serde_json::from_slice(lines)?;
    let head = shown::line(&view.head_ref_oid, 64);
    let state = match view.state.as_str() {
        "MERGED" => SeenState::Merged {
            commit: view.merge_commit.map(|commit| shown::line(&commit.oid, 64)),
        },
        "CLOSED" => SeenState::Closed,
        _ => SeenState::Open,
    };
    let mut standing = Standing::default();
    let mut failed = Vec::new();
    for check in view.status_check_rollup.unwrap_or_default() {
        match check.outcome() {
            Outcome::Passed => standing.passed += 1,
            Outcome::Pending => standing.pending += 1,
            Outcome::Void => {}
            Outcome::Failed => {
                standing.failed += 1;
                let name = check.shown();
                let url = check.details_url.or(check.target_url);
                failed.push(FailedCheck {
                    id: format!("check {name} {head}"),
                    name,
                    url: url.and_then(|url| shown::link(&url)),
                    log: String::new(),
                });
            }
        }
    }
    failed.truncate(CHECKS_MAX);
    let said = view.comments.into_iter().rev().take(COMMENTS_MAX);
    let reviewed = view.reviews.into_iter().rev().take(COMMENTS_MAX);
    let said = said.chain(reviewed);
    let said = said.filter_map(|said| comment(said, writers));
    let lines = lines.into_iter().take(COMMENTS_MAX);
    let on_lines = lines.filter_map(|line| on_line(line, writers));
    let comments = said.chain(on_lines).collect();
    Ok(PullRequestSeen {
        state,
        head,
        standing,
        failed,
        comments,
    })
}

fn is_one_of(author: Option<&Author>, writers: &[String]) -> bool {
    author.is_some_and(|author| writers.contains(&author.login))
}

fn author(author: Option<Author>) -> String {
    let login = author.map_or_else(|| "somebody".to_owned(), |author| author.login);
    shown::line(&login, NAME_CHARS_MAX)
}

fn comment(comment: Comment, writers: &[String]) -> Option<ReviewComment> {
    // A review may be nothing but its comments on lines.
    if comment.body.trim().is_empty() {
        return None;
    }
    let may_write = is_one_of(comment.author.as_ref(), writers);
    Some(ReviewComment {
        id: shown::line(&comment.id, NAME_CHARS_MAX),
        author: author(comment.author),
        may_write,
        body: shown::beginning(&comment.body, BODY_BYTES_MAX),
        path: None,
        line: None,
        url: comment.url.and_then(|url| shown::link(&url)),
    })
}

fn on_line(comment: OnLine, writers: &[String]) -> Option<ReviewComment> {
    if comment.body.trim().is_empty() {
        return None;
    }
    let may_write = is_one_of(comment.user.as_ref(), writers);
    Some(ReviewComment {
        id: format!("line {}", comment.id),
        author: author(comment.user),
        may_write,
        body: shown::beginning(&comment.body, BODY_BYTES_MAX),
        path: comment.path.map(|path| shown::line(&path, 1024)),
        line: comment.line.or(comment.original_line),
        url: comment.html_url.and_then(|url| shown::link(&url)),
    })
}

#[cfg(test)]
mod tests;
