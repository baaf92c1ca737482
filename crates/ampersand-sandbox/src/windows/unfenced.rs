//! Without isolation, as a person typed: a job, limits, and a temporary folder of its own.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use ampersand_core::Isolation;
use ampersand_process::spawn_tree;

use super::prepare::{blocking, prepare, spec, tell};
use super::system;
use crate::container::environment::{PRIVATE, environment};
use crate::inward::Inward;
use crate::launcher::{LaunchError, Launched};
use crate::policy::Policy;
use crate::toolchains::Toolchains;

/// Starts `argv` with nothing around it but its job, as a person typed.
pub(super) async fn unfenced(
    state_dir: &Path,
    policy: &Policy,
    argv: Vec<OsString>,
    attempt_id: &str,
) -> Result<Launched, LaunchError> {
    let private = temporary(state_dir).join(folder_name(attempt_id));
    let made = PRIVATE
        .iter()
        .try_for_each(|name| fs::create_dir_all(private.join(name)));
    made.map_err(|source| prepare(("make its temporary folder", source)))?;
    let system = system::look().map_err(|source| prepare(("look at the system", source)))?;
    let mut env = environment(&system, &Toolchains::find(), policy, &private);
    // It reaches whatever the person's own programs reach.
    let offline = |name: &OsString| {
        let mut words = crate::toolchains::OFFLINE.iter();
        words.any(|(word, _)| name == word)
            && policy.env.iter().all(|(own, _)| name != own.as_str())
    };
    env.retain(|(name, _)| !offline(name));
    let spec = spec(policy, argv, env)?;
    let (child, tree) = spawn_tree(spec, attempt_id, policy.limits.bounds())
        .await
        .map_err(LaunchError::Spawn)?;
    let (emptied, folder) = (tree.emptied(), private.clone());
    tokio::spawn(async move {
        emptied.await;
        blocking(move || tell(fs::remove_dir_all(folder))).await;
    });
    Ok(Launched {
        child,
        tree,
        isolation: Isolation::Unsafe,
        way: None,
        inward: policy.serves.map(Inward::shared),
        temporary: Some(private),
    })
}

/// Where those have their temporary folders that have no container.
pub(super) fn temporary(state_dir: &Path) -> PathBuf {
    state_dir.join("sandbox").join("tmp")
}

/// Begins with us, so that whoever comes later knows whether it is used.
fn folder_name(attempt_id: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = attempt_id.chars().map(plain).collect();
    format!("{}-{name}", std::process::id())
}
