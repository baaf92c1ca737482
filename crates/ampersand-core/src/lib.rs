//! The nouns and the rules of Ampersand: what a task is, what may happen to it, and what follows.
//!
//! Nothing here does I/O, waits, reads a clock or mints an id: time and ids arrive from outside, so every
//! rule can be replayed. Whatever crosses a process boundary is built from these types.

mod agent;
mod approval;
mod budget;
mod clash;
mod conflict;
mod counted;
mod event;
mod failure;
mod ids;
mod intricate;
mod isolation;
mod limits;
mod message;
mod narrowing;
mod outage;
mod plan;
mod project;
mod pull_request;
mod quota;
mod radar;
mod remote;
mod report;
mod review;
mod role;
mod settings;
mod showing;
mod task;
mod visible;

pub use agent::{AgentFacts, AgentKind, LoginUse, Steers};
pub use approval::{Answer, Approval, Question};
pub use budget::{Slots, SlotsTier, Usage};
pub use clash::{CLASH_PATHS_MAX, Clash, ClashWith};
pub use conflict::{Conflict, ConflictPlace, Kept, Side, Standoff};
pub use counted::counted;
pub use event::{Actor, Event, EventBody, FrozenTask};
pub use failure::Failure;
pub use ids::{
    ApprovalId, AttemptId, CommandId, MessageId, ParseIdError, PlanId, PullRequestId, TaskId,
    TurnId,
};
pub use intricate::holds_more_than;
pub use isolation::{Gap, Isolation, UnsafeConsent, list as list_gaps};
pub use limits::{AttemptLimits, Limit, Meter, Resource, Used, is_to_blame};
pub use message::{
    ChoiceOption, LandingOutcome, Message, MessageBody, OverrideOutcome, ReplyState, TaskResult,
};
pub use narrowing::Narrowing;
pub use outage::{Obstacle, Outage, Seen, Way};
pub use plan::{NewTask, Plan, PlanError};
pub use project::{App, Project};
pub use pull_request::{
    FailedCheck, Found, Holds, Lineage, Opened, PullRequest, PullRequestEffect, PullRequestEnd,
    PullRequestEvent, PullRequestSeen, PullRequestStage, PullRequestStep, Push, ReviewComment,
    Rounds, Says, SeenState, Standing, look_again_after, step_pull_request, told_of_pull_request,
};
pub use quota::{QuotaWindow, in_the_way, scarcest};
pub use radar::{Radar, RadarEvent, RadarQuestion, RadarVerdict, RadarWork};
pub use remote::{Forge, RemoteUrl, RemoteWay};
pub use report::{ChangedFile, Check, CheckOutcome, Diffstat, Finding, Report, Severity, Verdict};
pub use review::{Opinion, Review, Reviewing, sent_back};
pub use role::{Capability, Role};
pub use settings::{
    AgentLoginSettings, AgentModelSettings, AgentSettings, AgentsSettings, Api, KeyPlace,
    LandingHistory, LandingSettings, ModelSettings, ProgramSettings, PullRequestSettings,
    ReadsLoginSettings, ReviewSettings, SearchProvider, Settings, SettingsError, WebSettings,
    WorktreeSettings,
};
pub use showing::Showing;
pub use task::{
    Base, Doing, Effect, Held, LandedBy, Pause, Restorable, Rewind, Snapshot, Step, Task,
    TaskEvent, TaskState, Verb, WayBack, Work, last_landing, step,
};
pub use visible::{hides, visible, visible_line, visible_prose};
