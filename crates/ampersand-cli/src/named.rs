//! Which task a person means: by id, by the beginning or end of an id, or by title.

use ampersand_core::{Failure, Task, TaskId};

/// The one task that `name` means.
pub(crate) fn task<'a>(tasks: &'a [Task], name: &str) -> Result<&'a Task, Failure> {
    if let Ok(id) = name.parse::<TaskId>() {
        return tasks
            .iter()
            .find(|task| task.id == id)
            .ok_or_else(|| nobody(name));
    }
    let titled = |task: &&Task| task.title.eq_ignore_ascii_case(name);
    let by_id = |task: &&Task| {
        let id = task.id.to_string();
        name.len() >= 4 && (id.ends_with(name) || id.starts_with(name))
    };
    let mut found: Vec<&Task> = tasks.iter().filter(titled).collect();
    if found.is_empty() {
        found = tasks.iter().filter(by_id).collect();
    }
    match found[..] {
        [one] => Ok(one),
        [] => Err(nobody(name)),
        _ => Err(Failure::new(
            "ambiguous_task",
            format!("{name:?} means {} tasks.", found.len()),
            "Give more of the id; `tasks` lists them.",
        )),
    }
}

fn nobody(name: &str) -> Failure {
    Failure::new(
        "unknown_task",
        format!("There is no task {name:?}."),
        "`tasks` lists the ones there are.",
    )
}
