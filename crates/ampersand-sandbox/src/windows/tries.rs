//! What the canary tries as a user of its own, besides what it tries in a container.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::ptr;
use std::time::Duration;

use windows_sys::Win32::Security::Credentials::{CredEnumerateW, CredFree};
use windows_sys::Win32::System::Registry::{
    HKEY, HKEY_USERS, KEY_READ, RegCloseKey, RegOpenKeyExW,
};
use windows_sys::Win32::System::StationsAndDesktops::{CloseWindowStation, OpenWindowStationW};

use super::enter::append;
use super::text::{truth, wide};
use crate::container::song::{Attempt, UserBait};

/// How long it is waited for an answer that must not come.
const PATIENCE: Duration = Duration::from_secs(1);

/// Meant for examples: nobody is there, and a filter that lets it through leaves it without an answer.
const NOWHERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// What is asked of somebody else's station: the least there is, to read what it is like.
const LEAST: u32 = 0x2;

pub(super) fn perform(attempt: Attempt, bait: &UserBait) -> io::Result<()> {
    let reach = |address: Ipv4Addr, port| {
        TcpStream::connect_timeout(&SocketAddr::from((address, port)), PATIENCE).map(drop)
    };
    match attempt {
        Attempt::ReachWay => reach(Ipv4Addr::LOCALHOST, bait.way),
        Attempt::ReachNeighbour => reach(Ipv4Addr::new(127, 0, 0, 2), bait.way),
        Attempt::ReachOut => match reach(NOWHERE, 443) {
            // It was on its way.
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Ok(()),
            reached => reached,
        },
        Attempt::Listen => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map(drop),
        Attempt::ReadShared => fs::read(&bait.shared).map(drop),
        Attempt::WriteShared => append(&bait.shared),
        Attempt::WriteSystem => write_system(),
        Attempt::ReadOthers => fs::read(&bait.others).map(drop),
        Attempt::ReadHive => open_key(HKEY_USERS, &format!(r"{}\Software", bait.person)),
        Attempt::ReadCredentials => read_credentials(),
        Attempt::OpenStation => open_station(),
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Where all users of a machine may make files, by custom.
fn write_system() -> io::Result<()> {
    let places = [
        ("ProgramData", ""),
        ("SystemDrive", ""),
        ("SystemRoot", "Temp"),
        ("SystemDrive", r"Users\Public"),
    ];
    let name = format!("ampersand-canary-{}", std::process::id());
    let made = places.iter().find_map(|(variable, below)| {
        let mut place = std::env::var_os(variable)?;
        place.push("\\");
        let path = PathBuf::from(place).join(below).join(&name);
        let file = File::options().write(true).create_new(true).open(&path);
        file.ok().map(|_| path)
    });
    match made {
        // It may: that is what was to be found out.
        Some(path) => fs::remove_file(path).or(Ok(())),
        None => Err(io::ErrorKind::PermissionDenied.into()),
    }
}

#[expect(unsafe_code, reason = "the registry has no safe interface")]
pub(super) fn open_key(root: HKEY, name: &str) -> io::Result<()> {
    let name = wide(name);
    let mut key = ptr::null_mut();
    // SAFETY: the name ends in a NUL; the key is closed only if it was opened.
    unsafe {
        match RegOpenKeyExW(root, name.as_ptr(), 0, KEY_READ, &raw mut key) {
            0 => {
                RegCloseKey(key);
                Ok(())
            }
            code => Err(io::Error::from_raw_os_error(code.cast_signed())),
        }
    }
}

/// Whether any are told.
#[expect(unsafe_code, reason = "credentials have no safe interface")]
fn read_credentials() -> io::Result<()> {
    let (mut count, mut list) = (0, ptr::null_mut());
    // SAFETY: no filter means all; the list is freed only if it was given.
    truth(unsafe { CredEnumerateW(ptr::null(), 0, &raw mut count, &raw mut list) })?;
    // SAFETY: given to us to be freed by this.
    unsafe { CredFree(list.cast()) };
    match count {
        0 => Err(io::ErrorKind::NotFound.into()),
        _ => Ok(()),
    }
}

/// The station people sit at.
#[expect(unsafe_code, reason = "stations have no safe interface")]
fn open_station() -> io::Result<()> {
    let name = wide("WinSta0");
    // SAFETY: the name ends in a NUL; the station is closed only if it was opened.
    unsafe {
        let station = OpenWindowStationW(name.as_ptr(), 0, LEAST);
        if station.is_null() {
            return Err(io::Error::last_os_error());
        }
        CloseWindowStation(station);
    }
    Ok(())
}
