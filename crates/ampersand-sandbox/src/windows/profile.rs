//! The profiles of containers: an identity the system makes from a name, with a folder and a part of the registry that are
//! its own. Whatever is asked of the system about them is asked here.

use std::ffi::OsString;
use std::io;
use std::os::windows::ffi::OsStringExt;
use std::path::PathBuf;
use std::ptr;

use windows_sys::Win32::Foundation::{
    ERROR_FILE_NOT_FOUND, ERROR_NOT_FOUND, ERROR_PATH_NOT_FOUND, LocalFree,
};
use windows_sys::Win32::Security::Isolation::{
    CreateAppContainerProfile, DeleteAppContainerProfile,
    DeriveAppContainerSidFromAppContainerName, GetAppContainerFolderPath,
};
use windows_sys::Win32::Security::{DeriveCapabilitySidsFromName, FreeSid, GetLengthSid, PSID};
use windows_sys::Win32::System::Com::CoTaskMemFree;

use crate::container::sid::Sid;

/// What people see of it among the system's containers.
const SHOWN: &str = "Ampersand: one attempt at a task";

/// The identity a profile of this name has, whether or not there is one.
#[expect(unsafe_code, reason = "containers have no safe interface")]
pub(super) fn identity(name: &str) -> io::Result<Sid> {
    let name = wide(name);
    let mut sid: PSID = ptr::null_mut();
    // SAFETY: the name ends in a NUL; the answer is checked before it is used.
    answered(unsafe { DeriveAppContainerSidFromAppContainerName(name.as_ptr(), &raw mut sid) })?;
    let read = read(sid);
    // SAFETY: given to us to be freed by this, and not used any more.
    unsafe { FreeSid(sid) };
    read
}

/// Makes the profile. Returns its folder, in which its identity may do everything.
#[expect(unsafe_code, reason = "containers have no safe interface")]
pub(super) fn make(name: &str, identity: &Sid) -> io::Result<PathBuf> {
    let (name, shown) = (wide(name), wide(SHOWN));
    let mut sid: PSID = ptr::null_mut();
    // SAFETY: all texts end in a NUL; there are no capabilities; the answer is checked before it is used.
    answered(unsafe {
        CreateAppContainerProfile(
            name.as_ptr(),
            shown.as_ptr(),
            shown.as_ptr(),
            ptr::null(),
            0,
            &raw mut sid,
        )
    })?;
    let made = read(sid);
    // SAFETY: as above.
    unsafe { FreeSid(sid) };
    if made? != *identity {
        return Err(io::Error::other(
            "the profile has another identity than its name",
        ));
    }
    folder(identity)
}

/// Removes the profile and all that is in its folder. One that is not there is gone already.
#[expect(unsafe_code, reason = "containers have no safe interface")]
pub(super) fn remove(name: &str) -> io::Result<()> {
    let name = wide(name);
    // SAFETY: the name ends in a NUL.
    let answer = answered(unsafe { DeleteAppContainerProfile(name.as_ptr()) });
    let absent = [ERROR_FILE_NOT_FOUND, ERROR_NOT_FOUND, ERROR_PATH_NOT_FOUND];
    match answer {
        Err(error) if is_one(&error, &absent) => Ok(()),
        answer => answer,
    }
}

#[expect(unsafe_code, reason = "containers have no safe interface")]
fn folder(identity: &Sid) -> io::Result<PathBuf> {
    let text = wide(&identity.to_string());
    let mut path = ptr::null_mut();
    // SAFETY: the text ends in a NUL; the answer is checked before it is used.
    answered(unsafe { GetAppContainerFolderPath(text.as_ptr(), &raw mut path) })?;
    if path.is_null() {
        return Err(io::Error::other("the profile has no folder"));
    }
    let mut units = Vec::new();
    for at in 0.. {
        // SAFETY: it ends in a NUL, and nothing beyond that is read.
        match unsafe { *path.add(at) } {
            0 => break,
            unit => units.push(unit),
        }
    }
    // SAFETY: given to us to be freed by this, and not used any more.
    unsafe { CoTaskMemFree(path.cast()) };
    Ok(OsString::from_wide(&units).into())
}

/// What any container may be let in by that is told of it: an identity the system makes from a name.
#[expect(unsafe_code, reason = "containers have no safe interface")]
pub(super) fn capability(name: &str) -> io::Result<Sid> {
    let name = wide(name);
    let mut lists: [(*mut PSID, u32); 2] = [(ptr::null_mut(), 0); 2];
    let [groups, own] = &mut lists;
    // SAFETY: the name ends in a NUL; the answer is checked before it is used.
    let answer = unsafe {
        DeriveCapabilitySidsFromName(
            name.as_ptr(),
            &raw mut groups.0,
            &raw mut groups.1,
            &raw mut own.0,
            &raw mut own.1,
        )
    };
    if answer == 0 {
        return Err(io::Error::last_os_error());
    }
    // The second list holds the one we are after.
    let sid = match lists[1] {
        // SAFETY: the list has at least one member.
        (list, 1..) => read(unsafe { *list }),
        _ => Err(io::ErrorKind::NotFound.into()),
    };
    for (list, count) in lists {
        for at in 0..count as usize {
            // SAFETY: the list has that many members, each given to us to be freed by this.
            unsafe { LocalFree(*list.add(at)) };
        }
        // SAFETY: given to us to be freed by this, and not used any more.
        unsafe { LocalFree(list.cast()) };
    }
    sid
}

/// A copy of what the system holds.
#[expect(unsafe_code, reason = "identifiers have no safe interface")]
pub(super) fn read(sid: PSID) -> io::Result<Sid> {
    if sid.is_null() {
        return Err(io::ErrorKind::NotFound.into());
    }
    // SAFETY: made by the system, so that it is as long as it says.
    let bytes = unsafe { std::slice::from_raw_parts(sid.cast::<u8>(), GetLengthSid(sid) as usize) };
    Sid::at(bytes).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// An answer of those that give the system's own codes in a wrapper.
fn answered(answer: i32) -> io::Result<()> {
    const OF_THE_SYSTEM: i32 = 7;
    if answer >= 0 {
        return Ok(());
    }
    if answer >> 16 & 0x1fff == OF_THE_SYSTEM {
        return Err(io::Error::from_raw_os_error(answer & 0xffff));
    }
    Err(io::Error::from_raw_os_error(answer))
}

fn is_one(error: &io::Error, codes: &[u32]) -> bool {
    let code = error.raw_os_error().map(i32::cast_unsigned);
    code.is_some_and(|code| codes.contains(&code))
}
