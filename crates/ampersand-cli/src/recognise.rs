//! `recognise`: which override each line is, by rules alone. Starts nothing, connects to nothing.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use ampersand_controller::{
    MESSAGE_BYTES_MAX,
    overrides::{self, Standing},
};
use ampersand_core::Failure;

use crate::lines;

pub(crate) fn recognise(tasks: Option<&Path>) -> Result<(), Failure> {
    let standing = tasks.map(read_tasks).transpose()?.unwrap_or_default();
    let mut out = io::stdout().lock();
    let mut input = io::stdin().lock();
    loop {
        let line = lines::next(&mut input, MESSAGE_BYTES_MAX).map_err(|error| {
            Failure::new(
                "input",
                format!("Standard input broke: {error}."),
                "Try again.",
            )
        })?;
        let Some(line) = line else { break };
        let found = overrides::recognise(&line, &standing);
        let text = serde_json::to_string(&found.as_override()).unwrap_or_default();
        if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
            break;
        }
    }
    Ok(())
}

fn read_tasks(path: &Path) -> Result<Vec<Standing>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::new(
            "tasks_unreadable",
            format!("{} cannot be read: {error}.", path.display()),
            "Name a file with a JSON array of tasks.",
        )
    })?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::new(
            "tasks_invalid",
            format!("{} is no list of tasks: {error}.", path.display()),
            "Each needs id, title, role and agent; last_mentioned may be left out.",
        )
    })
}
