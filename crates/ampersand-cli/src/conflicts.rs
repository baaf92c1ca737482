//! The ways on where a task's work and the branch do not join: bringing them together, or giving up one side.

use ampersand_controller::Remote;
use ampersand_core::{EventBody, Failure, Question, Side, TaskId};
use ampersand_protocol::{Command, TaskView};

use crate::show::Screen;

/// Plans the follow-up and shows it; where the person does it, waits for where.
pub(crate) async fn resolve(
    remote: &Remote,
    screen: &Screen,
    task: TaskId,
    by_hand: bool,
) -> Result<(), Failure> {
    let before = remote.tasks().await?.seq;
    remote.call(Command::Resolve { task, by_hand }).await?;
    let follow_up = remote
        .wait_for(before, |event| match &event.body {
            EventBody::PlanAccepted { tasks, .. } => {
                tasks.iter().find(|new| new.resolves == Some(task)).cloned()
            }
            _ => None,
        })
        .await?;
    screen.task(&TaskView::new(&follow_up, None));
    if !by_hand {
        return Ok(());
    }
    let report = remote
        .wait_for(before, |event| match &event.body {
            EventBody::TaskReported { task, report } if *task == follow_up.id => {
                Some(Ok(report.clone()))
            }
            EventBody::TaskMoved {
                task,
                state: ampersand_core::TaskState::Failed { failure },
                ..
            } if *task == follow_up.id => Some(Err(failure.clone())),
            _ => None,
        })
        .await?;
    screen.report(&follow_up.id.to_string(), &follow_up.title, &report?);
    Ok(())
}

/// Asks, and shows the question.
pub(crate) async fn keep(
    remote: &Remote,
    screen: &Screen,
    task: TaskId,
    side: &str,
) -> Result<(), Failure> {
    let side = match side {
        "branch" => Side::Branch,
        _ => Side::Task,
    };
    let why = String::new();
    remote.call(Command::KeepSide { task, side, why }).await?;
    let approvals = remote.tasks().await?.approvals;
    let asked = approvals.iter().rev().find(|approval| {
        approval.task == task
            && matches!(&approval.question, Question::Land { keeps: Some(kept), .. } if kept.side == side)
    });
    if let Some(approval) = asked {
        screen.approval(approval);
    }
    Ok(())
}
