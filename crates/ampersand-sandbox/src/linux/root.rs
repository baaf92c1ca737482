//! The file system an attempt sees: system programs, a handful of system files, the worktree. Built up from nothing.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, MemfdFlags, Mode, OFlags, ResolveFlags, memfd_create, openat2};

use super::repository::{self, Part};
use crate::launcher::LaunchError;
use crate::policy::{OwnRepository, Policy};
use crate::toolchains::Toolchains;

/// Where the insider's program is seen.
pub(super) const ENTER: &str = "/run/ampersand/enter";

/// What every attempt may read.
pub(super) const SYSTEM: &[&str] = &[
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/run",
];

/// System files that programs cannot do without and that tell nothing about the person.
pub(super) const ETC: &[&str] = &[
    "alternatives",
    "ca-certificates",
    "crypto-policies",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "os-release",
    "pki/ca-trust",
    "pki/tls/certs",
    "protocols",
    "python3",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
];

/// System files that name the people of the machine; a root that is built up shows stand-ins.
pub(super) const PEOPLE: [&str; 4] = ["group", "hosts", "nsswitch.conf", "passwd"];

/// Files standing in for the system's, written once.
#[derive(Debug)]
pub(super) struct Stubs {
    folder: PathBuf,
}

impl Stubs {
    pub(super) fn write(state_dir: &Path, uid: u32, gid: u32) -> io::Result<Self> {
        let folder = state_dir.join("sandbox");
        fs::create_dir_all(&folder)?;
        let git = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\
            \tlogallrefupdates = true\n";
        let passwd = format!("agent:x:{uid}:{gid}:agent:{HOME}:/bin/sh\n");
        for (name, text) in [
            ("group", format!("agent:x:{gid}:\n")),
            ("hosts", "127.0.0.1 localhost\n::1 localhost\n".to_owned()),
            (
                "nsswitch.conf",
                "passwd: files\ngroup: files\nhosts: files\n".to_owned(),
            ),
            ("passwd", passwd),
            ("git-config", git.to_owned()),
        ] {
            put(&folder.join(name), &text)?;
        }
        Ok(Self { folder })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// A file that nobody writes to, put there whole. What an earlier start left stays if it is the same, and could not be
/// opened for writing by anybody but root.
fn put(path: &Path, text: &str) -> io::Result<()> {
    let readable = Permissions::from_mode(0o444);
    let same = fs::read(path).is_ok_and(|there| there == text.as_bytes());
    if same && fs::metadata(path)?.permissions().mode() & 0o777 == readable.mode() {
        return Ok(());
    }
    let new = path.with_extension(std::process::id().to_string());
    fs::write(&new, text)?;
    fs::set_permissions(&new, readable)?;
    fs::rename(&new, path)
}

/// The home inside: private, and gone with the attempt.
pub(super) const HOME: &str = "/tmp/home";

/// Arguments for the builder, and the descriptors they name.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    pub(super) list: Vec<OsString>,
    pub(super) inherit: Vec<(OwnedFd, RawFd)>,
}

impl Arguments {
    pub(super) fn add<const N: usize>(&mut self, arguments: [&dyn AsRef<std::ffi::OsStr>; N]) {
        self.list.extend(
            arguments
                .iter()
                .map(|argument| argument.as_ref().to_owned()),
        );
    }

    /// Numbers a descriptor for the child.
    pub(super) fn number(&mut self, fd: OwnedFd) -> RawFd {
        const FIRST: usize = 10;
        let number = RawFd::try_from(FIRST + self.inherit.len()).unwrap_or(RawFd::MAX);
        self.inherit.push((fd, number));
        number
    }

    pub(super) fn bind(&mut self, option: &str, fd: OwnedFd, at: &Path) {
        let number = self.number(fd).to_string();
        self.add([&option, &number, &at]);
    }

    /// A file of the sandbox's own with this in it.
    pub(super) fn content(&mut self, content: &[u8], at: &Path) -> io::Result<()> {
        let number = self.number(memory_file(content)?).to_string();
        self.add([&"--perms", &"444", &"--file", &number, &at]);
        Ok(())
    }
}

/// What is the same for every attempt.
pub(super) fn system(stubs: &Stubs, toolchains: &Toolchains, enter: &Path) -> Vec<OsString> {
    let mut arguments = Arguments::default();
    arguments.add([&"--ro-bind", &"/usr", &"/usr"]);
    for path in ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"].map(Path::new) {
        if let Ok(target) = fs::read_link(path) {
            arguments.add([&"--symlink", &target, &path]);
        } else if path.is_dir() {
            arguments.add([&"--ro-bind", &path, &path]);
        }
    }
    for name in ETC {
        let path = Path::new("/etc").join(name);
        if path.exists() {
            arguments.add([&"--ro-bind", &path, &path]);
        }
    }
    for name in PEOPLE {
        arguments.add([
            &"--ro-bind",
            &stubs.path(name),
            &Path::new("/etc").join(name),
        ]);
    }
    arguments.add([&"--proc", &"/proc"]);
    arguments.add([&"--dev", &"/dev"]);
    arguments.add([&"--ro-bind", &enter, &ENTER]);
    for path in &toolchains.paths {
        arguments.add([&"--ro-bind-try", path, path]);
    }
    arguments.list
}

/// What differs from attempt to attempt. Order matters: a later mount covers an earlier one.
pub(super) fn attempt(
    policy: &Policy,
    stubs: &Stubs,
    system: &[OsString],
) -> Result<Arguments, LaunchError> {
    let mut arguments = Arguments::default();
    let size = policy.tmp_bytes.to_string();
    // The temporary folder comes before everything that may lie under it.
    arguments.add([&"--perms", &"1777", &"--size", &size, &"--tmpfs", &"/tmp"]);
    arguments.add([&"--dir", &HOME]);
    arguments.list.extend_from_slice(system);
    arguments.add([
        &"--perms",
        &"1777",
        &"--size",
        &size,
        &"--tmpfs",
        &"/dev/shm",
    ]);
    for path in &policy.read_only {
        arguments.bind("--ro-bind-fd", open("the readable path", path)?, path);
    }
    let worktree = open("the worktree", &policy.worktree)?;
    let option = if policy.role.writes() {
        "--bind-fd"
    } else {
        "--ro-bind-fd"
    };
    arguments.bind(option, worktree, &policy.worktree);
    for path in &policy.writable {
        arguments.bind("--bind-fd", open("the agent's own folder", path)?, path);
    }
    let gitfile = policy.worktree.join(".git");
    let mut git_dirs: Vec<&Path> = policy.git_dir.iter().map(PathBuf::as_path).collect();
    if fs::symlink_metadata(&gitfile).is_ok() {
        let git = open("the worktree's .git", &gitfile)?;
        if !gitfile.is_dir() {
            arguments.bind("--ro-bind-fd", git, &gitfile);
        } else if !git_dirs.contains(&gitfile.as_path()) {
            git_dirs.push(&gitfile);
        }
    }
    let part = match policy.own_repository {
        Some(_) => Part::Objects,
        None => Part::History,
    };
    for git_dir in git_dirs {
        let of = (git_dir, policy.worktree.as_path());
        repository::show(&mut arguments, stubs, of, part)?;
    }
    if let Some(own) = &policy.own_repository {
        own_repository(&mut arguments, own, &gitfile)?;
    }
    arguments.add([&"--remount-ro", &"/dev"]);
    arguments.add([&"--remount-ro", &"/"]);
    arguments.add([&"--chdir", &policy.worktree]);
    Ok(arguments)
}

/// Shows a repository of the agent's own, and leads the worktree to it.
fn own_repository(
    arguments: &mut Arguments,
    own: &OwnRepository,
    gitfile: &Path,
) -> Result<(), LaunchError> {
    let what = "the agent's own repository";
    arguments.bind("--bind-fd", open(what, &own.git_dir)?, &own.git_dir);
    for path in &own.read_only {
        arguments.bind("--ro-bind-fd", open(what, path)?, path);
    }
    arguments.bind("--ro-bind-fd", open(what, &own.gitfile)?, gitfile);
    Ok(())
}

/// Holds on to what a path means now; no link on the way is followed.
pub(super) fn open(what: &'static str, path: &Path) -> Result<OwnedFd, LaunchError> {
    let refused = |source| LaunchError::Path {
        what,
        path: path.to_owned(),
        source,
    };
    if !path.is_absolute() {
        return Err(refused(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not an absolute path",
        )));
    }
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    openat2(
        CWD.as_fd(),
        path,
        flags,
        Mode::empty(),
        ResolveFlags::NO_SYMLINKS,
    )
    .map_err(|error| refused(error.into()))
}

/// A file without a name, to be read from its beginning by whoever is given it.
pub(super) fn memory_file(content: &[u8]) -> io::Result<OwnedFd> {
    use std::io::{Seek, Write};
    let mut file = fs::File::from(memfd_create("ampersand", MemfdFlags::CLOEXEC)?);
    file.write_all(content)?;
    file.rewind()?;
    Ok(file.into())
}
