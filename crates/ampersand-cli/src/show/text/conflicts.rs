//! What both sides want where a landing was refused for it.

use ampersand_core::{Conflict, ConflictPlace};

use super::visible;

/// File by file and place by place.
pub(in crate::show) fn conflicts(conflicts: &[Conflict]) -> String {
    conflicts.iter().map(one).collect()
}

fn one(conflict: &Conflict) -> String {
    let path = visible(&conflict.path);
    let whole = match (conflict.branch_has_it, conflict.task_has_it) {
        (false, true) => format!("  {path}: the branch deleted it, the work changed it\n"),
        (true, false) => format!("  {path}: the work deleted it, the branch changed it\n"),
        _ if conflict.places.is_empty() => format!("  {path}: both differ as a whole\n"),
        _ => String::new(),
    };
    let places: String = conflict
        .places
        .iter()
        .map(|place| self::place(&path, place))
        .collect();
    let cut = match conflict.cut {
        true => "  and more\n",
        false => "",
    };
    format!("{whole}{places}{cut}")
}

fn place(path: &str, place: &ConflictPlace) -> String {
    let side = |lines: &[String]| match lines {
        [] => "    | (nothing)\n".to_owned(),
        lines => lines
            .iter()
            .map(|line| format!("    | {}\n", visible(line)))
            .collect(),
    };
    let (line, branch, task) = (place.line, side(&place.branch), side(&place.task));
    format!("  {path}:{line}\n   the branch says\n{branch}   the work says\n{task}")
}
