//! The tiers there are something to launch in, each tried before it is relied on.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use ampersand_core::{Gap, Isolation};
use ampersand_process::Tree;

use super::alone::Alone;
use super::canary;
use super::namespaces::Namespaces;
use super::root;
use crate::launcher::{LaunchError, Launched};
use crate::policy::Policy;

/// Which tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    Full,
    Reduced,
}

/// A tier that was tried.
#[derive(Debug)]
pub(super) enum Ready {
    Full {
        namespaces: Namespaces,
        /// What the canary found open.
        open: BTreeSet<Gap>,
    },
    Reduced {
        enter: PathBuf,
        alone: Alone,
    },
}

impl Ready {
    /// The highest tier whose canary sings as it should. The error says why there is none.
    pub(super) async fn try_out(
        state_dir: &Path,
        builder: Result<&Path, String>,
        enter: &Path,
    ) -> Result<Self, String> {
        let full = async {
            let namespaces = Namespaces::prepare(state_dir, builder?, enter)?;
            let mut ready = Self::Full {
                namespaces,
                open: BTreeSet::new(),
            };
            let found = canary::sing(&ready, state_dir).await?;
            if let Self::Full { open, .. } = &mut ready {
                open.extend(found);
            }
            Ok::<_, String>(ready)
        };
        let why = match full.await {
            Ok(ready) => return Ok(ready),
            Err(why) => why,
        };
        let below = async {
            let alone = Alone::prepare(state_dir, enter, why.clone())?;
            let enter = enter.to_owned();
            let mut ready = Self::Reduced { enter, alone };
            let mut open = canary::sing(&ready, state_dir).await?;
            open.extend([Gap::GitFile, Gap::TemporarySpace]);
            if let Self::Reduced { alone, .. } = &mut ready {
                alone.found_open(open);
            }
            Ok(ready)
        };
        below
            .await
            .map_err(|below: String| format!("{why}; below that: {below}"))
    }

    pub(super) const fn tier(&self) -> Tier {
        match self {
            Self::Full { .. } => Tier::Full,
            Self::Reduced { .. } => Tier::Reduced,
        }
    }

    /// The tier as a role has it.
    pub(super) fn isolation(&self, writes: bool) -> Isolation {
        match self {
            Self::Full { open, .. } => Isolation::Full {
                gaps: open.iter().copied().collect(),
            },
            Self::Reduced { alone, .. } => alone.isolation(writes),
        }
    }

    /// Where the insider's program is seen inside.
    pub(super) fn insider(&self) -> PathBuf {
        match self {
            Self::Full { .. } => root::ENTER.into(),
            Self::Reduced { enter, .. } => enter.clone(),
        }
    }

    /// What a canary must be shown to be able to start.
    pub(super) fn shown_for_canary(&self) -> Option<PathBuf> {
        match self {
            Self::Full { .. } => None,
            Self::Reduced { enter, .. } => Some(enter.clone()),
        }
    }

    pub(super) async fn launch(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
    ) -> Result<Launched, LaunchError> {
        match self {
            Self::Full { namespaces, .. } => namespaces.launch(policy, argv, attempt_id).await,
            Self::Reduced { alone, .. } => alone.launch(policy, argv, attempt_id).await,
        }
    }
}

/// What the limits of a tree lack in a tier, as it was given them.
///
/// Clean-up is never among it in the full tier, whether or not there is a control group: with the first process of its own
/// namespace the kernel ends everybody in there, and that one dies with the builder, which dies with us.
pub(super) fn open_in(tier: Tier, tree: &Tree) -> Vec<Gap> {
    let mut open = Vec::new();
    if tier == Tier::Reduced && tree.escapable() {
        open.push(Gap::CleanUp);
    }
    if tree.bounded().memory_bytes.is_none() {
        open.push(Gap::Memory);
    }
    open
}
