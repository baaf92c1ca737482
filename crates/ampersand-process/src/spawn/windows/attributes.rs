//! What a process is told of when it is made, in the shapes the system takes it in.

use std::io;
use std::marker::PhantomData;
use std::mem::{size_of, size_of_val};
use std::ptr;

use windows_sys::Win32::Security::{
    GetLengthSid, IsValidSid, PSID, SECURITY_CAPABILITIES, SID_AND_ATTRIBUTES,
};
use windows_sys::Win32::System::SystemServices::SE_GROUP_ENABLED;
use windows_sys::Win32::System::Threading::{
    DeleteProcThreadAttributeList, InitializeProcThreadAttributeList, UpdateProcThreadAttribute,
};

use crate::spec::Container;
use crate::tree::platform::truth;

/// Handles, job, container, children.
const ATTRIBUTES: u32 = 4;

/// What a process is given when it is made; it borrows what it points to.
pub(super) struct Attributes<'a> {
    /// Words keep it aligned.
    space: Vec<usize>,
    given: PhantomData<&'a ()>,
}

impl<'a> Attributes<'a> {
    #[expect(unsafe_code, reason = "attribute lists have no safe interface")]
    pub(super) fn with_room() -> io::Result<Self> {
        let mut size = 0;
        // SAFETY: without a list it only tells the size, by way of failing.
        let _ = unsafe {
            InitializeProcThreadAttributeList(ptr::null_mut(), ATTRIBUTES, 0, &raw mut size)
        };
        let mut space = vec![0_usize; size.div_ceil(size_of::<usize>())];
        // SAFETY: the space has the size that was asked for.
        truth(unsafe {
            InitializeProcThreadAttributeList(
                space.as_mut_ptr().cast(),
                ATTRIBUTES,
                0,
                &raw mut size,
            )
        })?;
        Ok(Self {
            space,
            given: PhantomData,
        })
    }

    /// `value` has to be what the system takes for `attribute`.
    #[expect(unsafe_code, reason = "attribute lists have no safe interface")]
    pub(super) fn set<T>(&mut self, attribute: u32, value: &'a T) -> io::Result<()> {
        // SAFETY: the list is initialised, and the value lives as long as the list does.
        truth(unsafe {
            UpdateProcThreadAttribute(
                self.list(),
                0,
                attribute as usize,
                ptr::from_ref(value).cast(),
                size_of_val(value),
                ptr::null_mut(),
                ptr::null(),
            )
        })
    }

    pub(super) fn list(&mut self) -> *mut core::ffi::c_void {
        self.space.as_mut_ptr().cast()
    }
}

impl Drop for Attributes<'_> {
    #[expect(unsafe_code, reason = "attribute lists have no safe interface")]
    fn drop(&mut self) {
        // SAFETY: it was initialised, or there would be no value of this type.
        unsafe { DeleteProcThreadAttributeList(self.list()) };
    }
}

/// Identifiers as the system wants them: in words, so that they are aligned.
pub(super) struct Sids {
    package: Vec<u32>,
    others: Vec<Vec<u32>>,
    listed: Vec<SID_AND_ATTRIBUTES>,
}

impl Sids {
    pub(super) fn of(container: &Container) -> io::Result<Self> {
        let others = container.capabilities.iter();
        Ok(Self {
            package: aligned(&container.package)?,
            others: others.map(|sid| aligned(sid)).collect::<Result<_, _>>()?,
            listed: Vec::new(),
        })
    }

    /// Points into this value, which must stay.
    pub(super) fn capabilities(&mut self) -> SECURITY_CAPABILITIES {
        let listed = self.others.iter_mut().map(|sid| SID_AND_ATTRIBUTES {
            Sid: sid.as_mut_ptr().cast(),
            Attributes: SE_GROUP_ENABLED as u32,
        });
        self.listed = listed.collect();
        SECURITY_CAPABILITIES {
            AppContainerSid: self.package.as_mut_ptr().cast(),
            Capabilities: match self.listed.is_empty() {
                true => ptr::null_mut(),
                false => self.listed.as_mut_ptr(),
            },
            CapabilityCount: u32::try_from(self.listed.len()).unwrap_or(u32::MAX),
            Reserved: 0,
        }
    }
}

/// A copy of an identifier in words, if it is one.
#[expect(unsafe_code, reason = "identifiers have no safe interface")]
pub(super) fn aligned(sid: &[u8]) -> io::Result<Vec<u32>> {
    let words = sid.chunks_exact(4).map(|word| {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(word);
        u32::from_ne_bytes(bytes)
    });
    let mut words: Vec<u32> = words.collect();
    let malformed = || io::Error::new(io::ErrorKind::InvalidInput, "not a security identifier");
    // Its second byte counts the words after the first two, and nothing may be read beyond them.
    let counted = sid.get(1).map(|count| 8 + 4 * usize::from(*count));
    if counted != Some(sid.len()) {
        return Err(malformed());
    }
    let start: PSID = words.as_mut_ptr().cast();
    // SAFETY: it is aligned and as long as it says, which was looked at above.
    let valid = unsafe { IsValidSid(start) != 0 && GetLengthSid(start) as usize == sid.len() };
    match valid {
        true => Ok(words),
        false => Err(malformed()),
    }
}
