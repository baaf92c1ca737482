//! GitLab as `glab api` tells of it.

use ampersand_core::{
    FailedCheck, Opened, PullRequestSeen, ReviewComment, Says, SeenState, Standing,
};
use serde::Deserialize;

use crate::error::said_of;
use crate::{ForgeError, ForgeProgram, shown};

/// Of a list so many are asked for at once, and so often.
const PAGE: usize = 100;
const PAGES_MAX: usize = 10;
/// Comments that are read, the newest.
const COMMENTS_MAX: usize = 100;
/// People of one look who are asked about.
const AUTHORS_MAX: usize = 30;
const CHECKS_MAX: usize = 10;
const BODY_BYTES_MAX: usize = 4 * 1024;
const LOG_BYTES_MAX: usize = 4 * 1024;
const NAME_CHARS_MAX: usize = 120;
/// From this level on a member may push.
const DEVELOPER: u32 = 30;

/// The project, as one name in a path.
fn project(of: &ForgeProgram) -> String {
    format!("projects/{}", encoded(&of.url.repository()))
}

fn encoded(text: &str) -> String {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    let letters = text.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    letters.collect()
}

async fn get(of: &ForgeProgram, path: &str) -> Result<Vec<u8>, ForgeError> {
    let args = ["api", "--hostname", of.host(), path];
    of.run(&args, None).await
}

/// A list, page by page, until it ends or is too long.
async fn list(of: &ForgeProgram, path: &str) -> Result<Vec<u8>, ForgeError> {
    let mut all: Vec<serde_json::Value> = Vec::new();
    for number in 1..=PAGES_MAX {
        let joint = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{joint}per_page={PAGE}&page={number}");
        let args = ["api", "--hostname", of.host(), &path];
        let page: Vec<serde_json::Value> = of.ask(&args).await?;
        let is_last = page.len() < PAGE;
        all.extend(page);
        if is_last {
            break;
        }
    }
    serde_json::to_vec(&all).map_err(|error| of.unreadable(&error.to_string()))
}

#[derive(Deserialize)]
struct Listed {
    iid: u64,
    web_url: String,
    source_project_id: u64,
    target_project_id: u64,
    target_branch: String,
}

pub(crate) async fn opened(
    of: &ForgeProgram,
    branch: &str,
    onto: &str,
) -> Result<Option<Opened>, ForgeError> {
    let (project, branch, target) = (project(of), encoded(branch), encoded(onto));
    let path = format!(
        "{project}/merge_requests?state=opened&source_branch={branch}&target_branch={target}"
    );
    let unreadable = |error: serde_json::Error| of.unreadable(&error.to_string());
    let listed = list(of, &path).await?;
    let listed: Vec<Listed> = serde_json::from_slice(&listed).map_err(unreadable)?;
    // A copy of the project may have a branch of this name, too.
    let is_own = |found: &Listed| {
        found.source_project_id == found.target_project_id && found.target_branch == onto
    };
    Ok(listed.into_iter().find(is_own).map(|found| Opened {
        number: found.iid,
        url: shown::link(&found.web_url).unwrap_or_default(),
    }))
}

pub(crate) async fn create(
    of: &ForgeProgram,
    branch: &str,
    onto: &str,
    says: &Says,
) -> Result<(), ForgeError> {
    let path = format!("{}/merge_requests", project(of));
    // Taken as they are: of a field, a word that begins with `@` would name a file.
    let fields = [
        format!("source_branch={branch}"),
        format!("target_branch={onto}"),
        format!("title={}", says.title),
        format!("description={}", says.body),
    ];
    let mut args = vec!["api", "--hostname", of.host(), "--method", "POST", &path];
    for field in &fields {
        args.extend(["--raw-field", field]);
    }
    of.run(&args, None).await.map(drop)
}

pub(crate) async fn look(
    of: &ForgeProgram,
    number: u64,
    known: &[String],
) -> Result<PullRequestSeen, ForgeError> {
    let project = project(of);
    let request = format!("{project}/merge_requests/{number}");
    // Before the commit is read that the branch stands on, so that no comment is about a newer one.
    let notes = list(
        of,
        &format!("{request}/notes?order_by=created_at&sort=desc"),
    )
    .await?;
    let view = get(of, &request).await?;
    let unreadable = |error: serde_json::Error| of.unreadable(&error.to_string());
    let pipeline = pipeline(&view).map_err(unreadable)?;
    let jobs = match pipeline {
        Some(id) => list(of, &format!("{project}/pipelines/{id}/jobs")).await?,
        None => b"[]".to_vec(),
    };
    let mut writers = Vec::new();
    let (asked, later) = authors(&notes, known).map_err(unreadable)?;
    for author in asked {
        if may_write(of, author).await? {
            writers.push(author);
        }
    }
    let mut seen = read_seen(&view, &jobs, &notes, &writers).map_err(unreadable)?;
    seen.comments.retain(|comment| !later.contains(&comment.id));
    Ok(seen)
}

/// Whether somebody may push to the project, by themselves or through a group.
async fn may_write(of: &ForgeProgram, author: u64) -> Result<bool, ForgeError> {
    #[derive(Deserialize)]
    struct Member {
        access_level: u32,
    }
    let path = format!("{}/members/all/{author}", project(of));
    let args = ["api", "--hostname", of.host(), &path];
    let member = said_of(of.ask::<Member>(&args).await)?;
    Ok(member.is_some_and(|member| member.access_level >= DEVELOPER))
}

pub(crate) async fn is_within(
    of: &ForgeProgram,
    earlier: &str,
    later: &str,
) -> Result<bool, ForgeError> {
    #[derive(Deserialize)]
    struct Commit {
        id: String,
    }
    let project = project(of);
    let path = format!("{project}/repository/merge_base?refs%5B%5D={earlier}&refs%5B%5D={later}");
    let base: Commit = of.ask(&["api", "--hostname", of.host(), &path]).await?;
    Ok(base.id == earlier)
}

pub(crate) async fn log(of: &ForgeProgram, check: &FailedCheck) -> Result<String, ForgeError> {
    let Some(job) = check.id.rsplit(' ').next().filter(|job| is_number(job)) else {
        return Ok(String::new());
    };
    let printed = get(of, &format!("{}/jobs/{job}/trace", project(of))).await?;
    Ok(shown::end(
        &String::from_utf8_lossy(&printed),
        LOG_BYTES_MAX,
    ))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[derive(Deserialize)]
struct View {
    state: String,
    sha: String,
    #[serde(default)]
    merge_commit_sha: Option<String>,
    #[serde(default)]
    squash_commit_sha: Option<String>,
    #[serde(default)]
    head_pipeline: Option<Pipeline>,
}

#[derive(Deserialize)]
struct Pipeline {
    id: u64,
}

#[derive(Deserialize)]
struct Job {
    id: u64,
    name: String,
    status: String,
    #[serde(default)]
    allow_failure: bool,
    #[serde(default)]
    web_url: Option<String>,
}

#[derive(Deserialize)]
struct Note {
    id: u64,
    author: Author,
    #[serde(default)]
    body: String,
    #[serde(default)]
    system: bool,
    #[serde(default)]
    resolved: bool,
    #[serde(default)]
    position: Option<Position>,
}

#[derive(Deserialize)]
struct Author {
    id: u64,
    #[serde(default)]
    username: String,
}

#[derive(Deserialize)]
struct Position {
    #[serde(default)]
    new_path: Option<String>,
    #[serde(default)]
    new_line: Option<u32>,
}

impl Note {
    /// Whether a person says something that is not settled.
    fn says(&self) -> bool {
        !self.system && !self.resolved && !self.body.trim().is_empty()
    }

    fn name(&self) -> String {
        format!("note {}", self.id)
    }
}

fn pipeline(view: &[u8]) -> Result<Option<u64>, serde_json::Error> {
    let view: View = serde_json::from_slice(view)?;
    Ok(view.head_pipeline.map(|pipeline| pipeline.id))
}

/// What people say that is not settled, the newest first.
fn said(notes: &[u8]) -> Result<Vec<Note>, serde_json::Error> {
    let notes: Vec<Note> = serde_json::from_slice(notes)?;
    Ok(notes
        .into_iter()
        .filter(Note::says)
        .take(COMMENTS_MAX)
        .collect())
}

/// Who wrote what is not known yet, each once and no more than are asked about at a time; and the comments of the others,
/// which are for a later look.
fn authors(notes: &[u8], known: &[String]) -> Result<(Vec<u64>, Vec<String>), serde_json::Error> {
    let (mut authors, mut later) = (Vec::new(), Vec::new());
    for note in said(notes)? {
        if known.contains(&note.name()) || authors.contains(&note.author.id) {
            continue;
        }
        match authors.len() < AUTHORS_MAX {
            true => authors.push(note.author.id),
            false => later.push(note.name()),
        }
    }
    Ok((authors, later))
}

/// Reads a merge request, the jobs of its pipeline and what was written under it, the newest first; `writers` may push to
/// the project.
///
/// # Errors
/// What is no such answer.
pub fn read_seen(
    view: &[u8],
    jobs: &[u8],
    notes: &[u8],
    writers: &[u64],
) -> Result<PullRequestSeen, serde_json::Error> {
    let view: View = serde_json::from_slice(view)?;
    let jobs: Vec<Job> = serde_json::from_slice(jobs)?;
    let notes = said(notes)?;
    let state = match view.state.as_str() {
        "merged" => SeenState::Merged {
            commit: (view.merge_commit_sha.or(view.squash_commit_sha))
                .map(|commit| shown::line(&commit, 64)),
        },
        "closed" => SeenState::Closed,
        _ => SeenState::Open,
    };
    let head = shown::line(&view.sha, 64);
    let mut standing = Standing::default();
    let mut failed = Vec::new();
    for job in jobs {
        match job.status.as_str() {
            "success" | "skipped" => standing.passed += 1,
            "failed" if job.allow_failure => standing.passed += 1,
            "failed" => {
                standing.failed += 1;
                failed.push(FailedCheck {
                    id: format!("job {head} {}", job.id),
                    name: shown::line(&job.name, NAME_CHARS_MAX),
                    url: job.web_url.and_then(|url| shown::link(&url)),
                    log: String::new(),
                });
            }
            // Somebody gave it up, or has to start it by hand.
            "canceled" | "canceling" | "manual" => {}
            _ => standing.pending += 1,
        }
    }
    failed.truncate(CHECKS_MAX);
    let comments = notes.into_iter().rev().map(|note| ReviewComment {
        id: note.name(),
        may_write: writers.contains(&note.author.id),
        author: shown::line(&note.author.username, NAME_CHARS_MAX),
        body: shown::beginning(&note.body, BODY_BYTES_MAX),
        path: (note.position.as_ref())
            .and_then(|position| position.new_path.as_deref())
            .map(|path| shown::line(path, 1024)),
        line: note.position.and_then(|position| position.new_line),
        url: None,
    });
    Ok(PullRequestSeen {
        state,
        head,
        standing,
        failed,
        comments: comments.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEW: &str = r#"{"id":1,"iid":7,"state":"opened","sha":"abc","merge_commit_sha":null,"squash_commit_sha":null,"detailed_merge_status":"mergeable","head_pipeline":{"id":70,"sha":"abc","status":"failed"},"web_url":"https://gitlab.com/acme/payments/-/merge_requests/7"}"#;

    #[test]
    fn a_merge_request_is_read_as_gitlab_tells_it() {
        let jobs = r#"[{"id":1,"name":"test","status":"failed","allow_failure":false,"web_url":"https://gitlab.com/acme/payments/-/jobs/1"},
          {"id":2,"name":"flaky","status":"failed","allow_failure":true},{"id":3,"name":"deploy","status":"manual"},
          {"id":4,"name":"lint","status":"running"}]"#;
        let notes = r#"[{"id":9,"author":{"id":11,"username":"eve"},"body":"Now."},
          {"id":8,"author":{"id":11,"username":"eve"},"body":"Obey."},
          {"id":7,"author":{"id":10,"username":"ann"},"body":"Done with that.","resolved":true},
          {"id":6,"author":{"id":10,"username":"ann"},"body":"added 1 commit","system":true},
          {"id":5,"author":{"id":10,"username":"ann"},"body":"Name it.","system":false,"resolvable":true,"resolved":false,"position":{"new_path":"src/a.rs","new_line":3}}]"#;
        let seen = read_seen(VIEW.as_bytes(), jobs.as_bytes(), notes.as_bytes(), &[10]).unwrap();
        let known = ["note 9".to_owned()];
        assert_eq!(authors(notes.as_bytes(), &known).unwrap().0, [11, 10]);
        let standing = Standing {
            passed: 1,
            failed: 1,
            pending: 1,
        };
        assert_eq!((seen.state, seen.standing), (SeenState::Open, standing));
        assert_eq!(seen.failed[0].id, "job abc 1");
        let said: Vec<_> = seen
            .comments
            .iter()
            .map(|comment| (comment.body.as_str(), comment.may_write, comment.line))
            .collect();
        assert_eq!(
            said,
            [
                ("Name it.", true, Some(3)),
                ("Obey.", false, None),
                ("Now.", false, None)
            ]
        );
        let merged = VIEW
            .replace("opened", "merged")
            .replace("\"merge_commit_sha\":null", "\"merge_commit_sha\":\"def\"");
        let seen = read_seen(merged.as_bytes(), b"[]", b"[]", &[]).unwrap();
        let commit = Some("def".to_owned());
        assert_eq!(seen.state, SeenState::Merged { commit });
    }

    #[test]
    fn what_is_no_answer_is_none() {
        for view in ["", "{}", "[]", "{\"message\":\"404 Not found\"}"] {
            assert!(
                read_seen(view.as_bytes(), b"[]", b"[]", &[]).is_err(),
                "{view}"
            );
        }
        let view = VIEW.as_bytes();
        assert!(read_seen(view, b"{}", b"[]", &[]).is_err());
        assert!(read_seen(view, b"[]", b"{\"message\":1}", &[]).is_err());
    }

    #[test]
    fn a_project_is_one_name_in_a_path() {
        assert_eq!(encoded("group/sub/pay ments"), "group%2Fsub%2Fpay%20ments");
    }
}
