//! Which task can run without full isolation, and what is said of those that cannot.

use super::Task;
use crate::{Failure, Role};

impl Task {
    /// Whether a person can let it run without any isolation; an error says why not. `leads_out` tells whether it would have
    /// a way to a model then.
    pub fn can_run_unfenced(&self, leads_out: bool) -> Result<(), Failure> {
        if self.role != Role::Worker {
            return Err(Failure::new(
                "unsafe_for_workers_only",
                "Only a worker can be run without isolation.",
                "Explorers look without running anything; give the task to a worker if it must run.",
            ));
        }
        if let Some(taken) = self.taken.first() {
            return Err(Failure::new(
                "unsafe_was_narrowed",
                format!(
                    "{:?} was told {}: without isolation that cannot be kept from it.",
                    self.title,
                    taken.shown()
                ),
                "Start it again in the sandbox, or give the work to a new task.",
            ));
        }
        if self.reaches_a_model() && !leads_out {
            return Err(self.has_no_way_out());
        }
        Ok(())
    }

    /// Its agent asks a model from where it runs, and there is no way to one there.
    pub fn has_no_way_out(&self) -> Failure {
        Failure::new(
            "no_way_to_model",
            format!(
                "{:?} was not started: {} reaches its model in full isolation only.",
                self.title,
                self.agent.shown()
            ),
            "`doctor` says what would bring full isolation back. The built-in agent needs none for its model.",
        )
    }
}
