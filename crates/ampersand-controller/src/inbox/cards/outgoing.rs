//! The cards of work that goes out: a branch it was put on, and its pull request, one for each round and one for its end.

use ampersand_core::{
    Event, EventBody, MessageBody, PullRequest, PullRequestEnd, PullRequestStage, TaskId,
};
use ampersand_protocol::UpdateBody;

use super::{Cards, Fresh, Taken, new_card, show_task};
use crate::board::Board;

/// A card for the branch.
pub(super) fn branched(event: &Event, board: &Board, fresh: &mut Fresh<'_>, taken: &mut Taken) {
    let EventBody::TaskBranched {
        task,
        branch,
        commit,
    } = event.body.clone()
    else {
        return;
    };
    let title = board.title(task);
    let body = MessageBody::Branched {
        task,
        title: title.clone(),
        branch: branch.clone(),
        commit: commit.clone(),
    };
    taken.card(event.seq, &new_card(event, body, fresh));
    let update = UpdateBody::Branched {
        task,
        title,
        branch,
        commit,
    };
    taken.updates.push((event.seq, update));
}

impl Cards {
    /// A pull request has moved: its newest card changes, or the next begins.
    pub(super) fn move_pull_request(
        &mut self,
        event: &Event,
        (id, pull): (TaskId, &PullRequest),
        board: &mut Board,
        fresh: &mut Fresh<'_>,
        taken: &mut Taken,
    ) {
        board.amend(id, |task| task.pull_request = Some(Box::new(pull.clone())));
        show_task(event.seq, id, board, taken);
        let title = board.title(id);
        let update = UpdateBody::PullRequest {
            task: id,
            title: title.clone(),
            pull_request: Box::new(pull.clone()),
        };
        taken.updates.push((event.seq, update));
        // Until it is open, the question is all there is to see of it, and what became of that.
        if !is_to_show(pull) {
            return;
        }
        let body = MessageBody::PullRequest {
            task: id,
            title,
            pull_request: Box::new(pull.clone()),
        };
        let known = self.pulls.get_mut(&id);
        if let Some(card) = known
            && let MessageBody::PullRequest { pull_request, .. } = &card.body
            && chapter(pull_request) == chapter(pull)
        {
            card.body = body;
            taken.card(event.seq, card);
            return;
        }
        let card = new_card(event, body, fresh);
        taken.card(event.seq, &card);
        self.pulls.insert(id, card);
    }
}

fn is_to_show(pull: &PullRequest) -> bool {
    let is_given_up = matches!(
        pull.stage,
        PullRequestStage::Ended {
            how: PullRequestEnd::GivenUp
        }
    );
    pull.opened.is_some() && !is_given_up || matches!(pull.stage, PullRequestStage::Held { .. })
}

/// What shares a card: what was found once, and what became of it.
fn chapter(pull: &PullRequest) -> (ampersand_core::PullRequestId, u32, bool) {
    (pull.id, pull.rounds.done, pull.is_over())
}
