//! What agents say: of others by their protocols, the built-in one by its tools.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ampersand_agent::strangers;
use ampersand_toolhost::{Call, Inbound, Outbound, Worktree};

use super::Target;
use crate::tree::with_tree;

pub(super) const ACP: Target = Target {
    name: "acp",
    read: |input| assert_eq!(strangers::acp(&String::from_utf8_lossy(input)), Ok(())),
    seeds: &[
        include_bytes!("../../../crates/ampersand-agent/src/acp/captures/edit.jsonl"),
        br#"{"id":1,"result":{"protocolVersion":1,"agentCapabilities":{"loadSession":true,"sessionCapabilities":{"resume":{}}},"_meta":{"steering":{"supported":true}}}}
{"id":2,"result":{"sessionId":"s"}}
{"method":"session/update","params":{"sessionId":"s","update":{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"a"}}}}
{"id":9,"method":"session/request_permission","params":{"sessionId":"s","toolCall":{"toolCallId":"t","kind":"execute","rawInput":{"command":"ls"}},"options":[{"optionId":"y","kind":"allow_once"},{"optionId":"n","kind":"reject_once"}]}}
+
> go on
{"method":"session/update","params":{"sessionId":"s","update":{"sessionUpdate":"tool_call","toolCallId":"t","kind":"edit","status":"pending","content":[{"type":"diff","path":"/w/a","oldText":"a","newText":"b"}],"locations":[{"path":"/w/a"}]}}}
{"id":3,"result":{"stopReason":"end_turn","usage":{"inputTokens":3,"outputTokens":2}}}
!"#,
    ],
    words: &[
        "session/update", "session/request_permission", "sessionUpdate", "agent_message_chunk", "tool_call",
        "tool_call_update", "plan", "stopReason", "end_turn", "cancelled", "max_tokens", "refusal", "result", "error", "id",
        "method", "params", "\n+\n", "\n-\n", "\n!\n", "\n> x\n", "completed", "failed", "allow_always",
    ],
    is_json: true,
};

pub(super) const CODEX: Target = Target {
    name: "codex",
    read: |input| assert_eq!(strangers::codex(&String::from_utf8_lossy(input)), Ok(())),
    seeds: &[
        include_bytes!("../../../crates/ampersand-agent/src/codex/captures/edit.jsonl"),
        br#"{"id":1,"result":{}}
{"id":2,"result":{"thread":{"id":"t"}}}
{"id":3,"result":{"turn":{"id":"u"}}}
{"id":9,"method":"item/commandExecution/requestApproval","params":{"threadId":"t","turnId":"u","itemId":"i","command":"ls","cwd":"/w"}}
+
> go on
{"method":"item/started","params":{"threadId":"t","item":{"id":"i","type":"commandExecution","command":"ls","status":"inProgress"}}}
{"method":"thread/tokenUsage/updated","params":{"threadId":"t","tokenUsage":{"total":{"inputTokens":3,"outputTokens":2}}}}
{"method":"account/rateLimits/updated","params":{"rateLimits":{"primary":{"usedPercent":38.5,"resetsAt":1790000000}}}}
{"method":"turn/completed","params":{"threadId":"t","turn":{"id":"u","status":"failed","error":{"message":"no","codexErrorInfo":"usageLimitExceeded"}}}}
!"#,
    ],
    words: &[
        "item/started", "item/completed", "item/agentMessage/delta", "turn/completed", "turn/started", "turn/diff/updated",
        "item/fileChange/requestApproval", "item/commandExecution/requestApproval", "threadId", "turnId", "itemId",
        "fileChange", "changes", "completed", "failed", "interrupted", "error", "willRetry", "\n+\n", "\n-\n", "\n!\n",
        "\n> x\n", "resetsAt", "usedPercent",
    ],
    is_json: true,
};

pub(super) const CONVERSATIONS: Target = Target {
    name: "conversations",
    read: |input| assert_eq!(strangers::conversation(input), Ok(())),
    seeds: &[
        br#"{"type":"session_meta","payload":{"id":"i","cwd":"/w","source":"cli","model_provider":"own"}}
{"type":"event_msg","payload":{"type":"user_message","message":"Fix it"}}
{"type":"event_msg","payload":{"type":"item_completed","item":{"type":"UserMessage","content":[{"type":"text","text":"Fix it"}]}}}
{"type":"event_msg","payload":{"type":"thread_settings_applied","thread_settings":{"model_provider_id":"own"}}}
{"type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":3,"cached_input_tokens":1,"output_tokens":2}}}}
"#,
        br#"{"type":"queue-operation"}
{"type":"user","cwd":"/w","sessionId":"s","isSidechain":false,"message":{"role":"user","content":"<command-name>/clear</command-name>"}}
{"type":"user","cwd":"/w","sessionId":"s","isSidechain":false,"message":{"role":"user","content":[{"type":"tool_result","content":"x"}]}}
{"type":"user","cwd":"/w","sessionId":"s","isMeta":false,"message":{"role":"user","content":[{"type":"text","text":"Fix it"}]}}
"#,
    ],
    words: &[
        "session_meta", "event_msg", "user_message", "item_completed", "UserMessage", "model_provider", "model_provider_id",
        "thread_settings", "total_token_usage", "payload", "source", "cwd", "user", "isSidechain", "isMeta", "content",
        "tool_result", "text", "\u{202e}", "\n", "ampersand",
    ],
    is_json: true,
};

/// What the tools answer, kept for nobody.
#[derive(Clone, Default)]
struct Answers(Arc<Mutex<Vec<u8>>>);

impl Write for Answers {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Serves all calls but those that would start a program, and looks that nothing beside the worktree changed.
fn serve(input: &[u8], worktree: &Path) {
    let lines = input.split(|byte| *byte == b'\n');
    let starts = |line: &[u8]| {
        let read = serde_json::from_slice(line);
        matches!(
            read,
            Ok(Inbound::Call {
                call: Call::Execute(_),
                ..
            })
        )
    };
    let calls: Vec<&[u8]> = lines.filter(|line| !starts(line)).collect();
    let opened = Worktree::open(worktree).expect("it was just made");
    let answers = Answers::default();
    // A line that is no request ends it, which is right.
    drop(ampersand_toolhost::serve(
        opened,
        calls.join(&b'\n').as_slice(),
        answers.clone(),
    ));
    let answers = answers.0.lock().unwrap_or_else(PoisonError::into_inner);
    for line in answers
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let read = serde_json::from_slice::<Outbound>(line);
        assert!(read.is_ok(), "{}", String::from_utf8_lossy(line));
    }
}

pub(super) const TOOL_CALLS: Target = Target {
    name: "tool-calls",
    read: |input| with_tree(|worktree| serve(input, worktree)),
    seeds: &[
        br#"{"kind":"call","id":1,"call":{"tool":"read","arguments":{"path":"a.txt","from_line":1,"lines":2}}}
{"kind":"call","id":2,"call":{"tool":"list","arguments":{"path":".","depth":2}}}
{"kind":"call","id":3,"call":{"tool":"search","arguments":{"pattern":"a+","path":"folder","limit":3}}}"#,
        br#"{"kind":"call","id":1,"call":{"tool":"edit","arguments":{"path":"a.txt","old":"one","new":"three"}}}
{"kind":"call","id":2,"call":{"tool":"write","arguments":{"path":"new/b.txt","content":"x"}}}"#,
        br#"{"kind":"call","id":1,"call":{"tool":"rename","arguments":{"from":"a.txt","to":"c.txt"}}}
{"kind":"cancel","id":1}
{"kind":"call","id":2,"call":{"tool":"delete","arguments":{"path":"out"}}}"#,
        br#"{"kind":"call","id":1,"call":{"tool":"find","arguments":{"pattern":"one"}}}
{"kind":"call","id":2,"call":{"tool":"scan"}}"#,
    ],
    words: &[
        "read", "list", "search", "edit", "write", "delete", "rename", "find", "scan", "path", "arguments", "../beside", "/",
        "out/x", "a.txt", "folder/link", ".git/config", "..", "pattern", "(?i)", "[a-z]{1000}", "literal", "pipe", "long",
    ],
    is_json: true,
};

pub(super) const TOOL_ANSWERS: Target = Target {
    name: "tool-answers",
    read: |input| {
        let Ok(read) = serde_json::from_slice::<Outbound>(input) else {
            return;
        };
        let again = serde_json::to_vec(&read).expect("it was read");
        let again = serde_json::from_slice::<Outbound>(&again);
        assert_eq!(again.ok(), Some(read));
    },
    seeds: &[
        br#"{"kind":"output","id":1,"text":"a"}"#,
        br#"{"kind":"progress","id":1,"line":"a","files":3}"#,
        br#"{"kind":"done","id":1,"reply":{"kind":"executed","ended":{"name":"exited","status":0},"output":"a","took_ms":3}}"#,
        br#"{"kind":"done","id":1,"reply":{"kind":"changed","text":"a","paths":["b"]}}"#,
        br#"{"kind":"refused","id":1,"failure":{"code":"a","message":"b","hint":"c"}}"#,
    ],
    words: &["kind", "id", "reply", "scanned", "found", "survey", "report", "signalled", "timed_out"],
    is_json: true,
};
