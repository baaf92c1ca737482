//! A pack before any library sees it: how much it would become is counted without keeping any of it. Only what git
//! writes into a bundle is understood: whole objects, and differences from one that came before or is there already.

use std::collections::HashMap;
use std::io::{self, BufRead, Read};

use flate2::bufread::ZlibDecoder;
use git2::Oid;
use sha1_checked::{Digest, Sha1};

use super::ImportLimits;
use super::error::{ImportError, malformed};

/// Differences of differences, at most: git writes fifty, or two hundred and fifty when asked for small packs.
const DEPTH: u16 = 250;

const TRAILER_BYTES: usize = 20;

/// What an entry is.
enum Kind {
    Whole,
    /// From the entry that began here.
    FromEntry(u64),
    FromKnown,
}

/// Reads a pack to its end. `known` says whether an object is there already.
pub(super) fn scan(
    pack: &mut impl BufRead,
    limits: ImportLimits,
    known: impl Fn(Oid) -> bool,
) -> Result<(), ImportError> {
    let mut pack = Counted { pack, at: 0 };
    let head: [u8; 12] = pack.exact()?;
    let number =
        |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    if !head.starts_with(b"PACK") || number(4) != 2 {
        return Err(malformed("it holds no pack"));
    }
    let count = number(8);
    if count > limits.objects {
        return Err(too_large("the number of objects", limits.objects.into()));
    }
    let mut depths = HashMap::new();
    let mut total: u64 = 0;
    for _ in 0..count {
        let at = pack.at;
        let (kind, size) = entry(&mut pack, &known)?;
        let depth = match kind {
            Kind::Whole => 0,
            Kind::FromKnown => 1,
            Kind::FromEntry(base) => match depths.get(&base) {
                Some(depth) => *depth + 1,
                None => return Err(malformed("an object is told by one that is not there")),
            },
        };
        if depth > DEPTH {
            return Err(too_large("a chain of differences", DEPTH.into()));
        }
        depths.insert(at, depth);
        fits(size, limits)?;
        let becomes = match kind {
            Kind::Whole => inflate_whole(&mut pack, size)?,
            Kind::FromEntry(_) | Kind::FromKnown => inflate_difference(&mut pack, size)?,
        };
        fits(becomes, limits)?;
        total += becomes;
        if total > limits.total_bytes {
            return Err(too_large("all of its content", limits.total_bytes));
        }
    }
    let _checked_by_the_library: [u8; TRAILER_BYTES] = pack.exact()?;
    match pack.pack.fill_buf() {
        Ok([]) => Ok(()),
        _ => Err(malformed("something follows its pack")),
    }
}

fn too_large(what: &'static str, limit: u64) -> ImportError {
    ImportError::TooLarge { what, limit }
}

fn fits(size: u64, limits: ImportLimits) -> Result<(), ImportError> {
    if size > limits.object_bytes {
        return Err(too_large("an object", limits.object_bytes));
    }
    Ok(())
}

/// The head of an entry: what it is, and how many bytes it inflates to.
fn entry<R: BufRead>(
    pack: &mut Counted<'_, R>,
    known: impl Fn(Oid) -> bool,
) -> Result<(Kind, u64), ImportError> {
    let at = pack.at;
    let mut byte = pack.byte()?;
    let kind = byte >> 4 & 7;
    let mut size = u64::from(byte & 0xf);
    let mut shift = 4;
    while byte & 0x80 != 0 {
        byte = pack.byte()?;
        if shift > 53 {
            return Err(malformed("an object has no size"));
        }
        size |= u64::from(byte & 0x7f) << shift;
        shift += 7;
    }
    let kind = match kind {
        1..=3 => Kind::Whole,
        6 => {
            let back = distance(pack)?;
            let base = at.checked_sub(back).filter(|_| back > 0);
            Kind::FromEntry(base.ok_or_else(|| malformed("an object is told by one outside"))?)
        }
        7 => {
            let id: [u8; 20] = pack.exact()?;
            let id = Oid::from_bytes(&id).map_err(|_| malformed("an object has no name"))?;
            if !known(id) {
                return Err(malformed("an object is told by one that is not there"));
            }
            Kind::FromKnown
        }
        4 => return Err(malformed("it brings tags")),
        _ => return Err(malformed("it holds an object of no kind")),
    };
    Ok((kind, size))
}

/// How far back the base of a difference begins, in the spelling packs have for it.
fn distance<R: BufRead>(pack: &mut Counted<'_, R>) -> Result<u64, ImportError> {
    let mut byte = pack.byte()?;
    let mut back = u64::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        byte = pack.byte()?;
        if back > u64::MAX >> 8 {
            return Err(malformed("an object is told by one outside"));
        }
        back = ((back + 1) << 7) | u64::from(byte & 0x7f);
    }
    Ok(back)
}

fn inflate_whole<R: BufRead>(pack: &mut Counted<'_, R>, size: u64) -> Result<u64, ImportError> {
    let mut hash = Sha1::new();
    inflate(pack, size, |piece| hash.update(piece))?;
    // The block that attacks is found wherever it stands at its place in the content, as in every file published so far;
    // one made for the name of an object is found by the library.
    if hash.try_finalize().has_collision() {
        return Err(ImportError::Collision);
    }
    Ok(size)
}

/// How large the object becomes that a difference describes.
fn inflate_difference<R: BufRead>(
    pack: &mut Counted<'_, R>,
    size: u64,
) -> Result<u64, ImportError> {
    const SIZES: usize = 20;
    let mut front = Vec::new();
    inflate(pack, size, |piece| {
        let room = SIZES.saturating_sub(front.len()).min(piece.len());
        front.extend_from_slice(&piece[..room]);
    })?;
    let mut front = front.iter();
    let mut number = || {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = *front.next()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            shift += 7;
            match byte & 0x80 {
                0 => return Some(value),
                _ if shift > 56 => return None,
                _ => {}
            }
        }
    };
    let (_base, becomes) = (number(), number());
    becomes.ok_or_else(|| malformed("a difference has no size"))
}

/// Inflates exactly so many bytes, piece by piece.
fn inflate<R: BufRead>(
    pack: &mut Counted<'_, R>,
    size: u64,
    mut see: impl FnMut(&[u8]),
) -> Result<(), ImportError> {
    let mut content = ZlibDecoder::new(pack);
    let mut buffer = [0; 16 * 1024];
    let mut left = size;
    loop {
        let read = content.read(&mut buffer);
        let read = read.map_err(|_| malformed("an object does not inflate"))?;
        if read == 0 {
            break;
        }
        left = left
            .checked_sub(read as u64)
            .ok_or_else(|| malformed("an object is larger than it says"))?;
        see(&buffer[..read]);
    }
    if left > 0 {
        return Err(malformed("an object is smaller than it says"));
    }
    Ok(())
}

/// Where in the pack we are.
struct Counted<'pack, R> {
    pack: &'pack mut R,
    at: u64,
}

impl<R: BufRead> Counted<'_, R> {
    fn exact<const N: usize>(&mut self) -> Result<[u8; N], ImportError> {
        let mut bytes = [0; N];
        let read = self.read_exact(&mut bytes);
        read.map(|()| bytes)
            .map_err(|_| malformed("it ends in the middle"))
    }

    fn byte(&mut self) -> Result<u8, ImportError> {
        self.exact().map(|[byte]| byte)
    }
}

impl<R: BufRead> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.pack.read(into)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.pack.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.pack.consume(count);
        self.at += count as u64;
    }
}
