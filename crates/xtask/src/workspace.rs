//! The workspace as cargo describes it: where it is, its packages and what they depend on.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::child::Child;

/// The background process, the terminal and what runs inside the sandbox.
const ENGINE: [&str; 4] = [
    "ampersand-orchestrator",
    "ampersand-cli",
    "ampersand-toolhost",
    "ampersand-sandbox",
];

/// What `cargo metadata` says, as far as xtask uses it.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) target_directory: PathBuf,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Absent for a member of the workspace or a path dependency.
    pub(crate) source: Option<String>,
    pub(crate) license: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<BuildTarget>,
    manifest_path: PathBuf,
}

#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Option<DependencyKind>,
    /// Set when the dependency is a folder, which here means a member of the workspace.
    pub(crate) path: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DependencyKind {
    Dev,
    Build,
}

#[derive(Deserialize)]
pub(crate) struct BuildTarget {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
}

impl Metadata {
    /// The members alone, without what they depend on.
    pub(crate) fn members() -> Result<Self> {
        Self::load(&["--no-deps"])
    }

    /// The members and everything they depend on, on every system. Never changes Cargo.lock.
    pub(crate) fn complete() -> Result<Self> {
        Self::load(&["--locked"])
    }

    fn load(flags: &[&str]) -> Result<Self> {
        let command = Child::new("cargo")
            .args(["metadata", "--format-version", "1"])
            .args(flags);
        let json = command.dir(&root()).output()?;
        serde_json::from_str(&json).context("`cargo metadata` printed something unexpected")
    }

    /// The window's package, when there is one.
    pub(crate) fn shell(&self) -> Option<&Package> {
        let manifest = Path::new("src-tauri").join("Cargo.toml");
        self.packages
            .iter()
            .find(|package| package.manifest_path.ends_with(&manifest))
    }

    /// The member that has an executable of this name.
    pub(crate) fn with_program(&self, program: &str) -> Option<&str> {
        let has = |package: &&Package| package.programs().any(|name| name == program);
        self.packages
            .iter()
            .find(has)
            .map(|package| package.name.as_str())
    }

    /// The names of all executables of the members.
    pub(crate) fn programs(&self) -> impl Iterator<Item = &str> {
        self.packages.iter().flat_map(Package::programs)
    }
}

impl Package {
    /// The executables it builds.
    pub(crate) fn programs(&self) -> impl Iterator<Item = &str> {
        let is_program = |target: &&BuildTarget| target.kind.iter().any(|kind| kind == "bin");
        self.targets
            .iter()
            .filter(is_program)
            .map(|target| target.name.as_str())
    }
}

/// `-p` for every package whose executables are needed to talk and to have work done.
pub(crate) fn engine_packages() -> impl Iterator<Item = &'static str> {
    ENGINE.into_iter().flat_map(|package| ["-p", package])
}

/// The top folder of the repository xtask was started from.
pub(crate) fn root() -> PathBuf {
    // At run time where cargo says so: clones that share a target folder share this executable.
    let manifest = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest
        .ancestors()
        .nth(2)
        .map_or_else(|| manifest.clone(), Path::to_path_buf)
}

/// Where xtask keeps programs it installs for this checkout alone.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Whether the window is part of this checkout.
pub(crate) fn has_shell() -> bool {
    root().join("src-tauri").join("Cargo.toml").is_file()
}

/// Whether the page in the window is part of this checkout.
pub(crate) fn has_interface() -> bool {
    root().join("ui").join("package.json").is_file()
}
