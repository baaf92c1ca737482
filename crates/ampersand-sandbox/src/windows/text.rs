//! Texts as the system takes them, and what it makes of lists of who may do what that are written as text.

use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{ACL, GetSecurityDescriptorDacl, PSECURITY_DESCRIPTOR};

use crate::container::sid::Sid;

/// With its end.
pub(super) fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// A yes or no of the system's, a no with its reason.
pub(super) fn truth(answer: i32) -> io::Result<()> {
    match answer {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// An identifier in words, so that it is aligned as the system wants it.
pub(super) fn aligned(sid: &Sid) -> Vec<u32> {
    let words = sid.bytes().chunks_exact(4).map(|word| {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(word);
        u32::from_ne_bytes(bytes)
    });
    words.collect()
}

/// A descriptor the system made from text, in one piece.
pub(super) struct Descriptor {
    start: PSECURITY_DESCRIPTOR,
    length: u32,
}

impl Descriptor {
    #[expect(unsafe_code, reason = "descriptors have no safe interface")]
    pub(super) fn of(text: &str) -> io::Result<Self> {
        let text = wide(text);
        let mut made = Self {
            start: ptr::null_mut(),
            length: 0,
        };
        // SAFETY: the text ends in a NUL; the answer is checked before it is used.
        truth(unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &raw mut made.start,
                &raw mut made.length,
            )
        })?;
        Ok(made)
    }

    /// Good for as long as this value is.
    pub(super) const fn start(&self) -> PSECURITY_DESCRIPTOR {
        self.start
    }

    pub(super) const fn length(&self) -> u32 {
        self.length
    }

    /// Its list, good for as long as this value is.
    #[expect(unsafe_code, reason = "descriptors have no safe interface")]
    pub(super) fn list(&self) -> io::Result<*mut ACL> {
        let (mut present, mut by_default) = (0, 0);
        let mut list = ptr::null_mut();
        // SAFETY: the descriptor was made by the system; the answer is checked before it is used.
        truth(unsafe {
            GetSecurityDescriptorDacl(
                self.start,
                &raw mut present,
                &raw mut list,
                &raw mut by_default,
            )
        })?;
        // Without one everybody may do everything.
        match present != 0 && !list.is_null() {
            true => Ok(list),
            false => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

impl Drop for Descriptor {
    #[expect(unsafe_code, reason = "descriptors have no safe interface")]
    fn drop(&mut self) {
        // SAFETY: given to us to be freed by this, and not used any more.
        unsafe { LocalFree(self.start) };
    }
}
