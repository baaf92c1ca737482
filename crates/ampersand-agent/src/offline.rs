//! `offline`: our own tools without any model. They look, and cannot start anything.

use ampersand_core::{Failure, Work};
use ampersand_toolhost::{Call, Find, Outbound, Reply};
use futures::future::{BoxFuture, FutureExt};

use crate::event::{Activity, AgentEvent};
use crate::outcome::Outcome;
use crate::runtime::{AgentRuntime, Attempt};
use crate::toolhost::{CallError, Rights, Toolhost};

pub(crate) struct Offline;

impl AgentRuntime for Offline {
    fn run(&self, attempt: Attempt) -> BoxFuture<'static, Outcome> {
        run(attempt).boxed()
    }
}

async fn run(attempt: Attempt) -> Outcome {
    let call = match &attempt.assignment.work {
        Work::Scan => Call::Scan,
        Work::Find { pattern } => Call::Find(Find {
            pattern: pattern.clone(),
        }),
        Work::Brief { .. } | Work::Command { .. } | Work::App { .. } | Work::ByHand => {
            return Outcome::failed(Failure::new(
                "agent_unfit",
                "This agent scans and finds; it cannot do that.",
                "Connect a model, or give the task to another agent.",
            ));
        }
    };
    attempt.at("looking through the worktree").await;
    let host = attempt.host.clone();
    let mut tools = Toolhost::new(host, &attempt.assignment, Rights::LookOnly);
    let progress = |message| {
        let attempt = &attempt;
        async move {
            if let Outbound::Progress { line, files, .. } = message {
                let files = u32::try_from(files).unwrap_or(u32::MAX);
                let activity = Activity {
                    line,
                    files,
                    ..Activity::default()
                };
                attempt.tell(AgentEvent::Activity(activity)).await;
            }
        }
    };
    let answer = tools.call(call, progress).await;
    tools.end().await;
    match answer {
        Ok(Reply::Scanned { survey }) => Outcome::Done {
            report: survey.report(),
        },
        Ok(Reply::Found { report }) => Outcome::Done { report },
        Ok(_) | Err(CallError::Lost) => Outcome::failed(Failure::new(
            "tools_lost",
            "The tools ended before they were done.",
            "Start the task again.",
        )),
        Err(CallError::Refused(failure) | CallError::Unavailable(failure)) => {
            Outcome::failed(failure)
        }
    }
}
