//! `fuzz`: throws made-up bytes at every reader of bytes that agents or the network make, each target in a process of its
//! own, and says for each how many were tried and what was found.
//!
//! The crates that are tried count their branches, so that what reaches new ones is kept. The stable compiler does that
//! when asked through its own code generator; only members are asked, and what they depend on is shared with every other
//! release build.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::child::Child;
use crate::say;
use crate::workspace::{self, Metadata};

/// The package that has the targets, and its program.
const PACKAGE: &str = "ampersand-fuzz";

/// Set while xtask stands in front of the compiler.
const IN_FRONT: &str = "AMPERSAND_FUZZ_COMPILER";

/// Ask the code generator for a counter on every branch, and the compiler for every check it can make.
const COUNTING: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=3",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Coverflow-checks=on",
    "-Cdebug-assertions=on",
];

/// How one target went.
struct Went {
    tried: u64,
    finding: Option<PathBuf>,
}

/// Tries the named targets, or all, for so many minutes each. An error if anything was found.
pub(crate) fn fuzz(minutes: f64, names: &[String]) -> Result<()> {
    let metadata = Metadata::members()?;
    let program = build(&metadata)?;
    let all = Child::new(&program).output()?;
    let all: Vec<&str> = all.lines().collect();
    if let Some(unknown) = names.iter().find(|name| !all.contains(&name.as_str())) {
        bail!("there is no target {unknown}; there is: {}", all.join(", "));
    }
    let chosen = |name: &&str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    let folder = metadata.target_directory.join("fuzz");
    fs::create_dir_all(&folder).context("the folder for findings cannot be made")?;
    let mut found = 0;
    for name in all.into_iter().filter(chosen) {
        say::step(format_args!("{name}, for {minutes} min"));
        let went = one(&program, &folder, name, minutes)?;
        let findings = u8::from(went.finding.is_some());
        found += u32::from(findings);
        say::result(format_args!(
            "{name}: {} executions, {findings} findings",
            went.tried
        ));
        if let Some(file) = went.finding {
            let again = format!("{} {name} --again {}", program.display(), file.display());
            say::step(format_args!("what was found is tried again by: {again}"));
        }
    }
    if found > 0 {
        bail!(
            "{found} targets found something; its input belongs into the corpus once it is mended"
        );
    }
    Ok(())
}

fn build(metadata: &Metadata) -> Result<PathBuf> {
    let me = env::current_exe().context("this program cannot be found")?;
    Child::new("cargo")
        .args(["build", "--release", "-p", PACKAGE])
        .env("RUSTC_WORKSPACE_WRAPPER", me)
        .env(IN_FRONT, "1")
        .dir(&workspace::root())
        .run_on_stderr()?;
    let file = format!("{PACKAGE}{}", env::consts::EXE_SUFFIX);
    Ok(metadata.target_directory.join("release").join(file))
}

/// One target to its end. However its process ended badly, the input under way is what was found.
fn one(program: &Path, folder: &Path, name: &str, minutes: f64) -> Result<Went> {
    let input = folder.join(format!("{name}.input"));
    let seconds = (minutes * 60.0).max(1.0).round();
    let corpus = workspace::root().join("fuzz/corpus");
    fs::create_dir_all(&corpus).context("the folder for what is kept cannot be made")?;
    let mut tried = 0;
    let ran = Child::new(program)
        .args([name, "--seconds", &format!("{seconds}"), "--corpus"])
        .arg(&corpus)
        .arg("--input")
        .arg(&input)
        .for_each_line(|line| {
            let number = line
                .split(' ')
                .next()
                .and_then(|number| number.parse().ok());
            tried = number.unwrap_or(tried);
        });
    let Err(error) = ran else {
        return Ok(Went {
            tried,
            finding: None,
        });
    };
    say::failure(&error);
    let kept = folder.join(format!("{name}.finding"));
    fs::copy(&input, &kept).context("what was found cannot be kept")?;
    Ok(Went {
        tried,
        finding: Some(kept),
    })
}

/// Where xtask was put in front of the compiler: compiles, and says how that went. `None` elsewhere.
pub(crate) fn in_front_of_compiler() -> Option<ExitCode> {
    env::var_os(IN_FRONT)?;
    let mut words = env::args_os().skip(1);
    let compiler = words.next()?;
    let words: Vec<OsString> = words.collect();
    let counting = is_tried(&words).then_some(COUNTING);
    #[expect(clippy::disallowed_methods, reason = "it is the compiler")]
    let mut compile = Command::new(compiler);
    compile.args(words).args(counting.into_iter().flatten());
    let code = match compile.status() {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()),
        Err(error) => {
            say::step(format_args!("the compiler could not be started: {error}"));
            None
        }
    };
    Some(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Whether these words compile a library of ours. What tries them must not count itself.
fn is_tried(words: &[OsString]) -> bool {
    let after = |flag: &str| {
        let at = words.iter().position(|word| word == flag)?;
        words.get(at + 1)?.to_str()
    };
    let ours = after("--crate-name").is_some_and(|name| name.starts_with("ampersand_"));
    ours && after("--crate-type").is_some_and(|kind| kind.ends_with("lib"))
}

#[cfg(test)]
mod tests {
    use super::is_tried;

    #[test]
    fn libraries_of_ours_count_their_branches_and_nothing_else_does() {
        for (words, expected) in [
            (
                "--crate-name ampersand_core --edition=2024 --crate-type lib",
                true,
            ),
            ("--crate-name ampersand_fuzz --crate-type bin", false),
            ("--crate-name build_script_build --crate-type bin", false),
            ("--crate-name serde --crate-type lib", false),
            (
                "- --crate-name ___ --print=file-names --crate-type bin --crate-type rlib",
                false,
            ),
            ("-vV", false),
        ] {
            let words: Vec<_> = words.split(' ').map(Into::into).collect();
            assert_eq!(is_tried(&words), expected, "{words:?}");
        }
    }
}
