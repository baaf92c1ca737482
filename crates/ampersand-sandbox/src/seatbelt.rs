//! What macOS is told about a policy, and the canary that tries it: text alone, so that it is tested wherever tests run.
//! The text of a profile is fixed but for numbered parameters, so that no path can add a rule.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::policy::Policy;

/// What a profile is made from; all paths are real ones, those of the policy included.
pub(crate) struct Profile<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) program: PathBuf,
    pub(crate) worktree: &'a Path,
    pub(crate) private: &'a Path,
    pub(crate) readable: Vec<PathBuf>,
}

/// Reading the system, the descriptors at hand, and nothing that starts something elsewhere: no launch services, no
/// Apple events, no keychain, no clipboard, no name resolution (which would carry data out). There is no rule for any
/// network, so that there is none but what a policy opens. The arguments and variables of the person's other programs are
/// one of the system's values, and not told. What lies below `/System` by another name is the person's.
const BASE: &str = r#"(version 1)
(deny default)
(allow process-fork)
(allow signal (target same-sandbox))
(allow process-info* (target same-sandbox))
(allow sysctl-read)
(deny sysctl-read (sysctl-name-prefix "kern.procargs"))
(allow mach-lookup (global-name "com.apple.system.notification_center")
    (global-name "com.apple.system.opendirectoryd.libinfo") (global-name "com.apple.logd"))
(allow file-read-metadata)
(when (defined? 'file-test-existence) (allow file-test-existence))
(allow file-read* (literal "/") (subpath "/usr") (subpath "/bin") (subpath "/sbin") (subpath "/System")
    (subpath "/Library/Developer") (subpath "/Library/Frameworks") (subpath "/Applications/Xcode.app")
    (subpath "/opt/homebrew") (subpath "/private/var/db/dyld") (subpath "/private/var/select")
    (literal "/private/var/db/xcode_select_link") (subpath "/private/var/db/timezone") (subpath "/private/etc/ssl") (literal "/private/etc/localtime")
    (literal "/private/etc/protocols") (literal "/private/etc/services") (literal "/dev/urandom")
    (literal "/dev/random") (literal "/dev/null") (literal "/dev/zero") (subpath "/dev/fd"))
(deny file-read-data (subpath "/System/Volumes/Data"))
(allow file-map-executable (subpath "/usr/lib") (subpath "/System") (subpath "/Library/Apple"))
(allow file-write-data (literal "/dev/null") (literal "/dev/zero"))
(allow file-ioctl (literal "/dev/null"))
"#;

/// What programs that start others count on: terminals of their own making, which the system marks, and never one that was there
/// before; and the semaphores Python shares among its processes, which have names of their own beginning.
const STARTING: &str = r##"(allow pseudo-tty)
(allow file-read* file-write* file-ioctl (literal "/dev/ptmx"))
(allow file-read* file-write* file-ioctl
    (require-all (regex #"^/dev/ttys[0-9]+$") (extension "com.apple.sandbox.pty")))
(allow ipc-posix-sem (ipc-posix-name-prefix "/mp-"))
"##;

/// What may be executed of the system where anything may.
const PROGRAMS: [&str; 6] = [
    "/usr",
    "/bin",
    "/sbin",
    "/Library/Developer",
    "/Applications/Xcode.app",
    "/opt/homebrew",
];

/// What in a repository's folder tells secrets, or where the way to others' code is. A worktree's part may have settings and
/// logs of its own.
const TELLING: [&str; 7] = [
    "FETCH_HEAD",
    "config",
    "config.worktree",
    "hooks",
    "logs",
    "modules",
    "worktrees",
];

/// Rules as they are written, and the paths their parameters stand for.
struct Rules {
    text: String,
    parameters: Vec<PathBuf>,
}

impl Rules {
    fn add(&mut self, rule: &str, kind: &str, path: &Path) {
        let number = self.parameters.len();
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "({rule} ({kind} (param \"P{number}\")))");
        self.parameters.push(path.to_owned());
    }

    /// One port of the loopback address, which is this machine's: what listens there lets in who shows the attempt's token.
    fn let_in(&mut self, port: u16) {
        let local = format!("(local ip \"localhost:{port}\")");
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "(allow network-bind network-inbound {local})");
    }

    fn lead_out(&mut self, port: u16) {
        let remote = format!("(remote ip \"localhost:{port}\")");
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "(allow network-outbound {remote})");
    }
}

impl Profile<'_> {
    /// Arguments of the builder: the profile, then its parameters.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let rules = self.rules();
        let mut arguments: Vec<OsString> = vec!["-p".into(), rules.text.into()];
        for (number, path) in rules.parameters.into_iter().enumerate() {
            let mut definition = OsString::from(format!("P{number}="));
            definition.push(path);
            arguments.extend(["-D".into(), definition]);
        }
        arguments
    }

    fn rules(&self) -> Rules {
        let mut rules = Rules {
            text: BASE.to_owned(),
            parameters: Vec::new(),
        };
        let readable = self.readable.iter().map(PathBuf::as_path);
        // Beside a repository of the attempt's own the person's lends its objects alone, else all but what tells secrets.
        let borrowed = self.policy.borrowed();
        let of_git = borrowed.as_deref().or(self.policy.git_dir.as_deref());
        for path in readable.chain(of_git).chain([self.worktree]) {
            rules.add("allow file-read*", "subpath", path);
        }
        let own = self.policy.writable.iter().map(PathBuf::as_path);
        let own_repository = self.policy.own_repository.iter();
        let own = own.chain(own_repository.map(|own| own.git_dir.as_path()));
        for path in own.chain([self.private]) {
            rules.add("allow file-read* file-write*", "subpath", path);
        }
        if self.policy.role.writes() {
            rules.add("allow file-write*", "subpath", self.worktree);
        }
        if let Some(port) = self.policy.way_port {
            rules.lead_out(port);
        }
        if let Some(port) = self.policy.serves {
            rules.let_in(port);
        }
        self.executing(&mut rules);
        self.never(&mut rules);
        rules
    }

    fn executing(&self, rules: &mut Rules) {
        if !self.policy.execute {
            rules.add("allow process-exec*", "literal", &self.program);
            rules.add("allow file-map-executable", "literal", &self.program);
            rules.add("allow file-read*", "literal", &self.program);
            return;
        }
        rules.text.push_str(STARTING);
        let system = PROGRAMS.map(Path::new);
        let readable = self.readable.iter().map(PathBuf::as_path);
        let own = [self.worktree, self.private];
        for path in system.into_iter().chain(readable).chain(own) {
            rules.add("allow process-exec* file-map-executable", "subpath", path);
        }
    }

    /// Later rules win, so what must never be comes last, whatever was granted before it.
    fn never(&self, rules: &mut Rules) {
        let git = self.worktree.join(".git");
        rules.add("deny file-write*", "subpath", &git);
        if let Some(git_dir) = &self.policy.git_dir {
            rules.add("deny file-write*", "subpath", git_dir);
            for telling in TELLING {
                rules.add("deny file-read-data", "subpath", &git_dir.join(telling));
            }
        }
        // Moving a parent away and back would carry what is protected with it.
        let mut parents: Vec<&Path> = self.worktree.ancestors().collect();
        if let Some(own) = &self.policy.own_repository {
            parents.extend(own.git_dir.ancestors());
            for kept in &own.read_only {
                rules.add("deny file-write*", "subpath", kept);
                parents.extend(kept.ancestors());
            }
        }
        let git_dir = self.policy.git_dir.iter();
        parents.extend(git_dir.flat_map(|git_dir| git_dir.ancestors()));
        parents.extend(self.private.ancestors());
        // In place of a folder of its own it could put a link, which whoever looks into that from outside would follow.
        parents.extend(self.policy.writable.iter().flat_map(|own| own.ancestors()));
        parents.sort_unstable();
        parents.dedup();
        for parent in parents {
            rules.add("deny file-write-unlink", "literal", parent);
        }
        // Nothing it leaves behind lends anybody's rights.
        rules.text.push_str("(deny file-write-setugid)\n");
    }
}

/// What the canary of a role tries. What it manages it says by name, and `end` when it is through; a word that works where
/// it must show that the others were not refused for want of a program.
pub(crate) struct Song {
    tries: &'static [(&'static str, &'static str)],
    /// What has to work, in the order in which it is tried.
    works: &'static [&'static str],
}

impl Song {
    /// Of one that only looks.
    pub(crate) const EXPLORER: Self = Self {
        tries: &[
            ("read", "cat notes >&2"),
            ("write", "echo x > song"),
            ("temporary", "echo x > \"$TMPDIR/song\""),
            ("read-secret", "cat \"$SECRET\" >&2"),
            ("write-outside", "echo x > \"$SECRET\""),
            ("connect", "exec 3<>\"/dev/tcp/127.0.0.1/$PORT\""),
            ("signal", "kill -0 \"$HOST_PID\""),
            ("terminal", "exec 3<>/dev/tty"),
        ],
        works: &["read", "temporary"],
    };

    /// Of one that writes.
    pub(crate) const WORKER: Self = Self {
        tries: &[
            ("read", "cat notes >&2"),
            ("write", "echo x > song"),
            ("git", "echo x > .git"),
            ("move-git", "mv .git moved"),
            ("move-parent", "mv \"$PWD\" \"$PWD.moved\""),
            ("read-secret", "cat \"$SECRET\" >&2"),
            ("write-outside", "echo x > \"$SECRET\""),
            ("link-outside", "ln \"$SECRET\" linked"),
            ("through-link", "ln -s \"$SECRET\" link && echo x > link"),
            ("connect", "exec 3<>\"/dev/tcp/127.0.0.1/$PORT\""),
            ("signal", "kill -0 \"$HOST_PID\""),
        ],
        works: &["read", "write"],
    };

    /// The line a shell is given.
    pub(crate) fn line(&self) -> String {
        let mut line = "try() { if (eval \"$2\") 2>/dev/null; then echo \"$1\"; fi; }\n".to_owned();
        for (name, what) in self.tries {
            let _ = writeln!(line, "try {name} '{what}'");
        }
        line.push_str("echo end\n");
        line
    }

    /// Whether what was said is what has to be; else what is wrong, as the end of a sentence.
    pub(crate) fn judge(&self, said: &str) -> Result<(), String> {
        let said: Vec<&str> = said.split_whitespace().collect();
        let Some((&"end", worked)) = said.split_last() else {
            return Err("sandbox-exec did not run it to its end".to_owned());
        };
        let unwanted: Vec<&str> = worked
            .iter()
            .filter(|name| !self.works.contains(name))
            .copied()
            .collect();
        if !unwanted.is_empty() {
            return Err(format!("this worked and must not: {}", unwanted.join(", ")));
        }
        let missing: Vec<&str> = self
            .works
            .iter()
            .filter(|name| !worked.contains(name))
            .copied()
            .collect();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(format!(
                "this must work and did not: {}",
                missing.join(", ")
            )),
        }
    }
}

#[cfg(test)]
mod tests;
