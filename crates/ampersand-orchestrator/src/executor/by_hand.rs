//! An attempt in which nothing runs: the worktree is made, and what is in it is the person's to edit. It is committed when
//! they land it.

use std::sync::Arc;

use ampersand_core::{AttemptId, Failure, Report, Task, Verdict};
use ampersand_git::BothSides;

use super::{
    World,
    control::Control,
    fence::{self, Fence},
    furnish,
    worktree::{self, Prepared},
};
use crate::{
    given,
    input::{Ended, Said},
};

/// Makes the worktree and says where it is.
pub(super) async fn make(
    world: &World,
    task: &Task,
    attempt: AttemptId,
    control: &Arc<Control>,
) -> Result<Ended, Failure> {
    let prepared = worktree::prepare(world, task).await?;
    let both = worktree::both_sides(task, &prepared).await?;
    let started = Said::Started {
        base: Some(prepared.base.clone()),
        isolation: world.launcher.isolation(),
        reads_login: false,
        not_loaded: Vec::new(),
        given: given::compose(task, &[], both.as_ref()),
    };
    world.tell(task.id, attempt, started).await;
    let fence = Fence::Sandbox {
        accepted: fence::of_project(world, task),
    };
    let furnishing = furnish::furnish(world, task, attempt, control, &prepared, &fence);
    Box::pin(furnishing).await?;
    let mut report = report(&prepared, &both.map(|both| both.both).unwrap_or_default());
    report.diffstat = worktree::changed(prepared).await?;
    Ok(Ended::Committed {
        report,
        verdict: Verdict::Unchecked,
    })
}

fn report(prepared: &Prepared, both: &[BothSides]) -> Report {
    let path = prepared.worktree.path.display();
    let files: String = both
        .iter()
        .map(|file| format!("\n* `{}`", file.path))
        .collect();
    Report {
        headline: format!("Both sides are in `{path}`, for you to edit"),
        summary: format!(
            "Edit these files there until no conflict marker is left, then land it; whether you commit there makes no \
             difference. Your own checkout stays as it is.\n{files}"
        ),
        ..Report::default()
    }
}
