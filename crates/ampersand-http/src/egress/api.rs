//! What an agent may ask of its model endpoint: methods and paths for each API, and the headers that go along.
//!
//! Everything else on the same host is somebody's account: files, batches, stored answers, administration.

/// The way an agent speaks to its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// OpenAI's older API, which nearly everybody serves.
    ChatCompletions,
    /// OpenAI's newer API.
    Responses,
    /// Anthropic's API.
    AnthropicMessages,
    /// Google's API.
    Gemini,
}

/// A request that is allowed, as it goes to the endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    /// What follows the endpoint's base address, without a slash in front.
    pub(super) tail: String,
    /// What may stay of the query.
    pub(super) query: Option<String>,
}

impl Api {
    /// Methods and paths; `*` stands for a name within one segment.
    fn paths(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::ChatCompletions => &[
                ("POST", "chat/completions"),
                ("GET", "models"),
                ("GET", "models/*"),
            ],
            Self::Responses => &[
                ("POST", "responses"),
                ("POST", "responses/compact"),
                ("POST", "responses/input_tokens"),
                ("GET", "models"),
                ("GET", "models/*"),
            ],
            Self::AnthropicMessages => &[
                ("POST", "messages"),
                ("POST", "messages/count_tokens"),
                ("GET", "models"),
                ("GET", "models/*"),
            ],
            Self::Gemini => &[
                ("POST", "models/*:generateContent"),
                ("POST", "models/*:streamGenerateContent"),
                ("POST", "models/*:countTokens"),
                ("GET", "models"),
                ("GET", "models/*"),
            ],
        }
    }

    /// What the base address ends in where agents build their own paths on it.
    fn root(self) -> &'static str {
        match self {
            Self::Gemini => "/v1beta/",
            Self::ChatCompletions | Self::Responses | Self::AnthropicMessages => "/v1/",
        }
    }

    /// The route of a request, or `None` if this API does not have it. `target` is path and query.
    pub(super) fn route(self, method: &str, target: &str) -> Option<Route> {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let tail = path.strip_prefix(self.root())?;
        let fits = |(wanted, pattern): &(&str, &str)| *wanted == method && matches(pattern, tail);
        self.paths().iter().any(fits).then(|| Route {
            tail: tail.to_owned(),
            query: query.and_then(kept_query),
        })
    }
}

/// The API in which an answer to this path streams, if it does.
pub(super) fn streams(path: &str) -> Option<Api> {
    const ENDS: [(&str, Api); 5] = [
        ("/chat/completions", Api::ChatCompletions),
        ("/responses", Api::Responses),
        ("/responses/compact", Api::Responses),
        ("/messages", Api::AnthropicMessages),
        (":streamGenerateContent", Api::Gemini),
    ];
    let of = |(end, api): &(&str, Api)| path.ends_with(end).then_some(*api);
    ENDS.iter().find_map(of)
}

/// Whether a request asks the model for an answer, and not only what there is or how long something is.
pub(super) fn asks(method: &str, path: &str) -> bool {
    let counts = ["count_tokens", "input_tokens", ":countTokens"];
    method == "POST" && !counts.iter().any(|count| path.ends_with(count))
}

fn matches(pattern: &str, tail: &str) -> bool {
    let mut segments = tail.split('/');
    let all = pattern.split('/').all(|wanted| {
        let Some(segment) = segments.next() else {
            return false;
        };
        match wanted.strip_prefix('*') {
            None => segment == wanted,
            Some(suffix) => segment.strip_suffix(suffix).is_some_and(is_name),
        }
    });
    all && segments.next().is_none()
}

/// A model's name, and nothing a server could read as a path, an escape or an action.
fn is_name(text: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && !text.starts_with('.') && text.bytes().all(fine)
}

/// Only parameters known to shape an answer stay; a key can be written into a query too.
fn kept_query(query: &str) -> Option<String> {
    const KEPT: [&str; 8] = [
        "after_id",
        "alt",
        "before_id",
        "beta",
        "client_version",
        "limit",
        "pageSize",
        "pageToken",
    ];
    let plain = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~'))
    };
    let kept: Vec<_> = query
        .split('&')
        .filter(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            KEPT.contains(&name) && plain(value)
        })
        .collect();
    (!kept.is_empty()).then(|| kept.join("&"))
}

/// Whether an agent's header goes to the model. A list of what may pass, because a list of what may not would have to
/// know every name a key can travel under. `name` in lower case.
pub(super) fn header_passes(name: &str) -> bool {
    const WHOLE: [&str; 14] = [
        "accept",
        "accept-language",
        "content-type",
        "conversation_id",
        "idempotency-key",
        "openai-beta",
        "originator",
        "session-id",
        "session_id",
        "thread-id",
        "user-agent",
        "version",
        "x-app",
        "x-client-request-id",
    ];
    const FRONT: [&str; 6] = [
        "anthropic-beta",
        "anthropic-version",
        "x-codex-",
        "x-goog-api-client",
        // In which form tools travel; without it the answer means nothing.
        "x-openai-internal-codex-",
        "x-stainless-",
    ];
    WHOLE.contains(&name) || FRONT.iter().any(|front| name.starts_with(front))
}

#[cfg(test)]
mod tests {
    use super::{Api, Route, asks, header_passes};

    fn tail(api: Api, method: &str, target: &str) -> Option<String> {
        api.route(method, target).map(|route| route.tail)
    }

    #[test]
    fn each_api_has_its_paths_and_no_others() {
        use Api::{AnthropicMessages, ChatCompletions, Gemini, Responses};
        for (api, method, target, expected) in [
            (ChatCompletions, "POST", "/v1/chat/completions", true),
            (ChatCompletions, "GET", "/v1/models/gpt-6", true),
            (ChatCompletions, "POST", "/v1/responses", false),
            (ChatCompletions, "GET", "/v1/chat/completions", false),
            (ChatCompletions, "POST", "/v1/files", false),
            (ChatCompletions, "POST", "/chat/completions", false),
            (ChatCompletions, "POST", "/v1/chat/completions/", false),
            (ChatCompletions, "POST", "/v1//chat/completions", false),
            (ChatCompletions, "POST", "/v1/chat%2fcompletions", false),
            (ChatCompletions, "POST", "/v1/x/../chat/completions", false),
            (ChatCompletions, "DELETE", "/v1/models/gpt-6", false),
            (ChatCompletions, "GET", "/v1/models/..", false),
            (ChatCompletions, "GET", "/v1/models/a/b", false),
            (ChatCompletions, "GET", "/v1/models/", false),
            (Responses, "POST", "/v1/responses", true),
            (Responses, "POST", "/v1/responses/compact", true),
            (Responses, "GET", "/v1/responses/resp_1", false),
            (Responses, "GET", "/v1/responses/resp_1/input_items", false),
            (Responses, "POST", "/v1/uploads", false),
            (AnthropicMessages, "POST", "/v1/messages", true),
            (AnthropicMessages, "POST", "/v1/messages/batches", false),
            (AnthropicMessages, "POST", "/v1/files", false),
            (AnthropicMessages, "GET", "/v1/organizations/me", false),
            (Gemini, "POST", "/v1beta/models/g-3:generateContent", true),
            (
                Gemini,
                "POST",
                "/v1beta/models/g-3:streamGenerateContent",
                true,
            ),
            (Gemini, "POST", "/v1beta/models/g-3:tune", false),
            (Gemini, "POST", "/v1beta/models/g:x:generateContent", false),
            (Gemini, "POST", "/upload/v1beta/files", false),
            (Gemini, "POST", "/v1beta/cachedContents", false),
        ] {
            let found = tail(api, method, target);
            assert_eq!(found.is_some(), expected, "{api:?} {method} {target}");
        }
    }

    #[test]
    fn looking_and_counting_is_not_asking() {
        for (method, path, expected) in [
            ("POST", "/v1/responses", true),
            ("POST", "/v1beta/models/g-3:streamGenerateContent", true),
            ("GET", "/v1/models", false),
            ("POST", "/v1/responses/input_tokens", false),
            ("POST", "/v1/messages/count_tokens", false),
            ("POST", "/v1beta/models/g-3:countTokens", false),
        ] {
            assert_eq!(asks(method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn of_a_query_only_what_shapes_the_answer_stays() {
        let route = |target| Api::AnthropicMessages.route("POST", target);
        let kept = |query: Option<&str>| {
            Some(Route {
                tail: "messages".into(),
                query: query.map(str::to_owned),
            })
        };
        assert_eq!(route("/v1/messages?beta=true"), kept(Some("beta=true")));
        assert_eq!(
            route("/v1/messages?key=sk-own&beta=true&x"),
            kept(Some("beta=true"))
        );
        assert_eq!(route("/v1/messages?alt=a%0d%0ab"), kept(None));
    }

    #[test]
    fn no_header_that_could_hold_a_key_passes() {
        for name in [
            "content-type",
            "anthropic-version",
            "x-stainless-os",
            "x-codex-turn-state",
            "x-openai-internal-codex-responses-lite",
            "thread-id",
        ] {
            assert!(header_passes(name), "{name}");
        }
        for name in [
            "authorization",
            "x-api-key",
            "api-key",
            "x-goog-api-key",
            "cookie",
            "host",
            "openai-organization",
            "openai-project",
            "chatgpt-account-id",
            "x-forwarded-for",
            "accept-encoding",
            "content-length",
            "connection",
        ] {
            assert!(!header_passes(name), "{name}");
        }
    }
}
