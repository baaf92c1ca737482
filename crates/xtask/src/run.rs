//! `run`: from an empty clone to an open Ampersand, or to its terminal chat where there is no display.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::child::Child;
use crate::say;
use crate::setup::{self, Purpose};
use crate::workspace::{self, Metadata, Package};

/// What opens.
enum Front<'a> {
    Window(&'a Package),
    Terminal,
}

/// Sets up, builds and starts; the arguments go to the program that opens.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let metadata = Metadata::members()?;
    let front = front(metadata.shell());
    let purpose = match front {
        Front::Window(_) => Purpose::Run,
        Front::Terminal => Purpose::RunInTerminal,
    };
    let ready = setup::setup(purpose)?;
    if let (Front::Window(_), Some(ui)) = (&front, &ready.ui) {
        ui.build()?;
    }

    say::step("building Ampersand");
    let build = Child::new("cargo")
        .arg("build")
        .args(workspace::engine_packages());
    let programs = metadata.target_directory.join("debug");
    match front {
        Front::Window(shell) => {
            build
                .args(["-p", &shell.name])
                .dir(&workspace::root())
                .run()?;
            let program = shell.programs().next().unwrap_or(&shell.name);
            Child::new(executable(&programs, program))
                .args(arguments)
                .replace_self()
        }
        Front::Terminal => {
            build.dir(&workspace::root()).run()?;
            let chat = Child::new(executable(&programs, "ampersand-cli")).arg("chat");
            chat.args(arguments).replace_self()
        }
    }
}

fn front(shell: Option<&Package>) -> Front<'_> {
    match shell {
        None => {
            say::step("there is no window yet; starting the terminal chat in this folder");
            Front::Terminal
        }
        Some(_) if !has_display() => {
            say::step("no display here (neither DISPLAY nor WAYLAND_DISPLAY is set)");
            say::step("starting the terminal chat in this folder instead of the window");
            Front::Terminal
        }
        Some(package) => Front::Window(package),
    }
}

/// macOS and Windows always have a desktop to open windows on, as far as can be asked.
fn has_display() -> bool {
    let names_one = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || names_one("DISPLAY") || names_one("WAYLAND_DISPLAY")
}

fn executable(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{}", env::consts::EXE_SUFFIX))
}
