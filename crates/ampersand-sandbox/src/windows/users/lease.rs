//! Which user an attempt has while it runs. The record of what has to be put back is the lease: a user is free when nothing is
//! written down under its name.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::container::environment::PRIVATE;
use crate::container::grants::{Grant, Right};
use crate::container::journal::{Entry, Record};
use crate::launcher::LaunchError;
use crate::users::{COUNT, User};
use crate::windows::access;
use crate::windows::places::Places;
use crate::windows::prepare::{prepare, tell};

/// A user that is an attempt's for now, with what it was given.
pub(super) struct Furnished {
    pub(super) user: User,
    pub(super) entry: Entry,
    pub(super) private: PathBuf,
}

/// Takes a user nobody has, writes down what it is about to be given, and gives it. Where any of it fails all of it is taken
/// back.
pub(super) fn furnish(
    places: &Places,
    users: &[User],
    grants: &[Grant],
) -> Result<Furnished, LaunchError> {
    let claimed = match claim(places, users, grants)? {
        Some(claimed) => Some(claimed),
        None => {
            // Some may be had once what others have left is put back.
            places.put_back_all();
            claim(places, users, grants)?
        }
    };
    let (user, entry, private) = claimed.ok_or_else(|| LaunchError::Setup {
        words: format!("all {COUNT} users of agents are in use: end some tasks first"),
    })?;
    let furnished = || -> io::Result<()> {
        if private.exists() {
            fs::remove_dir_all(&private)?;
        }
        for folder in PRIVATE {
            fs::create_dir_all(private.join(folder))?;
        }
        let _alone = places.alone()?;
        let own = Grant {
            path: private.clone(),
            right: Right::Write,
        };
        let mut all = grants.iter().chain([&own]);
        all.try_for_each(|grant| access::grant(grant, &user.sid))
    };
    match furnished() {
        Ok(()) => Ok(Furnished {
            user,
            entry,
            private,
        }),
        Err(error) => {
            tell(places.put_back(entry));
            Err(prepare(("give it rights", error)))
        }
    }
}

type Claimed = (User, Entry, PathBuf);

/// The first user nobody has and nobody has left anything of.
fn claim(
    places: &Places,
    users: &[User],
    grants: &[Grant],
) -> Result<Option<Claimed>, LaunchError> {
    let used = [io::ErrorKind::AlreadyExists, io::ErrorKind::ResourceBusy];
    for user in users {
        let private = places.folder.join("private").join(&user.name);
        let record = Record {
            profile: None,
            folder: Some(private.clone()),
            identity: user.sid.clone(),
            paths: grants.iter().map(|grant| grant.path.clone()).collect(),
        };
        match Entry::claim(&places.attempts(), &user.name, record) {
            Ok(entry) => return Ok(Some((user.clone(), entry, private))),
            Err(error) if used.contains(&error.kind()) => {}
            Err(error) => return Err(prepare(("write down what has to be put back", error))),
        }
    }
    Ok(None)
}
