//! Starts other programs, in the foreground, and says in words which one failed and how.
//!
//! Children inherit input and output unless their output is asked for. Not the product's spawning:
//! that is ampersand-process.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::{env, io};

use anyhow::{Context, Result, bail};

/// A command line about to run. Its words are kept to name it when it fails.
pub(crate) struct Child {
    command: Command,
    words: Vec<OsString>,
}

impl Child {
    #[expect(
        clippy::disallowed_methods,
        reason = "xtask runs cargo, npm and apt, not agents"
    )]
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let mut command = Command::new(program);
        // `cargo run` describes xtask itself to us in these; a nested cargo would take them for
        // settings of the packages it builds and rebuild whatever watches them.
        for (name, _) in env::vars_os() {
            let shown = name.to_string_lossy();
            if shown.starts_with("CARGO_PKG_") || shown.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        Self {
            command,
            words: vec![program.to_owned()],
        }
    }

    pub(crate) fn arg(mut self, word: impl AsRef<OsStr>) -> Self {
        self.command.arg(word.as_ref());
        self.words.push(word.as_ref().to_owned());
        self
    }

    pub(crate) fn args<S: AsRef<OsStr>>(self, words: impl IntoIterator<Item = S>) -> Self {
        words.into_iter().fold(self, Self::arg)
    }

    pub(crate) fn dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The command line as one would type it.
    pub(crate) fn shown(&self) -> String {
        self.words
            .iter()
            .map(|word| quoted(&word.to_string_lossy()))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Runs to the end; anything but success is an error that names the command.
    pub(crate) fn run(mut self) -> Result<()> {
        let status = self.command.status();
        self.judge(status)
    }

    /// Like `run`, with what the child prints on standard output sent to standard error.
    pub(crate) fn run_on_stderr(mut self) -> Result<()> {
        let status = self.command.stdout(io::stderr()).status();
        self.judge(status)
    }

    /// Runs silently and says whether it succeeded; a program that is not there did not.
    pub(crate) fn succeeds(mut self) -> bool {
        let quiet = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    }

    /// Runs to the end and returns what it printed on standard output.
    pub(crate) fn output(mut self) -> Result<String> {
        let output = self
            .command
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("`{}` could not be started", self.shown()))?;
        self.judge(Ok(output.status))?;
        String::from_utf8(output.stdout)
            .with_context(|| format!("`{}` did not print UTF-8", self.shown()))
    }

    /// Runs to the end, giving each line of standard output to `each` as it comes.
    pub(crate) fn for_each_line(mut self, mut each: impl FnMut(&str)) -> Result<()> {
        let mut child = self
            .command
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("`{}` could not be started", self.shown()))?;
        for line in child
            .stdout
            .take()
            .into_iter()
            .flat_map(|out| BufReader::new(out).lines())
        {
            each(&line.with_context(|| format!("`{}` did not print text", self.shown()))?);
        }
        let status = child.wait();
        self.judge(status)
    }

    /// Hands terminal, signals and exit code over to the child. Returns only when it could not start,
    /// or, where a process cannot replace itself, when the child has ended well.
    pub(crate) fn replace_self(mut self) -> Result<()> {
        #[cfg(unix)]
        {
            let error = std::os::unix::process::CommandExt::exec(&mut self.command);
            self.judge(Err(error))
        }
        #[cfg(not(unix))]
        {
            let status = self.command.status();
            self.judge(status)
        }
    }

    fn judge(&self, outcome: io::Result<ExitStatus>) -> Result<()> {
        let status = outcome.with_context(|| format!("`{}` could not be started", self.shown()))?;
        if !status.success() {
            bail!("`{}` failed ({status})", self.shown());
        }
        Ok(())
    }
}

/// Where a program is on the search path, if anywhere. With a dot in it, the name is taken as it stands.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let suffix = if program.contains('.') {
        ""
    } else {
        env::consts::EXE_SUFFIX
    };
    let name = format!("{program}{suffix}");
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|dir| dir.join(&name))
        .find(|file| file.is_file())
}

/// The search path with `dir` in front of everything else.
pub(crate) fn path_starting_with(dir: &Path) -> Result<OsString> {
    let rest = env::var_os("PATH").unwrap_or_default();
    let dirs = std::iter::once(dir.to_owned()).chain(env::split_paths(&rest));
    env::join_paths(dirs).with_context(|| format!("{} cannot stand in PATH", dir.display()))
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_is_named_as_one_would_type_it() {
        let child = Child::new("cargo").args(["test", "-E", "test(/^j2::/)", "it's", ""]);
        assert_eq!(child.shown(), r"cargo test -E 'test(/^j2::/)' 'it'\''s' ''");
    }

    #[test]
    fn a_program_that_does_not_exist_is_an_error_in_words() {
        let error = Child::new("no-such-program-anywhere")
            .arg("x")
            .run()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "`no-such-program-anywhere x` could not be started"
        );
    }
}
