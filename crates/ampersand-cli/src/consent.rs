//! The sentence by which a person switches isolation off for one task.

use std::io::BufRead;

use ampersand_core::{Failure, Isolation, Task, UnsafeConsent};
use ampersand_sandbox::leads_out_in;

use crate::show::text::visible;

/// Says what is about to happen and reads what the person types, unless it could not be done anyway. Whether it is the
/// sentence is the orchestrator's to say.
pub(crate) fn typed(task: Option<&Task>) -> Result<String, Failure> {
    if let Some(task) = task {
        task.can_run_unfenced(leads_out_in(&Isolation::Unsafe))?;
    }
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
