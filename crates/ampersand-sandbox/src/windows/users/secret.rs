//! What nobody else may know: random bytes, and bytes sealed by the system for the person, or for this machine on the short
//! way to an administrator's program.

use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Cryptography::{
    BCRYPT_USE_SYSTEM_PREFERRED_RNG, BCryptGenRandom, CRYPT_INTEGER_BLOB,
    CRYPTPROTECT_LOCAL_MACHINE, CRYPTPROTECT_UI_FORBIDDEN, CryptProtectData, CryptUnprotectData,
};

use crate::windows::text::truth;

/// Who can open what is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// The person alone, on this machine.
    Person,
    /// Whoever reads the file on this machine: only the file's own rights keep others from it.
    Machine,
}

#[expect(unsafe_code, reason = "the system's randomness has no safe interface")]
pub(super) fn random<const LENGTH: usize>() -> io::Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    let length = u32::try_from(LENGTH).map_err(|_| io::ErrorKind::InvalidInput)?;
    // SAFETY: the pointer and its size describe `bytes`.
    let status = unsafe {
        BCryptGenRandom(
            ptr::null_mut(),
            bytes.as_mut_ptr(),
            length,
            BCRYPT_USE_SYSTEM_PREFERRED_RNG,
        )
    };
    match status {
        0 => Ok(bytes),
        _ => Err(io::Error::other("the system has no randomness")),
    }
}

#[expect(unsafe_code, reason = "sealing has no safe interface")]
pub(super) fn seal(plain: &[u8], who: For) -> io::Result<Vec<u8>> {
    let scope = match who {
        For::Person => 0,
        For::Machine => CRYPTPROTECT_LOCAL_MACHINE,
    };
    let (given, mut sealed) = (blob(plain)?, CRYPT_INTEGER_BLOB::default());
    // SAFETY: the blob describes `plain`, which is only read; the answer is checked before it is used.
    truth(unsafe {
        CryptProtectData(
            &raw const given,
            ptr::null(),
            ptr::null(),
            ptr::null(),
            ptr::null(),
            CRYPTPROTECT_UI_FORBIDDEN | scope,
            &raw mut sealed,
        )
    })?;
    Ok(taken(sealed))
}

#[expect(unsafe_code, reason = "sealing has no safe interface")]
pub(super) fn open(sealed: &[u8]) -> io::Result<Vec<u8>> {
    let (given, mut plain) = (blob(sealed)?, CRYPT_INTEGER_BLOB::default());
    // SAFETY: as above.
    truth(unsafe {
        CryptUnprotectData(
            &raw const given,
            ptr::null_mut(),
            ptr::null(),
            ptr::null(),
            ptr::null(),
            CRYPTPROTECT_UI_FORBIDDEN,
            &raw mut plain,
        )
    })?;
    Ok(taken(plain))
}

/// As the system takes it: it asks for a pointer it may write to, and does not.
fn blob(bytes: &[u8]) -> io::Result<CRYPT_INTEGER_BLOB> {
    Ok(CRYPT_INTEGER_BLOB {
        cbData: u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?,
        pbData: bytes.as_ptr().cast_mut(),
    })
}

/// A copy of what the system gave, which is wiped and freed.
#[expect(unsafe_code, reason = "sealing has no safe interface")]
fn taken(given: CRYPT_INTEGER_BLOB) -> Vec<u8> {
    if given.pbData.is_null() {
        return Vec::new();
    }
    // SAFETY: made by the system, so that it is as long as it says, and nobody else's.
    let bytes = unsafe { std::slice::from_raw_parts_mut(given.pbData, given.cbData as usize) };
    let copy = bytes.to_vec();
    bytes.fill(0);
    // SAFETY: given to us to be freed by this, and not used any more.
    unsafe { LocalFree(given.pbData.cast()) };
    copy
}
