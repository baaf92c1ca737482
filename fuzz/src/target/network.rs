//! What comes over sockets: frames, answers of models, requests of agents, pages.

use ampersand_core::Api;
use ampersand_http::web::reduce_html;
use ampersand_http::{egress, strangers};

use super::{Target, pieces};

pub(super) const FRAMES: Target = Target {
    name: "frames",
    read: |input| {
        let reading = ampersand_link::strangers::frames(input);
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let read = runtime.expect("it waits for nothing").block_on(reading);
        assert_eq!(read, Ok(()));
    },
    seeds: &[
        br#"{"frame":"hello","hello":{"protocol":2,"build":"0.1.0","pid":7}}
{"frame":"subscribe","after":0}
{"frame":"request","id":"01890a5d-ac96-774b-bcce-b302099a8057","command":{"command":"pause","tasks":["01890a5d-ac96-774b-bcce-b302099a8057"]}}"#,
        br#"{"frame":"hello","hello":{"protocol":2,"build":"0.1.0","pid":7},"newest":3}
{"frame":"reply","id":"01890a5d-ac96-774b-bcce-b302099a8057","outcome":{"Err":{"code":"a","message":"b","hint":"c"}}}
{"frame":"activity","activity":{"task":"01890a5d-ac96-774b-bcce-b302099a8057","line":"x"}}"#,
    ],
    words: &[
        "frame", "hello", "request", "command", "submit_plan", "cancel", "pause", "resume", "tasks", "plan", "event",
        "reply", "outcome", "Ok", "Err", "activity", "01890a5d-ac96-774b-bcce-b302099a8057", "2026-01-01T00:00:00Z",
    ],
    is_json: true,
};

/// Whole or in pieces, an answer says the same.
fn read_answer(api: Api, input: &[u8]) {
    let pieces = pieces(input);
    let cut = ampersand_model::strangers::answer(api, &pieces);
    let whole = pieces.concat();
    let whole = ampersand_model::strangers::answer(api, &[&whole]);
    // The words of the error hold what came; the deltas are what is acted on.
    assert_eq!(cut.0, whole.0);
    assert_eq!(cut.1.is_ok(), whole.1.is_ok());
}

pub(super) const CHAT_COMPLETIONS: Target = Target {
    name: "chat-completions",
    read: |input| read_answer(Api::ChatCompletions, input),
    seeds: &[
        br#"data: {"id":"1","choices":[{"delta":{"content":"a"}}]}

data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"read","arguments":"{\"path\":"}}]}}]}

data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"a\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":7,"completion_tokens":2}}

data: [DONE]

"#,
        b"data: {\"error\":{\"message\":\"no\",\"code\":\"rate_limit_exceeded\"}}\n\n",
    ],
    words: &[
        "data: ", "event: error", "choices", "delta", "content", "refusal", "tool_calls", "index", "function", "arguments",
        "finish_reason", "stop", "length", "usage", "prompt_tokens", "[DONE]", "error", ": ping", "\r\n\r\n", "message",
    ],
    is_json: true,
};

pub(super) const RESPONSES: Target = Target {
    name: "responses",
    read: |input| read_answer(Api::Responses, input),
    seeds: &[
        br#"event: response.created
data: {"type":"response.created","response":{"id":"r"}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","delta":"a","output_index":0}

event: response.output_item.added
data: {"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","call_id":"c","name":"read","arguments":""}}

event: response.function_call_arguments.delta
data: {"type":"response.function_call_arguments.delta","output_index":1,"delta":"{}"}

event: response.output_item.done
data: {"type":"response.output_item.done","output_index":1,"item":{"type":"function_call","call_id":"c","name":"read","arguments":"{}"}}

event: response.completed
data: {"type":"response.completed","response":{"id":"r","usage":{"input_tokens":7,"output_tokens":2,"input_tokens_details":{"cached_tokens":1}}}}

"#,
    ],
    words: &[
        "data: ", "event: ", "type", "response.completed", "response.incomplete", "response.failed", "error",
        "response.refusal.delta", "incomplete_details", "max_output_tokens", "output_index", "item_id", "function_call",
        "call_id", "arguments", "message", "code", "usage", "\n\n",
    ],
    is_json: true,
};

pub(super) const MESSAGES: Target = Target {
    name: "messages",
    read: |input| read_answer(Api::AnthropicMessages, input),
    seeds: &[
        br#"event: message_start
data: {"type":"message_start","message":{"id":"m","usage":{"input_tokens":7,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"c","name":"read","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":2}}

event: message_stop
data: {"type":"message_stop"}

"#,
        b"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"no\"}}\n\n",
    ],
    words: &[
        "data: ", "event: ", "type", "ping", "content_block_start", "content_block_delta", "index", "tool_use", "thinking",
        "input_json_delta", "partial_json", "stop_reason", "max_tokens", "refusal", "pause_turn", "usage", "error", "\n\n",
    ],
    is_json: true,
};

pub(super) const REQUESTS: Target = Target {
    name: "requests",
    read: |input| assert_eq!(egress::strangers::request(input), Ok(())),
    seeds: &[
        b"POST /v1/messages?beta=true HTTP/1.1\r\nHost: 127.0.0.1:4911\r\nX-Api-Key: a\r\nContent-Length: 2\r\n\r\n",
        b"POST /v1/responses HTTP/1.1\r\nHost: localhost:4911\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"CONNECT open.test:443 HTTP/1.1\r\nHost: open.test:443\r\n\r\n",
        b"CONNECT port.test:8443 HTTP/1.0\r\n\r\n",
        b"GET http://open.test/a?b HTTP/1.1\r\nHost: open.test\r\nProxy-Authorization: Basic YTpi\r\n\r\n",
        b"POST /v1beta/models/m:streamGenerateContent?alt=sse HTTP/1.1\r\nHost: [::1]:4911\r\nContent-Length: 2\r\n\r\n",
    ],
    words: &[
        "CONNECT ", "GET ", "http://", "https://", "open.test", "port.test:8443", "model.test", ":443", ":80", "@", "%2e",
        "%2f", "../", "//", "?", "#", "\\", "\r\n", "Host: ", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n",
        "Upgrade: h2c\r\n", "[::1]", "127.0.0.1", "0x7f.1", ".", "/v1/", "HTTP/1.1", "\t", "%00",
    ],
    is_json: false,
};

const SECRET: &[u8] = b"sk-secret-secret";

pub(super) const REDACTION: Target = Target {
    name: "redaction",
    read: |input| {
        let pieces = pieces(input);
        let cut = egress::strangers::redacted(SECRET, &pieces);
        let holds = |text: &[u8]| text.windows(SECRET.len()).any(|part| part == SECRET);
        assert!(!holds(&cut));
        let whole = pieces.concat();
        let whole = egress::strangers::redacted(SECRET, &[&whole]);
        assert_eq!(cut, whole);
    },
    seeds: &[
        b"key sk-secret\xff-secret!",
        b"sk-sk-secret-sk-secret-secret",
    ],
    words: &["sk-", "secret", "-", "sk-secret-secret"],
    is_json: false,
};

pub(super) const PAGES: Target = Target {
    name: "pages",
    read: |input| {
        let page = String::from_utf8_lossy(input);
        let reduced = reduce_html(&page);
        assert!(reduced.text.len() <= page.len() * 3 + 64, "it grew to {}", reduced.text.len());
        assert!(!reduced.title.contains('\n'));
        let hides = |ch: char| {
            (ch.is_control() && !matches!(ch, '\n' | '\t')) || matches!(ch, '\u{202a}'..='\u{202e}')
        };
        assert!(!reduced.text.contains(hides), "{:?}", reduced.text);
        assert!(!reduced.title.contains(hides), "{:?}", reduced.title);
    },
    seeds: &[
        b"<!doctype html><html><head><title>A &amp; b</title><style>x</style></head><body><h1>H</h1><p>one<br>two<ul><li>a<li>b</ul><table><tr><td>1<td>2</table><pre>  code\n</pre><script>x</script><!-- c --></body></html>",
        b"&#x41;&#128;&notin;&unknown;&#xFFFFFFFF; <a href='x\">y'>z</a>",
    ],
    words: &[
        "<", ">", "</", "<!--", "-->", "<title>", "</title>", "<script>", "<pre>", "<li>", "<td>", "<textarea>", "&#", "&#x",
        "&amp;", "&rlm;", "&#8238;", "&#27;", "\"", "'", "=", "<![CDATA[", "<svg>", "<plaintext>", "<h1>", "<br>",
    ],
    is_json: false,
};

pub(super) const ADDRESSES: Target = Target {
    name: "addresses",
    read: |input| {
        let text = String::from_utf8_lossy(input);
        let (first, second) = text.split_once('\n').unwrap_or((&text, ""));
        assert_eq!(strangers::address(first), Ok(()));
        strangers::retry_after(first, Some(second));
        strangers::retry_after(first, None);
    },
    seeds: &[
        b"https://docs.example/a?b#c",
        b"120",
        b"Wed, 21 Oct 2026 07:28:00 GMT\nWed, 21 Oct 2026 07:27:00 GMT",
    ],
    words: &[
        "http://",
        "https://",
        "@",
        ":",
        "[::1]",
        "127.1",
        "%2f",
        "xn--",
        "\u{ff0e}",
        "Wed, ",
        " GMT",
        " Oct ",
        "2026",
        "-",
        "99999999999",
        "07:28:00",
        ".",
    ],
    is_json: false,
};
