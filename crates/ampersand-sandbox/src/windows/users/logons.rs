//! How the group's members are let in, and that they are not shown where people log on; as an administrator says it. Errors
//! are the system's numbers.

use std::mem::size_of;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND};
use windows_sys::Win32::Security::Authentication::Identity::{
    LSA_HANDLE, LSA_OBJECT_ATTRIBUTES, LSA_UNICODE_STRING, LsaAddAccountRights, LsaClose,
    LsaNtStatusToWinError, LsaOpenPolicy, LsaRemoveAccountRights, POLICY_CREATE_ACCOUNT,
    POLICY_LOOKUP_NAMES,
};
use windows_sys::Win32::System::Registry::{
    HKEY_LOCAL_MACHINE, REG_DWORD, RegDeleteKeyValueW, RegSetKeyValueW,
};

use super::account::unless;
use crate::container::sid::Sid;
use crate::users::steps::{KEPT_OUT, LET_IN};
use crate::windows::text::{aligned, wide};

/// Where the system is told whom not to show.
const NOT_SHOWN: &str =
    r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon\SpecialAccounts\UserList";

/// The system's policy, open.
struct Policy(LSA_HANDLE);

impl Policy {
    #[expect(unsafe_code, reason = "the policy has no safe interface")]
    fn open() -> Result<Self, u32> {
        let attributes = LSA_OBJECT_ATTRIBUTES {
            Length: size_of::<LSA_OBJECT_ATTRIBUTES>() as u32,
            ..LSA_OBJECT_ATTRIBUTES::default()
        };
        let access = (POLICY_CREATE_ACCOUNT | POLICY_LOOKUP_NAMES).cast_unsigned();
        let mut handle = LSA_HANDLE::default();
        // SAFETY: without a name it is this machine's; the answer is checked before it is used.
        answered(unsafe {
            LsaOpenPolicy(ptr::null(), &raw const attributes, access, &raw mut handle)
        })?;
        Ok(Self(handle))
    }
}

impl Drop for Policy {
    #[expect(unsafe_code, reason = "the policy has no safe interface")]
    fn drop(&mut self) {
        // SAFETY: it is open, and not used any more.
        unsafe { LsaClose(self.0) };
    }
}

/// Members are let in by one way and kept out of all others.
#[expect(unsafe_code, reason = "the policy has no safe interface")]
pub(super) fn set(group: &Sid) -> Result<(), u32> {
    let policy = Policy::open()?;
    let mut group = aligned(group);
    let rights = LET_IN.iter().chain(&KEPT_OUT).copied();
    for right in rights {
        let mut text: Vec<u16> = right.encode_utf16().collect();
        let bytes = u16::try_from(text.len() * 2).unwrap_or(u16::MAX);
        let right = LSA_UNICODE_STRING {
            Length: bytes,
            MaximumLength: bytes,
            Buffer: text.as_mut_ptr(),
        };
        // SAFETY: the policy is open; the identifier is whole; there is one right, as long as it says.
        answered(unsafe {
            LsaAddAccountRights(policy.0, group.as_mut_ptr().cast(), &raw const right, 1)
        })?;
    }
    Ok(())
}

/// Nothing is said of the group any more.
#[expect(unsafe_code, reason = "the policy has no safe interface")]
pub(super) fn unset(group: &Sid) -> Result<(), u32> {
    let policy = Policy::open()?;
    let mut group = aligned(group);
    // SAFETY: the policy is open; the identifier is whole; all rights are meant, so that none is named.
    let answer = answered(unsafe {
        LsaRemoveAccountRights(policy.0, group.as_mut_ptr().cast(), true, ptr::null(), 0)
    });
    answer.or_else(|code| unless(code, &[ERROR_FILE_NOT_FOUND]))
}

#[expect(unsafe_code, reason = "the registry has no safe interface")]
pub(super) fn hide(user: &str) -> Result<(), u32> {
    let (key, user) = (wide(NOT_SHOWN), wide(user));
    let no = 0_u32;
    // SAFETY: both texts end in a NUL; the pointer and its size describe `no`.
    let code = unsafe {
        RegSetKeyValueW(
            HKEY_LOCAL_MACHINE,
            key.as_ptr(),
            user.as_ptr(),
            REG_DWORD,
            (&raw const no).cast(),
            size_of::<u32>() as u32,
        )
    };
    unless(code, &[])
}

#[expect(unsafe_code, reason = "the registry has no safe interface")]
pub(super) fn unhide(user: &str) -> Result<(), u32> {
    let (key, user) = (wide(NOT_SHOWN), wide(user));
    // SAFETY: both texts end in a NUL.
    let code = unsafe { RegDeleteKeyValueW(HKEY_LOCAL_MACHINE, key.as_ptr(), user.as_ptr()) };
    unless(code, &[ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND])
}

#[expect(unsafe_code, reason = "the policy has no safe interface")]
fn answered(status: i32) -> Result<(), u32> {
    match status {
        0 => Ok(()),
        // SAFETY: it turns one number into another.
        status => Err(unsafe { LsaNtStatusToWinError(status) }),
    }
}
