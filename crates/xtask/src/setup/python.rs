//! What the tests install into Python projects: named in `tests/python`, downloaded into the target folder, not installed.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::child::Child;
use crate::{say, workspace};

/// The system's own, as sandboxes show it.
const PYTHON: &str = "/usr/bin/python3";

/// Downloads it unless that was done for the same list.
pub(super) fn download() -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let list = workspace::root().join("tests/python/requirements.txt");
    let wanted = fs::read_to_string(&list).context("the list of Python packages is not there")?;
    let wheels = folder("python-wheels");
    let done = wheels.join("requirements.txt");
    if fs::read_to_string(&done).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    say::step("downloading what Python projects are tested with");
    // The system's Python may have no pip; one of its environments has.
    let environment = folder("python");
    Child::new(PYTHON)
        .args(["-m", "venv", "--clear"])
        .arg(&environment)
        .run_on_stderr()?;
    Child::new(environment.join("bin/python"))
        .args(["-m", "pip", "download", "--quiet", "--only-binary", ":all:"])
        .arg("--dest")
        .arg(&wheels)
        .arg("--requirement")
        .arg(&list)
        .run_on_stderr()?;
    fs::write(&done, wanted).context("what was downloaded cannot be noted down")
}

fn folder(name: &str) -> PathBuf {
    workspace::root().join("target").join(name)
}
