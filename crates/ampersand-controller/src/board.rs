//! What stands, as the journal told it: tasks, open questions, newest reports, and what was last spoken of.
//! In memory and pure; the inbox keeps it true, everybody else reads.

use std::collections::{BTreeMap, HashMap};

use ampersand_core::{
    Approval, ApprovalId, Base, Isolation, Message, MessageId, Pause, PlanId, Report, Role, Task,
    TaskId, TaskState, Verdict,
};
use ampersand_protocol::{Activity, Counts, TaskView};

use crate::overrides::Standing;

/// Everything that stands.
#[derive(Debug, Default)]
pub(crate) struct Board {
    /// In the order they were first told.
    tasks: Vec<Task>,
    places: HashMap<TaskId, usize>,
    activity: HashMap<TaskId, Activity>,
    /// Questions that wait for the person.
    pub(crate) approvals: BTreeMap<ApprovalId, Approval>,
    /// The newest report of each task, bounded.
    pub(crate) reports: HashMap<TaskId, Report>,
    /// The messages that plans under way answer.
    pub(crate) planned_under: HashMap<PlanId, MessageId>,
    /// What the conversation last spoke of.
    pub(crate) mentioned: Vec<TaskId>,
    /// Whether a card asks the person to choose.
    pub(crate) choice_is_open: bool,
    /// The newest card to choose from that could not be kept: it stands as long as this run.
    pub(crate) unkept_choice: Option<Message>,
    /// Whether the newest reply ended with a question.
    pub(crate) reply_asks: bool,
}

impl Board {
    pub(crate) fn new(tasks: Vec<Task>) -> Self {
        let mut board = Self::default();
        for task in tasks {
            board.put(task);
        }
        board
    }

    /// A task is new or changed.
    pub(crate) fn put(&mut self, task: Task) {
        match self.places.get(&task.id) {
            Some(place) => self.tasks[*place] = task,
            None => {
                self.places.insert(task.id, self.tasks.len());
                self.tasks.push(task);
            }
        }
    }

    pub(crate) fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    pub(crate) fn task(&self, id: TaskId) -> Option<&Task> {
        self.places.get(&id).map(|place| &self.tasks[*place])
    }

    pub(crate) fn amend(&mut self, id: TaskId, amend: impl FnOnce(&mut Task)) {
        if let Some(place) = self.places.get(&id) {
            amend(&mut self.tasks[*place]);
        }
    }

    /// An attempt began: from this commit if it has a worktree, in this sandbox.
    pub(crate) fn begin_attempt(
        &mut self,
        id: TaskId,
        base: Option<&Base>,
        (isolation, reads_login, not_loaded): (&Isolation, bool, &[String]),
    ) {
        self.amend(id, |task| {
            task.isolation = Some(isolation.clone());
            task.reads_login = reads_login;
            task.not_loaded = not_loaded.to_vec();
            if let Some(base) = base {
                task.base = Some(base.clone());
            }
        });
    }

    pub(crate) fn title(&self, id: TaskId) -> String {
        self.task(id)
            .map_or_else(|| "an unknown task".to_owned(), |task| task.title.clone())
    }

    /// What the model calls a task: short, stable, and no number of anything else.
    pub(crate) fn handle(&self, id: TaskId) -> String {
        self.places
            .get(&id)
            .map_or_else(|| "t?".to_owned(), |place| format!("t{}", place + 1))
    }

    /// The task a handle or a title names; the newest of that title.
    pub(crate) fn named(&self, name: &str) -> Option<TaskId> {
        let name = name.trim();
        let by_handle = || {
            let number: usize = name.strip_prefix('t')?.parse().ok()?;
            self.tasks.get(number.checked_sub(1)?)
        };
        let same = |task: &&Task| task.title.trim().to_lowercase() == name.to_lowercase();
        by_handle()
            .or_else(|| self.tasks.iter().rev().find(same))
            .map(|task| task.id)
    }

    pub(crate) fn set_activity(&mut self, task: TaskId, activity: Activity) {
        self.activity.insert(task, activity);
    }

    pub(crate) fn view(&self, task: &Task) -> TaskView {
        let activity = self.activity.get(&task.id);
        // What a task did last is no news once it is over.
        let activity = activity.filter(|_| !task.state.is_over());
        TaskView::new(task, activity.cloned())
    }

    pub(crate) fn views(&self) -> Vec<TaskView> {
        self.tasks.iter().map(|task| self.view(task)).collect()
    }

    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for task in &self.tasks {
            match &task.state {
                TaskState::Running { .. }
                | TaskState::Checking { .. }
                | TaskState::Landing { .. }
                | TaskState::Undoing { .. }
                | TaskState::Merging { .. } => counts.running += 1,
                TaskState::Waiting { .. } | TaskState::Queued => counts.waiting += 1,
                TaskState::Paused { .. } => counts.paused += 1,
                TaskState::Stopping { .. } => counts.stopping += 1,
                TaskState::NeedsYou { .. } | TaskState::Interrupted { .. } => counts.needs_you += 1,
                TaskState::Ready { verdict } => {
                    // What failed its checks cannot land, and what another task brings in lands with that one.
                    let lands = *verdict != Verdict::Red && !self.is_followed_up(task);
                    counts.ready += u32::from(lands);
                }
                TaskState::Done
                | TaskState::Landed { .. }
                | TaskState::Failed { .. }
                | TaskState::Cancelled { .. }
                | TaskState::Skipped { .. }
                | TaskState::Discarded => {}
            }
        }
        let proposals = self.approvals.values().filter(|approval| {
            self.task(approval.task)
                .is_none_or(|task| !matches!(task.state, TaskState::NeedsYou { .. }))
        });
        counts.needs_you += u32::try_from(proposals.count()).unwrap_or(u32::MAX);
        counts
    }

    /// Whether another task brings its work and the branch together.
    fn is_followed_up(&self, task: &Task) -> bool {
        let follow_up = task.standoff.follow_up.and_then(|id| self.task(id));
        follow_up.is_some_and(|follow_up| !follow_up.state.ended_badly())
    }

    /// Whether nothing will happen any more unless the person acts.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.tasks
            .iter()
            .all(|task| task.state.is_over() || self.needs_person(&task.state, self.tasks.len()))
    }

    /// Whether it waits for the person, itself or through what it waits for. `depth` ends a circle.
    fn needs_person(&self, state: &TaskState, depth: usize) -> bool {
        match state {
            TaskState::NeedsYou { .. }
            | TaskState::Interrupted { .. }
            | TaskState::Paused {
                why:
                    Pause::Asked
                    | Pause::Reached { .. }
                    | Pause::Limit {
                        next_try_at: None, ..
                    },
                ..
            } => true,
            TaskState::Waiting { on } if depth > 0 => on
                .iter()
                .filter_map(|id| self.task(*id))
                .any(|task| self.needs_person(&task.state, depth - 1)),
            _ => false,
        }
    }

    /// The tasks that overrides can be about.
    pub(crate) fn standing(&self) -> Vec<Standing> {
        self.tasks
            .iter()
            .filter(|task| !task.state.is_over())
            .map(|task| Standing {
                id: task.id.to_string(),
                title: task.title.clone(),
                role: match task.role {
                    Role::Explorer => "explorer",
                    Role::Worker => "worker",
                    Role::Default => "default",
                }
                .to_owned(),
                agent: task.agent.shown().to_owned(),
                last_mentioned: self.mentioned.contains(&task.id),
                paused: Some(matches!(task.state, TaskState::Paused { .. })),
            })
            .collect()
    }

    /// Takes note of the titles a text names; one that names none changes nothing.
    pub(crate) fn hear(&mut self, text: &str) {
        let text = text.to_lowercase();
        let named: Vec<TaskId> = self
            .tasks
            .iter()
            .filter(|task| !task.state.is_over() && text.contains(&task.title.to_lowercase()))
            .map(|task| task.id)
            .collect();
        if !named.is_empty() {
            self.mentioned = named;
        }
    }

    /// A task under way that is the same as this one.
    pub(crate) fn twin(&self, title: &str, work: &ampersand_core::Work) -> Option<TaskId> {
        let same = |task: &&Task| {
            !task.state.is_over()
                && task.work == *work
                && task.title.trim().to_lowercase() == title.trim().to_lowercase()
        };
        self.tasks.iter().find(same).map(|task| task.id)
    }
}
