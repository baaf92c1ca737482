//! Systems without a sandbox yet: nothing is started, and the reason is said.

use std::ffi::OsString;
use std::path::Path;

use ampersand_core::{Isolation, Role, UnsafeConsent};

use crate::launcher::{LaunchError, Launched};
use crate::policy::Policy;

pub(crate) const HINT: &str =
    "browse and search; agents that run programs need Linux, macOS or Windows";

const WHY: &str = "this system has no sandbox";

pub(crate) const fn gave_up_executing(_builder: u32, _pids: &[u32]) -> bool {
    false
}

#[derive(Debug)]
pub(crate) struct Launcher;

impl Launcher {
    #[expect(
        clippy::unused_async,
        reason = "the other systems wait for their canary"
    )]
    pub(crate) async fn probe(_state_dir: &Path) -> Self {
        Self
    }

    #[expect(
        clippy::unused_self,
        reason = "the other systems remember their canary"
    )]
    pub(crate) fn isolation(&self) -> Isolation {
        Isolation::None {
            why: WHY.to_owned(),
        }
    }

    #[expect(clippy::unused_async, reason = "the other systems look again")]
    pub(crate) async fn look(&self, _policy: &Policy) -> Isolation {
        self.isolation()
    }

    #[expect(clippy::unused_async, reason = "the other systems look again")]
    pub(crate) async fn tier_of(&self, _role: Role) -> Isolation {
        self.isolation()
    }

    #[expect(clippy::unused_async, reason = "the other systems look again")]
    pub(crate) async fn look_again(&self) -> Isolation {
        self.isolation()
    }

    /// Not here: without a tree that can be ended as a whole nothing is started.
    pub(crate) async fn launch_unfenced(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
        _consent: &UnsafeConsent,
    ) -> Result<Launched, LaunchError> {
        self.launch(policy, argv, attempt_id).await
    }

    #[expect(
        clippy::unused_async,
        clippy::unused_self,
        reason = "the other systems start something"
    )]
    pub(crate) async fn launch(
        &self,
        _policy: &Policy,
        _argv: Vec<OsString>,
        _attempt_id: &str,
    ) -> Result<Launched, LaunchError> {
        Err(LaunchError::NoIsolation {
            why: WHY.to_owned(),
        })
    }
}
