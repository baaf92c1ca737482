//! Work that goes out: put on a branch and waited for, so that a refusal is the verb's own error; or asked to be pushed.

use ampersand_controller::Remote;
use ampersand_core::{Actor, EventBody, Failure, Question, TaskId};
use ampersand_protocol::Command;
use serde::Serialize;

use crate::show::Screen;

/// Where work stands.
#[derive(Serialize)]
struct Branched<'a> {
    task: TaskId,
    branch: &'a str,
    commit: &'a str,
}

/// Puts a task's work on a branch of its own.
pub(crate) async fn branch(
    remote: &Remote,
    screen: &Screen,
    task: TaskId,
    branch: &str,
) -> Result<(), Failure> {
    let before = remote.tasks().await?.seq;
    let (branch, why, by) = (branch.to_owned(), String::new(), Actor::Person);
    let command = Command::PutOnBranch {
        task,
        branch,
        why,
        by,
    };
    remote.call(command).await?;
    let outcome = remote
        .wait_for(before, |event| match &event.body {
            EventBody::TaskBranched {
                task: put,
                branch,
                commit,
            } if *put == task => Some(Ok((branch.clone(), commit.clone()))),
            EventBody::Noticed {
                task: Some(about),
                failure,
            } if *about == task => Some(Err(failure.clone())),
            _ => None,
        })
        .await?;
    let (branch, commit) = outcome?;
    let words = format!("On branch {branch}: {commit}");
    let branched = Branched {
        task,
        branch: &branch,
        commit: &commit,
    };
    screen.object("branched", &branched, &words);
    Ok(())
}

/// Asks, and shows the question.
pub(crate) async fn pull_request(
    remote: &Remote,
    screen: &Screen,
    task: TaskId,
    branch: Option<String>,
) -> Result<(), Failure> {
    let why = String::new();
    let command = Command::OpenPullRequest { task, branch, why };
    remote.call(command).await?;
    let approvals = remote.tasks().await?.approvals;
    let asked = approvals.iter().rev().find(|approval| {
        approval.task == task && matches!(&approval.question, Question::Push { .. })
    });
    if let Some(approval) = asked {
        screen.approval(approval);
    }
    Ok(())
}
