//! A conversation's past, made up.

use ampersand_core::{Message, MessageBody, MessageId, ReplyState};
use ampersand_store::Conversation;
use jiff::Timestamp;
use uuid::Uuid;

/// With what answers about code usually have in them.
const ANSWER: &str = "\
Two of them: the one for **sessions** and the one for **webhooks**. Both compare the token a client sent with the one \
that was stored, and both stop at the first byte that differs:

```rust
pub fn matches(token: &str, other: &str) -> bool {
    token == other
}
```

- `src/auth/session.rs` is reached by everybody
- `src/auth/webhook.rs` only by those who know its address
";

/// A question and its answer.
pub(crate) fn exchange(conversation: &Conversation) -> [Message; 2] {
    let message = |body| Message {
        id: MessageId::new(Uuid::now_v7()),
        position: conversation.next_position(),
        at: Timestamp::now(),
        body,
    };
    let said = message(MessageBody::Said {
        text: "Which of the handlers compare tokens in variable time?".to_owned(),
        understood: None,
    });
    let reply = message(MessageBody::Reply {
        text: ANSWER.to_owned(),
        to: said.id,
        state: ReplyState::Done,
        left_out: None,
    });
    [said, reply]
}
