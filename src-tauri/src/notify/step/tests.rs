//! Who is called, when, and who is not.

use std::time::Duration;

use ampersand_core::{Approval, Failure, Question, TaskResult, TaskState};
use jiff::Timestamp;
use uuid::Uuid;

use super::*;

/// One line of a story: a second, what happened then, and what is done about it.
struct Story {
    caller: Caller,
    began: Instant,
}

fn id<T: From<Uuid>>(n: u128) -> T {
    Uuid::from_u128(n).into()
}

fn update(body: UpdateBody) -> Event {
    Event::Update(Box::new(Update {
        at: Timestamp::UNIX_EPOCH,
        seq: None,
        body,
    }))
}

/// Approval `n` asks on card `n` about task `n`.
fn needs_you(n: u128, answered: Option<&str>) -> Event {
    let approval = Approval {
        id: id(n),
        task: id(n),
        question: Question::Host {
            host: "docs.rs".into(),
            url: "https://docs.rs/".into(),
        },
        asked_at: Timestamp::UNIX_EPOCH,
    };
    update(UpdateBody::Message {
        message: Message {
            id: id(n),
            position: 1,
            at: Timestamp::UNIX_EPOCH,
            body: MessageBody::NeedsYou {
                approval,
                answered: answered.map(str::to_owned),
            },
        },
    })
}

/// Task `n` of plan 100 is in this state.
fn task(n: u128, detail: TaskState) -> Event {
    update(UpdateBody::Task {
        task: Box::new(view(n, detail)),
    })
}

fn view(n: u128, detail: TaskState) -> TaskView {
    TaskView {
        id: id(n),
        plan: id(100),
        title: format!("Task {n}"),
        role: "explorer".into(),
        agent: "offline".into(),
        before: None,
        state: detail.word().into(),
        detail,
        reads_login: false,
        not_loaded: Vec::new(),
        isolation: None,
        reason: String::new(),
        from: None,
        after: Vec::new(),
        capabilities: Vec::new(),
        verbs: Vec::new(),
        created_at: Timestamp::UNIX_EPOCH,
        clashes: Vec::new(),
        taken: Vec::new(),
        resolves: None,
        follow_up: None,
        pull_request: None,
        by_hand: false,
        address: None,
        reaches_a_model: false,
        activity: None,
    }
}

fn plan(tasks: &[u128]) -> Event {
    update(UpdateBody::Plan {
        plan: id(100),
        reason: String::new(),
        tasks: tasks.iter().map(|n| view(*n, TaskState::Queued)).collect(),
    })
}

fn cancelled() -> TaskState {
    TaskState::Cancelled {
        processes: 1,
        files_kept: 0,
    }
}

impl Story {
    fn new() -> Self {
        Self {
            caller: Caller::default(),
            began: Instant::now(),
        }
    }

    /// What is done, in words.
    #[track_caller]
    fn at(&mut self, second: u64, event: Event, expected: &[&str]) {
        let now = self.began + Duration::from_secs(second);
        let effects = self.caller.step(event, now);
        let shown = |effect: &Effect| match effect {
            Effect::WakeAt(at) => format!("wake at {}", (*at - self.began).as_secs()),
            Effect::Show(it) => {
                format!(
                    "show {}: {} | {}",
                    it.number,
                    it.summary,
                    it.body.replace('\n', ", ")
                )
            }
            Effect::Withdraw(number) => format!("withdraw {number}"),
            Effect::Open(task) => format!("open {}", task.as_uuid().as_u128()),
        };
        assert_eq!(effects.iter().map(shown).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn what_comes_within_ten_seconds_is_said_together() {
    let mut story = Story::new();
    story.at(0, plan(&[3]), &[]);
    story.at(1, needs_you(1, None), &["wake at 11"]);
    story.at(4, needs_you(2, None), &[]);
    story.at(5, task(3, TaskState::Done), &[]);
    story.at(
        11,
        Event::Tick,
        &["show 1: 2 tasks need you · 1 plan is done | A task needs you, A task needs you, Task 3 is done"],
    );
    story.at(12, Event::Tick, &[]);
}

#[test]
fn what_was_handled_meanwhile_calls_nobody() {
    let mut story = Story::new();
    story.at(0, needs_you(1, None), &["wake at 10"]);
    story.at(5, needs_you(1, Some("allowed")), &[]);
    story.at(10, Event::Tick, &[]);
    story.at(11, needs_you(1, None), &[]);
}

#[test]
fn a_card_in_view_calls_only_while_the_window_has_no_attention() {
    let mut story = Story::new();
    story.at(0, Event::Focused(true), &[]);
    story.at(1, needs_you(1, None), &["wake at 11"]);
    story.at(1, Event::Seen(id(1)), &[]);
    story.at(11, Event::Tick, &[]);
    story.at(12, Event::Focused(false), &[]);
    story.at(13, Event::Seen(id(2)), &[]);
    story.at(13, needs_you(2, None), &["wake at 23"]);
    story.at(
        23,
        Event::Tick,
        &["show 1: A task needs you | May it reach docs.rs?"],
    );
    story.at(30, Event::Focused(true), &["withdraw 1"]);
}

#[test]
fn an_answer_takes_its_notification_back_once_nothing_else_is_in_it() {
    let mut story = Story::new();
    story.at(0, needs_you(1, None), &["wake at 10"]);
    story.at(0, needs_you(2, None), &[]);
    story.at(
        10,
        Event::Tick,
        &["show 1: 2 tasks need you | A task needs you, A task needs you"],
    );
    story.at(11, needs_you(1, Some("denied")), &[]);
    story.at(12, needs_you(2, Some("denied")), &["withdraw 1"]);
}

#[test]
fn a_click_opens_the_card_and_calls_no_more() {
    let mut story = Story::new();
    story.at(0, needs_you(1, None), &["wake at 10"]);
    story.at(
        10,
        Event::Tick,
        &["show 1: A task needs you | May it reach docs.rs?"],
    );
    story.at(11, Event::Clicked(1), &["open 1", "withdraw 1"]);
    story.at(12, needs_you(1, Some("allowed")), &[]);
}

#[test]
fn a_plan_calls_once_when_the_last_of_it_ended() {
    let mut story = Story::new();
    story.at(0, plan(&[1, 2, 3]), &[]);
    story.at(1, task(1, TaskState::Done), &[]);
    let failure = Failure::new("x", "It broke.", "Look.");
    story.at(2, task(2, TaskState::Failed { failure }), &[]);
    story.at(3, task(3, cancelled()), &["wake at 13"]);
    story.at(
        13,
        Event::Tick,
        &["show 1: 2 tasks have ended | Task 1 is done, Task 2 could not be done"],
    );
    story.at(14, task(1, TaskState::Done), &[]);
    story.at(15, task(2, TaskState::Queued), &["withdraw 1"]);
}

#[test]
fn what_a_person_ended_or_what_was_over_before_is_no_news() {
    let mut story = Story::new();
    story.at(0, plan(&[1]), &[]);
    story.at(1, task(1, cancelled()), &[]);
    let mut reopened = Story::new();
    reopened.at(0, task(1, TaskState::Done), &[]);
    reopened.at(0, task(2, TaskState::Done), &[]);
}

#[test]
fn a_result_card_that_was_seen_handles_its_plan() {
    let mut story = Story::new();
    let results = vec![TaskResult {
        task: id(1),
        title: "Task 1".into(),
        state: "done".into(),
        report: ampersand_core::Report::default(),
        seq: 1,
    }];
    let card = Message {
        id: id(7),
        position: 1,
        at: Timestamp::UNIX_EPOCH,
        body: MessageBody::Result {
            results,
            explanation: None,
            unexplained: Vec::new(),
        },
    };
    story.at(0, Event::Focused(true), &[]);
    story.at(0, plan(&[1]), &[]);
    story.at(1, task(1, TaskState::Done), &["wake at 11"]);
    story.at(1, update(UpdateBody::Message { message: card }), &[]);
    story.at(2, Event::Seen(id(7)), &[]);
    story.at(11, Event::Tick, &[]);
}
