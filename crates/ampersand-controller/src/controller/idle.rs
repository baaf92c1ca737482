//! When nothing will happen any more without the person.

use ampersand_protocol::{Command, Reply};
use tokio::sync::watch;

use super::Controller;
use crate::supervisor::Reach;

impl Controller {
    /// Waits until no turn runs, nothing is unsent, and every task has ended or needs the person. An orchestrator
    /// that cannot start needs the person too.
    pub async fn idle(&self) {
        let desk = &self.desk;
        let (mut load, mut unsent) = (desk.load.watch(), desk.unsent.watch());
        let mut newest = desk.newest.subscribe();
        let mut reach = desk.link.watch();
        loop {
            let is_quiet = *load.borrow_and_update() == 0;
            let is_sent = *unsent.borrow_and_update() == 0;
            if is_quiet && matches!(*reach.borrow_and_update(), Reach::Trouble) {
                return;
            }
            let seen = *newest.borrow_and_update();
            if is_quiet && is_sent && desk.board().is_at_rest() {
                match self.is_up_to_date(seen, &mut reach).await {
                    Some(true) if self.is_still(seen) => return,
                    Some(true) => continue,
                    Some(false) | None => {}
                }
            }
            tokio::select! {
                _ = load.changed() => {}
                _ = unsent.changed() => {}
                _ = newest.changed() => {}
                _ = reach.changed() => {}
            }
        }
    }

    /// Waits until everything said is carried out, handed to the orchestrator, or being answered by the model: all
    /// that would be lost by closing now is an answer. An orchestrator that cannot start ends the wait too.
    pub async fn handed_on(&self) {
        let desk = &self.desk;
        let (mut on_its_way, mut unsent) = (desk.on_its_way.watch(), desk.unsent.watch());
        let mut reach = desk.link.watch();
        loop {
            let is_done = *on_its_way.borrow_and_update() == 0 && *unsent.borrow_and_update() == 0;
            if is_done || matches!(*reach.borrow_and_update(), Reach::Trouble) {
                return;
            }
            tokio::select! {
                _ = on_its_way.changed() => {}
                _ = unsent.changed() => {}
                _ = reach.changed() => {}
            }
        }
    }

    /// Whether nothing began while it was asked whether everything has ended.
    fn is_still(&self, seen: u64) -> bool {
        let desk = &self.desk;
        let is_quiet = *desk.load.watch().borrow() == 0 && *desk.unsent.watch().borrow() == 0;
        is_quiet && *desk.newest.borrow() == seen && desk.board().is_at_rest()
    }

    /// Whether everything the journal holds was taken in; `None` if that cannot be known now.
    async fn is_up_to_date(&self, seen: u64, reach: &mut watch::Receiver<Reach>) -> Option<bool> {
        let id = crate::new_command();
        let (after, limit) = (None, 0);
        let list = Command::ListTasks { after, limit };
        let asking = self.desk.link.call(id, list);
        let answer = tokio::select! {
            answer = asking => answer.ok()?,
            _ = reach.wait_for(|reach| matches!(reach, Reach::Trouble)) => return None,
        };
        match answer {
            Reply::Tasks { snapshot } => Some(snapshot.seq <= seen),
            _ => None,
        }
    }
}
