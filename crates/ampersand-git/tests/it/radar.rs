//! What the clash radar sees, held against what git and a commit say.

mod follow;
mod pairs;

use std::path::PathBuf;

use ampersand_git::{Trial, Trials};

use crate::scratch::Scratch;

/// A place for trials beside the repository.
pub(crate) fn trials(scratch: &Scratch) -> (Trials, PathBuf) {
    let folder = scratch.beside("trials");
    let trials = Trials::begin(&scratch.attach(), &folder).unwrap();
    (trials, folder)
}

/// The paths in which two sides do not join; there is no other way not to.
#[track_caller]
pub(crate) fn collide(trials: &Trials, base: &str, ours: &str, theirs: &str) -> Vec<String> {
    let trial = Trial {
        base: base.to_owned(),
        below: None,
        ours: ours.to_owned(),
        theirs: theirs.to_owned(),
    };
    let collision = block_on(trials.collide(trial)).unwrap();
    collision.map_or_else(Vec::new, |collision| {
        assert!(!collision.paths.is_empty(), "where is not said");
        collision.paths
    })
}

pub(crate) fn block_on<T>(doing: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(doing)
}
