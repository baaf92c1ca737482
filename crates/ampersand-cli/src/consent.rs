//! The sentence by which a person switches isolation off for one task.

use std::io::BufRead;

use ampersand_core::{Failure, Task, UnsafeConsent};

use crate::show::text::visible;

/// Says what is about to happen and reads what the person types. Whether it is the sentence is the orchestrator's to say.
pub(crate) fn typed(task: Option<&Task>) -> Result<String, Failure> {
    let title = task.map_or_else(String::new, |task| visible(&task.title));
    eprintln!(
        "{title} would run without any isolation: it can read, change and send whatever you can.\n\
         To run it so this once, type: {}",
        UnsafeConsent::WORDS
    );
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| {
            Failure::new(
                "nothing_typed",
                format!("Nothing could be read: {error}."),
                "Type the sentence on standard input.",
            )
        })?;
    Ok(line)
}
