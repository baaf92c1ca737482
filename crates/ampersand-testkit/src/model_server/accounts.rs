//! The provider of accounts: gives new tokens for one that refreshes, each once, and says how much of an account is used.
//! Which token is good is told by its words.

use std::time::{SystemTime, UNIX_EPOCH};

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

/// What Google says of an account that has a plan.
pub(super) fn plan() -> Value {
    let tier = json!({"id": "standard-tier", "name": "Scripted", "hasOnboardedPreviously": true});
    json!({"currentTier": tier, "allowedTiers": [tier], "cloudaicompanionProject": "scripted"})
}

/// What Google says of a token that is good.
pub(super) fn token_info() -> Value {
    json!({"email": "nobody@ampersand.invalid", "expires_in": 3_600,
        "scope": "https://www.googleapis.com/auth/cloud-platform"})
}

/// What of an account is used: so much of a window that begins anew in an hour.
pub(super) fn usage(used_percent: u8) -> Value {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    json!({"rate_limit": {"primary_window": {"used_percent": used_percent,
        "limit_window_seconds": 18_000, "reset_at": now.as_secs() + 3_600}}})
}
