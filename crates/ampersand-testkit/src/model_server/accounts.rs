//! The provider of accounts: gives new tokens for one that refreshes, each once. Which is good is told by its words.

use serde_json::{Value, json};

use super::gate::Gate;

/// What is answered to a refresh with this body, the `nth`: status and body. `over` is over; `slow` is over too, once the gate is open.
pub(super) async fn refreshed(body: &Value, nth: usize, gate: &Gate) -> (u16, Value) {
    let token = body["refresh_token"].as_str().unwrap_or_default();
    if token == "slow" {
        gate.pass().await;
    }
    match token {
        "" | "over" | "slow" => (400, json!({"error": "invalid_grant"})),
        _ => (
            200,
            json!({"access_token": format!("access-{nth}"), "refresh_token": format!("refreshed-{nth}"),
                "expires_in": 3600}),
        ),
    }
}
