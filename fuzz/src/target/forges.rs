//! What forges' programs print, and the addresses of remotes.

use ampersand_core::{PullRequestSeen, RemoteUrl};
use ampersand_forge::{read_github, read_gitlab};

use super::{Target, pieces};

/// Nothing in it commands a terminal or is larger than a card.
fn is_fit(seen: &PullRequestSeen) {
    let hides = |ch: char| ch.is_control() && !matches!(ch, '\n' | '\t');
    let lines = seen
        .failed
        .iter()
        .flat_map(|check| [&check.id, &check.name]);
    let lines = lines.chain(
        seen.comments
            .iter()
            .flat_map(|comment| [&comment.id, &comment.author]),
    );
    for line in lines.chain([&seen.head]) {
        assert!(!line.contains(|ch: char| ch.is_control()), "{line:?}");
        assert!(line.chars().count() < 512, "{line:?}");
    }
    for comment in &seen.comments {
        assert!(!comment.body.contains(hides), "{:?}", comment.body);
        assert!(comment.body.len() < 5 * 1024);
    }
    let urls = seen
        .comments
        .iter()
        .filter_map(|comment| comment.url.as_ref());
    for url in urls.chain(seen.failed.iter().filter_map(|check| check.url.as_ref())) {
        assert!(url.starts_with("https://"), "{url}");
    }
}

pub(super) const FORGES: Target = Target {
    name: "forges",
    read: |input| {
        let pieces = pieces(input);
        let piece = |at: usize| pieces.get(at).copied().unwrap_or(b"[]");
        if let Ok(seen) = read_github(piece(0), piece(1), &["ann".to_owned()]) {
            is_fit(&seen);
        }
        if let Ok(seen) = read_gitlab(piece(0), piece(1), piece(2), &[10]) {
            is_fit(&seen);
        }
    },
    seeds: &[
        br#"{"state":"OPEN","headRefOid":"abc","mergeCommit":{"oid":"d"},"comments":[{"id":"IC_1","author":{"login":"ann"},"authorAssociation":"MEMBER","body":"Why?","url":"https://github.com/a/b"}],"reviews":[],"statusCheckRollup":[{"name":"test","workflowName":"CI","status":"COMPLETED","conclusion":"FAILURE","detailsUrl":"https://github.com/a/b/actions/runs/1/job/2"},{"context":"ci","state":"PENDING","targetUrl":"x"}]}"#,
        br#"{"state":"opened","sha":"abc","merge_commit_sha":null,"head_pipeline":{"id":1}}"#,
    ],
    words: &[
        "\u{1b}[31m", "\u{202e}", "null", "OPEN", "MERGED", "merged", "failed", "SUCCESS", "author", "body", "notes", "[]",
        "{}", "https://",
    ],
    is_json: true,
};

pub(super) const REMOTES: Target = Target {
    name: "remotes",
    read: |input| {
        let text = String::from_utf8_lossy(input);
        let Ok(url) = RemoteUrl::parse(&text) else {
            return;
        };
        let shown = url.to_string();
        // What is pushed to is what was understood, and nothing git takes for anything else.
        assert_eq!(RemoteUrl::parse(&shown), Ok(url), "{shown}");
        assert!(!shown.contains("::") && !shown.starts_with('-'), "{shown}");
        let known = ["https://", "ssh://", "file:///"];
        assert!(known.iter().any(|way| shown.starts_with(way)), "{shown}");
    },
    seeds: &[
        b"https://user:key@github.com/acme/payments.git",
        b"git@gitlab.com:group/sub/payments.git",
        b"ssh://git@git.example.org:2222/acme/x",
        b"file:///srv/acme/x.git",
        b"ext::sh -c x",
    ],
    words: &[
        "ext::",
        "--upload-pack=",
        "-oProxyCommand=",
        "@",
        ":",
        "//",
        "..",
        "~",
        "%2f",
        "git@",
        ".git",
        "https://",
        "ssh://",
    ],
    is_json: false,
};
