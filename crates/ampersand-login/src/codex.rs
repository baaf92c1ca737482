//! What Codex keeps: `auth.json`, with the tokens of an account or with a key. Pure.

use ampersand_http::Secret;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::held::{Held, claims, unreadable};
use crate::{Account, LoginError};

/// Codex as the provider knows it.
const CLIENT: &str = "app_EMoamEEZ73f0CkXaXp7hrann";

/// Where its claims stand in a token.
const CLAIMS: &str = "https://api.openai.com/auth";

/// What is kept in this text.
pub(crate) fn read(text: &str) -> Result<Held, LoginError> {
    let kept: Value =
        serde_json::from_str(text).map_err(|_| unreadable(Account::Codex, "it is no JSON"))?;
    let tokens = &kept["tokens"];
    if let Some(access) = token(&tokens["access_token"]) {
        let claimed = claims(access).unwrap_or_default();
        let id = token(&tokens["id_token"])
            .and_then(claims)
            .unwrap_or_default();
        let until = claimed["exp"].as_i64();
        let account = tokens["account_id"].as_str();
        return Ok(Held {
            access: Secret::new(access),
            refresh: token(&tokens["refresh_token"]).map(Secret::new),
            until: until.and_then(|at| Timestamp::from_second(at).ok()),
            account: account
                .or_else(|| claimed[CLAIMS]["chatgpt_account_id"].as_str())
                .map(str::to_owned),
            plan: [&id, &claimed]
                .iter()
                .find_map(|claims| claims[CLAIMS]["chatgpt_plan_type"].as_str())
                .map(str::to_owned),
            scopes: None,
            is_account: true,
        });
    }
    match token(&kept["OPENAI_API_KEY"]) {
        Some(key) => Ok(Held {
            access: Secret::new(key),
            refresh: None,
            until: None,
            account: None,
            plan: None,
            scopes: None,
            is_account: false,
        }),
        None => Err(LoginError::NotLoggedIn {
            account: Account::Codex,
        }),
    }
}

/// What new tokens are asked for with.
pub(crate) fn asks(refresh: &Secret) -> Value {
    json!({"client_id": CLIENT, "grant_type": "refresh_token", "refresh_token": refresh.expose()})
}

/// The text with the tokens of this answer in it, and everything else as it was.
pub(crate) fn renewed(text: &str, answer: &Value, now: Timestamp) -> Option<String> {
    let mut kept: Value = serde_json::from_str(text).ok()?;
    token(&answer["access_token"])?;
    for name in ["id_token", "access_token", "refresh_token"] {
        if let Some(new) = token(&answer[name]) {
            kept["tokens"][name] = new.into();
        }
    }
    kept["last_refresh"] = now.to_string().into();
    serde_json::to_string_pretty(&kept).ok()
}

fn token(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token as it is made, with these claims.
    fn made(claims: &Value) -> String {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    #[test]
    fn the_tokens_of_an_account_are_read_with_their_end_and_plan() {
        let access = made(&json!({"exp": 1_900_000_000}));
        let id = made(&json!({CLAIMS: {"chatgpt_plan_type": "pro"}}));
        let text = json!({"auth_mode": "chatgpt", "OPENAI_API_KEY": null, "last_refresh": "x", "tokens":
            {"id_token": id, "access_token": access, "refresh_token": "rt", "account_id": "acc"}});
        let held = read(&text.to_string()).unwrap();
        assert_eq!(held.access.expose(), access);
        assert_eq!(held.until.unwrap().as_second(), 1_900_000_000);
        assert_eq!(held.account.as_deref(), Some("acc"));
        assert_eq!(held.plan.as_deref(), Some("pro"));
        let before = Timestamp::from_second(1_900_000_000 - 301).unwrap();
        assert!(held.is_fresh(before));
        assert!(!held.is_fresh(Timestamp::from_second(1_900_000_000 - 299).unwrap()));
    }

    #[test]
    fn a_key_is_a_login_that_stays_and_nothing_is_none() {
        let held = read(r#"{"OPENAI_API_KEY":"sk-x"}"#).unwrap();
        assert_eq!((held.access.expose(), held.is_account), ("sk-x", false));
        assert!(held.is_fresh(Timestamp::MAX));
        for (text, code) in [
            ("{}", "login_missing"),
            (r#"{"tokens":null,"OPENAI_API_KEY":""}"#, "login_missing"),
            ("no", "login_unreadable"),
        ] {
            assert_eq!(read(text).unwrap_err().code(), code, "{text}");
        }
    }

    #[test]
    fn a_refreshed_login_keeps_what_the_answer_does_not_name() {
        let text = r#"{"mine":1,"tokens":{"id_token":"i","access_token":"a","refresh_token":"r","account_id":"c"}}"#;
        let answer = json!({"access_token": "a2", "refresh_token": "r2", "other": 1});
        let new = renewed(text, &answer, Timestamp::UNIX_EPOCH).unwrap();
        let new: Value = serde_json::from_str(&new).unwrap();
        let expected = json!({"mine": 1, "last_refresh": "1970-01-01T00:00:00Z", "tokens":
            {"id_token": "i", "access_token": "a2", "refresh_token": "r2", "account_id": "c"}});
        assert_eq!(new, expected);
        assert_eq!(
            renewed(text, &json!({"error": "no"}), Timestamp::UNIX_EPOCH),
            None
        );
    }
}
