//! Whether a checkout and the folder git keeps about it are on one disk: landing moves files between the two by renaming,
//! which is what makes it possible to take back at every step.

use std::path::Path;

/// Whether a file can be renamed from one of these folders into the other. What cannot be found out counts as yes.
#[cfg(unix)]
pub(super) fn share_one(left: &Path, right: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| path.metadata().map(|found| found.dev()).ok();
    device(left) == device(right) && mount(left) == mount(right)
}

#[cfg(windows)]
pub(super) fn share_one(left: &Path, right: &Path) -> bool {
    left.components().next() == right.components().next()
}

/// Which mount a path lies on: between two of the same disk nothing is renamed either.
#[cfg(target_os = "linux")]
fn mount(path: &Path) -> Option<u64> {
    use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
    let found = statx(CWD, path, AtFlags::empty(), StatxFlags::MNT_ID).ok()?;
    let is_told = found.stx_mask & StatxFlags::MNT_ID.bits() != 0;
    is_told.then_some(found.stx_mnt_id)
}

#[cfg(all(unix, not(target_os = "linux")))]
const fn mount(_path: &Path) -> Option<u64> {
    None
}
