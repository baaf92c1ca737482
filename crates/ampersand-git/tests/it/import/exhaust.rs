//! Bundles made to exhaust whoever reads them.

use ampersand_git::{CommitId, ImportLimits};
use git2::Oid;

use super::craft::{BLOB, Craft, TREE, deflated, number, tree};
use super::{base, import, refused, traces};
use crate::scratch::Scratch;

const MIB: u64 = 1 << 20;

/// The beginning of the file by which SHA-1 was first seen broken: from it on, two files have one name.
const COLLIDES: &str = "255044462d312e330a25e2e3cfd30a0a0a312030206f626a0a3c3c2f57696474682032203020522f4865696768742033203020522f5479706520\
    34203020522f537562747970652035203020522f46696c7465722036203020522f436f6c6f7253706163652037203020522f4c656e6774682038\
    203020522f42697473506572436f6d706f6e656e7420383e3e0a73747265616d0affd8fffe00245348412d312069732064656164212121212185\
    2fec092339759c39b1a1c63c4c97e1fffe017346dc9166b67e118f029ab621b2560ff9ca67cca8c7f85ba84c79030c2b3de218f86db3a90901d5\
    df45c14f26fedfb3dc38e96ac22fe7bd728f0e45bce046d23c570feb141398bb552ef5a0a82be331fea48037b8b5d71f0e332edf93ac3500eb4d\
    dc0decc1a864790c782c76215660dd309791d06bd0af3f98cda4bc4629b1";

/// A craft with one commit on the base, to which something is added, and that commit.
fn begun(scratch: &Scratch) -> (Craft, CommitId) {
    let mut craft = Craft::default();
    let blob = craft.blob(b"content");
    let root = craft.whole(TREE, &tree(&[("100644", "a", blob)]));
    let commit = craft.commit(root, &[base(scratch)]);
    (craft, commit)
}

#[track_caller]
fn added(code: &str, add: impl FnOnce(&mut Craft)) {
    let scratch = Scratch::with(&[("a.txt", "a\n")]);
    let (mut craft, commit) = begun(&scratch);
    add(&mut craft);
    refused(&scratch, &craft.bundle(&[base(&scratch)], commit), code);
}

#[test]
fn objects_that_would_become_huge_are_refused_before_they_do() {
    let zeros = deflated(&vec![0; 4 << 20]);
    // Nothing is taken at its word, and nothing beyond it is read.
    added("import_too_large", |craft| {
        craft.claims(BLOB, 8 << 40, &zeros)
    });
    added("import_malformed", |craft| craft.claims(BLOB, MIB, &zeros));
    added("import_malformed", |craft| {
        craft.claims(BLOB, 7, &deflated(b"six"))
    });
    // A few bytes that describe very many.
    added("import_too_large", |craft| {
        craft.blob(b"seed");
        let back = craft.newest();
        let difference = [number(4), number(1 << 40), vec![0x90, 4]].concat();
        craft.by_entry(back, &difference);
    });
    // Each fits, all of them do not.
    let scratch = Scratch::with(&[("a.txt", "a\n")]);
    let (mut craft, commit) = begun(&scratch);
    for _ in 0..5 {
        craft.claims(BLOB, 4 * MIB, &zeros);
    }
    let limits = ImportLimits {
        total_bytes: 16 * MIB,
        ..ImportLimits::default()
    };
    let bundle = craft.bundle(&[base(&scratch)], commit);
    let told = scratch
        .attach()
        .import_bundle("t1", base(&scratch), &*bundle, limits);
    assert_eq!(told.unwrap_err().code(), "import_too_large");
    assert!(peak() < 200 * MIB, "{} bytes were used at once", peak());
}

/// The most memory this process ever had, in bytes; nought where the system does not say.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

#[test]
fn endless_chains_of_differences_are_refused() {
    added("import_too_large", |craft| {
        craft.blob(b"seed");
        for nth in 0..600u16 {
            let back = craft.newest();
            let text = nth.to_be_bytes();
            let difference = [
                number(if nth == 0 { 4 } else { 2 }),
                number(2),
                vec![2],
                text.to_vec(),
            ]
            .concat();
            craft.by_entry(back, &difference);
        }
    });
}

#[test]
fn broken_differences_are_refused() {
    let copies_beyond = [number(4), number(16), vec![0x91, 200, 16]].concat();
    let is_no_code = [number(4), number(1), vec![0]].concat();
    let of_another_size = [number(5), number(1), vec![1, b'x']].concat();
    let says_more = [number(4), number(9), vec![1, b'x']].concat();
    for difference in [copies_beyond, is_no_code, of_another_size, says_more] {
        added("import_malformed", |craft| {
            craft.blob(b"seed");
            let back = craft.newest();
            craft.by_entry(back, &difference);
        });
    }
    let fine = [number(4), number(1), vec![1, b'x']].concat();
    for back in [0, 1, 1 << 40] {
        added("import_malformed", |craft| {
            craft.blob(b"seed");
            craft.by_entry(back, &fine);
        });
    }
    added("import_malformed", |craft| {
        craft.by_named(Oid::ZERO_SHA1, &fine)
    });
    added("import_malformed", |craft| {
        let here = craft.blob(b"seed");
        craft.by_named(here, &fine);
    });
}

#[test]
fn bundles_over_a_limit_are_refused() {
    let scratch = Scratch::with(&[("a.txt", "a\n")]);
    let (craft, commit) = begun(&scratch);
    let bundle = craft.bundle(&[base(&scratch)], commit);
    let before = traces(&scratch);
    let limits = ImportLimits::default();
    for tight in [
        ImportLimits {
            bundle_bytes: 300,
            ..limits
        },
        ImportLimits {
            objects: 2,
            ..limits
        },
        ImportLimits {
            object_bytes: 6,
            ..limits
        },
        ImportLimits {
            total_bytes: 30,
            ..limits
        },
        ImportLimits {
            commits: 0,
            ..limits
        },
    ] {
        let told = scratch
            .attach()
            .import_bundle("t1", base(&scratch), &*bundle, tight);
        assert_eq!(told.unwrap_err().code(), "import_too_large", "{tight:?}");
        assert_eq!(traces(&scratch), before);
    }
    import(&scratch, &bundle).unwrap();
}

#[test]
fn packs_that_are_cut_off_or_changed_are_refused() {
    let scratch = Scratch::with(&[("a.txt", "a\n")]);
    let (mut craft, commit) = begun(&scratch);
    let bundle = craft.bundle(&[base(&scratch)], commit);
    for end in [bundle.len() - 1, bundle.len() - 20, bundle.len() - 40, 170] {
        refused(&scratch, &bundle[..end], "import_malformed");
    }
    let mut longer = bundle.clone();
    longer.push(0);
    refused(&scratch, &longer, "import_malformed");
    let mut changed = bundle.clone();
    *changed.last_mut().unwrap() ^= 1;
    refused(&scratch, &changed, "import_malformed");
    craft.count = Some(0);
    let bundle = craft.bundle(&[base(&scratch)], commit);
    refused(&scratch, &bundle, "import_malformed");
    for count in [2, 4, 200_000] {
        craft.count = Some(count);
        let bundle = craft.bundle(&[base(&scratch)], commit);
        // The checksum is read as another object, and may say that this one is large.
        let error = import(&scratch, &bundle).unwrap_err();
        let codes = ["import_malformed", "import_too_large"];
        assert!(codes.contains(&error.code()), "{error}");
    }
    craft.count = Some(u32::MAX);
    refused(
        &scratch,
        &craft.bundle(&[base(&scratch)], commit),
        "import_too_large",
    );
    // What a folder names is not there.
    let mut craft = Craft::default();
    let absent = Oid::hash_object(git2::ObjectType::Blob, b"absent").unwrap();
    let root = craft.whole(TREE, &tree(&[("100644", "a", absent)]));
    let commit = craft.commit(root, &[base(&scratch)]);
    refused(
        &scratch,
        &craft.bundle(&[base(&scratch)], commit),
        "import_malformed",
    );
}

#[test]
fn a_file_made_so_that_two_share_a_name_is_refused() {
    let digits = COLLIDES.as_bytes().chunks(2);
    let bytes: Vec<u8> = digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    assert_eq!(bytes.len(), 320);
    added("import_collision", |craft| {
        craft.blob(&bytes);
    });
    let mut harmless = bytes;
    harmless[250] ^= 1;
    let scratch = Scratch::with(&[("a.txt", "a\n")]);
    let mut craft = Craft::default();
    let blob = craft.blob(&harmless);
    let root = craft.whole(TREE, &tree(&[("100644", "a", blob)]));
    let commit = craft.commit(root, &[base(&scratch)]);
    import(&scratch, &craft.bundle(&[base(&scratch)], commit)).unwrap();
}
