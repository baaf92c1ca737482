//! The remotes a person's repository names, and what a branch there would get that it has not.

use ampersand_core::{Failure, RemoteUrl};
use git2::Oid;

use crate::attach::Repository;
use crate::failure::{Attempting, GitFailure};
use crate::names;
use crate::object::CommitId;

/// Commits that are named.
const NAMED_MAX: usize = 20;
/// Counting stops here.
const COUNTED_MAX: usize = 1_000;
/// Characters of a subject.
const SUBJECT_CHARS_MAX: usize = 120;

/// A remote that a repository names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Its name, made visible.
    pub name: String,
    /// Where it leads, or why nothing is pushed there.
    pub url: Result<RemoteUrl, Failure>,
}

/// The commits that a branch would get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commits {
    /// The commit that both have.
    pub base: CommitId,
    /// Newest first, each with its subject: at most 20.
    pub shown: Vec<String>,
    /// How many in all; at most 1000 are counted.
    pub count: u32,
}

impl Repository {
    /// The remote that is pushed to: the one of this name, or the only one there is. None if that says nothing.
    pub fn push_remote(&self, wanted: &str) -> Result<Option<Remote>, GitFailure> {
        let git = self.open()?;
        let found = git.remotes().attempting("list the remotes")?;
        let named: Vec<&str> = found.iter().flatten().flatten().collect();
        let name = match named.iter().find(|name| **name == wanted) {
            Some(name) => *name,
            None => match named[..] {
                [only] => only,
                _ => return Ok(None),
            },
        };
        let remote = git.find_remote(name).attempting("read the remote")?;
        let url = match remote.pushurl_bytes() {
            Some(url) => url,
            None => remote.url_bytes(),
        };
        Ok(Some(Remote {
            name: names::show(name.as_bytes()),
            url: RemoteUrl::parse(&String::from_utf8_lossy(url)),
        }))
    }

    /// What `tip` has that went not out with `before`, or that a branch of a remote has not, as far as is known here; of a
    /// branch that is not known, what the branch of that name here has not.
    pub fn outgoing_commits(
        &self,
        (remote, branch): (&str, &str),
        before: Option<CommitId>,
        tip: CommitId,
    ) -> Result<Commits, GitFailure> {
        let git = self.open_objects()?;
        let there = [
            format!("refs/remotes/{remote}/{branch}"),
            format!("refs/heads/{branch}"),
        ];
        let there = || there.iter().find_map(|name| git.refname_to_id(name).ok());
        let known = before.map(CommitId::oid).or_else(there);
        let walk = || {
            let mut walk = git.revwalk()?;
            walk.push(tip.oid())?;
            if let Some(known) = known {
                walk.hide(known)?;
            }
            let (mut shown, mut count, mut last) = (Vec::new(), 0_u32, tip.oid());
            for id in walk.take(COUNTED_MAX) {
                let id = id?;
                if shown.len() < NAMED_MAX {
                    shown.push(named(&git, id)?);
                }
                (count, last) = (count + 1, id);
            }
            let base = match known.map(|known| git.merge_base(known, tip.oid())) {
                Some(Ok(base)) => base,
                _ => git.find_commit(last)?.parent_ids().next().unwrap_or(last),
            };
            Ok::<_, git2::Error>(Commits {
                base: CommitId::new(base),
                shown,
                count,
            })
        };
        walk().attempting("list the commits that go out")
    }
}

fn named(git: &git2::Repository, id: Oid) -> Result<String, git2::Error> {
    let commit = git.find_commit(id)?;
    let subject = names::show(commit.summary_bytes().unwrap_or_default());
    let subject: String = subject.chars().take(SUBJECT_CHARS_MAX).collect();
    Ok(format!("{} {subject}", &id.to_string()[..7]))
}
