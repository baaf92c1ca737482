//! What became of showing a task's work in the checkout, and of putting the checkout back.

use ampersand_core::{EventBody, Failure, Showing, TaskId};

use super::Dispatcher;

impl Dispatcher {
    pub(super) fn shown(&mut self, id: TaskId, outcome: Result<u32, Failure>) {
        let changes = &mut self.unwritten;
        let now = outcome.is_ok().then_some(Showing::Up);
        self.state.amend(id, changes, |task| task.showing = now);
        changes.bodies.push(match outcome {
            Ok(files) => EventBody::TaskShown { task: id, files },
            Err(failure) => EventBody::Noticed {
                task: Some(id),
                failure,
            },
        });
    }

    pub(super) fn put_back(&mut self, id: TaskId, outcome: Result<Vec<String>, Failure>) {
        let changes = &mut self.unwritten;
        let now = outcome.is_err().then_some(Showing::Up);
        self.state.amend(id, changes, |task| task.showing = now);
        changes.bodies.push(match outcome {
            Ok(kept) => EventBody::TaskPutBack { task: id, kept },
            Err(failure) => EventBody::Noticed {
                task: Some(id),
                failure,
            },
        });
    }
}
