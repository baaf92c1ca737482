//! A login as it was read, and what of it goes on the way to a model.

use ampersand_core::{AgentLoginSettings, Failure};
use ampersand_http::egress::{Api, ModelRoute};
use ampersand_http::{Headers, Secret};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{Account, LoginError};

/// A token is refreshed so long before it ends: a request that takes long must not outlive it.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// What its program keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) access: Secret,
    /// What new tokens are asked with; a key has none.
    pub(crate) refresh: Option<Secret>,
    pub(crate) until: Option<Timestamp>,
    /// The provider's name for the account.
    pub(crate) account: Option<String>,
    pub(crate) plan: Option<String>,
    /// What new tokens may do, if they have to be told.
    pub(crate) scopes: Option<String>,
    /// Whether it is an account's, and no key.
    pub(crate) is_account: bool,
}

impl Held {
    /// Whether it can be used as it is at this moment.
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        self.refresh.is_none() || self.until.is_none_or(|until| until - AHEAD > now)
    }
}

/// A login that can be used now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    pub(crate) whose: Account,
    pub(crate) held: Held,
}

impl Fresh {
    /// When it has to be refreshed; `None` if it stays as it is.
    pub fn due(&self) -> Option<Timestamp> {
        self.held.refresh.as_ref()?;
        self.held.until.map(|until| until - AHEAD)
    }

    /// Whether new tokens can be asked for; a key is what it is.
    pub const fn is_renewable(&self) -> bool {
        self.held.refresh.is_some()
    }

    /// The plan of the account, as the provider calls it; `None` for a key.
    pub fn plan(&self) -> Option<&str> {
        let plan = self.held.plan.as_deref().unwrap_or("unknown");
        self.held.is_account.then_some(plan)
    }

    /// The way to the model that comes with it.
    pub fn route(&self, set: &AgentLoginSettings) -> Result<ModelRoute, Failure> {
        let api = match self.whose {
            Account::Codex => Api::Responses,
            Account::Claude => Api::AnthropicMessages,
        };
        let route = ModelRoute::new(self.base(set), vec![api], self.headers());
        route.map_err(|error| Failure::from(&error))
    }

    pub(crate) fn base<'a>(&self, set: &'a AgentLoginSettings) -> &'a str {
        let usual = match (self.whose, self.held.is_account) {
            (Account::Codex, true) => "https://chatgpt.com/backend-api/codex",
            (Account::Codex, false) => "https://api.openai.com/v1",
            (Account::Claude, _) => "https://api.anthropic.com/v1",
        };
        set.base_url.as_deref().unwrap_or(usual)
    }

    pub(crate) fn headers(&self) -> Headers {
        let headers = Headers::new().secret("authorization", "Bearer ", self.held.access.clone());
        match &self.held.account {
            Some(account) => headers.plain("chatgpt-account-id", account),
            None => headers,
        }
    }
}

/// The claims of a token; nobody's signature is checked, as nothing is decided by them but when to refresh.
pub(crate) fn claims(token: &str) -> Option<Value> {
    let middle = token.split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(middle.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

pub(crate) fn unreadable(account: Account, why: impl Into<String>) -> LoginError {
    LoginError::Unreadable {
        account,
        why: why.into(),
    }
}
