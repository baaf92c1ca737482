//! What Claude Code keeps where there is no keychain for it: `.credentials.json`. Pure.

use ampersand_http::Secret;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::held::{Held, unreadable};
use crate::{Account, LoginError};

/// Claude Code as the provider knows it.
const CLIENT: &str = "9d1c250a-e61b-44d9-88ed-5944d1962f5e";

/// Where the login stands in the file.
const PART: &str = "claudeAiOauth";

/// What is kept in this text.
pub(crate) fn read(text: &str) -> Result<Held, LoginError> {
    let kept: Value =
        serde_json::from_str(text).map_err(|_| unreadable(Account::Claude, "it is no JSON"))?;
    let login = &kept[PART];
    let Some(access) = token(&login["accessToken"]) else {
        return Err(LoginError::NotLoggedIn {
            account: Account::Claude,
        });
    };
    let until = login["expiresAt"].as_i64().filter(|at| *at > 0);
    let scopes = login["scopes"].as_array().map(|scopes| {
        let scopes: Vec<&str> = scopes.iter().filter_map(Value::as_str).collect();
        scopes.join(" ")
    });
    Ok(Held {
        access: Secret::new(access),
        refresh: token(&login["refreshToken"]).map(Secret::new),
        until: until.and_then(|at| Timestamp::from_millisecond(at).ok()),
        account: None,
        plan: login["subscriptionType"].as_str().map(str::to_owned),
        scopes: scopes.filter(|scopes| !scopes.is_empty()),
        is_account: true,
    })
}

/// What new tokens are asked for with.
pub(crate) fn asks(refresh: &Secret, scopes: Option<&str>) -> Value {
    let mut asks = json!({"grant_type": "refresh_token", "refresh_token": refresh.expose(), "client_id": CLIENT});
    if let Some(scopes) = scopes {
        asks["scope"] = scopes.into();
    }
    asks
}

/// The text with the tokens of this answer in it, and everything else as it was.
pub(crate) fn renewed(text: &str, answer: &Value, now: Timestamp) -> Option<String> {
    let mut kept: Value = serde_json::from_str(text).ok()?;
    let login = &mut kept[PART];
    login["accessToken"] = token(&answer["access_token"])?.into();
    if let Some(refresh) = token(&answer["refresh_token"]) {
        login["refreshToken"] = refresh.into();
    }
    if let Some(seconds) = answer["expires_in"].as_i64() {
        let until = now.checked_add(SignedDuration::from_secs(seconds)).ok()?;
        login["expiresAt"] = until.as_millisecond().into();
    }
    serde_json::to_string(&kept).ok()
}

fn token(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"other":{"a":1},"claudeAiOauth":{"accessToken":"a","refreshToken":"r",
        "expiresAt":1900000000000,"scopes":["user:inference","user:profile"],"subscriptionType":"max"}}"#;

    #[test]
    fn a_login_is_read_with_its_end_and_what_it_may_do() {
        let held = read(TEXT).unwrap();
        assert_eq!(held.until.unwrap().as_second(), 1_900_000_000);
        assert_eq!(held.plan.as_deref(), Some("max"));
        let asks = asks(held.refresh.as_ref().unwrap(), held.scopes.as_deref());
        assert_eq!(asks["scope"], "user:inference user:profile");
        assert_eq!(asks["refresh_token"], "r");
        let logged_out = r#"{"claudeAiOauth":{"accessToken":"","refreshToken":"","expiresAt":0}}"#;
        assert_eq!(read(logged_out).unwrap_err().code(), "login_missing");
    }

    #[test]
    fn a_refreshed_login_keeps_what_the_answer_does_not_name() {
        let answer = json!({"access_token": "a2", "expires_in": 60});
        let new = renewed(TEXT, &answer, Timestamp::UNIX_EPOCH).unwrap();
        let new: Value = serde_json::from_str(&new).unwrap();
        assert_eq!(new["other"], json!({"a": 1}));
        assert_eq!(new[PART]["accessToken"], "a2");
        assert_eq!(new[PART]["refreshToken"], "r");
        assert_eq!(new[PART]["expiresAt"], 60_000);
    }
}
