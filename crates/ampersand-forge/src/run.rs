//! Running a forge's program once: no shell, no input but what is given, an end in time and in size.

use std::time::Duration;

use ampersand_process::{Child, Exit, Spec};
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use crate::{ForgeError, ForgeProgram, shown};

/// A forge that does not answer by then does not.
const MAX_DURATION: Duration = Duration::from_secs(60);
/// An answer longer than this is none.
const MAX_ANSWER_BYTES: u64 = 8 << 20;
/// Of what it complains so much is read.
const MAX_COMPLAINT_BYTES: u64 = 64 << 10;
/// Of what it complains so much is told.
const TOLD_CHARS_MAX: usize = 300;

impl ForgeProgram {
    /// What it prints, if it ends well.
    pub(crate) async fn run(
        &self,
        args: &[&str],
        input: Option<&str>,
    ) -> Result<Vec<u8>, ForgeError> {
        let mut spec = Spec::new(&self.program).cwd(&self.folder).args(args);
        spec.env = self.environment();
        if input.is_some() {
            spec = spec.piped_stdin();
        }
        let running = Box::pin(self.run_to_its_end(spec, input));
        let ran = tokio::time::timeout(MAX_DURATION, running).await;
        let (exit, answer, complaint) =
            ran.map_err(|_elapsed| self.failed("it took too long"))??;
        if exit.success() {
            return Ok(answer);
        }
        Err(self.meant(exit, &String::from_utf8_lossy(&complaint)))
    }

    /// Likewise, read as JSON.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, args: &[&str]) -> Result<T, ForgeError> {
        let answer = self.run(args, None).await?;
        serde_json::from_slice(&answer).map_err(|error| self.unreadable(&error.to_string()))
    }

    async fn run_to_its_end(
        &self,
        spec: Spec,
        input: Option<&str>,
    ) -> Result<(Exit, Vec<u8>, Vec<u8>), ForgeError> {
        let lost = |error: &dyn std::fmt::Display| self.failed(&error.to_string());
        let mut child = ampersand_process::spawn(spec)
            .await
            .map_err(|error| lost(&error))?;
        if let (Some(mut stdin), Some(input)) = (child.take_stdin(), input) {
            // It may not want to read all of it; then it says why.
            stdin.write_all(input.as_bytes()).await.ok();
        }
        let (answer, complaint) = self.listen(&mut child).await?;
        let exit = child.wait().await.map_err(|error| lost(&error))?;
        Ok((exit, answer, complaint))
    }

    /// Whoever says too much is ended, as the child is dropped.
    async fn listen(&self, child: &mut Child) -> Result<(Vec<u8>, Vec<u8>), ForgeError> {
        let (stdout, stderr) = (child.take_stdout(), child.take_stderr());
        tokio::try_join!(
            self.read(stdout, MAX_ANSWER_BYTES),
            self.read(stderr, MAX_COMPLAINT_BYTES)
        )
    }

    async fn read(
        &self,
        stream: Option<impl AsyncRead + Unpin>,
        most: u64,
    ) -> Result<Vec<u8>, ForgeError> {
        let mut kept = Vec::new();
        if let Some(stream) = stream {
            let read = stream.take(most).read_to_end(&mut kept).await;
            read.map_err(|error| self.failed(&error.to_string()))?;
        }
        match u64::try_from(kept.len()).unwrap_or(u64::MAX) < most {
            true => Ok(kept),
            false => Err(self.failed("it said too much")),
        }
    }

    fn failed(&self, said: &str) -> ForgeError {
        ForgeError::Failed {
            forge: self.forge,
            said: said.to_owned(),
        }
    }

    /// What its complaint means.
    fn meant(&self, exit: Exit, complaint: &str) -> ForgeError {
        let (forge, host) = (self.forge, self.host().to_owned());
        let said = shown::line(complaint, TOLD_CHARS_MAX);
        let lower = complaint.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        // `gh` ends with 4 where nobody is logged in.
        if exit == Exit::Code(4)
            || has(&[
                "auth login",
                "http 401",
                "401 unauthorized",
                "not logged in",
                "bad credentials",
            ])
        {
            return ForgeError::NotLoggedIn { forge, host };
        }
        if has(&["rate limit", "http 429", "too many requests"]) {
            return ForgeError::Limited { forge, said };
        }
        if has(&[
            "error connecting to",
            "dial tcp",
            "no such host",
            "connection refused",
            "i/o timeout",
            "timed out",
            "tls handshake",
            "http 502",
            "http 503",
            "http 504",
        ]) {
            return ForgeError::Unreachable { forge, said };
        }
        if has(&["http 403", "403 forbidden", "resource not accessible"]) {
            return ForgeError::NotAllowed { forge, said };
        }
        if has(&["http 404", "404 not found", "could not resolve to a"]) {
            return ForgeError::NotFound { forge, said };
        }
        ForgeError::Failed { forge, said }
    }
}
