//! Lists of who may do what with a file, as the system keeps them: read, and written anew with other entries for one
//! identity. What is said of anybody else stays as it is, byte for byte.

use super::sid::Sid;

/// An entry of one identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    /// Who inherits it; see [`ALL_BELOW`] and [`ONLY_BELOW`].
    pub(crate) flags: u8,
    /// What is meant.
    pub(crate) mask: u32,
}

/// What an entry does with what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Allow,
    Deny,
}

/// Files and folders made below inherit the entry.
pub(crate) const ALL_BELOW: u8 = 0x01 | 0x02;
/// The entry means nothing for the folder itself.
pub(crate) const ONLY_BELOW: u8 = ALL_BELOW | 0x08;
/// The entry came from a folder above.
const INHERITED: u8 = 0x10;

const PRESENT: u16 = 0x0004;
const ASK_INHERITED: u16 = 0x0100;
const AUTO_INHERITED: u16 = 0x0400;
const PROTECTED: u16 = 0x1000;
const SELF_RELATIVE: u16 = 0x8000;

const DESCRIPTOR_HEAD: usize = 20;
const LIST_HEAD: usize = 8;
const ENTRY_HEAD: usize = 8;

/// Why a descriptor cannot be given entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    /// Nothing could be kept from anybody there.
    #[error("it has no list of who may do what, so that everybody may do everything")]
    NoList,
    /// It does not hold together.
    #[error("its list of who may do what cannot be read")]
    Malformed,
    /// There is no room.
    #[error("its list of who may do what is full")]
    Full,
}

/// A descriptor taken apart as far as this needs it.
struct Parts<'a> {
    control: u16,
    revision: u8,
    entries: Vec<&'a [u8]>,
}

/// The descriptor with `entries` for `sid` in place of all it had, holding nothing but the list; `None` where that is what
/// stands there already.
pub(crate) fn with(
    descriptor: &[u8],
    sid: &Sid,
    entries: &[Entry],
) -> Result<Option<Vec<u8>>, Unusable> {
    let Parts {
        control,
        revision,
        entries: before,
    } = parts(descriptor)?;
    let ours = |wanted: Kind| {
        let of_kind = entries.iter().filter(move |entry| entry.kind == wanted);
        of_kind.map(|entry| written(*entry, sid))
    };
    let (own, inherited): (Vec<&[u8]>, Vec<&[u8]>) = before
        .iter()
        .copied()
        .filter(|entry| !names(entry, sid))
        .partition(|entry| entry[1] & INHERITED == 0);
    // The order in which the system reads lists: what is denied here, what is allowed here, what came from above.
    let after: Vec<Vec<u8>> = ours(Kind::Deny)
        .chain(own.into_iter().map(|entry| entry.to_vec()))
        .chain(ours(Kind::Allow))
        .chain(inherited.into_iter().map(|entry| entry.to_vec()))
        .collect();
    if after.iter().map(Vec::as_slice).eq(before.iter().copied()) {
        return Ok(None);
    }
    let size = LIST_HEAD + after.iter().map(Vec::len).sum::<usize>();
    let size = u16::try_from(size).map_err(|_| Unusable::Full)?;
    let count = u16::try_from(after.len()).map_err(|_| Unusable::Full)?;
    let mut control = control & (PROTECTED | AUTO_INHERITED) | PRESENT | SELF_RELATIVE;
    if control & AUTO_INHERITED != 0 {
        // Else the system forgets that entries here come from above.
        control |= ASK_INHERITED;
    }
    let mut written = vec![1, 0];
    written.extend(control.to_le_bytes());
    written.extend([0; 12]);
    written.extend(20_u32.to_le_bytes());
    written.extend([revision, 0]);
    written.extend(size.to_le_bytes());
    written.extend(count.to_le_bytes());
    written.extend([0; 2]);
    written.extend(after.into_iter().flatten());
    Ok(Some(written))
}

/// Whether anything is said of `sid`.
pub(crate) fn has(descriptor: &[u8], sid: &Sid) -> Result<bool, Unusable> {
    let parts = parts(descriptor)?;
    Ok(parts.entries.iter().any(|entry| names(entry, sid)))
}

fn parts(descriptor: &[u8]) -> Result<Parts<'_>, Unusable> {
    let head = descriptor
        .get(..DESCRIPTOR_HEAD)
        .ok_or(Unusable::Malformed)?;
    let control = short(head, 2);
    let start = u32::from_le_bytes([head[16], head[17], head[18], head[19]]) as usize;
    if control & SELF_RELATIVE == 0 {
        return Err(Unusable::Malformed);
    }
    if control & PRESENT == 0 || start == 0 {
        return Err(Unusable::NoList);
    }
    let list = descriptor.get(start..).ok_or(Unusable::Malformed)?;
    let head = list.get(..LIST_HEAD).ok_or(Unusable::Malformed)?;
    let size = usize::from(short(head, 2));
    let mut rest = list.get(LIST_HEAD..size).ok_or(Unusable::Malformed)?;
    let mut entries = Vec::new();
    for _ in 0..short(head, 4) {
        let size = rest.get(..4).map(|head| usize::from(short(head, 2)));
        let size = size.filter(|size| *size >= 4).ok_or(Unusable::Malformed)?;
        let (entry, after) = rest.split_at_checked(size).ok_or(Unusable::Malformed)?;
        entries.push(entry);
        rest = after;
    }
    Ok(Parts {
        control,
        revision: head[0],
        entries,
    })
}

fn short(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

/// Whether an entry is about `sid`, with or without a condition.
fn names(entry: &[u8], sid: &Sid) -> bool {
    let has_identity_first = matches!(entry[0], 0 | 1 | 9 | 10);
    has_identity_first && entry.get(ENTRY_HEAD..).and_then(Sid::at).as_ref() == Some(sid)
}

fn written(entry: Entry, sid: &Sid) -> Vec<u8> {
    let kind = match entry.kind {
        Kind::Allow => 0,
        Kind::Deny => 1,
    };
    let size = ENTRY_HEAD + sid.bytes().len();
    // At most fifteen numbers in an identifier.
    let size = u16::try_from(size).unwrap_or(u16::MAX);
    let mut written = vec![kind, entry.flags];
    written.extend(size.to_le_bytes());
    written.extend(entry.mask.to_le_bytes());
    written.extend(sid.bytes());
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: u32 = 0x0012_00a9;

    fn sid(text: &str) -> Sid {
        text.parse().unwrap()
    }

    fn ours() -> Sid {
        sid("S-1-15-2-1-2-3-4-5-6-7")
    }

    fn theirs() -> Sid {
        sid("S-1-5-21-1-2-3-1001")
    }

    /// As the system gives it: with an owner before the list.
    fn descriptor(control: u16, entries: &[Vec<u8>]) -> Vec<u8> {
        let owner = theirs();
        let start = 20 + u32::try_from(owner.bytes().len()).unwrap();
        let list = entries.concat();
        let mut bytes = vec![1, 0];
        bytes.extend((control | PRESENT | SELF_RELATIVE).to_le_bytes());
        bytes.extend(20_u32.to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend(start.to_le_bytes());
        bytes.extend(owner.bytes());
        bytes.extend([2, 0]);
        bytes.extend(u16::try_from(8 + list.len()).unwrap().to_le_bytes());
        bytes.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
        bytes.extend([0; 2]);
        bytes.extend(list);
        bytes
    }

    fn entry(kind: Kind, flags: u8, mask: u32, sid: &Sid) -> Vec<u8> {
        written(Entry { kind, flags, mask }, sid)
    }

    fn list(descriptor: &[u8]) -> Vec<Vec<u8>> {
        let parts = parts(descriptor).unwrap();
        parts.entries.iter().map(|entry| entry.to_vec()).collect()
    }

    #[test]
    fn entries_stand_where_the_system_reads_them_and_go_without_a_trace() {
        let allowed = entry(Kind::Allow, 0, 0x1f_01ff, &theirs());
        let above = entry(Kind::Allow, INHERITED, READ, &sid("S-1-5-32-545"));
        let before = descriptor(AUTO_INHERITED, &[allowed.clone(), above.clone()]);
        let given = [
            Entry {
                kind: Kind::Allow,
                flags: ALL_BELOW,
                mask: READ,
            },
            Entry {
                kind: Kind::Deny,
                flags: 0,
                mask: 2,
            },
        ];
        let after = with(&before, &ours(), &given).unwrap().unwrap();
        let deny = entry(Kind::Deny, 0, 2, &ours());
        let allow = entry(Kind::Allow, ALL_BELOW, READ, &ours());
        assert_eq!(list(&after), [deny, allowed.clone(), allow, above.clone()]);
        assert_eq!(
            short(&after, 2),
            AUTO_INHERITED | ASK_INHERITED | PRESENT | SELF_RELATIVE
        );
        assert!(has(&after, &ours()).unwrap());
        // The same again changes nothing; other rights take the place of these.
        assert_eq!(with(&after, &ours(), &given).unwrap(), None);
        let other = with(&after, &ours(), &given[..1]).unwrap().unwrap();
        assert_eq!(list(&other).len(), 3);
        let back = with(&after, &ours(), &[]).unwrap().unwrap();
        assert_eq!(list(&back), [allowed, above]);
        assert!(!has(&back, &ours()).unwrap());
        assert_eq!(with(&before, &ours(), &[]).unwrap(), None);
    }

    #[test]
    fn inherited_entries_of_ours_go_too_and_unknown_ones_stay() {
        let from_above = entry(Kind::Allow, INHERITED, READ, &ours());
        // One of a kind this reads nothing of, though our identity stands where another kind would have it.
        let mut unknown = entry(Kind::Allow, 0, READ, &ours());
        unknown[0] = 5;
        let before = descriptor(PROTECTED, &[unknown.clone(), from_above]);
        let back = with(&before, &ours(), &[]).unwrap().unwrap();
        assert_eq!(list(&back), [unknown]);
        assert_eq!(short(&back, 2) & PROTECTED, PROTECTED);
    }

    #[test]
    fn a_list_that_bars_nobody_or_cannot_be_read_is_refused() {
        let whole = descriptor(0, &[entry(Kind::Allow, 0, READ, &theirs())]);
        let mut open = whole.clone();
        open[16..20].fill(0);
        assert_eq!(with(&open, &ours(), &[]), Err(Unusable::NoList));
        let mut absent = whole.clone();
        absent[2] &= !4;
        assert_eq!(has(&absent, &ours()), Err(Unusable::NoList));
        for length in 0..whole.len() {
            let cut = with(&whole[..length], &ours(), &[]);
            assert_eq!(cut, Err(Unusable::Malformed), "{length}");
        }
        let many = vec![entry(Kind::Allow, 0, READ, &theirs()); 1800];
        let full = with(
            &descriptor(0, &many),
            &sid("S-1-15-2-1-2-3-4-5-6-7-8-9-10-11-12-13-14"),
            &[],
        );
        assert_eq!(full, Ok(None));
        let given = vec![
            Entry {
                kind: Kind::Allow,
                flags: 0,
                mask: READ
            };
            1800
        ];
        let over = with(&descriptor(0, &many), &ours(), &given);
        assert_eq!(over, Err(Unusable::Full));
    }
}
