//! `key`: the one way a key gets into the keychain by us. It is read from standard input, where no list of processes and no
//! shell's history shows it, and it is never printed.

use std::io::{BufRead, IsTerminal, Read};

use ampersand_core::Failure;
use ampersand_keys::{KeyError, Keychain, Secret};

use crate::{arguments::KeyVerb, show::Screen};

/// More than any key has.
const BYTES_MAX: u64 = 64 * 1024;

pub(crate) async fn key(verb: &KeyVerb, screen: &Screen) -> Result<(), Failure> {
    let keychain = Keychain::new();
    let (name, done, said) = match verb {
        KeyVerb::Set { name } => {
            let key = given(name)?;
            (name, keychain.set(name, key).await, "is in the keychain")
        }
        KeyVerb::Remove { name } => (name, keychain.remove(name).await, "is forgotten"),
    };
    done.map_err(|error| not_done(name, &error))?;
    let words = format!("{name} {said}.");
    screen.object("key", &serde_json::json!({ "name": name }), &words);
    Ok(())
}

fn not_done(name: &str, error: &KeyError) -> Failure {
    Failure::new(
        error.code(),
        format!("{name} was left as it is: {error}."),
        error.hint(),
    )
}

/// The first line of standard input.
fn given(name: &str) -> Result<Secret, Failure> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        eprintln!("Paste the key for {name} and press Enter; what you type can be seen.");
    }
    let mut line = String::new();
    let read = stdin.lock().take(BYTES_MAX).read_line(&mut line);
    read.map_err(|error| {
        Failure::new(
            "nothing_typed",
            format!("No key could be read: {error}."),
            "Give it on standard input.",
        )
    })?;
    Ok(Secret::new(line))
}
