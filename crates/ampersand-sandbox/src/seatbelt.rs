//! The Seatbelt profile of a policy. Its text is fixed but for numbered parameters, so that no path can add a rule.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::policy::Policy;

/// What a profile is made from; all paths are real ones.
pub(super) struct Profile<'a> {
    pub(super) policy: &'a Policy,
    pub(super) program: PathBuf,
    pub(super) worktree: &'a Path,
    pub(super) private: &'a Path,
    pub(super) readable: Vec<PathBuf>,
}

/// Reading the system, the descriptors at hand, and nothing that starts something elsewhere: no launch services, no
/// Apple events, no keychain, no name resolution (which would carry data out).
const BASE: &str = r#"(version 1)
(deny default)
(allow process-fork)
(allow signal (target same-sandbox))
(allow process-info* (target same-sandbox))
(allow sysctl-read)
(allow mach-lookup (global-name "com.apple.system.notification_center")
    (global-name "com.apple.system.opendirectoryd.libinfo") (global-name "com.apple.logd"))
(allow file-read-metadata)
(allow file-read* (literal "/") (subpath "/usr") (subpath "/bin") (subpath "/sbin") (subpath "/System")
    (subpath "/Library/Developer") (subpath "/Library/Frameworks") (subpath "/Applications/Xcode.app")
    (subpath "/opt/homebrew") (subpath "/private/var/db/dyld") (subpath "/private/var/select")
    (subpath "/private/var/db/timezone") (subpath "/private/etc/ssl") (literal "/private/etc/localtime")
    (literal "/private/etc/protocols") (literal "/private/etc/services") (literal "/dev/urandom")
    (literal "/dev/random") (literal "/dev/null") (literal "/dev/zero") (subpath "/dev/fd"))
(allow file-write-data (literal "/dev/null") (literal "/dev/zero"))
(allow file-ioctl (literal "/dev/null"))
"#;

impl Profile<'_> {
    /// Arguments of the builder: parameters, then the profile.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let mut text = BASE.to_owned();
        let mut parameters: Vec<(String, PathBuf)> = Vec::new();
        let mut rule = |rule: &str, kind: &str, path: &Path| {
            let name = format!("P{}", parameters.len());
            // Writing to a string does not fail.
            let _ = writeln!(text, "({rule} ({kind} (param \"{name}\")))");
            parameters.push((name, path.to_owned()));
        };
        for path in &self.readable {
            rule("allow file-read*", "subpath", path);
        }
        rule("allow file-read*", "subpath", self.worktree);
        rule("allow file-read* file-write*", "subpath", self.private);
        if self.policy.role.writes() {
            rule("allow file-write*", "subpath", self.worktree);
        }
        for path in &self.policy.writable {
            rule("allow file-read* file-write*", "subpath", path);
        }
        if self.policy.execute {
            for path in [
                "/usr",
                "/bin",
                "/sbin",
                "/Library/Developer",
                "/opt/homebrew",
            ] {
                rule("allow process-exec*", "subpath", path.as_ref());
            }
            for path in self
                .readable
                .iter()
                .map(PathBuf::as_path)
                .chain([self.worktree, self.private])
            {
                rule("allow process-exec*", "subpath", path);
            }
        } else {
            rule("allow process-exec*", "literal", &self.program);
            rule("allow file-read*", "literal", &self.program);
        }
        // Later rules win, so what must never be written comes last.
        rule("deny file-write*", "subpath", &self.worktree.join(".git"));
        if let Some(git_dir) = &self.policy.git_dir {
            rule("deny file-write*", "subpath", git_dir);
            for secret in ["config", "config.worktree", "hooks", "modules"] {
                rule("deny file-read*", "subpath", &git_dir.join(secret));
            }
        }
        // Moving a parent away and back would carry a protected file with it.
        for parent in self.worktree.ancestors() {
            rule("deny file-write-unlink", "literal", parent);
        }
        let mut arguments: Vec<OsString> = vec!["-p".into(), text.into()];
        for (name, path) in parameters {
            let mut definition = OsString::from(format!("{name}="));
            definition.push(path);
            arguments.extend(["-D".into(), definition]);
        }
        arguments
    }
}
