//! Where attempts of other users have their windows: a station that is not the person's, and in it a desktop for each. The
//! station is that of our own session for what is not to be seen; others of the person's programs may use it too, so that
//! nothing that stands in its list is taken away.

use std::ffi::c_void;
use std::io;
use std::mem::size_of;
use std::ptr;
use std::sync::{Mutex, PoisonError};

use windows_sys::Win32::Foundation::{ERROR_INSUFFICIENT_BUFFER, GENERIC_ALL};
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, GetUserObjectSecurity, SECURITY_ATTRIBUTES, SetUserObjectSecurity,
};
use windows_sys::Win32::Storage::FileSystem::{READ_CONTROL, WRITE_DAC};
use windows_sys::Win32::System::StationsAndDesktops::{
    CloseDesktop, CloseWindowStation, CreateDesktopW, CreateWindowStationW,
    GetProcessWindowStation, GetUserObjectInformationW, SetProcessWindowStation, UOI_NAME,
};

use crate::container::descriptor::{self, Entry, Kind};
use crate::container::sid::Sid;
use crate::users::token::{STATION, desktop};
use crate::windows::text::{Descriptor, truth, wide};

/// To make desktops in it, and to know of itself.
const OURS: u32 = READ_CONTROL | WRITE_DAC | 0x8 | 0x2;

/// A process is at one station at a time, and desktops are made at that one.
static AT_STATION: Mutex<()> = Mutex::new(());

/// A handle of the system's for windows, as a number: it belongs to the process and to no thread.
type Number = isize;

#[derive(Debug)]
pub(super) struct Station {
    handle: Number,
    name: String,
}

/// Gone with its last window, once this value is.
#[derive(Debug)]
pub(in crate::windows) struct Desktop {
    handle: Number,
    /// As a program that is started there is told.
    pub(in crate::windows) name: String,
}

impl Station {
    /// One that lets in the group, besides whom it lets in already.
    #[expect(unsafe_code, reason = "stations have no safe interface")]
    pub(super) fn make(group: &Sid) -> io::Result<Self> {
        // SAFETY: it takes nothing, and what it gives needs no closing.
        let own = unsafe { GetProcessWindowStation() };
        // Whoever makes it first says who is let in: no fewer than at the station we are at.
        let mut like_ours = read(some(own)?)?;
        let attributes = attributes(like_ours.as_mut_ptr().cast());
        // SAFETY: without a name it is that of our session; the descriptor outlives the call.
        let made = unsafe { CreateWindowStationW(ptr::null(), 0, OURS, &raw const attributes) };
        let mut station = Self {
            handle: some(made)?,
            name: String::new(),
        };
        station.name = name(station.handle)?;
        station.let_in(group)?;
        Ok(station)
    }

    fn let_in(&self, group: &Sid) -> io::Result<()> {
        let entry = Entry {
            kind: Kind::Allow,
            flags: 0,
            mask: STATION,
        };
        let list: Vec<u8> = read(self.handle)?
            .into_iter()
            .flat_map(u32::to_ne_bytes)
            .collect();
        match descriptor::with(&list, group, &[entry]).map_err(io::Error::other)? {
            Some(changed) => write(self.handle, &changed),
            None => Ok(()),
        }
    }

    /// A desktop for one user.
    #[expect(unsafe_code, reason = "stations have no safe interface")]
    pub(super) fn desktop(&self, called: &str, user: &Sid, person: &Sid) -> io::Result<Desktop> {
        let list = Descriptor::of(&desktop(user, person))?;
        let attributes = attributes(list.start());
        let wide = wide(called);
        let _alone = AT_STATION.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: it takes nothing, and what it gives needs no closing.
        let own = some(unsafe { GetProcessWindowStation() })?;
        // SAFETY: the handle is open.
        truth(unsafe { SetProcessWindowStation(self.handle as *mut c_void) })?;
        // SAFETY: the text ends in a NUL; the descriptor outlives the call; the rest may be absent.
        let made = unsafe {
            CreateDesktopW(
                wide.as_ptr(),
                ptr::null(),
                ptr::null(),
                0,
                GENERIC_ALL,
                &raw const attributes,
            )
        };
        let made = some(made);
        // SAFETY: it is where we were.
        let back = truth(unsafe { SetProcessWindowStation(own as *mut c_void) });
        let desktop = Desktop {
            handle: made?,
            name: format!("{}\\{called}", self.name),
        };
        back?;
        Ok(desktop)
    }
}

impl Drop for Station {
    #[expect(unsafe_code, reason = "stations have no safe interface")]
    fn drop(&mut self) {
        // SAFETY: it is open, and not used any more by this value.
        unsafe { CloseWindowStation(self.handle as *mut c_void) };
    }
}

impl Drop for Desktop {
    #[expect(unsafe_code, reason = "desktops have no safe interface")]
    fn drop(&mut self) {
        // SAFETY: it is open, and not used any more by this value.
        unsafe { CloseDesktop(self.handle as *mut c_void) };
    }
}

fn some(handle: *mut c_void) -> io::Result<Number> {
    match handle.is_null() {
        true => Err(io::Error::last_os_error()),
        false => Ok(handle as Number),
    }
}

fn attributes(descriptor: *mut c_void) -> SECURITY_ATTRIBUTES {
    SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: descriptor,
        bInheritHandle: 0,
    }
}

/// What a station is called.
#[expect(unsafe_code, reason = "stations have no safe interface")]
fn name(handle: Number) -> io::Result<String> {
    let mut units = [0_u16; 256];
    let mut length = 0;
    // SAFETY: the handle is open; the pointer and its size describe `units`.
    truth(unsafe {
        GetUserObjectInformationW(
            handle as *mut c_void,
            UOI_NAME,
            units.as_mut_ptr().cast(),
            size_of_val(&units) as u32,
            &raw mut length,
        )
    })?;
    let end = units.iter().position(|unit| *unit == 0).unwrap_or(0);
    match String::from_utf16(&units[..end]) {
        Ok(name) if !name.is_empty() => Ok(name),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Who may do what there, in words, which keep it aligned.
#[expect(unsafe_code, reason = "stations have no safe interface")]
fn read(handle: Number) -> io::Result<Vec<u32>> {
    let wanted = DACL_SECURITY_INFORMATION;
    let mut space = vec![0_u32; 256];
    loop {
        let size = u32::try_from(space.len() * 4).unwrap_or(u32::MAX);
        let mut needed = 0;
        // SAFETY: the handle is open; the pointer and its size describe `space`.
        let answer = truth(unsafe {
            GetUserObjectSecurity(
                handle as *mut c_void,
                &raw const wanted,
                space.as_mut_ptr().cast(),
                size,
                &raw mut needed,
            )
        });
        let too_small = Some(ERROR_INSUFFICIENT_BUFFER.cast_signed());
        match answer {
            Ok(()) => return Ok(space),
            Err(error) if error.raw_os_error() == too_small && needed > size => {
                space.resize((needed as usize).div_ceil(4), 0);
            }
            Err(error) => return Err(error),
        }
    }
}

#[expect(unsafe_code, reason = "stations have no safe interface")]
fn write(handle: Number, descriptor: &[u8]) -> io::Result<()> {
    let words = descriptor.chunks(4).map(|word| {
        let mut bytes = [0; 4];
        bytes[..word.len()].copy_from_slice(word);
        u32::from_ne_bytes(bytes)
    });
    let mut words: Vec<u32> = words.collect();
    let wanted = DACL_SECURITY_INFORMATION;
    // SAFETY: the handle is open; the descriptor is aligned, holds together and lies in one piece, as it says of itself.
    truth(unsafe {
        SetUserObjectSecurity(
            handle as *mut c_void,
            &raw const wanted,
            words.as_mut_ptr().cast(),
        )
    })
}
