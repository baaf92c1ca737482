//! The two readers a bundle meets before any library does, one after the other.

use super::{ImportError, ImportLimits, bundle, pack};

/// Reads a bundle's head and pack. Half of the objects that it says are there already are.
pub(crate) fn read(mut bytes: &[u8]) -> Result<(), ImportError> {
    let limits = ImportLimits {
        bundle_bytes: 1 << 20,
        objects: 100,
        object_bytes: 1 << 20,
        total_bytes: 4 << 20,
        commits: 10,
    };
    bundle::read(&mut bytes)?;
    pack::scan(&mut bytes, limits, |oid| oid.as_bytes()[0] & 1 == 0)
}
