//! Giving an identity rights on files, and taking them back: each file by itself, by a handle that is known not to have
//! followed a link, and never through one. What the system would pass down by itself would follow whatever it finds.

use std::fs::{self, File};
use std::io;
use std::mem::zeroed;
use std::os::windows::fs::{MetadataExt, OpenOptionsExt};
use std::os::windows::io::AsRawHandle;
use std::path::{Path, PathBuf};

use windows_sys::Win32::Foundation::ERROR_INSUFFICIENT_BUFFER;
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, GetKernelObjectSecurity, SetKernelObjectSecurity,
};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_REPARSE_POINT,
    FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, FILE_READ_ATTRIBUTES,
    GetFileInformationByHandle, READ_CONTROL, WRITE_DAC,
};

use crate::container::descriptor::{self, Entry};
use crate::container::grants::{Grant, Right, Seen, entries};
use crate::container::sid::Sid;

/// Gives a right on what the grant names and on all in it. Single files in it that do not let us are left out, and so stay
/// shut; for what is to be kept as it is nothing is left out.
pub(super) fn grant(grant: &Grant, identity: &Sid) -> io::Result<()> {
    let give = |path: &Path, root: bool| {
        change(path, identity, |seen| {
            entries(grant.right, Seen { root, ..seen })
        })
    };
    // The root last: where it names the identity, everything was done.
    walk(&grant.path, &mut |path| match give(path, false) {
        Err(error) if grant.right != Right::Keep => {
            tracing::debug!(%error, path = %path.display(), "no rights on one file");
            Ok(())
        }
        given => given,
    })?;
    give(&grant.path, true)?;
    if names(&grant.path, identity)? {
        return Ok(());
    }
    Err(io::Error::other("this drive keeps no rights; NTFS does"))
}

/// Takes all rights back. What is not there any more needs none; all else is tried, whatever fails on the way.
pub(super) fn revoke(path: &Path, identity: &Sid) -> io::Result<()> {
    let mut failed = None;
    let mut take = |path: &Path| {
        match change(path, identity, |_| Vec::new()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => failed = Some(error),
            _ => {}
        }
        Ok(())
    };
    let walked = match walk(path, &mut take) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        walked => walked,
    };
    take(path)?;
    failed.map_or(walked, Err)
}

/// Whether anything is said of the identity at this very place.
pub(super) fn names(path: &Path, identity: &Sid) -> io::Result<bool> {
    let file = open(path, READ_CONTROL | FILE_READ_ATTRIBUTES)?;
    descriptor::has(&read(&file)?, identity).map_err(io::Error::other)
}

/// Everything in a folder, and nothing that is only linked to from there.
fn walk(root: &Path, each: &mut dyn FnMut(&Path) -> io::Result<()>) -> io::Result<()> {
    let is_folder = |told: &fs::Metadata| {
        let attributes = told.file_attributes();
        attributes & FILE_ATTRIBUTE_DIRECTORY != 0 && attributes & FILE_ATTRIBUTE_REPARSE_POINT == 0
    };
    let mut folders: Vec<PathBuf> = Vec::new();
    folders.extend(is_folder(&fs::symlink_metadata(root)?).then(|| root.to_owned()));
    while let Some(folder) = folders.pop() {
        for listed in fs::read_dir(&folder)? {
            let listed = listed?;
            let path = listed.path();
            each(&path)?;
            if is_folder(&listed.metadata()?) {
                folders.push(path);
            }
        }
    }
    Ok(())
}

fn change(path: &Path, identity: &Sid, wanted: impl FnOnce(Seen) -> Vec<Entry>) -> io::Result<()> {
    let file = open(path, READ_CONTROL | WRITE_DAC | FILE_READ_ATTRIBUTES)?;
    let wanted = wanted(look(&file)?);
    let changed = descriptor::with(&read(&file)?, identity, &wanted);
    match changed.map_err(io::Error::other)? {
        Some(changed) => write(&file, &changed),
        None => Ok(()),
    }
}

/// What is at the path itself, a link included.
fn open(path: &Path, access: u32) -> io::Result<File> {
    File::options()
        .access_mode(access)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT)
        .open(path)
}

#[expect(
    unsafe_code,
    reason = "how many names a file has is not told by a safe interface"
)]
fn look(file: &File) -> io::Result<Seen> {
    // SAFETY: all-zero is a valid value; it holds integers only.
    let mut told: BY_HANDLE_FILE_INFORMATION = unsafe { zeroed() };
    // SAFETY: the handle is open, and the answer is checked before it is used.
    truth(unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut told) })?;
    let folder = told.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY != 0;
    let link = told.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT != 0;
    Ok(Seen {
        root: false,
        folder: folder && !link,
        names: told.nNumberOfLinks,
    })
}

#[expect(unsafe_code, reason = "rights have no safe interface")]
fn read(file: &File) -> io::Result<Vec<u8>> {
    // Words keep it aligned.
    let mut space = vec![0_u32; 256];
    loop {
        let size = u32::try_from(space.len() * 4).unwrap_or(u32::MAX);
        let mut needed = 0;
        // SAFETY: the handle is open; the pointer and its size describe `space`.
        let answer = truth(unsafe {
            GetKernelObjectSecurity(
                file.as_raw_handle(),
                DACL_SECURITY_INFORMATION,
                space.as_mut_ptr().cast(),
                size,
                &raw mut needed,
            )
        });
        let too_small = Some(ERROR_INSUFFICIENT_BUFFER.cast_signed());
        match answer {
            Ok(()) => return Ok(space.into_iter().flat_map(u32::to_ne_bytes).collect()),
            Err(error) if error.raw_os_error() == too_small && needed > size => {
                space.resize((needed as usize).div_ceil(4), 0);
            }
            Err(error) => return Err(error),
        }
    }
}

#[expect(unsafe_code, reason = "rights have no safe interface")]
fn write(file: &File, descriptor: &[u8]) -> io::Result<()> {
    let words = descriptor.chunks(4).map(|word| {
        let mut bytes = [0; 4];
        bytes[..word.len()].copy_from_slice(word);
        u32::from_ne_bytes(bytes)
    });
    let mut words: Vec<u32> = words.collect();
    // SAFETY: the handle is open; the descriptor is aligned, holds together and lies in one piece, as it says of itself.
    truth(unsafe {
        SetKernelObjectSecurity(
            file.as_raw_handle(),
            DACL_SECURITY_INFORMATION,
            words.as_mut_ptr().cast(),
        )
    })
}

fn truth(answer: i32) -> io::Result<()> {
    match answer {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
