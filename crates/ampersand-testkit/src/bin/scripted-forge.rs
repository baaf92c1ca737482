//! Plays `gh` and `glab`, by the name it is started under: answers in their JSON from what a test says stands in the folder
//! above its own, and writes down how it was called.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    env,
    fs::OpenOptions,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use ampersand_testkit::forge::{
    ForgeCheck, ForgeComment, Mischief, OpenedThere, Stands, calls_in, is_within, open, opened,
    stands, tip,
};
use serde_json::{Value, json};

const PULL: u64 = 12;
const PAGE: &str = "https://github.com/acme/payments";

fn main() -> ExitCode {
    let mut args = env::args_os().map(|arg| arg.to_string_lossy().into_owned());
    let me = PathBuf::from(args.next().unwrap_or_default());
    let args: Vec<String> = args.collect();
    let folder = me.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    let name = me
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    write_down(folder, &name, &args);
    let stands = stands(folder);
    match stands.mischief {
        Mischief::None => {}
        other => return mischief(other),
    }
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match (name.as_str(), &words[..]) {
        (_, ["auth", "status", ..]) => match stands.logged_out {
            true => complain(
                "You are not logged into any hosts. To log in, run: gh auth login",
                1,
            ),
            false => ExitCode::SUCCESS,
        },
        _ if stands.logged_out => complain(
            "To get started with GitHub CLI, please run:  gh auth login",
            4,
        ),
        ("gh", ["pr", "list", ..]) => say(&list(folder, &stands)),
        ("gh", ["pr", "create", ..]) => create(folder, &words),
        ("gh", ["pr", "view", ..]) => say(&view(folder, &stands)),
        ("gh", ["api", "--hostname", _, path, ..]) => gh(folder, &stands, path),
        ("gh", ["run", "view", ..]) => log(&stands, &words),
        ("glab", ["api", ..]) => glab(folder, &stands, &words),
        (name, words) => complain(&format!("unknown command {words:?} for {name:?}"), 1),
    }
}

fn write_down(folder: &Path, name: &str, args: &[String]) {
    let line = format!("{name} {}\n", args.join(" ").replace('\n', " "));
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(calls_in(folder))
        .unwrap();
    file.write_all(line.as_bytes()).unwrap();
}

fn mischief(which: Mischief) -> ExitCode {
    let mut out = io::stdout().lock();
    match which {
        Mischief::None => {}
        Mischief::Endless => while out.write_all(&[b'x'; 65536]).is_ok() {},
        Mischief::Garbage => out.write_all(b"\x1b[31m{\"state\": \xff").unwrap(),
        Mischief::Prompt => {
            write!(out, "? Where should we push? ").unwrap();
            let mut answer = String::new();
            io::stdin().read_to_string(&mut answer).unwrap();
            if answer.is_empty() {
                return complain("prompt: EOF", 1);
            }
        }
        Mischief::Unreachable => {
            return complain(
                "error connecting to api.github.com\ncheck your internet connection",
                1,
            );
        }
    }
    ExitCode::SUCCESS
}

fn complain(words: &str, code: u8) -> ExitCode {
    let mut err = io::stderr().lock();
    writeln!(err, "{words}").unwrap();
    ExitCode::from(code)
}

fn say(value: &Value) -> ExitCode {
    let mut out = io::stdout().lock();
    writeln!(out, "{value}").unwrap();
    ExitCode::SUCCESS
}

/// What follows a flag.
fn after<'a>(words: &[&'a str], flag: &str) -> &'a str {
    let at = words.iter().position(|word| *word == flag);
    at.and_then(|at| words.get(at + 1)).copied().unwrap_or("")
}

fn head(folder: &Path) -> String {
    let there = opened(folder).unwrap_or_default();
    tip(&folder.join("acme/payments.git"), &there.branch).unwrap_or_default()
}

fn list(folder: &Path, stands: &Stands) -> Value {
    let mut listed = Vec::new();
    if stands.has_doubles {
        listed.push(json!({
            "number": 13, "url": format!("{PAGE}/pull/13"), "isCrossRepository": true,
        }));
    }
    if opened(folder).is_some() && stands.state == "open" {
        listed.push(json!({
            "number": PULL, "url": format!("{PAGE}/pull/{PULL}"), "isCrossRepository": false,
        }));
    }
    Value::from(listed)
}

fn gh(folder: &Path, stands: &Stands, path: &str) -> ExitCode {
    const REPOSITORY: &str = "repos/acme/payments/";
    let path = path.strip_prefix(REPOSITORY).unwrap_or_default();
    match path.split(['?', '/']).collect::<Vec<_>>()[..] {
        ["pulls", _, "comments", ..] => say(&on_lines(stands)),
        ["collaborators", login, "permission"] => say(&json!({
            "permission": if may_write(stands, login) { "write" } else { "read" },
        })),
        ["compare", both] => {
            let (earlier, later) = both.split_once("...").unwrap_or_default();
            let status = match is_within(&folder.join("acme/payments.git"), earlier, later) {
                true => "ahead",
                false => "diverged",
            };
            let mut out = io::stdout().lock();
            writeln!(out, "{status}").unwrap();
            ExitCode::SUCCESS
        }
        _ => complain("gh: Not Found (HTTP 404)", 1),
    }
}

fn may_write(stands: &Stands, login: &str) -> bool {
    let mut said = stands.comments.iter();
    said.any(|comment| comment.author == login && comment.may_write)
}

fn create(folder: &Path, words: &[&str]) -> ExitCode {
    let mut body = String::new();
    io::stdin().read_to_string(&mut body).unwrap();
    let title = words.iter().find_map(|word| word.strip_prefix("--title="));
    let there = OpenedThere {
        branch: after(words, "--head").to_owned(),
        onto: after(words, "--base").to_owned(),
        title: title.unwrap_or_default().to_owned(),
        body,
    };
    if tip(&folder.join("acme/payments.git"), &there.branch).is_none() {
        return complain(
            "pull request create failed: GraphQL: Head ref must be a branch",
            1,
        );
    }
    open(folder, &there);
    let mut out = io::stdout().lock();
    writeln!(out, "{PAGE}/pull/{PULL}").unwrap();
    ExitCode::SUCCESS
}

fn current(stands: &Stands, head: &str) -> impl Iterator<Item = (usize, ForgeCheck)> {
    let checks = stands.checks.clone().into_iter().enumerate();
    let head = head.to_owned();
    checks.filter(move |(_, check)| check.commit == head)
}

fn view(folder: &Path, stands: &Stands) -> Value {
    let head = head(folder);
    let checks = current(stands, &head).map(|(at, check)| {
        let (status, conclusion) = match check.outcome.as_str() {
            "pending" => ("IN_PROGRESS", String::new()),
            outcome => ("COMPLETED", outcome.to_uppercase()),
        };
        json!({
            "__typename": "CheckRun", "name": check.name, "workflowName": "CI", "status": status,
            "conclusion": conclusion, "startedAt": "2026-11-30T07:59:00Z", "completedAt": "2026-11-30T08:00:00Z",
            "detailsUrl": format!("{PAGE}/actions/runs/7/job/{at}"),
        })
    });
    let said = stands
        .comments
        .iter()
        .filter(|comment| comment.place.is_none());
    let comments = said.map(|comment| {
        json!({
            "id": format!("IC_{}", comment.id), "author": { "login": comment.author },
            "authorAssociation": "MEMBER", "body": comment.body,
            "createdAt": "2026-11-30T08:00:00Z", "url": format!("{PAGE}/pull/{PULL}#issuecomment-{}", comment.id),
        })
    });
    let merged = (stands.state == "merged").then(|| json!({ "oid": head }));
    json!({
        "state": stands.state.to_uppercase(), "headRefOid": head, "mergeCommit": merged,
        "comments": comments.collect::<Vec<_>>(), "reviews": [],
        "statusCheckRollup": checks.collect::<Vec<_>>(),
    })
}

fn on_lines(stands: &Stands) -> Value {
    let on_lines = stands.comments.iter().filter_map(|comment| {
        let (path, line) = comment.place.as_ref()?;
        Some(json!({
            "id": comment.id, "user": { "login": comment.author, "type": "User" },
            "author_association": "MEMBER", "body": comment.body, "path": path, "line": line,
            "html_url": format!("{PAGE}/pull/{PULL}#discussion_r{}", comment.id),
        }))
    });
    Value::from(on_lines.collect::<Vec<_>>())
}

fn log(stands: &Stands, words: &[&str]) -> ExitCode {
    let job: Option<usize> = after(words, "--job").parse().ok();
    match job.and_then(|job| stands.checks.get(job)) {
        Some(check) => {
            io::stdout().lock().write_all(check.log.as_bytes()).unwrap();
            ExitCode::SUCCESS
        }
        None => complain("failed to get job: HTTP 404: Not Found", 1),
    }
}

fn glab(folder: &Path, stands: &Stands, words: &[&str]) -> ExitCode {
    const PROJECT: &str = "projects/acme%2Fpayments/";
    let mut paths = words.iter().filter_map(|word| word.strip_prefix(PROJECT));
    let path = paths.next().unwrap_or_default();
    let page = "https://gitlab.com/acme/payments/-/merge_requests/12";
    let field = |name: &str| {
        let mut fields = words.iter().filter_map(|word| word.strip_prefix(name));
        fields.next().unwrap_or_default().to_owned()
    };
    let head = head(folder);
    match path.split(['?', '/']).collect::<Vec<_>>()[..] {
        ["merge_requests"] if after(words, "--method") == "POST" => {
            let there = OpenedThere {
                branch: field("source_branch="),
                onto: field("target_branch="),
                title: field("title="),
                body: field("description="),
            };
            open(folder, &there);
            say(&json!({ "iid": PULL, "web_url": page }))
        }
        ["merge_requests", _] if path.contains('?') => say(&merge_requests(folder, stands, page)),
        ["merge_requests", "12"] => {
            let state = match stands.state.as_str() {
                "open" => "opened",
                other => other,
            };
            say(&json!({
                "id": 1, "iid": PULL, "state": state, "sha": head, "merge_commit_sha": null,
                "head_pipeline": { "id": number_of(&head), "sha": head, "status": "running" }, "web_url": page,
            }))
        }
        ["merge_requests", "12", "notes", ..] => say(&page_of(notes(stands), path)),
        ["repository", "merge_base", ..] => merge_base(folder, path),
        ["pipelines", id, "jobs", ..] => {
            // A pipeline is of one commit, whatever the branch stands on by now.
            let of = |check: &&ForgeCheck| number_of(&check.commit).to_string() == id;
            let commit = stands.checks.iter().find(of).map(|check| &check.commit);
            let jobs = current(stands, commit.map_or("", String::as_str)).map(|(at, check)| {
                let status = match check.outcome.as_str() {
                    "failure" => "failed",
                    "pending" => "running",
                    other => other,
                };
                json!({ "id": at, "name": check.name, "status": status })
            });
            say(&page_of(jobs.collect(), path))
        }
        ["jobs", job, "trace"] => log(stands, &["--job", job]),
        ["members", "all", id] => {
            let mut said = stands.comments.iter();
            let is_theirs = |comment: &&ForgeComment| number_of(&comment.author).to_string() == id;
            match said.any(|comment| is_theirs(&comment) && comment.may_write) {
                true => say(&json!({ "access_level": 40 })),
                false => complain("404 Not Found", 1),
            }
        }
        _ => complain(&format!("404 Not Found: {path}"), 1),
    }
}

fn merge_requests(folder: &Path, stands: &Stands, page: &str) -> Value {
    let one = |number: u64, source: u64, onto: &str| {
        json!({
            "iid": number, "web_url": page, "state": "opened", "source_project_id": source,
            "target_project_id": 1, "target_branch": onto,
        })
    };
    let mut listed = Vec::new();
    if stands.has_doubles {
        listed.extend([one(13, 2, "main"), one(14, 1, "elsewhere")]);
    }
    if let Some(there) = opened(folder) {
        listed.push(one(PULL, 1, &there.onto));
    }
    Value::from(listed)
}

/// Newest first, those of GitLab's own before all others.
fn notes(stands: &Stands) -> Vec<Value> {
    let own = (0..stands.own_notes).map(|at| {
        json!({
            "id": 100_000 + at, "author": { "id": 1, "username": "ann" }, "body": "added 1 commit",
            "system": true,
        })
    });
    let said = stands.comments.iter().rev().map(|comment| {
        let place = comment.place.as_ref();
        json!({
            "id": comment.id, "body": comment.body, "system": false,
            "author": { "id": number_of(&comment.author), "username": comment.author },
            "position": place.map(|(path, line)| json!({ "new_path": path, "new_line": line })),
        })
    });
    own.chain(said).collect()
}

/// The number of somebody, or of a commit's pipeline.
fn number_of(name: &str) -> u64 {
    name.bytes()
        .fold(7, |number, byte| number * 31 % 65_521 + u64::from(byte))
}

/// What of a list is on the page that is asked for.
fn page_of(all: Vec<Value>, path: &str) -> Value {
    let field = |name: &str| {
        let mut fields = path.split(['?', '&']);
        let found = fields.find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        found.and_then(|number| number.parse::<usize>().ok())
    };
    let (size, number) = (field("per_page").unwrap_or(20), field("page").unwrap_or(1));
    let before = number.saturating_sub(1) * size;
    Value::from(all.into_iter().skip(before).take(size).collect::<Vec<_>>())
}

fn merge_base(folder: &Path, path: &str) -> ExitCode {
    let refs: Vec<&str> = path
        .split(['?', '&'])
        .filter_map(|field| field.strip_prefix("refs%5B%5D="))
        .collect();
    match refs[..] {
        [earlier, later] if is_within(&folder.join("acme/payments.git"), earlier, later) => {
            say(&json!({ "id": earlier }))
        }
        _ => complain("404 Merge Base Not Found", 1),
    }
}
