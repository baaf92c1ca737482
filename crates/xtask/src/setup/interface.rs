//! The user interface: its packages, and the scripts of `ui/package.json` that the verbs run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::node::Node;
use crate::child::Child;
use crate::{say, workspace};

/// The user interface's folder and the Node that builds it.
pub(crate) struct Interface {
    dir: PathBuf,
    node: Node,
}

/// A lock file of npm's: the one that is committed, or the one npm keeps of what it installed.
#[derive(Deserialize)]
pub(crate) struct Lock {
    /// By path, such as `node_modules/react`; the empty path is the user interface itself.
    pub(crate) packages: BTreeMap<String, Locked>,
}

/// One package in a lock file.
#[derive(Deserialize)]
pub(crate) struct Locked {
    pub(crate) license: Option<String>,
    /// Builds or tests the page, and is no part of it.
    #[serde(default)]
    pub(crate) dev: bool,
    /// May be left out, for instance because it is for another system.
    #[serde(default)]
    optional: bool,
    integrity: Option<String>,
}

impl Interface {
    /// Finds or installs Node and the packages of `ui/`; nothing where that folder is not there.
    pub(super) fn find_or_install() -> Result<Option<Self>> {
        if !workspace::has_interface() {
            return Ok(None);
        }
        let dir = workspace::root().join("ui");
        let interface = Self {
            dir,
            node: Node::find_or_install()?,
        };
        interface.install_packages()?;
        Ok(Some(interface))
    }

    /// Checks types and style.
    pub(crate) fn check(&self) -> Result<()> {
        self.run("check")
    }

    /// Runs its own tests: functions alone, then the whole page in a plain browser.
    pub(crate) fn test(&self) -> Result<()> {
        self.run("test")?;
        self.run("e2e")
    }

    /// Runs the tests of one file.
    pub(crate) fn test_file(&self, file: &str) -> Result<()> {
        let command = self.npm()?.args(["exec", "--", "vitest", "run", file]);
        command.run_on_stderr()
    }

    /// Builds the page into `ui/dist`, unless what is there is newer than everything it is made from:
    /// the window embeds it, and would be compiled again for nothing.
    pub(crate) fn build(&self) -> Result<()> {
        let page = fs::metadata(self.dir.join("dist").join("index.html"));
        let built = page.and_then(|file| file.modified());
        let changed = newest(&self.dir).context("the user interface's files cannot be listed")?;
        if built.is_ok_and(|built| built > changed) {
            return Ok(());
        }
        say::step("building the user interface");
        self.run("build")
    }

    fn run(&self, script: &str) -> Result<()> {
        let command = self
            .npm()?
            .args(["run", "--silent", "--if-present", script]);
        command.run_on_stderr()
    }

    fn npm(&self) -> Result<Child> {
        Ok(self.node.npm()?.dir(&self.dir))
    }

    /// Runs `npm ci` unless the installed packages are the ones the lock file names.
    fn install_packages(&self) -> Result<()> {
        let wanted = Lock::read(&self.dir.join("package-lock.json"))?;
        // Written by npm when it is done, so that half an installation has none.
        let installed = self.dir.join("node_modules").join(".package-lock.json");
        if Lock::read(&installed).is_ok_and(|installed| wanted.is_met_by(&installed)) {
            return Ok(());
        }
        say::step("installing the user interface's packages");
        self.npm()?
            .args(["ci", "--no-audit", "--no-fund"])
            .run_on_stderr()
    }
}

impl Lock {
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is not as expected", file.display()))
    }

    /// Nothing but what is wanted is installed, and nothing is missing that may not be left out.
    pub(super) fn is_met_by(&self, installed: &Self) -> bool {
        let wanted = |(path, found): (&String, &Locked)| {
            self.packages
                .get(path)
                .is_some_and(|wanted| wanted.integrity == found.integrity)
        };
        let there = |(path, wanted): (&String, &Locked)| {
            path.is_empty() || wanted.optional || installed.packages.contains_key(path)
        };
        installed.packages.iter().all(wanted) && self.packages.iter().all(there)
    }
}

/// When the last change was made below `folder`, built and installed files not counted.
fn newest(folder: &Path) -> io::Result<SystemTime> {
    let mut latest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == "node_modules" || name.starts_with("dist") || name.starts_with('.') {
            continue;
        }
        let changed = if entry.file_type()?.is_dir() {
            newest(&entry.path())?
        } else {
            entry.metadata()?.modified()?
        };
        latest = latest.max(changed);
    }
    Ok(latest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_met(installed: &str) -> bool {
        let wanted = r#"{ "packages": {
            "": { "license": "MIT" },
            "node_modules/a": { "integrity": "sha512-a" },
            "node_modules/for-macos": { "integrity": "sha512-m", "optional": true } } }"#;
        let read = |text: &str| serde_json::from_str::<Lock>(text).unwrap();
        read(wanted).is_met_by(&read(&format!("{{ \"packages\": {{ {installed} }} }}")))
    }

    #[test]
    fn packages_are_installed_again_only_when_they_differ() {
        assert!(is_met(r#""node_modules/a": { "integrity": "sha512-a" }"#));
        assert!(!is_met(r#""node_modules/a": { "integrity": "sha512-b" }"#));
        assert!(!is_met(""));
        let more = r#""node_modules/a": { "integrity": "sha512-a" }, "node_modules/b": {}"#;
        assert!(!is_met(more));
    }
}
