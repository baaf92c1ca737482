//! Against a server of ours in the place of the provider's.

use std::sync::Arc;

use ampersand_core::AgentLoginSettings;
use ampersand_testkit::model_server::{ModelServer, Script};
use serde_json::{Value, json};

use super::*;

struct Stand {
    home: tempfile::TempDir,
    server: ModelServer,
    logins: Arc<Logins>,
}

impl Stand {
    async fn new(kept: &Value) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("login.json"), kept.to_string()).unwrap();
        let server = ModelServer::start(Script::new()).await.unwrap();
        let logins = Arc::new(Logins::new(home.path()));
        Self {
            home,
            server,
            logins,
        }
    }

    fn file(&self) -> PathBuf {
        self.home.path().join("login.json")
    }

    fn kept(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.file()).unwrap()).unwrap()
    }

    async fn fresh(&self, account: Account) -> Result<Fresh, LoginError> {
        let base = self.server.base_url();
        let set = AgentLoginSettings {
            token_url: Some(base.replace("/v1", "/oauth/token")),
            base_url: Some(base),
            model: None,
        };
        self.logins.fresh_in(account, self.file(), &set).await
    }
}

fn claude(access: &str, refresh: &str, until: i64) -> Value {
    json!({"mine": 1, "claudeAiOauth":
        {"accessToken": access, "refreshToken": refresh, "expiresAt": until, "scopes": ["a"]}})
}

#[tokio::test]
async fn a_login_that_is_good_is_used_as_it_is() {
    let stand = Stand::new(&claude("good", "r", 4_000_000_000_000)).await;
    let fresh = stand.fresh(Account::Claude).await.unwrap();
    assert_eq!(fresh.held.access.expose(), "good");
    assert!(stand.server.refreshes().is_empty());
    assert_eq!(fresh.due().unwrap().as_second(), 4_000_000_000 - 300);
}

#[tokio::test]
async fn one_that_ends_is_refreshed_once_however_many_want_it_and_written_back() {
    let stand = Stand::new(&claude("old", "refresh-1", 1_000)).await;
    let want = || stand.fresh(Account::Claude);
    let (one, two, three) = tokio::join!(want(), want(), want());
    for fresh in [one, two, three] {
        assert_eq!(fresh.unwrap().held.access.expose(), "access-1");
    }
    let asked = stand.server.refreshes();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0]["refresh_token"], "refresh-1");
    let kept = stand.kept();
    assert_eq!(kept["claudeAiOauth"]["refreshToken"], "refreshed-1");
    assert_eq!(kept["mine"], 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(stand.file())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn one_that_was_not_taken_is_refreshed_before_it_is_used_again() {
    let stand = Stand::new(&claude("revoked", "r", 4_000_000_000_000)).await;
    let fresh = stand.fresh(Account::Claude).await.unwrap();
    stand.logins.was_refused(&fresh);
    let fresh = stand.fresh(Account::Claude).await.unwrap();
    assert_eq!(fresh.held.access.expose(), "access-1");
}

#[tokio::test]
async fn one_that_cannot_be_refreshed_says_what_to_do_and_no_token() {
    let stand = Stand::new(&claude("old", "over", 1_000)).await;
    let error = stand.fresh(Account::Claude).await.unwrap_err();
    assert_eq!(error.code(), "login_over");
    assert!(error.hint().contains("/login"), "{}", error.hint());
    assert!(!format!("{error:?}").contains("old"));
    assert_eq!(stand.kept(), claude("old", "over", 1_000));
}

/// Its own program refreshes it at the same moment: the token is good for once, and what that wrote counts.
#[tokio::test]
async fn what_its_own_program_wrote_meanwhile_counts() {
    let stand = Stand::new(&claude("old", "slow", 1_000)).await;
    let gate = stand.server.gate("refresh");
    let wanting = stand.fresh(Account::Claude);
    let meanwhile = async {
        stand.server.wait_for_refreshes(1).await;
        let theirs = claude("theirs", "next", 4_000_000_000_000).to_string();
        std::fs::write(stand.file(), theirs).unwrap();
        gate.release();
    };
    let (fresh, ()) = tokio::join!(wanting, meanwhile);
    assert_eq!(fresh.unwrap().held.access.expose(), "theirs");
}
