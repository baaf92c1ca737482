//! `check --target`: type-checks the code written for another system, without linking or running it.
//!
//! Where the toolchain has that system's standard library, cargo does it alone. Otherwise, on Debian, a
//! compiler that comes with the standard library's source is unpacked into the target folder, nothing
//! being installed, and the library is checked along. C code is not compiled: empty objects stand in.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::child::{self, Child};
use crate::{say, workspace};

/// A system to check for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// 64-bit Windows.
    Windows,
    /// macOS on Apple's own processors.
    Macos,
}

impl Target {
    const fn triple(self) -> &'static str {
        match self {
            Self::Windows => "x86_64-pc-windows-msvc",
            Self::Macos => "aarch64-apple-darwin",
        }
    }

    const fn is_here(self) -> bool {
        match self {
            Self::Windows => cfg!(windows),
            Self::Macos => cfg!(target_os = "macos"),
        }
    }
}

/// Debian's packages that hold a compiler together with the standard library's source.
const COMPILER: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// Type-checks the named packages, or the whole workspace.
pub(crate) fn check_target(target: Target, packages: &[String]) -> Result<()> {
    let triple = target.triple();
    let mut command = if has_standard_library(triple) {
        Child::new("cargo").arg("check")
    } else {
        let sysroot = unpacked_compiler().with_context(|| {
            format!(
                "this toolchain cannot check for {triple}; `rustup target add {triple}` mends that"
            )
        })?;
        unpacked_cargo(&sysroot)?
    };
    command = command.args(["--target", triple, "--all-targets", "--keep-going"]);
    command = match packages {
        [] => command.arg("--workspace"),
        some => some
            .iter()
            .fold(command, |command, package| command.args(["-p", package])),
    };
    if !target.is_here() {
        command = without_c(command, triple);
    }
    say::step(format_args!("type-checking for {triple}"));
    command.dir(&workspace::root()).run()
}

fn has_standard_library(triple: &str) -> bool {
    let command = Child::new("rustc").args(["--print", "target-libdir", "--target", triple]);
    command
        .output()
        .is_ok_and(|folder| Path::new(folder.trim()).is_dir())
}

/// Lets empty objects stand in for everything a C compiler, its archiver and a resource compiler make.
fn without_c(command: Child, triple: &str) -> Child {
    let stand_ins = workspace::root().join("crates").join("xtask").join("cross");
    let suffix = triple.replace('-', "_");
    let tools = [
        ("CC", "cc.sh"),
        ("CXX", "cc.sh"),
        ("AR", "ar.sh"),
        ("RC", "rc.sh"),
    ];
    tools.into_iter().fold(command, |command, (tool, file)| {
        command.env(&format!("{tool}_{suffix}"), stand_ins.join(file))
    })
}

fn unpacked_cargo(sysroot: &Path) -> Result<Child> {
    let programs = sysroot.join("usr").join("bin");
    let machine = match env::consts::ARCH {
        "x86_64" => "x86_64-linux-gnu",
        "aarch64" => "aarch64-linux-gnu",
        other => bail!("no such compiler is known for {other}"),
    };
    let libraries = sysroot.join("usr").join("lib").join(machine);
    // One compiler's build must not be taken for another's.
    let target = workspace::target().join("cross").join("build");
    Ok(Child::new(programs.join("cargo"))
        .args([
            "check",
            "-Zbuild-std",
            "-Zwarnings",
            "--config",
            "build.warnings='deny'",
        ])
        .env("PATH", child::path_starting_with(&programs)?)
        .env(
            "LD_LIBRARY_PATH",
            env::join_paths([libraries.join("libgit2"), libraries])?,
        )
        .env("RUSTC", programs.join("rustc"))
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", target))
}

/// The folder the compiler is unpacked in; fetched by apt when it is not there yet.
fn unpacked_compiler() -> Result<PathBuf> {
    let folder = workspace::target().join("cross");
    let (packages, sysroot) = (folder.join("packages"), folder.join("sysroot"));
    let complete = sysroot.join("complete");
    if complete.is_file() {
        return Ok(sysroot);
    }
    if !["apt-get", "dpkg"]
        .iter()
        .all(|program| child::on_path(program).is_some())
    {
        bail!("without rustup's help this works on Debian only");
    }
    for made in [&packages, &sysroot] {
        fs::create_dir_all(made).with_context(|| format!("{} cannot be made", made.display()))?;
    }
    say::step("fetching a compiler with the standard library's source (150 MB, once)");
    Child::new("apt-get")
        .args(["-qq", "download"])
        .args(names_to_fetch()?)
        .dir(&packages)
        .run()
        .context("Debian's packages could not be fetched")?;
    for entry in fs::read_dir(&packages).context("the fetched packages cannot be listed")? {
        let package = entry
            .context("the fetched packages cannot be listed")?
            .path();
        Child::new("dpkg")
            .arg("-x")
            .arg(&package)
            .arg(&sysroot)
            .run()?;
    }
    fs::remove_dir_all(&packages).context("the unpacked packages cannot be removed")?;
    fs::write(&complete, "").context("the unpacked compiler cannot be marked complete")?;
    Ok(sysroot)
}

/// The compiler's packages and the libraries of theirs that this machine lacks.
fn names_to_fetch() -> Result<Vec<String>> {
    let simulate = ["install", "--simulate", "--no-install-recommends", "-qq"];
    let plan = Child::new("apt-get")
        .args(simulate)
        .args(COMPILER)
        .output()
        .with_context(|| {
            format!(
                "apt knows no {}; Debian 12's security archive has them",
                COMPILER.join(", ")
            )
        })?;
    let names: Vec<_> = plan
        .lines()
        .filter_map(installed_name)
        .map(str::to_owned)
        .collect();
    // Those that are already installed are not in the plan, yet are needed in the unpacked tree.
    let missing = COMPILER
        .iter()
        .filter(|name| !names.iter().any(|planned| planned == *name));
    Ok(names
        .iter()
        .cloned()
        .chain(missing.map(|name| (*name).to_owned()))
        .collect())
}

/// `Inst libllvm22 (1:22.1.8 Debian [amd64])` names libllvm22.
fn installed_name(line: &str) -> Option<&str> {
    line.strip_prefix("Inst ")?.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::installed_name;

    #[test]
    fn apt_plans_are_read_for_what_would_be_installed() {
        assert_eq!(
            installed_name("Inst libllvm22 (1:22.1.8-1 Debian [amd64])"),
            Some("libllvm22")
        );
        assert_eq!(
            installed_name("Conf libllvm22 (1:22.1.8-1 Debian [amd64])"),
            None
        );
        assert_eq!(installed_name("NOTE: This is only a simulation!"), None);
    }
}
