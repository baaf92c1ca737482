//! What a task's work can go out with, besides landing.

use super::{Task, Verb};
use crate::PullRequest;

impl Task {
    /// What its work can go out with. A follow-up's is another task's too, and lands here.
    pub(super) fn go_out(&self, verbs: &mut Vec<Verb>) {
        let lands = verbs.iter().position(|verb| *verb == Verb::Land);
        let pull = self.pull_request.as_deref();
        if let Some(at) = lands
            && self.resolves.is_none()
            && self.base.is_some()
        {
            if pull.is_none_or(PullRequest::can_be_opened) {
                verbs.insert(at + 1, Verb::OpenPullRequest);
            }
            verbs.insert(at + 1, Verb::PutOnBranch);
        }
        if pull.is_some_and(PullRequest::can_be_watched) {
            verbs.push(Verb::Watch);
        }
        if pull.is_some_and(PullRequest::is_watched) {
            verbs.push(Verb::Unwatch);
        }
    }
}
