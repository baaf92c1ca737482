//! What is asked of the system about itself and about processes.

use std::env;
use std::ffi::OsString;
use std::io;
use std::mem::{size_of, zeroed};
use std::os::windows::ffi::OsStringExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::PathBuf;

use windows_sys::Win32::Foundation::{ERROR_INVALID_PARAMETER, HANDLE};
use windows_sys::Win32::System::SystemInformation::GetSystemWindowsDirectoryW;
use windows_sys::Win32::System::SystemServices::PROCESS_MITIGATION_CHILD_PROCESS_POLICY;
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, GetProcessMitigationPolicy, OpenProcess, PROCESS_ACCESS_RIGHTS,
    PROCESS_QUERY_INFORMATION, PROCESS_QUERY_LIMITED_INFORMATION, ProcessChildProcessPolicy,
};

use crate::container::environment::System;

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

/// Whether an attempt is the one process we started, and that cannot start any other.
pub(crate) fn gave_up_executing(known: u32, pids: &[u32]) -> bool {
    let barren = open(known, PROCESS_QUERY_INFORMATION)
        .and_then(|process| is_barren(process.as_raw_handle()));
    pids == [known] && barren.unwrap_or(false)
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

/// Another process, by its number.
#[expect(unsafe_code, reason = "processes have no safe interface")]
pub(super) fn open(pid: u32, access: PROCESS_ACCESS_RIGHTS) -> io::Result<OwnedHandle> {
    // SAFETY: what it gives is checked before it is used.
    let handle = unsafe { OpenProcess(access, 0, pid) };
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is open, and only just made for us.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}
