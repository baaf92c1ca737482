//! What an attempt's identity is let do with which files: rights on the folders its policy names, and which entries of their
//! lists these are. Whatever is not named here names no identity of ours, and stays shut.

use std::path::{Path, PathBuf};

use super::descriptor::{ALL_BELOW, Entry, Kind, ONLY_BELOW};
use crate::policy::Policy;

/// A right on a file, or on a folder with all that is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) path: PathBuf,
    pub(crate) right: Right,
}

/// How far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// To be read and executed.
    Read,
    /// To be changed, what is in it moved and removed; itself neither moved nor removed.
    Write,
    /// To be read, and kept as it is whatever is granted around it.
    Keep,
}

/// What is looked at before entries are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Whether it is what the grant names, and not below that.
    pub(crate) root: bool,
    pub(crate) folder: bool,
    /// Under how many names it is known.
    pub(crate) names: u32,
}

const READ: u32 = 0x0012_00a9;
const WRITE: u32 = READ | 0x0012_0116;
const DELETE: u32 = 0x0001_0000;
/// Everything by which a file, its rights or its place are changed, `FILE_DELETE_CHILD` included.
const CHANGE: u32 = 0x000d_0156;

/// What `policy` comes to, each later grant taking the place of earlier ones on the same files. Paths are real ones.
/// `git` is the worktree's own `.git` file, where it has one.
pub(crate) fn plan(policy: &Policy, git: Option<&Path>) -> Vec<Grant> {
    let grant = |path: &Path, right| Grant {
        path: path.to_owned(),
        right,
    };
    let of_role = match policy.role.writes() {
        true => Right::Write,
        false => Right::Read,
    };
    let readable = policy.read_only.iter();
    let mut grants: Vec<Grant> = readable.map(|path| grant(path, Right::Read)).collect();
    grants.push(grant(&policy.worktree, of_role));
    let own = policy.writable.iter();
    grants.extend(own.map(|path| grant(path, Right::Write)));
    if let Some(own) = &policy.own_repository {
        let borrowed = policy.borrowed();
        grants.extend(borrowed.map(|path| grant(&path, Right::Read)));
        grants.push(grant(&own.git_dir, Right::Write));
        grants.extend(own.read_only.iter().map(|path| grant(path, Right::Keep)));
    }
    // Last, so that nothing else takes its place.
    grants.extend(git.map(|git| grant(git, Right::Keep)));
    grants
}

/// The entries of a right on what was seen.
pub(crate) fn entries(right: Right, seen: Seen) -> Vec<Entry> {
    let allow = |mask| Entry {
        kind: Kind::Allow,
        flags: if seen.folder { ALL_BELOW } else { 0 },
        mask,
    };
    match right {
        // What is known elsewhere too is somebody else's: a cache of packages lends its files out in this way.
        Right::Write if !seen.folder && seen.names > 1 => vec![allow(READ)],
        // A folder whose own entry says nothing of removing what is in it, so that each file's own entry decides.
        Right::Write if seen.root && seen.folder => vec![
            Entry {
                kind: Kind::Allow,
                flags: 0,
                mask: WRITE,
            },
            Entry {
                kind: Kind::Allow,
                flags: ONLY_BELOW,
                mask: WRITE | DELETE,
            },
        ],
        Right::Write if seen.root => vec![allow(WRITE)],
        Right::Write => vec![allow(WRITE | DELETE)],
        Right::Read => vec![allow(READ)],
        // Nothing but reading is allowed; denied as well, should entries come down from above.
        Right::Keep => vec![
            Entry {
                kind: Kind::Deny,
                ..allow(CHANGE)
            },
            allow(READ),
        ],
    }
}

#[cfg(test)]
mod tests {
    use ampersand_core::Role;

    use super::*;
    use crate::policy::OwnRepository;

    const FILE_ADD: u32 = 0x2;
    const FILE_DELETE_CHILD: u32 = 0x40;
    const WRITE_ATTRIBUTES: u32 = 0x100;
    const WRITE_DAC: u32 = 0x4_0000;
    const WRITE_OWNER: u32 = 0x8_0000;

    fn of(right: Right, root: bool, folder: bool, names: u32) -> Vec<Entry> {
        entries(
            right,
            Seen {
                root,
                folder,
                names,
            },
        )
    }

    /// What an identity may do with what holds these entries, `below` telling whether for it or for what is made in it.
    fn allowed(entries: &[Entry], below: bool) -> u32 {
        let meant = entries.iter().filter(|entry| match below {
            true => entry.flags & ALL_BELOW != 0,
            false => entry.flags & ONLY_BELOW & !ALL_BELOW == 0,
        });
        let (mut allowed, mut denied) = (0, 0);
        for entry in meant {
            match entry.kind {
                Kind::Allow => allowed |= entry.mask,
                Kind::Deny => denied |= entry.mask,
            }
        }
        allowed & !denied
    }

    fn policy(role: Role) -> Policy {
        let mut policy = Policy::new(role, "/tree");
        policy.read_only = vec!["/tool".into()];
        policy.writable = vec!["/own".into()];
        policy
    }

    #[test]
    fn a_role_decides_over_the_worktree_and_nothing_over_its_git_file() {
        let git = Path::new("/tree/.git");
        for (role, right) in [(Role::Worker, Right::Write), (Role::Explorer, Right::Read)] {
            let plan = plan(&policy(role), Some(git));
            let named: Vec<_> = plan
                .iter()
                .map(|it| (it.path.to_str().unwrap(), it.right))
                .collect();
            let expected = [
                ("/tool", Right::Read),
                ("/tree", right),
                ("/own", Right::Write),
                ("/tree/.git", Right::Keep),
            ];
            assert_eq!(named, expected);
        }
        assert_eq!(plan(&policy(Role::Worker), None).len(), 3);
    }

    #[test]
    fn a_repository_of_its_own_borrows_objects_of_the_persons_and_keeps_its_settings() {
        let mut policy = policy(Role::Worker);
        policy.git_dir = Some("/repo/.git".into());
        // What git cannot be led to lends nothing.
        assert_eq!(plan(&policy, None).len(), 3);
        let own = OwnRepository {
            git_dir: "/shadow/git".into(),
            read_only: vec!["/shadow/git/config".into()],
            gitfile: "/shadow/gitfile".into(),
        };
        for (own, kept) in [
            (own.clone(), "/shadow/git/config"),
            (own.kept(), "/shadow/git"),
        ] {
            policy.own_repository = Some(own);
            let expected = [
                ("/repo/.git/objects", Right::Read),
                ("/shadow/git", Right::Write),
                (kept, Right::Keep),
            ];
            let expected = expected.map(|(path, right)| Grant {
                path: path.into(),
                right,
            });
            assert_eq!(plan(&policy, None)[3..], expected);
        }
    }

    #[test]
    fn nothing_is_given_away_with_a_right() {
        for right in [Right::Read, Right::Write, Right::Keep] {
            for (root, folder) in [(true, true), (true, false), (false, true), (false, false)] {
                let given = of(right, root, folder, 1);
                for below in [false, true] {
                    let never = WRITE_DAC | WRITE_OWNER | FILE_DELETE_CHILD;
                    assert_eq!(
                        allowed(&given, below) & never,
                        0,
                        "{right:?} {root} {folder}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_read_or_kept_is_not_changed() {
        for right in [Right::Read, Right::Keep] {
            for folder in [true, false] {
                let given = of(right, true, folder, 1);
                assert_eq!(allowed(&given, false), READ);
                assert_eq!(allowed(&given, true), if folder { READ } else { 0 });
            }
        }
        let kept = of(Right::Keep, true, false, 1);
        let denied = kept.iter().find(|entry| entry.kind == Kind::Deny).unwrap();
        for change in [
            FILE_ADD,
            FILE_DELETE_CHILD,
            WRITE_ATTRIBUTES,
            DELETE,
            WRITE_DAC,
            WRITE_OWNER,
        ] {
            assert_eq!(denied.mask & change, change);
        }
        assert_eq!(denied.mask & READ, 0);
    }

    #[test]
    fn a_worktree_is_changed_inside_and_stays_where_it_is() {
        let root = of(Right::Write, true, true, 1);
        assert_eq!(allowed(&root, false), WRITE);
        assert_eq!(allowed(&root, false) & DELETE, 0);
        assert_eq!(allowed(&root, true), WRITE | DELETE);
        for folder in [true, false] {
            let inside = of(Right::Write, false, folder, 1);
            assert_eq!(allowed(&inside, false), WRITE | DELETE);
        }
        let lent = of(Right::Write, false, false, 2);
        assert_eq!(allowed(&lent, false), READ);
    }
}
