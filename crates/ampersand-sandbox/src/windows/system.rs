//! What is asked of the system about itself and about processes.

use std::env;
use std::ffi::OsString;
use std::io;
use std::mem::{size_of, zeroed};
use std::os::windows::ffi::OsStringExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::PathBuf;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_INVALID_PARAMETER, HANDLE};
use windows_sys::Win32::Security::{
    GetTokenInformation, SID_AND_ATTRIBUTES, TOKEN_ACCESS_MASK, TOKEN_ELEVATION, TOKEN_GROUPS,
    TOKEN_INFORMATION_CLASS, TOKEN_QUERY, TOKEN_USER, TokenElevation, TokenGroups, TokenUser,
};
use windows_sys::Win32::System::SystemInformation::GetSystemWindowsDirectoryW;
use windows_sys::Win32::System::SystemServices::PROCESS_MITIGATION_CHILD_PROCESS_POLICY;
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, GetProcessMitigationPolicy, OpenProcess, OpenProcessToken,
    PROCESS_ACCESS_RIGHTS, PROCESS_QUERY_INFORMATION, PROCESS_QUERY_LIMITED_INFORMATION,
    ProcessChildProcessPolicy,
};

use super::profile::read;
use super::text::truth;
use crate::container::environment::System;
use crate::container::sid::Sid;

/// Where programs are installed for everybody, and only administrators write.
const INSTALLED: [&str; 5] = [
    "CommonProgramFiles",
    "CommonProgramFiles(x86)",
    "ProgramFiles",
    "ProgramFiles(x86)",
    "ProgramW6432",
];

/// What else programs ask about the system.
const FACTS: [&str; 6] = [
    "NUMBER_OF_PROCESSORS",
    "PROCESSOR_ARCHITECTURE",
    "PROCESSOR_IDENTIFIER",
    "PROCESSOR_LEVEL",
    "PROCESSOR_REVISION",
    "ProgramData",
];

/// The system as we find it.
pub(super) fn look() -> io::Result<System> {
    let told = |name: &&str| env::var_os(name).map(|value| ((*name).to_owned(), value));
    let installed = INSTALLED.iter().filter_map(told);
    let path = env::var_os("PATH").unwrap_or_default();
    Ok(System {
        windows: windows_folder()?,
        installed: installed
            .map(|(name, value)| (name, value.into()))
            .collect(),
        searched: env::split_paths(&path).collect(),
        facts: FACTS.iter().filter_map(told).collect(),
    })
}

#[expect(unsafe_code, reason = "no safe interface tells it")]
fn windows_folder() -> io::Result<PathBuf> {
    let mut units = [0; 512];
    // SAFETY: the pointer and its size describe `units`.
    let length = unsafe { GetSystemWindowsDirectoryW(units.as_mut_ptr(), units.len() as u32) };
    match units.get(..length as usize) {
        Some(folder) if length > 0 => Ok(OsString::from_wide(folder).into()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Whether this process cannot start any other.
#[expect(unsafe_code, reason = "processes have no safe interface")]
pub(crate) fn starts_nothing() -> io::Result<bool> {
    // SAFETY: it cannot fail, and what it gives needs no closing.
    is_barren(unsafe { GetCurrentProcess() })
}

/// Whether all that there is of an attempt is one process, and that one cannot start any other. Which one that is does not
/// matter: the one we started may have made way for it.
pub(crate) fn gave_up_executing(_known: u32, pids: &[u32]) -> bool {
    let barren = |pid| {
        open(pid, PROCESS_QUERY_INFORMATION)
            .and_then(|process| is_barren(process.as_raw_handle()))
            .unwrap_or(false)
    };
    matches!(pids, [only] if barren(*only))
}

#[expect(unsafe_code, reason = "processes have no safe interface")]
fn is_barren(process: HANDLE) -> io::Result<bool> {
    const NO_CHILDREN: u32 = 1;
    // SAFETY: all-zero is a valid value; it holds integers only.
    let mut policy: PROCESS_MITIGATION_CHILD_PROCESS_POLICY = unsafe { zeroed() };
    // SAFETY: the handle is open; the pointer and its size describe `policy`.
    let answer = unsafe {
        GetProcessMitigationPolicy(
            process,
            ProcessChildProcessPolicy,
            (&raw mut policy).cast(),
            size_of::<PROCESS_MITIGATION_CHILD_PROCESS_POLICY>(),
        )
    };
    if answer == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: either reading of it is an integer.
    Ok(unsafe { policy.Anonymous.Flags } & NO_CHILDREN != 0)
}

/// Whether there is a process of this number. One that may not be looked at is there too.
pub(super) fn is_there(pid: u32) -> bool {
    let invalid = Some(ERROR_INVALID_PARAMETER.cast_signed());
    !matches!(open(pid, PROCESS_QUERY_LIMITED_INFORMATION), Err(error) if error.raw_os_error() == invalid)
}

/// The token we have.
#[expect(unsafe_code, reason = "tokens have no safe interface")]
pub(super) fn own_token(access: TOKEN_ACCESS_MASK) -> io::Result<OwnedHandle> {
    let mut token = ptr::null_mut();
    // SAFETY: the process handle stands for ourselves; the answer is checked before it is used.
    truth(unsafe { OpenProcessToken(GetCurrentProcess(), access, &raw mut token) })?;
    owned(token)
}

/// Whose a token is.
#[expect(unsafe_code, reason = "tokens have no safe interface")]
pub(super) fn user_of(token: &OwnedHandle) -> io::Result<Sid> {
    let told = told(token, TokenUser)?;
    // SAFETY: the system filled it in, and it is aligned for it.
    let user = unsafe { &*told.as_ptr().cast::<TOKEN_USER>() };
    read(user.User.Sid)
}

/// The groups of a token.
#[expect(unsafe_code, reason = "tokens have no safe interface")]
pub(super) fn groups(token: &OwnedHandle) -> io::Result<Vec<Sid>> {
    let told = told(token, TokenGroups)?;
    let list = told.as_ptr().cast::<TOKEN_GROUPS>();
    // SAFETY: the system filled it in, it is aligned for it, and it has as many members as it says.
    let groups = unsafe {
        let first = (&raw const (*list).Groups).cast::<SID_AND_ATTRIBUTES>();
        std::slice::from_raw_parts(first, (*list).GroupCount as usize)
    };
    groups.iter().map(|group| read(group.Sid)).collect()
}

/// Whether we may do what an administrator may.
#[expect(unsafe_code, reason = "tokens have no safe interface")]
pub(super) fn is_administrator() -> io::Result<bool> {
    let token = own_token(TOKEN_QUERY)?;
    let told = told(&token, TokenElevation)?;
    // SAFETY: the system filled it in, and it is aligned for it.
    let elevation = unsafe { &*told.as_ptr().cast::<TOKEN_ELEVATION>() };
    Ok(elevation.TokenIsElevated != 0)
}

/// What the system says of a token, in words so that it is aligned.
#[expect(unsafe_code, reason = "tokens have no safe interface")]
fn told(token: &OwnedHandle, class: TOKEN_INFORMATION_CLASS) -> io::Result<Vec<usize>> {
    let mut space = vec![0_usize; 512];
    loop {
        let size = u32::try_from(space.len() * size_of::<usize>()).unwrap_or(u32::MAX);
        let mut needed = 0;
        // SAFETY: the handle is open; the pointer and its size describe `space`.
        let answer = truth(unsafe {
            GetTokenInformation(
                token.as_raw_handle(),
                class,
                space.as_mut_ptr().cast(),
                size,
                &raw mut needed,
            )
        });
        match answer {
            Ok(()) => return Ok(space),
            Err(_) if needed > size => {
                space.resize((needed as usize).div_ceil(size_of::<usize>()), 0);
            }
            Err(error) => return Err(error),
        }
    }
}

/// A handle that was only just made for us.
#[expect(unsafe_code, reason = "takes ownership of a raw handle")]
pub(super) fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is open, and only just made for us.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// Another process, by its number.
#[expect(unsafe_code, reason = "processes have no safe interface")]
pub(super) fn open(pid: u32, access: PROCESS_ACCESS_RIGHTS) -> io::Result<OwnedHandle> {
    // SAFETY: what it gives is checked before it is used.
    owned(unsafe { OpenProcess(access, 0, pid) })
}
