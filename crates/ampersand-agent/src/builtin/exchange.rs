//! One request and its answer, never while the gate is closed: an answer under way is abandoned.

use ampersand_core::Usage;
use ampersand_model::{Call, Delta, Model, ModelError, Request, Stop};
use futures::StreamExt;
use tokio::sync::watch;

use crate::event::AgentEvent;
use crate::host::Gate;
use crate::runtime::Attempt;

/// A whole answer.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) text: String,
    pub(super) calls: Vec<Call>,
    pub(super) stop: Stop,
    pub(super) usage: Usage,
}

/// The answer, or nothing if it was abandoned: what is asked next may have to say more than this did.
pub(super) async fn exchange(
    model: &Model,
    request: &Request,
    gate: &mut watch::Receiver<Gate>,
    attempt: &Attempt,
) -> Result<Option<Turn>, ModelError> {
    let answer = tokio::select! {
        biased;
        () = until(gate, Gate::Closed) => None,
        answer = listen(model, request, attempt) => Some(answer?),
    };
    if answer.is_none() {
        let text = "\n[stood still; asked again]\n".to_owned();
        attempt.tell(AgentEvent::Said { text }).await;
    }
    Ok(answer)
}

/// Waits until the attempt may go on.
pub(super) async fn open(gate: &mut watch::Receiver<Gate>) {
    until(gate, Gate::Open).await;
}

async fn until(gate: &mut watch::Receiver<Gate>, state: Gate) {
    if gate.wait_for(|now| *now == state).await.is_err() {
        // Without a host there is nothing to go on for; the attempt is about to be dropped.
        std::future::pending().await
    }
}

async fn listen(model: &Model, request: &Request, attempt: &Attempt) -> Result<Turn, ModelError> {
    let mut deltas = model.stream(request);
    let usage = Usage {
        requests: 1,
        ..Usage::default()
    };
    // An answer that ends without saying so was cut.
    let mut turn = Turn {
        text: String::new(),
        calls: Vec::new(),
        stop: Stop::Length,
        usage,
    };
    while let Some(delta) = deltas.next().await {
        match delta? {
            Delta::Text { text } => {
                turn.text.push_str(&text);
                attempt.tell(AgentEvent::Said { text }).await;
            }
            Delta::Call { call, .. } => turn.calls.push(call),
            Delta::Usage {
                input_tokens,
                output_tokens,
                cached_tokens,
            } => {
                turn.usage = Usage {
                    input_tokens,
                    cached_tokens,
                    output_tokens,
                    requests: 1,
                    cost_microdollars: 0,
                };
            }
            Delta::Done { stop } => turn.stop = stop,
        }
    }
    Ok(turn)
}
