//! Attempts on files: contents, names, attributes, and the ways around a path.

use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, chown, symlink};
use std::path::Path;

use crate::calls::answered;

/// Nothing where the words are no attempt of these.
pub(crate) fn attempt(words: &[&str]) -> Option<io::Result<String>> {
    let nothing = |done: io::Result<()>| done.map(|()| String::new());
    Some(match *words {
        ["read", path] => read(path),
        ["contains", path, needle] => read(path).and_then(|text| found(text.contains(needle))),
        ["create", path] => nothing(fs::write(path, "x")),
        ["append", path] => nothing(
            File::options()
                .append(true)
                .open(path)
                .and_then(|mut file| file.write_all(b"x")),
        ),
        ["truncate", path] => nothing(
            File::options()
                .write(true)
                .truncate(true)
                .open(path)
                .map(drop),
        ),
        ["set_size", path] => nothing(set_size(path)),
        ["grow", path, bytes] => nothing(grow(path, bytes.parse().unwrap_or_default())),
        ["unlink", path] => nothing(fs::remove_file(path)),
        ["rmdir", path] => nothing(fs::remove_dir(path)),
        ["rename", from, to] => nothing(fs::rename(from, to)),
        ["exchange", from, to] => nothing(exchange(from, to)),
        ["hardlink", from, to] => nothing(fs::hard_link(from, to)),
        ["symlink", target, at] => nothing(symlink(target, at)),
        ["mkdir", path] => nothing(fs::create_dir(path)),
        ["list", path] => fs::read_dir(path).map(|entries| entries.count().to_string()),
        ["stat", path] => fs::symlink_metadata(path).map(|meta| meta.len().to_string()),
        ["chmod", path, mode] => {
            let mode = u32::from_str_radix(mode, 8).unwrap_or_default();
            nothing(fs::set_permissions(path, fs::Permissions::from_mode(mode)))
        }
        ["chown", path] => nothing(chown(path, Some(1), Some(1))),
        ["utime", path] => nothing(utime(path)),
        ["setxattr", path] => nothing(setxattr(path, c"user.ampersand")),
        ["file_capability", path] => nothing(setxattr(path, c"security.capability")),
        ["mkfifo", path] => nothing(mknod(path, libc::S_IFIFO | 0o600, 0)),
        ["mkdev", path] => nothing(mknod(path, libc::S_IFCHR | 0o600, libc::makedev(1, 3))),
        ["mksetuid", path] => nothing(
            File::options()
                .write(true)
                .create_new(true)
                .mode(0o4755)
                .open(path)
                .map(drop),
        ),
        ["mksetuid_nameless", folder] => nothing(mksetuid_nameless(folder)),
        ["descriptors"] => descriptors(),
        ["watch", path] => nothing(watch(path)),
        ["reserve", path, bytes] => nothing(reserve(path, bytes.parse().unwrap_or_default())),
        ["descriptors_had", most] => descriptors_had(most.parse().unwrap_or_default()),
        ["fill", path, bytes] => fill(path, bytes.parse().unwrap_or_default()),
        _ => return None,
    })
}

pub(crate) fn found(yes: bool) -> io::Result<String> {
    if yes {
        Ok("found".to_owned())
    } else {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// A set-uid file without a name, which is given one then.
fn mksetuid_nameless(folder: &str) -> io::Result<()> {
    let file = File::options()
        .write(true)
        .custom_flags(libc::O_TMPFILE)
        .mode(0o4755)
        .open(folder)?;
    let open = format!("/proc/self/fd/{}", file.as_raw_fd());
    let named = format!("{folder}/setuid-nameless");
    rustix::fs::linkat(
        rustix::fs::CWD,
        open,
        rustix::fs::CWD,
        named,
        rustix::fs::AtFlags::SYMLINK_FOLLOW,
    )?;
    Ok(())
}

fn read(path: &str) -> io::Result<String> {
    let mut file = File::options()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)?;
    let mut bytes = Vec::new();
    Read::by_ref(&mut file)
        .take(1 << 20)
        .read_to_end(&mut bytes)?;
    // Open and empty tells nothing, which is as good as shut.
    if bytes.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn path(path: &str) -> CString {
    CString::new(Path::new(path).as_os_str().as_bytes()).unwrap_or_default()
}

#[expect(unsafe_code, reason = "the call itself is what is tried")]
fn set_size(at: &str) -> io::Result<()> {
    let at = path(at);
    // SAFETY: the path ends with a nul and outlives the call.
    answered(unsafe { libc::truncate(at.as_ptr(), 0) }.into())
}

#[expect(unsafe_code, reason = "the call itself is what is tried")]
fn exchange(from: &str, to: &str) -> io::Result<()> {
    let (from, to) = (path(from), path(to));
    let (here, flags) = (libc::AT_FDCWD, libc::RENAME_EXCHANGE);
    // SAFETY: both paths end with a nul and outlive the call.
    answered(unsafe {
        libc::syscall(
            libc::SYS_renameat2,
            here,
            from.as_ptr(),
            here,
            to.as_ptr(),
            flags,
        )
    })
}

#[expect(unsafe_code, reason = "the call itself is what is tried")]
fn utime(at: &str) -> io::Result<()> {
    let at = path(at);
    // SAFETY: the path ends with a nul and outlives the call; no times means now.
    answered(unsafe { libc::utimensat(libc::AT_FDCWD, at.as_ptr(), std::ptr::null(), 0) }.into())
}

#[expect(unsafe_code, reason = "the call itself is what is tried")]
fn setxattr(at: &str, name: &std::ffi::CStr) -> io::Result<()> {
    let at = path(at);
    let value = [1_u8, 0, 0, 2];
    // SAFETY: the texts end with nuls, and the value is as long as is said.
    answered(
        unsafe {
            libc::setxattr(
                at.as_ptr(),
                name.as_ptr(),
                value.as_ptr().cast(),
                value.len(),
                0,
            )
        }
        .into(),
    )
}

#[expect(unsafe_code, reason = "the call itself is what is tried")]
fn mknod(at: &str, mode: libc::mode_t, device: libc::dev_t) -> io::Result<()> {
    let at = path(at);
    // SAFETY: the path ends with a nul and outlives the call.
    answered(unsafe { libc::mknod(at.as_ptr(), mode, device) }.into())
}

#[expect(unsafe_code, reason = "the call itself is what is tried")]
fn watch(at: &str) -> io::Result<()> {
    let at = path(at);
    // SAFETY: a new descriptor; the path ends with a nul and outlives the call.
    answered(
        unsafe {
            let watcher = libc::inotify_init1(libc::IN_CLOEXEC);
            libc::inotify_add_watch(watcher, at.as_ptr(), libc::IN_ALL_EVENTS)
        }
        .into(),
    )
}

/// The numbers of open descriptors besides the one that lists them.
fn descriptors() -> io::Result<String> {
    let mut open = Vec::new();
    for number in 0..1024 {
        if rustix::io::fcntl_getfd(borrow(number)).is_ok() {
            open.push(number.to_string());
        }
    }
    Ok(open.join(" "))
}

#[expect(unsafe_code, reason = "whether the number is open is the question")]
fn borrow(number: i32) -> std::os::fd::BorrowedFd<'static> {
    // SAFETY: asked about only; a number that is not open gets an error.
    unsafe { std::os::fd::BorrowedFd::borrow_raw(number) }
}

/// How many bytes could be written.
fn fill(path: &str, bytes: u64) -> io::Result<String> {
    ignore_size_signal();
    let mut file = File::create(path)?;
    let block = vec![b'x'; 1 << 16];
    let mut written = 0;
    while written < bytes {
        match file.write(&block) {
            Ok(more) => written += more as u64,
            Err(_) => break,
        }
    }
    Ok(written.to_string())
}

/// Makes a file that long, all of it a hole.
fn grow(path: &str, bytes: u64) -> io::Result<()> {
    ignore_size_signal();
    let grown = File::create(path).and_then(|file| file.set_len(bytes));
    drop(fs::remove_file(path));
    grown
}

/// Asks for that much of the disk at once.
fn reserve(path: &str, bytes: u64) -> io::Result<()> {
    ignore_size_signal();
    let file = File::create(path)?;
    let reserved = rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, bytes);
    // Given back at once, so that what follows finds the disk as it was.
    drop(fs::remove_file(path));
    Ok(reserved?)
}

/// How many descriptors could be had at one time.
fn descriptors_had(most: u64) -> io::Result<String> {
    let limits = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    // What one may ask for, one asks for.
    let all = rustix::process::Rlimit {
        current: limits.maximum,
        maximum: limits.maximum,
    };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, all)?;
    let mut open = Vec::new();
    while (open.len() as u64) < most {
        match File::open("/dev/null") {
            Ok(file) => open.push(file),
            Err(_) => break,
        }
    }
    Ok(open.len().to_string())
}

#[expect(unsafe_code, reason = "no safe interface to dispositions")]
fn ignore_size_signal() {
    // SAFETY: no handler runs; the write fails instead.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}
