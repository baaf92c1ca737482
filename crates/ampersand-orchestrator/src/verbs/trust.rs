//! Trust: a repository's declared commands may run, as they are written at this moment.

use ampersand_core::{AttemptId, EventBody, TaskEvent, TaskId, TaskState, Verdict};
use uuid::Uuid;

use super::PERSON;
use crate::state::{Changes, State};

/// Writes the trust down and lets the checks run of every task that is ready without them.
pub(crate) fn trust(state: &mut State, changes: &mut Changes, repository: &str, digest: String) {
    changes.bodies.push(EventBody::RepositoryTrusted {
        repository: repository.to_owned(),
        digest,
    });
    let unchecked: Vec<TaskId> = state
        .tasks()
        .filter(|task| task.repository == repository)
        .filter(|task| {
            task.state
                == TaskState::Ready {
                    verdict: Verdict::Untrusted,
                }
        })
        .map(|task| task.id)
        .collect();
    for task in unchecked {
        let attempt = AttemptId::new(Uuid::now_v7());
        state.apply(task, TaskEvent::ChecksAllowed { attempt }, PERSON, changes);
    }
}
