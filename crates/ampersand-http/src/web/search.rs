//! Web search at the endpoint the user set. The endpoint is theirs, so it may be on this machine.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Client, Headers, HttpError, Secret, host_policy::parse_url, web::reduce_html};

/// The most hits of one search.
const MAX_HITS: usize = 10;
/// The most of one hit's text.
const MAX_SNIPPET_BYTES: usize = 500;

/// Where searches go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchEngine {
    /// A SearXNG-compatible endpoint with JSON switched on.
    Searxng {
        /// Its address; `/search` is appended unless it ends so.
        url: Url,
    },
    /// Brave Search.
    Brave {
        /// Its address; [`SearchEngine::BRAVE_URL`] unless somebody keeps their own.
        url: Url,
        /// The subscription's key.
        key: Secret,
    },
}

impl SearchEngine {
    /// Where Brave Search answers.
    pub const BRAVE_URL: &'static str = "https://api.search.brave.com/res/v1/web/search";
}

/// One thing found. All of it is data from a stranger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Its title, without markup.
    pub title: String,
    /// Where it is: http or https, checked for deceit, not for being allowed.
    pub url: String,
    /// A few words of it, without markup.
    pub snippet: String,
}

/// Searches. At most ten hits, in the engine's order.
pub async fn search(
    client: &Client,
    engine: &SearchEngine,
    query: &str,
) -> Result<Vec<Hit>, HttpError> {
    let (url, headers) = request(engine, query);
    let answer = client.get_json(&url, &headers).await?;
    let (list, snippet) = match engine {
        SearchEngine::Searxng { .. } => (answer.pointer("/results"), "content"),
        SearchEngine::Brave { .. } => (answer.pointer("/web/results"), "description"),
    };
    let list = list
        .and_then(serde_json::Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    Ok(list
        .iter()
        .filter_map(|entry| hit(entry, snippet))
        .take(MAX_HITS)
        .collect())
}

fn request(engine: &SearchEngine, query: &str) -> (Url, Headers) {
    match engine {
        SearchEngine::Searxng { url } => {
            let mut url = url.clone();
            let path = url.path().trim_end_matches('/').to_owned();
            if !path.ends_with("/search") {
                url.set_path(&format!("{path}/search"));
            }
            url.query_pairs_mut()
                .append_pair("q", query)
                .append_pair("format", "json");
            (url, Headers::new())
        }
        SearchEngine::Brave { url, key } => {
            let mut url = url.clone();
            url.query_pairs_mut().append_pair("q", query);
            (
                url,
                Headers::new().secret("X-Subscription-Token", "", key.clone()),
            )
        }
    }
}

fn hit(entry: &serde_json::Value, snippet: &str) -> Option<Hit> {
    let text = |key: &str| {
        entry
            .get(key)
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
    };
    let url = parse_url(text("url"))
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        // `https://known.example@other.example/` leads to the other.
        .filter(|url| url.username().is_empty() && url.password().is_none())?;
    let plain = |key: &str| {
        let mut plain = reduce_html(text(key))
            .text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        plain.truncate(plain.floor_char_boundary(MAX_SNIPPET_BYTES));
        plain
    };
    Some(Hit {
        title: plain("title"),
        url: url.into(),
        snippet: plain(snippet),
    })
}
