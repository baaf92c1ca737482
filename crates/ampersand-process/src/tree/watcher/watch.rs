//! The watching itself: nothing is done until the pipe ends, and then everything that is left is.

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::time::Duration;

use super::Word;
use crate::tree::Pauses;
use crate::tree::roster::{Ending, Roster, look};

/// For how long whatever will not go is told to. What does not by then waits for a device, and would not for anybody.
const LIMIT: Duration = Duration::from_mins(1);

/// Hears of trees until nobody is left to tell, and ends those that are not over.
pub(crate) fn watch(heard: impl BufRead) -> io::Result<()> {
    let mut trees = BTreeMap::new();
    // A broken line is the last: whoever wrote it is gone.
    for line in heard.lines().map_while(Result::ok) {
        match Word::parse(&line) {
            Some(Word::Began(root)) => {
                let mut roster = Roster::of(root);
                // The root waits for nobody, and yet must be known from whoever gets its number.
                if let Ok(table) = look() {
                    roster.living(&table);
                }
                trees.insert(root, roster);
            }
            Some(Word::Seen(root, name)) => {
                if let Some(roster) = trees.get_mut(&root) {
                    roster.admit(name);
                }
            }
            Some(Word::Lost(root, name)) => {
                if let Some(roster) = trees.get_mut(&root) {
                    roster.dismiss(&name);
                }
            }
            Some(Word::Over(root)) => {
                trees.remove(&root);
            }
            None => {}
        }
    }
    end(trees.into_values().collect())
}

fn end(trees: Vec<Roster>) -> io::Result<()> {
    let mut trees: Vec<_> = trees
        .into_iter()
        .map(|roster| (roster, Ending::default()))
        .collect();
    let mut pauses = Pauses::within(LIMIT);
    while !trees.is_empty() {
        let looked = look().map(|table| {
            trees.retain_mut(|(roster, ending)| {
                let living = roster.living(&table);
                ending.step(&living);
                !living.is_empty()
            });
        });
        if !pauses.pause() {
            return looked.and(Err(io::ErrorKind::TimedOut.into()));
        }
    }
    Ok(())
}
