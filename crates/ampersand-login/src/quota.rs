//! How much of an account is used: asked where its own program asks, and read as that is answered.

use ampersand_core::{AgentLoginSettings, QuotaWindow};
use ampersand_http::{Client, HttpError, Url};
use jiff::Timestamp;
use serde_json::Value;

use crate::{Account, Fresh, LoginError};

/// What a request with a Claude account has to say of itself.
const OAUTH: (&str, &str) = ("anthropic-beta", "oauth-2025-04-20");

/// The windows of the account that this login is of.
pub(crate) async fn read(
    login: &Fresh,
    set: &AgentLoginSettings,
) -> Result<Vec<QuotaWindow>, LoginError> {
    if !login.held.is_account {
        return Ok(Vec::new());
    }
    let account = login.whose;
    let failed = |error: HttpError| LoginError::NoQuota { account, error };
    let (path, headers) = match account {
        Account::Codex => ("wham/usage", login.headers()),
        Account::Claude => ("api/oauth/usage", login.headers().plain(OAUTH.0, OAUTH.1)),
    };
    let url = beside(login.base(set), path).ok_or_else(|| {
        let why = "the address of the model is none".to_owned();
        failed(HttpError::Invalid { why })
    })?;
    let client = Client::new().map_err(failed)?;
    let answer = client.get_json(&url, &headers).await.map_err(failed)?;
    Ok(match account {
        Account::Codex => codex(&answer),
        Account::Claude => claude(&answer),
    })
}

/// Where the account is asked about: in place of the last part of where the model is.
fn beside(base: &str, path: &str) -> Option<Url> {
    let (front, _) = base.trim_end_matches('/').rsplit_once('/')?;
    Url::parse(&format!("{front}/{path}")).ok()
}

fn codex(answer: &Value) -> Vec<QuotaWindow> {
    let limit = &answer["rate_limit"];
    let windows = ["primary_window", "secondary_window"].map(|name| &limit[name]);
    let told = windows.into_iter().filter_map(|window| {
        let seconds = window["limit_window_seconds"].as_u64();
        let resets_at = window["reset_at"].as_i64();
        Some(QuotaWindow {
            used_percent: percent(window["used_percent"].as_f64()?),
            minutes: seconds.and_then(|seconds| u32::try_from(seconds / 60).ok()),
            resets_at: resets_at.and_then(|at| Timestamp::from_second(at).ok()),
        })
    });
    told.collect()
}

fn claude(answer: &Value) -> Vec<QuotaWindow> {
    let windows = [("five_hour", 5 * 60), ("seven_day", 7 * 24 * 60)];
    let told = windows.into_iter().filter_map(|(name, minutes)| {
        let window = &answer[name];
        let resets_at = window["resets_at"].as_str();
        Some(QuotaWindow {
            used_percent: percent(window["utilization"].as_f64()?),
            minutes: Some(minutes),
            resets_at: resets_at.and_then(|at| at.parse().ok()),
        })
    });
    told.collect()
}

/// A beginning counts as whole.
fn percent(used: f64) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within bounds by then"
    )]
    let used = used.clamp(0.0, 100.0).ceil() as u8;
    used
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn windows_are_read_as_each_provider_tells_them() {
        let window = |used_percent, minutes, at: &str| QuotaWindow {
            used_percent,
            minutes: Some(minutes),
            resets_at: Some(at.parse().unwrap()),
        };
        let answer = json!({"plan_type": "plus", "rate_limit": {"allowed": true, "limit_reached": false,
            "primary_window": {"used_percent": 42, "limit_window_seconds": 18_000, "reset_at": 1_900_000_000},
            "secondary_window": {"used_percent": 5, "limit_window_seconds": 604_800, "reset_at": 1_900_000_000}}});
        let at = "2030-03-17T17:46:40Z";
        assert_eq!(codex(&answer), [window(42, 300, at), window(5, 10_080, at)]);
        assert_eq!(codex(&json!({"rate_limit": null})), []);
        let answer =
            json!({"five_hour": {"utilization": 12.4, "resets_at": at}, "seven_day": null});
        assert_eq!(claude(&answer), [window(13, 300, at)]);
    }

    #[test]
    fn the_account_is_asked_about_beside_its_model() {
        for (base, path, expected) in [
            (
                "https://chatgpt.com/backend-api/codex",
                "wham/usage",
                "https://chatgpt.com/backend-api/wham/usage",
            ),
            (
                "https://api.anthropic.com/v1/",
                "api/oauth/usage",
                "https://api.anthropic.com/api/oauth/usage",
            ),
        ] {
            assert_eq!(beside(base, path).unwrap().as_str(), expected);
        }
        assert_eq!(beside("nowhere", "x"), None);
    }
}
