//! Bundles byte by byte, with what git would never write.

use std::io::Write;

use ampersand_git::CommitId;
use flate2::{Compression, write::ZlibEncoder};
use git2::{ObjectType, Oid};
use sha1::{Digest, Sha1};

pub(super) const COMMIT: u8 = 1;
pub(super) const TREE: u8 = 2;
pub(super) const BLOB: u8 = 3;
const FROM_ENTRY: u8 = 6;
const FROM_NAMED: u8 = 7;

/// Objects that are to be put into a bundle.
#[derive(Default)]
pub(super) struct Craft {
    entries: Vec<Vec<u8>>,
    /// Instead of the true number, if it is set.
    pub(super) count: Option<u32>,
}

pub(super) fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A folder's bytes, in the order given.
pub(super) fn tree(entries: &[(&str, &str, Oid)]) -> Vec<u8> {
    let entry = |(mode, name, oid): &(&str, &str, Oid)| {
        [
            mode.as_bytes(),
            b" ",
            name.as_bytes(),
            b"\0",
            oid.as_bytes(),
        ]
        .concat()
    };
    entries.iter().flat_map(entry).collect()
}

fn head(kind: u8, mut size: u64) -> Vec<u8> {
    let mut bytes = vec![kind << 4 | u8::try_from(size & 0xf).unwrap()];
    size >>= 4;
    while size > 0 {
        *bytes.last_mut().unwrap() |= 0x80;
        bytes.push(u8::try_from(size & 0x7f).unwrap());
        size >>= 7;
    }
    bytes
}

/// A number as differences spell it.
pub(super) fn number(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value & 0x7f).unwrap();
        value >>= 7;
        bytes.push(low | if value > 0 { 0x80 } else { 0 });
        if value == 0 {
            return bytes;
        }
    }
}

fn distance(mut value: u64) -> Vec<u8> {
    let mut bytes = vec![u8::try_from(value & 0x7f).unwrap()];
    value >>= 7;
    while value > 0 {
        value -= 1;
        bytes.push(0x80 | u8::try_from(value & 0x7f).unwrap());
        value >>= 7;
    }
    bytes.reverse();
    bytes
}

impl Craft {
    /// An object as it should be; returns its name.
    pub(super) fn whole(&mut self, kind: u8, content: &[u8]) -> Oid {
        self.raw(kind, content);
        let kind = match kind {
            COMMIT => ObjectType::Commit,
            TREE => ObjectType::Tree,
            _ => ObjectType::Blob,
        };
        Oid::hash_object(kind, content).unwrap()
    }

    pub(super) fn raw(&mut self, kind: u8, content: &[u8]) {
        self.claims(kind, content.len() as u64, &deflated(content));
    }

    /// An object that says it has this size, whatever is in it.
    pub(super) fn claims(&mut self, kind: u8, size: u64, deflated: &[u8]) {
        self.entries.push([&*head(kind, size), deflated].concat());
    }

    pub(super) fn blob(&mut self, content: &[u8]) -> Oid {
        self.whole(BLOB, content)
    }

    /// A difference from an entry that began so many bytes before.
    pub(super) fn by_entry(&mut self, back: u64, difference: &[u8]) {
        let head = head(FROM_ENTRY, difference.len() as u64);
        self.entries
            .push([head, distance(back), deflated(difference)].concat());
    }

    /// A difference from a named object.
    pub(super) fn by_named(&mut self, base: Oid, difference: &[u8]) {
        let head = head(FROM_NAMED, difference.len() as u64);
        self.entries
            .push([&*head, base.as_bytes(), &deflated(difference)].concat());
    }

    /// How many bytes the newest entry takes.
    pub(super) fn newest(&self) -> u64 {
        self.entries.last().unwrap().len() as u64
    }

    pub(super) fn commit(&mut self, root: Oid, parents: &[CommitId]) -> CommitId {
        let parents: String = parents.iter().map(|id| format!("parent {id}\n")).collect();
        let who = "A <a@example.invalid> 1700000000 +0000";
        let text = format!("tree {root}\n{parents}author {who}\ncommitter {who}\n\nwork\n");
        let oid = self.whole(COMMIT, text.as_bytes());
        CommitId::try_from(oid.to_string()).unwrap()
    }

    pub(super) fn pack(&self) -> Vec<u8> {
        let count = self
            .count
            .unwrap_or(u32::try_from(self.entries.len()).unwrap());
        let mut pack = [&b"PACK"[..], &2u32.to_be_bytes(), &count.to_be_bytes()].concat();
        pack.extend(self.entries.concat());
        let trailer = Sha1::digest(&pack);
        pack.extend(trailer);
        pack
    }

    pub(super) fn bundle(&self, needs: &[CommitId], tip: CommitId) -> Vec<u8> {
        let mut text = "# v2 git bundle\n".to_owned();
        for need in needs {
            text.push_str(&format!("-{need} base\n"));
        }
        text.push_str(&format!("{tip} HEAD\n\n"));
        [text.into_bytes(), self.pack()].concat()
    }
}
