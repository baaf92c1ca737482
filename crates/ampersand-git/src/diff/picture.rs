//! Pictures among changed files. What one is, and how large, is told from its first bytes alone; nothing here decodes it, and
//! one that would take much to decode is not handed out.

use git2::Oid;
use imagesize::{ImageType, blob_size, image_type};

use super::read::{compare, path};
use crate::attach::Repository;
use crate::failure::{Attempting, GitFailure};
use crate::object::CommitId;

/// The largest file, in bytes.
pub const PICTURE_BYTES_MAX: usize = 4 << 20;

/// The most points a picture may have: sixty-four megabytes, once it is decoded.
const POINTS_MAX: usize = 16 << 20;

/// What there is of a picture on one side of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// No file.
    Absent,
    /// A picture.
    Shown {
        /// `png`, `jpeg`, `gif` or `webp`.
        kind: &'static str,
        /// In points.
        width: usize,
        /// In points.
        height: usize,
        /// The file as it is.
        bytes: Vec<u8>,
    },
    /// A file that is no picture, or one too large to be shown.
    NotShown {
        /// Why, as a clause.
        why: &'static str,
    },
}

impl Picture {
    /// What a file's bytes are.
    pub fn of(bytes: &[u8]) -> Self {
        let not = |why| Self::NotShown { why };
        if bytes.len() > PICTURE_BYTES_MAX {
            return not("it is larger than four megabytes");
        }
        let kind = match image_type(bytes) {
            Ok(ImageType::Png) => "png",
            Ok(ImageType::Jpeg) => "jpeg",
            Ok(ImageType::Gif) => "gif",
            Ok(ImageType::Webp) => "webp",
            _ => return not("it is no PNG, JPEG, GIF or WebP"),
        };
        let Ok(size) = blob_size(bytes) else {
            return not("it does not say how large it is");
        };
        let (width, height) = (size.width, size.height);
        let points = width.checked_mul(height);
        if points.is_none_or(|points| points == 0 || points > POINTS_MAX) {
            return not("it has more than sixteen million points, or none");
        }
        Self::Shown {
            kind,
            width,
            height,
            bytes: bytes.to_vec(),
        }
    }
}

impl Repository {
    /// A changed file before and after, as pictures; `shown` is its path as a diff has it. Both are absent if no such file
    /// changed.
    pub fn pictures(
        &self,
        base: CommitId,
        head: CommitId,
        shown: &str,
    ) -> Result<[Picture; 2], GitFailure> {
        let git = self.open_objects()?;
        let diff = compare(&git, base.oid(), head.oid())?;
        let found = diff.deltas().find(|delta| path(delta) == shown);
        let Some(delta) = found else {
            return Ok([Picture::Absent, Picture::Absent]);
        };
        let sides = [delta.old_file(), delta.new_file()].map(|file| file.id());
        let [before, after] = sides.map(|id| side(&git, id));
        Ok([before?, after?])
    }
}

fn side(git: &git2::Repository, id: Oid) -> Result<Picture, GitFailure> {
    if id.is_zero() {
        return Ok(Picture::Absent);
    }
    let odb = git.odb().attempting("read a picture")?;
    let (size, kind) = odb.read_header(id).attempting("read a picture")?;
    if kind != git2::ObjectType::Blob || size > PICTURE_BYTES_MAX {
        return Ok(Picture::NotShown {
            why: "it is larger than four megabytes",
        });
    }
    let blob = git.find_blob(id).attempting("read a picture")?;
    Ok(Picture::of(blob.content()))
}
