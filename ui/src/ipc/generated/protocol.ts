// Generated from crates/ampersand-protocol by `cargo xtask gen`. Do not edit.

/**
 * What a task is doing this moment.
 */
export type Activity = { 
/**
 * The task.
 */
task?: TaskId, 
/**
 * One line, control characters made visible.
 */
line: string, 
/**
 * Steps of the agent's own plan that are done.
 */
steps_done: number, 
/**
 * All of its steps; zero if it has said none.
 */
steps: number, 
/**
 * Files touched so far.
 */
files: number, 
/**
 * Tokens used so far, both directions.
 */
tokens: number, 
/**
 * How much of its agent's account is used, window by window, as the agent told it last; absent while it told nothing.
 */
quota?: Array<QuotaWindow>, };

/**
 * Who made something happen.
 */
export type Actor = "person" | "controller" | "orchestrator";

/**
 * What is true of an agent. A test holds each against what the agent really does.
 */
export type AgentFacts = { 
/**
 * When it takes in what it is told.
 */
steers: Steers, 
/**
 * It tells the tokens it used.
 */
usage: boolean, 
/**
 * It tells what it cost, by its own list of prices.
 */
cost: boolean, 
/**
 * A later attempt goes on in the same conversation; without it, one begins anew and is told what was done.
 */
resumes: boolean, 
/**
 * Its conversation goes back to before something it was told.
 */
rewinds: boolean, 
/**
 * Ending it ends everything it started.
 */
cancel_kills: boolean, 
/**
 * It starts agents of its own, and we let it.
 */
subagents: boolean, 
/**
 * It asks before it acts, if its role says so.
 */
approvals: boolean, };

/**
 * An agent of others, installed or not.
 */
export type AgentFound = { 
/**
 * Its name in the settings and on cards.
 */
name: string, 
/**
 * What its program says of its version, in one line; absent if it is not installed.
 */
version: string | null, 
/**
 * Whether its own program keeps a login here; absent where that cannot be told.
 */
logged_in: boolean | null, 
/**
 * Whether that login is used.
 */
login: LoginUse, 
/**
 * What keeps it from being given tasks, and what would change that; absent if nothing does.
 */
missing: Failure | null, 
/**
 * How much of its account's windows is used, as it told last; empty while nothing is known.
 */
quota: Array<QuotaWindow>, 
/**
 * Of every window so much is kept for the person, of a hundred.
 */
keep_percent: number, 
/**
 * What is true of it.
 */
facts: AgentFacts, };

/**
 * Who does a task.
 */
export type AgentKind = "builtin" | "command" | "offline" | "codex" | { "acp": string };

/**
 * What a person may answer.
 */
export type Answer = "allow" | "allow_for_task" | "allow_for_project" | "deny";

/**
 * One question that stands until a person answers it. It blocks its own task only.
 */
export type Approval = { 
/**
 * Names it.
 */
id: ApprovalId, 
/**
 * The task it is about.
 */
task: TaskId, 
/**
 * What is asked.
 */
question: Question, 
/**
 * When it was asked.
 */
asked_at: string, };

/**
 * A question an agent may not answer by itself.
 */
export type ApprovalId = string;

/**
 * One supervised run of a task.
 */
export type AttemptId = string;

/**
 * Where a worktree started from.
 */
export type Base = { 
/**
 * The branch that was checked out; absent for a detached head.
 */
branch: string | null, 
/**
 * The full id of the commit it stood on.
 */
commit: string, 
/**
 * What of the checkout was not committed, if there was any.
 */
snapshot: Snapshot | null, 
/**
 * The commit that holds the branch and another task's work with markers, if it started from there. It never lands.
 */
conflicts: string | null, 
/**
 * Changed and untracked files that were left behind: too large, unreadable, or repositories of their own.
 */
left_out: number, };

/**
 * One thing a role may do. A child's are never more than its parent's.
 */
export type Capability = { "name": "read" } | { "name": "search" } | { "name": "write" } | { "name": "execute" } | { "name": "web_search" } | { "name": "network", 
/**
 * The host, as it stands in the settings.
 */
host: string, };

/**
 * One file that changed.
 */
export type ChangedFile = { 
/**
 * Relative to the repository, invisible characters made visible.
 */
path: string, 
/**
 * Lines added.
 */
added: number, 
/**
 * Lines removed.
 */
removed: number, };

/**
 * One declared check, run in the worktree's sandbox.
 */
export type Check = { 
/**
 * Its name in `.ampersand.toml`.
 */
name: string, 
/**
 * The command as declared.
 */
command: string, 
/**
 * How it ended.
 */
outcome: CheckOutcome, 
/**
 * How long it took, in milliseconds.
 */
took_ms: number, 
/**
 * The end of what it printed, at most 4 KB, control characters made visible.
 */
output: string, };

/**
 * How a check ended.
 */
export type CheckOutcome = { "name": "passed" } | { "name": "failed", 
/**
 * The status; absent after a signal.
 */
status: number | null, } | { "name": "not_run", 
/**
 * Why, as a sentence.
 */
why: string, };

/**
 * One thing that can be chosen.
 */
export type ChoiceOption = { 
/**
 * What the chip says.
 */
label: string, 
/**
 * The message that choosing it sends.
 */
says: string, };

/**
 * One thing that a task's work will collide with.
 */
export type Clash = { 
/**
 * With what.
 */
with: ClashWith, 
/**
 * Where, sorted: at most five paths, made visible.
 */
paths: Array<string>, 
/**
 * In how many paths beyond those.
 */
more: number, };

/**
 * What work collides with.
 */
export type ClashWith = { "kind": "task", 
/**
 * The other one.
 */
task: TaskId, 
/**
 * Its title.
 */
title: string, } | { "kind": "branch", 
/**
 * The branch.
 */
branch: string, } | { "kind": "uncommitted" };

/**
 * A wish. Carries everything it needs, so that repeating it under the same id does nothing twice.
 */
export type Command = { "verb": "attach", 
/**
 * An absolute path inside it.
 */
repository: string, } | { "verb": "submit_plan", 
/**
 * The plan.
 */
plan: Plan, 
/**
 * Who made it.
 */
by: Actor, } | { "verb": "steer", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The words.
 */
text: string, 
/**
 * Who says it.
 */
by: Actor, } | { "verb": "rewind", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The words.
 */
text: string, } | { "verb": "pause", 
/**
 * The tasks; those that cannot be paused are left as they are.
 */
tasks: Array<TaskId>, 
/**
 * Who wants it.
 */
by: Actor, } | { "verb": "resume", 
/**
 * The tasks.
 */
tasks: Array<TaskId>, 
/**
 * Who wants it.
 */
by: Actor, } | { "verb": "cancel", 
/**
 * The tasks.
 */
tasks: Array<TaskId>, 
/**
 * Whether to skip the time to undo.
 */
now: boolean, 
/**
 * Who wants it.
 */
by: Actor, } | { "verb": "narrow", 
/**
 * The tasks; of several, those it can be kept from.
 */
tasks: Array<TaskId>, 
/**
 * What is taken.
 */
what: Narrowing, 
/**
 * Who wants it.
 */
by: Actor, } | { "verb": "undo", 
/**
 * The tasks to take back; empty means those of the newest override.
 */
tasks: Array<TaskId>, } | { "verb": "answer", 
/**
 * Which.
 */
approval: ApprovalId, 
/**
 * How.
 */
answer: Answer, } | { "verb": "propose", 
/**
 * The task.
 */
task: TaskId, 
/**
 * What is proposed.
 */
what: Proposal, 
/**
 * Why.
 */
why: string, } | { "verb": "land", 
/**
 * The task.
 */
task: TaskId, } | { "verb": "continue_session", 
/**
 * The agent, by its name in the settings.
 */
agent: string, 
/**
 * The program's own name for it; see [`Reply::Sessions`].
 */
session: string, 
/**
 * An absolute path inside the repository.
 */
repository: string, 
/**
 * What is to be done next.
 */
text: string, } | { "verb": "resolve", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Whether the person does it, in a worktree made for that, instead of an agent.
 */
by_hand: boolean, } | { "verb": "keep_side", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The side that is kept.
 */
side: Side, 
/**
 * Why.
 */
why: string, } | { "verb": "put_on_branch", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The branch.
 */
branch: string, 
/**
 * Why.
 */
why: string, 
/**
 * Who wants it.
 */
by: Actor, } | { "verb": "open_pull_request", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The branch on the remote; absent for one named after the task.
 */
branch?: string, 
/**
 * Why.
 */
why: string, } | { "verb": "watch", 
/**
 * The task.
 */
task: TaskId, } | { "verb": "unwatch", 
/**
 * The task.
 */
task: TaskId, } | { "verb": "undo_landing", 
/**
 * The task.
 */
task: TaskId, } | { "verb": "run_app", 
/**
 * The task.
 */
task: TaskId, } | { "verb": "show", 
/**
 * The task.
 */
task: TaskId, } | { "verb": "put_back", 
/**
 * The task.
 */
task: TaskId, } | { "verb": "discard", 
/**
 * The task.
 */
task: TaskId, } | { "verb": "restart", 
/**
 * The task.
 */
task: TaskId, } | { "verb": "restart_unsafe", 
/**
 * The task.
 */
task: TaskId, 
/**
 * What was typed.
 */
typed: string, } | { "verb": "trust", 
/**
 * An absolute path inside it.
 */
repository: string, 
/**
 * SHA-256 of the text that was shown, in hexadecimal; empty if there was no file.
 */
digest: string, } | { "verb": "list_tasks", 
/**
 * The last task of the page before; absent for the first page, which has the approvals.
 */
after?: TaskId, 
/**
 * How many tasks at most. Fewer come where the frame would become too long.
 */
limit: number, } | { "verb": "read_report", 
/**
 * The task.
 */
task: TaskId, } | { "verb": "read_diff", 
/**
 * The task.
 */
task: TaskId, } | { "verb": "read_pictures", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The path, as the diff has it.
 */
path: string, } | { "verb": "read_given", 
/**
 * The task.
 */
task: TaskId, } | { "verb": "read_output", 
/**
 * The task.
 */
task: TaskId, } | { "verb": "read_worktree", 
/**
 * The task.
 */
task: TaskId, } | { "verb": "read_isolation" } | { "verb": "read_agents" } | { "verb": "read_sessions", 
/**
 * An absolute path inside it.
 */
repository: string, } | { "verb": "drain" };

/**
 * One command on the wire; repeating it does nothing twice.
 */
export type CommandId = string;

/**
 * A file in which a task's work and the branch changed the same places.
 */
export type Conflict = { 
/**
 * Relative to the repository, made visible.
 */
path: string, 
/**
 * Whether the branch has such a file.
 */
branch_has_it: boolean, 
/**
 * Whether the task's work has such a file.
 */
task_has_it: boolean, 
/**
 * The places, in order; none where the conflict is not about lines of text.
 */
places: Array<ConflictPlace>, 
/**
 * Whether places or lines were left out, as there are too many.
 */
cut: boolean, };

/**
 * A place that both sides changed.
 */
export type ConflictPlace = { 
/**
 * Where it begins in the branch's file, counted from one.
 */
line: number, 
/**
 * What the branch says there, line by line.
 */
branch: Array<string>, 
/**
 * What the task's work says there.
 */
task: Array<string>, };

/**
 * A bounded diff.
 */
export type Diff = { 
/**
 * The files, sorted by path.
 */
files: Array<DiffFile>, 
/**
 * Files that were left out because there are too many.
 */
files_left_out: number, };

/**
 * One file of a diff.
 */
export type DiffFile = { 
/**
 * Relative to the repository, invisible characters made visible.
 */
path: string, 
/**
 * Its name before, if it was renamed.
 */
old_path: string | null, 
/**
 * What happened to it.
 */
kind: FileKind, 
/**
 * Lines added.
 */
added: number, 
/**
 * Lines removed.
 */
removed: number, 
/**
 * Whether it is not text, so that there are no hunks.
 */
binary: boolean, 
/**
 * Whether hunks were cut because there is too much.
 */
cut: boolean, 
/**
 * The hunks.
 */
hunks: Array<DiffHunk>, };

/**
 * Lines that belong together.
 */
export type DiffHunk = { 
/**
 * The line with the two at signs.
 */
header: string, 
/**
 * The lines.
 */
lines: Array<DiffLine>, };

/**
 * One line.
 */
export type DiffLine = { 
/**
 * What happened to it.
 */
kind: DiffLineKind, 
/**
 * Its number before, counted from one.
 */
old: number | null, 
/**
 * Its number after, counted from one.
 */
new: number | null, 
/**
 * Its text without the line end, invisible characters made visible.
 */
text: string, };

/**
 * What happened to a line.
 */
export type DiffLineKind = "context" | "added" | "removed";

/**
 * How much changed.
 */
export type Diffstat = { 
/**
 * The files, sorted by path, at most 200 of them.
 */
files: Array<ChangedFile>, 
/**
 * How many files changed in all.
 */
count: number, 
/**
 * Lines added.
 */
added: number, 
/**
 * Lines removed.
 */
removed: number, 
/**
 * Paths among the changed that would run later on the person's machine: hooks, build scripts, CI.
 */
executes_later: Array<string>, };

/**
 * What an attempt is at.
 */
export type Doing = { "kind": "working" } | { "kind": "asking", 
/**
 * The question.
 */
approval: ApprovalId, } | { "kind": "checking" } | { "kind": "merging", 
/**
 * What they said of the work alone.
 */
verdict: Verdict, };

/**
 * One line of the journal.
 */
export type Event = { 
/**
 * Its number: one more than the line before; the first is 1.
 */
seq: number, 
/**
 * When it was written.
 */
at: string, } & ({ "event": "plan_accepted", 
/**
 * The plan.
 */
plan: PlanId, 
/**
 * Why these tasks.
 */
reason: string, 
/**
 * The tasks as they stand at the start.
 */
tasks: Array<Task>, } | { "event": "task_moved", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Where it is now.
 */
state: TaskState, 
/**
 * Who moved it.
 */
by: Actor, } | { "event": "attempt_started", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The attempt.
 */
attempt: AttemptId, 
/**
 * Where the worktree started from; absent if the task needs none.
 */
base: Base | null, 
/**
 * The tier it really runs in.
 */
isolation: Isolation, 
/**
 * Whether its agent can read its own login.
 */
reads_login: boolean, 
/**
 * What a person set up for its agent's own program and it does not have, in words.
 */
not_loaded: Array<string>, } | { "event": "task_given", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The attempt.
 */
attempt: AttemptId, 
/**
 * The brief and every named input as the agent received them.
 */
given: string, } | { "event": "task_handed_over", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The agent that had it.
 */
from: AgentKind, 
/**
 * The one that goes on.
 */
to: AgentKind, 
/**
 * What held the first one up.
 */
failure: Failure, } | { "event": "task_narrowed", 
/**
 * The task.
 */
task: TaskId, 
/**
 * What was taken.
 */
what: Narrowing, 
/**
 * What it is granted after that.
 */
capabilities: Array<Capability>, 
/**
 * Who took it.
 */
by: Actor, } | { "event": "task_steered", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The words.
 */
text: string, 
/**
 * Who.
 */
by: Actor, 
/**
 * Why the agent has not got them yet; absent once it has.
 */
waits: string | null, } | { "event": "steering_delivered", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The words.
 */
text: string, } | { "event": "task_reported", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The report.
 */
report: Report, } | { "event": "approval_asked", 
/**
 * The question.
 */
approval: Approval, } | { "event": "approval_answered", 
/**
 * Which.
 */
approval: ApprovalId, 
/**
 * Its task.
 */
task: TaskId, 
/**
 * How.
 */
answer: Answer, } | { "event": "approval_withdrawn", 
/**
 * Which.
 */
approval: ApprovalId, 
/**
 * Its task.
 */
task: TaskId, } | { "event": "override_confirmed", 
/**
 * The tasks, each with how many processes were found frozen.
 */
frozen: Array<FrozenTask>, 
/**
 * From the command's arrival to the last confirmation, in milliseconds.
 */
took_ms: number, } | { "event": "task_landed", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The branch.
 */
branch: string, 
/**
 * Where it was.
 */
from: string, 
/**
 * Where it is.
 */
to: string, } | { "event": "landing_refused", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Why, and what to do.
 */
failure: Failure, 
/**
 * What both sides want, where the branch and the work changed the same places.
 */
conflicts?: Array<Conflict>, } | { "event": "task_shown", 
/**
 * The task.
 */
task: TaskId, 
/**
 * How many files are other than before.
 */
files: number, } | { "event": "app_serves", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Where: an address of this machine that leads to it, as long as it runs.
 */
address: string, } | { "event": "task_put_back", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Files that the person changed meanwhile, which stay as they are.
 */
kept: Array<string>, } | { "event": "landing_undone", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The branch.
 */
branch: string, 
/**
 * Where it was.
 */
from: string, 
/**
 * Where it is.
 */
to: string, } | { "event": "landing_stands", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Why, and what to do.
 */
failure: Failure, } | { "event": "task_branched", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The branch.
 */
branch: string, 
/**
 * The commit it stands on.
 */
commit: string, } | { "event": "pull_request_moved", 
/**
 * The task.
 */
task: TaskId, 
/**
 * As it is now.
 */
pull_request: PullRequest, } | { "event": "clashes_found", 
/**
 * The task.
 */
task: TaskId, 
/**
 * All of it; nothing if it collides with nothing any more.
 */
clashes: Array<Clash>, } | { "event": "repository_trusted", 
/**
 * Its root.
 */
repository: string, 
/**
 * SHA-256 of the `.ampersand.toml` that was trusted, in hexadecimal.
 */
digest: string, } | { "event": "noticed", 
/**
 * The task it is about, if any.
 */
task: TaskId | null, 
/**
 * What it is.
 */
failure: Failure, });

/**
 * What happened. Past tense; complete in itself.
 */
export type EventBody = { "event": "plan_accepted", 
/**
 * The plan.
 */
plan: PlanId, 
/**
 * Why these tasks.
 */
reason: string, 
/**
 * The tasks as they stand at the start.
 */
tasks: Array<Task>, } | { "event": "task_moved", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Where it is now.
 */
state: TaskState, 
/**
 * Who moved it.
 */
by: Actor, } | { "event": "attempt_started", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The attempt.
 */
attempt: AttemptId, 
/**
 * Where the worktree started from; absent if the task needs none.
 */
base: Base | null, 
/**
 * The tier it really runs in.
 */
isolation: Isolation, 
/**
 * Whether its agent can read its own login.
 */
reads_login: boolean, 
/**
 * What a person set up for its agent's own program and it does not have, in words.
 */
not_loaded: Array<string>, } | { "event": "task_given", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The attempt.
 */
attempt: AttemptId, 
/**
 * The brief and every named input as the agent received them.
 */
given: string, } | { "event": "task_handed_over", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The agent that had it.
 */
from: AgentKind, 
/**
 * The one that goes on.
 */
to: AgentKind, 
/**
 * What held the first one up.
 */
failure: Failure, } | { "event": "task_narrowed", 
/**
 * The task.
 */
task: TaskId, 
/**
 * What was taken.
 */
what: Narrowing, 
/**
 * What it is granted after that.
 */
capabilities: Array<Capability>, 
/**
 * Who took it.
 */
by: Actor, } | { "event": "task_steered", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The words.
 */
text: string, 
/**
 * Who.
 */
by: Actor, 
/**
 * Why the agent has not got them yet; absent once it has.
 */
waits: string | null, } | { "event": "steering_delivered", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The words.
 */
text: string, } | { "event": "task_reported", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The report.
 */
report: Report, } | { "event": "approval_asked", 
/**
 * The question.
 */
approval: Approval, } | { "event": "approval_answered", 
/**
 * Which.
 */
approval: ApprovalId, 
/**
 * Its task.
 */
task: TaskId, 
/**
 * How.
 */
answer: Answer, } | { "event": "approval_withdrawn", 
/**
 * Which.
 */
approval: ApprovalId, 
/**
 * Its task.
 */
task: TaskId, } | { "event": "override_confirmed", 
/**
 * The tasks, each with how many processes were found frozen.
 */
frozen: Array<FrozenTask>, 
/**
 * From the command's arrival to the last confirmation, in milliseconds.
 */
took_ms: number, } | { "event": "task_landed", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The branch.
 */
branch: string, 
/**
 * Where it was.
 */
from: string, 
/**
 * Where it is.
 */
to: string, } | { "event": "landing_refused", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Why, and what to do.
 */
failure: Failure, 
/**
 * What both sides want, where the branch and the work changed the same places.
 */
conflicts?: Array<Conflict>, } | { "event": "task_shown", 
/**
 * The task.
 */
task: TaskId, 
/**
 * How many files are other than before.
 */
files: number, } | { "event": "app_serves", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Where: an address of this machine that leads to it, as long as it runs.
 */
address: string, } | { "event": "task_put_back", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Files that the person changed meanwhile, which stay as they are.
 */
kept: Array<string>, } | { "event": "landing_undone", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The branch.
 */
branch: string, 
/**
 * Where it was.
 */
from: string, 
/**
 * Where it is.
 */
to: string, } | { "event": "landing_stands", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Why, and what to do.
 */
failure: Failure, } | { "event": "task_branched", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The branch.
 */
branch: string, 
/**
 * The commit it stands on.
 */
commit: string, } | { "event": "pull_request_moved", 
/**
 * The task.
 */
task: TaskId, 
/**
 * As it is now.
 */
pull_request: PullRequest, } | { "event": "clashes_found", 
/**
 * The task.
 */
task: TaskId, 
/**
 * All of it; nothing if it collides with nothing any more.
 */
clashes: Array<Clash>, } | { "event": "repository_trusted", 
/**
 * Its root.
 */
repository: string, 
/**
 * SHA-256 of the `.ampersand.toml` that was trusted, in hexadecimal.
 */
digest: string, } | { "event": "noticed", 
/**
 * The task it is about, if any.
 */
task: TaskId | null, 
/**
 * What it is.
 */
failure: Failure, };

/**
 * A check that failed.
 */
export type FailedCheck = { 
/**
 * What tells it from others on other commits.
 */
id: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Its page, if it has one on the web.
 */
url: string | null, 
/**
 * The end of what its failed steps printed: bounded, made visible, likely secrets masked.
 */
log: string, };

/**
 * An error as it crosses a process boundary. `code` is for branching, the rest for reading.
 */
export type Failure = { 
/**
 * Stable, snake_case; documented beside the commands that return it.
 */
code: string, 
/**
 * What happened, as a sentence.
 */
message: string, 
/**
 * What to do next, as a sentence. Never empty.
 */
hint: string, };

/**
 * What happened to a file.
 */
export type FileKind = "added" | "modified" | "deleted" | "renamed" | "mode_changed";

/**
 * One thing found.
 */
export type Finding = { 
/**
 * How much it matters.
 */
severity: Severity, 
/**
 * What it is, in one line.
 */
text: string, 
/**
 * The file, relative to the repository.
 */
path: string | null, 
/**
 * The line in it, counted from one.
 */
line: number | null, };

/**
 * Whose program opens requests to merge: the programs hold the keys, and nothing of ours does.
 */
export type Forge = "github" | "gitlab";

/**
 * What was found on the forge: words of others, bounded and made visible.
 */
export type Found = { 
/**
 * Checks that failed.
 */
checks: Array<FailedCheck>, 
/**
 * What reviewers wrote.
 */
comments: Array<ReviewComment>, };

/**
 * From the orchestrator.
 */
export type FromOrchestrator = { "frame": "hello", 
/**
 * Who.
 */
hello: Hello, 
/**
 * The newest event there is.
 */
newest: number, } | { "frame": "reply", 
/**
 * Which.
 */
id: CommandId, 
/**
 * How it went.
 */
outcome: { Ok : Reply } | { Err : Failure }, } | { "frame": "event", 
/**
 * The line.
 */
event: Event, } | { "frame": "activity", 
/**
 * What.
 */
activity: Activity, };

/**
 * One task whose tree was seen frozen.
 */
export type FrozenTask = { 
/**
 * The task.
 */
task: TaskId, 
/**
 * How many processes.
 */
processes: number, };

/**
 * One thing a tier does not enforce.
 */
export type Gap = "attributes" | "names" | "git_file" | "clean_up" | "memory" | "temporary_space" | "registry" | "desktop" | "name_lookups";

/**
 * What a paused task keeps.
 */
export type Held = { "kind": "not_started", 
/**
 * Tasks it still waits for.
 */
on: Array<TaskId>, } | { "kind": "frozen", 
/**
 * The attempt.
 */
attempt: AttemptId, 
/**
 * What it was doing.
 */
doing: Doing, 
/**
 * How many processes were found frozen; absent until the operating system confirmed it.
 */
processes: number | null, } | { "kind": "worktree" };

/**
 * Who is speaking.
 */
export type Hello = { 
/**
 * [`PROTOCOL_VERSION`] of the speaker.
 */
protocol: number, 
/**
 * The speaker's version and build.
 */
build: string, 
/**
 * The speaker's process.
 */
pid: number, };

/**
 * How far an attempt is kept apart from the rest of the machine. Never lowered silently or midway.
 */
export type Isolation = { "tier": "full", 
/**
 * Which of its limits the system itself does not keep. A limit is no wall: nothing more is within reach where one
 * of these is open, so that they are told and need nobody's consent.
 */
gaps: Array<Gap>, } | { "tier": "reduced", 
/**
 * Why the full tier could not be had: the probe that failed, and its own words.
 */
why: string, 
/**
 * What is not enforced.
 */
gaps: Array<Gap>, } | { "tier": "none", 
/**
 * The probe that failed, and its own words.
 */
why: string, } | { "tier": "unsafe" };

/**
 * The side that is kept where both changed the same places.
 */
export type Kept = { 
/**
 * Which.
 */
side: Side, 
/**
 * The commit the branch stood on when that was looked at: it holds for no other.
 */
on: string, };

/**
 * The task whose landing brought in another one's work.
 */
export type LandedBy = { 
/**
 * The task.
 */
task: TaskId, 
/**
 * What the checks had said of the work that it brought in.
 */
verdict: Verdict, };

/**
 * What became of a landing.
 */
export type LandingOutcome = { "name": "landed", 
/**
 * The branch.
 */
branch: string, 
/**
 * Where the branch was.
 */
from: string, 
/**
 * Where it is.
 */
to: string, } | { "name": "refused", 
/**
 * Why, and what to do.
 */
failure: Failure, 
/**
 * What both sides want, where the branch and the work changed the same places.
 */
conflicts?: Array<Conflict>, } | { "name": "shown", 
/**
 * How many files are other than before.
 */
files: number, } | { "name": "put_back", 
/**
 * Files that the person changed meanwhile, which stay as they are.
 */
kept: Array<string>, } | { "name": "undone", 
/**
 * The branch.
 */
branch: string, 
/**
 * Where the branch was.
 */
from: string, 
/**
 * Where it is.
 */
to: string, } | { "name": "stands", 
/**
 * Why, and what to do.
 */
failure: Failure, };

/**
 * A limit that was reached.
 */
export type Limit = { 
/**
 * What was used up.
 */
which: Resource, 
/**
 * How much of it there was, in the resource's unit.
 */
most: number, };

/**
 * Whether an agent uses the login that its own program keeps on this machine.
 */
export type LoginUse = "nothing" | "offered" | "used" | "readable" | "read";

/**
 * One entry in the conversation.
 */
export type Message = { 
/**
 * Names it.
 */
id: MessageId, 
/**
 * Its place, counted from one. A reply keeps the place after its question, so places are sparse.
 */
position: number, 
/**
 * When it was made.
 */
at: string, 
/**
 * What it is.
 */
body: MessageBody, };

/**
 * What an entry is.
 */
export type MessageBody = { "kind": "said", 
/**
 * The words.
 */
text: string, 
/**
 * How a rule understood it, if one did.
 */
understood: string | null, } | { "kind": "reply", 
/**
 * The words so far.
 */
text: string, 
/**
 * What it answers.
 */
to: MessageId, 
/**
 * How far it is.
 */
state: ReplyState, 
/**
 * What did not fit into the turn's budget, as a sentence.
 */
left_out: string | null, } | { "kind": "plan", 
/**
 * The plan.
 */
plan: PlanId, 
/**
 * Why these, and why this many.
 */
reason: string, 
/**
 * The tasks.
 */
tasks: Array<TaskId>, } | { "kind": "result", 
/**
 * One entry for each task.
 */
results: Array<TaskResult>, 
/**
 * What the controller's model says about it.
 */
explanation: string | null, 
/**
 * The tasks whose results the controller's model has still to look at; the controller's own.
 */
unexplained?: Array<TaskId>, } | { "kind": "needs_you", 
/**
 * The question.
 */
approval: Approval, 
/**
 * The answer, once there is one, in words.
 */
answered: string | null, } | { "kind": "landing", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The task's title.
 */
title: string, 
/**
 * What became of it.
 */
outcome: LandingOutcome, } | { "kind": "pull_request", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The task's title.
 */
title: string, 
/**
 * As it is, or was when the next round began.
 */
pull_request: PullRequest, } | { "kind": "branched", 
/**
 * The task.
 */
task: TaskId, 
/**
 * The task's title.
 */
title: string, 
/**
 * The branch.
 */
branch: string, 
/**
 * The commit it stands on.
 */
commit: string, } | { "kind": "override", 
/**
 * `pause`, `resume` or `cancel`.
 */
verb: string, 
/**
 * The tasks.
 */
tasks: Array<TaskId>, 
/**
 * From the words to the operating system's confirmation, in milliseconds.
 */
frozen_in_ms: number | null, 
/**
 * What became of it.
 */
outcome: OverrideOutcome, } | { "kind": "choice", 
/**
 * The question.
 */
question: string, 
/**
 * What can be chosen.
 */
options: Array<ChoiceOption>, 
/**
 * The chosen label, once one was.
 */
chosen: string | null, } | { "kind": "kept", 
/**
 * What was asked.
 */
text: string, 
/**
 * The nearest command that works without a model.
 */
closest: string | null, } | { "kind": "notice", 
/**
 * What, and what to do.
 */
failure: Failure, };

/**
 * One entry in the conversation, a card included.
 */
export type MessageId = string;

/**
 * What can be taken.
 */
export type Narrowing = "network" | "web_search" | "execute";

/**
 * A task as planned.
 */
export type NewTask = { 
/**
 * Names it.
 */
id: TaskId, 
/**
 * A few words.
 */
title: string, 
/**
 * What it may do.
 */
role: Role, 
/**
 * What is to be done.
 */
work: Work, 
/**
 * The agent chosen for it; absent means the one the settings name for briefs, or the only one that can.
 */
agent: AgentKind | null, 
/**
 * Who reads its work before the person does; absent means whoever the settings name.
 */
reviewer?: AgentKind, 
/**
 * Why this task, this role and this agent.
 */
reason: string, 
/**
 * Tasks that must have ended well before it starts.
 */
after: Array<TaskId>, 
/**
 * Tasks whose reports it is given; each is waited for as well.
 */
inputs: Array<TaskId>, };

/**
 * What stands in the way of an attempt.
 */
export type Obstacle = "rate_limit" | "quota" | "login" | "setup" | "provider" | "network" | "silence" | "death" | "unknown";

/**
 * An open pull request.
 */
export type Opened = { 
/**
 * Its number.
 */
number: number, 
/**
 * Its page.
 */
url: string, };

/**
 * What a reviewer came to.
 */
export type Opinion = { "name": "approves" } | { "name": "objects" } | { "name": "unclear" } | { "name": "not_read", 
/**
 * Why, as a sentence.
 */
why: string, };

/**
 * What became of an override.
 */
export type OverrideOutcome = { "name": "stands" } | { "name": "undone", 
/**
 * The tasks it was taken back for.
 */
tasks: Array<TaskId>, };

/**
 * Why a task is paused.
 */
export type Pause = { "cause": "asked" } | { "cause": "limit", 
/**
 * What the provider or the network said.
 */
failure: Failure, 
/**
 * When it tries again; absent if only a person can go on.
 */
next_try_at: string | null, } | { "cause": "reached", 
/**
 * What it used up.
 */
limit: Limit, };

/**
 * One side of a changed picture. Made by an agent: it is shown when a person asks for it, and never before.
 */
export type Picture = { "name": "absent" } | { "name": "shown", 
/**
 * `png`, `jpeg`, `gif` or `webp`.
 */
kind: string, 
/**
 * In points.
 */
width: number, 
/**
 * In points.
 */
height: number, 
/**
 * The file in base64.
 */
data: string, } | { "name": "not_shown", 
/**
 * Why, as a clause.
 */
why: string, };

/**
 * Tasks and the dependencies between them, made by one turn, with the reason for each choice.
 */
export type Plan = { 
/**
 * Names it; submitting it again changes nothing.
 */
id: PlanId, 
/**
 * Why these tasks, and why this many.
 */
reason: string, 
/**
 * The repository they work on: an absolute path inside it.
 */
repository: string, 
/**
 * The tasks, in the order they were thought of.
 */
tasks: Array<NewTask>, };

/**
 * Tasks and their dependencies, made by one turn.
 */
export type PlanId = string;

/**
 * What the controller's model may propose and only a person may decide.
 */
export type Proposal = "land" | "discard";

/**
 * A task's work on its way into a branch of somebody else's.
 */
export type PullRequest = { 
/**
 * Names it here.
 */
id: PullRequestId, 
/**
 * Where it is opened.
 */
forge: Forge, 
/**
 * The remote's name.
 */
remote: string, 
/**
 * Where that leads, without any key.
 */
url: string, 
/**
 * The branch that is pushed.
 */
branch: string, 
/**
 * The branch it is to be merged into.
 */
onto: string, 
/**
 * Its number and its page, once it is open.
 */
opened: Opened | null, 
/**
 * The commit that was pushed last.
 */
pushed: string | null, 
/**
 * The commit that is pushed next, or was.
 */
tip: string, 
/**
 * Whether fixes are pushed without asking each time: the person said so of this one.
 */
freely: boolean, 
/**
 * How often its agent was sent back by itself, and how often it may be.
 */
rounds: Rounds, 
/**
 * How its checks stand, as last seen.
 */
standing: Standing, 
/**
 * What was found last, for the person and the agent.
 */
found: Found, 
/**
 * Why it could not be looked at lately.
 */
unseen: Failure | null, 
/**
 * How far it is.
 */
stage: PullRequestStage, };

/**
 * How a pull request ended.
 */
export type PullRequestEnd = { "kind": "merged", 
/**
 * The commit that merged it, if the forge says.
 */
commit: string | null, } | { "kind": "merged_without", 
/**
 * The commit that merged it, if the forge says.
 */
commit: string | null, 
/**
 * What is not in it, and what to do.
 */
why: Failure, } | { "kind": "closed" } | { "kind": "given_up" };

/**
 * A task's work on its way into a branch of somebody else's.
 */
export type PullRequestId = string;

/**
 * How far a pull request is.
 */
export type PullRequestStage = { "name": "asking", 
/**
 * The question.
 */
approval: ApprovalId, } | { "name": "pushing" } | { "name": "watching" } | { "name": "fixing" } | { "name": "held", 
/**
 * Why, and what to do.
 */
why: Failure, } | { "name": "unwatched" } | { "name": "ended", 
/**
 * How.
 */
how: PullRequestEnd, };

/**
 * What a push would bring, worked out before anybody is asked.
 */
export type Push = { 
/**
 * The remote's name.
 */
remote: string, 
/**
 * Where that leads, without any key.
 */
url: string, 
/**
 * The branch on the remote.
 */
branch: string, 
/**
 * The branch it is to be merged into.
 */
onto: string, 
/**
 * The full id of the commit the branch will stand on.
 */
tip: string, 
/**
 * The commits that the branch will have and that one has not, newest first, each with its subject; at most 20.
 */
commits: Array<string>, 
/**
 * How many those are in all.
 */
count: number, 
/**
 * What they change.
 */
diffstat: Diffstat, 
/**
 * Whether that is what the task's checks saw. It is not where the task began with uncommitted work, which stays out.
 */
as_checked: boolean, 
/**
 * What the pull request is to say; absent for one that is open already.
 */
says: Says | null, 
/**
 * The number of the pull request that a fix goes to.
 */
number: number | null, };

/**
 * What is asked, with everything a person needs to judge it, resolved and bounded.
 */
export type Question = { "kind": "host", 
/**
 * The host, in its canonical form.
 */
host: string, 
/**
 * The whole address, invisible characters made visible.
 */
url: string, } | { "kind": "act", 
/**
 * The tool, for example `execute` or `edit`.
 */
tool: string, 
/**
 * The full argument list or the change, invisible characters made visible.
 */
detail: string, 
/**
 * The path it resolves to, if it names one.
 */
path: string | null, } | { "kind": "reduced", 
/**
 * Why full isolation could not be had: the probe that failed, and its own words.
 */
why: string, 
/**
 * What is not enforced.
 */
gaps: Array<Gap>, } | { "kind": "land", 
/**
 * Why it was proposed.
 */
why: string, 
/**
 * What would land.
 */
diffstat: Diffstat, 
/**
 * Where both changed the same places, which side is kept; absent where both have to join.
 */
keeps?: Kept, } | { "kind": "branch", 
/**
 * Why it was proposed.
 */
why: string, 
/**
 * The branch.
 */
branch: string, 
/**
 * What it would hold.
 */
diffstat: Diffstat, } | { "kind": "push", 
/**
 * Why it is asked.
 */
why: string, 
/**
 * All of what would leave this machine.
 */
push: Push, } | { "kind": "discard", 
/**
 * Why it was proposed.
 */
why: string, };

/**
 * One window of an account.
 */
export type QuotaWindow = { 
/**
 * How much of it is used, of a hundred; a beginning counts as whole.
 */
used_percent: number, 
/**
 * How long it is; absent if nobody said.
 */
minutes: number | null, 
/**
 * When it begins anew; absent if nobody said.
 */
resets_at: string | null, };

/**
 * What a command is answered with.
 */
export type Reply = { "reply": "done" } | { "reply": "overridden", 
/**
 * The tasks it changed.
 */
tasks: Array<TaskId>, 
/**
 * How many processes were found frozen or gone.
 */
processes: number, 
/**
 * From the command's arrival to the operating system's confirmation, in milliseconds.
 */
took_ms: number, } | { "reply": "repository", 
/**
 * How it stands.
 */
repository: RepositoryFacts, } | { "reply": "tasks", 
/**
 * One page of them.
 */
snapshot: TaskSnapshot, } | { "reply": "report", 
/**
 * The task's title.
 */
title: string, 
/**
 * The report.
 */
report: Report, } | { "reply": "diff", 
/**
 * The diff.
 */
diff: Diff, } | { "reply": "pictures", 
/**
 * What it was.
 */
before: Picture, 
/**
 * What it is.
 */
after: Picture, } | { "reply": "isolation", 
/**
 * The tier and what it leaves open.
 */
isolation: Isolation, } | { "reply": "agents", 
/**
 * In the order in which they are shown.
 */
agents: Array<AgentFound>, } | { "reply": "sessions", 
/**
 * The newest first.
 */
sessions: Array<SessionFound>, } | { "reply": "text", 
/**
 * The text.
 */
text: string, };

/**
 * How far a reply is.
 */
export type ReplyState = { "name": "streaming" } | { "name": "done" } | { "name": "stopped" } | { "name": "superseded" } | { "name": "broken", 
/**
 * Why, and what to do.
 */
failure: Failure, };

/**
 * What a finished task hands back: read by people as a card and by the controller as quoted data.
 */
export type Report = { 
/**
 * The finding in one line, never "done".
 */
headline: string, 
/**
 * What was found or done, as plain Markdown text; bounded by whoever makes the report.
 */
summary: string, 
/**
 * Findings in order of weight.
 */
findings: Array<Finding>, 
/**
 * What changed, if the task could change anything.
 */
diffstat: Diffstat | null, 
/**
 * Declared checks that ran after the work.
 */
checks: Array<Check>, 
/**
 * What a reviewer said of it, if one read it.
 */
review?: Review, 
/**
 * What the models reported as used, those of reviewers apart.
 */
usage: Usage, };

/**
 * A repository as it stands.
 */
export type RepositoryFacts = { 
/**
 * Its root, an absolute path.
 */
root: string, 
/**
 * The folder's name.
 */
name: string, 
/**
 * The branch that is checked out; absent for a detached head.
 */
branch: string | null, 
/**
 * The full id of the commit that is checked out.
 */
commit: string, 
/**
 * Changed and untracked files.
 */
uncommitted: number, 
/**
 * The declared checks by name.
 */
checks: Array<string>, 
/**
 * The command that starts its app, if one is declared.
 */
app: string | null, 
/**
 * Whether the declared commands are trusted as they are now.
 */
trusted: boolean, };

/**
 * What is limited.
 */
export type Resource = "memory" | "processes" | "disk" | "output" | "time" | "room" | "watchers";

/**
 * A state that undoing a cancel returns to.
 */
export type Restorable = { "kind": "not_started", 
/**
 * Tasks it still waits for.
 */
on: Array<TaskId>, } | { "kind": "active", 
/**
 * The attempt.
 */
attempt: AttemptId, 
/**
 * What it was doing.
 */
doing: Doing, } | { "kind": "paused", 
/**
 * Why.
 */
why: Pause, 
/**
 * What was kept.
 */
held: Held, } | { "kind": "interrupted", 
/**
 * What happened.
 */
reason: string, };

/**
 * What a reviewer said of finished work. It never keeps work from landing: that is the person's to decide.
 */
export type Review = { 
/**
 * The agent that read it.
 */
by: AgentKind, 
/**
 * What it came to.
 */
opinion: Opinion, 
/**
 * The same in one line of its own, data from a model.
 */
headline: string, 
/**
 * What it would have changed, in order of weight.
 */
findings: Array<Finding>, 
/**
 * What its model reported as used.
 */
usage: Usage, };

/**
 * What a reviewer wrote.
 */
export type ReviewComment = { 
/**
 * What tells it from others.
 */
id: string, 
/**
 * Who.
 */
author: string, 
/**
 * Whether that is somebody who may write to the repository: only their words reach an agent by themselves.
 */
may_write: boolean, 
/**
 * The words: bounded, made visible.
 */
body: string, 
/**
 * The file it is about.
 */
path: string | null, 
/**
 * The line in it.
 */
line: number | null, 
/**
 * Its page, if it has one on the web.
 */
url: string | null, };

/**
 * Who reads a task's work, and how often it went back by itself.
 */
export type Reviewing = { 
/**
 * Who was chosen for this task; absent means whoever the settings name.
 */
by?: AgentKind, 
/**
 * How often it went back since a person last had a say.
 */
sent_back: number, 
/**
 * Tokens of reviews before the newest one.
 */
tokens: number, };

/**
 * A wish to take back what a task was told.
 */
export type Rewind = { 
/**
 * A name of its own.
 */
name: string, 
/**
 * What is taken back, with all that came after: the beginning of it.
 */
words: string, };

/**
 * What an agent is for, and so what its sandbox lets it do.
 */
export type Role = "explorer" | "worker" | "default";

/**
 * How often an agent is sent back by itself, and what that may cost.
 */
export type Rounds = { 
/**
 * So far.
 */
done: number, 
/**
 * At most.
 */
most: number, 
/**
 * Tokens that they took so far.
 */
tokens: number, 
/**
 * Tokens that they may take; absent for no limit.
 */
tokens_most: number | null, };

/**
 * The words of a pull request.
 */
export type Says = { 
/**
 * Its title.
 */
title: string, 
/**
 * What stands under it.
 */
body: string, };

/**
 * A conversation that the program of an agent keeps on this machine, and that a task can go on with.
 */
export type SessionFound = { 
/**
 * The agent, by its name in the settings.
 */
agent: string, 
/**
 * The program's own name for it.
 */
id: string, 
/**
 * How it began, on one line.
 */
title: string, 
/**
 * When it was last written to.
 */
at: string, 
/**
 * The folder it was held in.
 */
folder: string, };

/**
 * How much a finding matters.
 */
export type Severity = "high" | "medium" | "low" | "note";

/**
 * How a task's work stands in the person's checkout.
 */
export type Showing = "asked" | "up" | "putting_back";

/**
 * One of two sides that do not join.
 */
export type Side = "branch" | "task";

/**
 * A commit that holds what was not committed when a task started. It never lands.
 */
export type Snapshot = { 
/**
 * Its full id.
 */
commit: string, 
/**
 * How many files it holds that the branch did not.
 */
files: number, };

/**
 * How many checks there are of each kind.
 */
export type Standing = { 
/**
 * Passed, or not needed.
 */
passed: number, 
/**
 * Failed.
 */
failed: number, 
/**
 * Under way, or not begun.
 */
pending: number, };

/**
 * How a task's work and its branch stand, where they do not join.
 */
export type Standoff = { 
/**
 * What its last landing was refused for; nothing if it was not refused for that.
 */
files: Array<Conflict>, 
/**
 * The task that brings both together.
 */
follow_up: TaskId | null, 
/**
 * What is kept as it lands.
 */
keeps: Kept | null, };

/**
 * When an agent takes in what it is told.
 */
export type Steers = "never" | "after_turn" | "mid_turn";

/**
 * One thing to be done, and how far it has come.
 */
export type Task = { 
/**
 * Names it.
 */
id: TaskId, 
/**
 * The plan it came with.
 */
plan: PlanId, 
/**
 * A few words.
 */
title: string, 
/**
 * What it may do.
 */
role: Role, 
/**
 * The agent that does it.
 */
agent: AgentKind, 
/**
 * Agents that had it before and were held up, oldest first.
 */
before: Array<AgentKind>, 
/**
 * What is to be done.
 */
work: Work, 
/**
 * Why this task, this role and this agent.
 */
reason: string, 
/**
 * The root of the repository it works on.
 */
repository: string, 
/**
 * Tasks that must have ended well before it starts, those of `inputs` included.
 */
after: Array<TaskId>, 
/**
 * Tasks whose reports it is given.
 */
inputs: Array<TaskId>, 
/**
 * What it is granted.
 */
capabilities: Array<Capability>, 
/**
 * When it was planned.
 */
created_at: string, 
/**
 * How far it has come.
 */
state: TaskState, 
/**
 * The commit its worktree started from, once there is one.
 */
base: Base | null, 
/**
 * The tier its newest attempt ran in, once there was one.
 */
isolation: Isolation | null, 
/**
 * Whether the agent of its newest attempt can read its own login.
 */
reads_login: boolean, 
/**
 * What a person set up for its agent's own program and the newest attempt did not have, in words.
 */
not_loaded: Array<string>, 
/**
 * Attempts in a row that a limit or an outage ended.
 */
tries: number, 
/**
 * What ended the newest of them.
 */
held_up_by: Obstacle | null, 
/**
 * What its work will collide with, as far as it is known.
 */
clashes: Array<Clash>, 
/**
 * What a person took from it, oldest first.
 */
taken: Array<Narrowing>, 
/**
 * The task whose work it brings together with the branch, if that is what it is for.
 */
resolves: TaskId | null, 
/**
 * How its work and the branch stand, where they do not join.
 */
standoff: Standoff, 
/**
 * Who reads its work, and how often it went back by itself.
 */
review: Reviewing, 
/**
 * How its work stands in the person's checkout, if it does.
 */
showing: Showing | null, 
/**
 * Where what it runs is reached now, for a person's browser.
 */
address: string | null, 
/**
 * The pull request its work went out with, if it did.
 */
pull_request: PullRequest | null, 
/**
 * The conversation of its agent's own program that it goes on with, by that program's name for it.
 */
continues: string | null, 
/**
 * What it was told last by whoever talks about it, the beginning of that.
 */
told: string | null, 
/**
 * The newest wish to take back what it was told: its agent does that once.
 */
rewind: Rewind | null, };

/**
 * One thing to be done.
 */
export type TaskId = string;

/**
 * One task's end, as it stands on a card.
 */
export type TaskResult = { 
/**
 * The task.
 */
task: TaskId, 
/**
 * Its title.
 */
title: string, 
/**
 * The word of the state it ended in.
 */
state: string, 
/**
 * Its report, bounded to 8 KB; what was cut is said in its summary.
 */
report: Report, 
/**
 * The journal's number that made this card.
 */
seq: number, };

/**
 * A page of what stands, and the journal's number it is true for. What moved between two pages is told by the events
 * after the first one's number.
 */
export type TaskSnapshot = { 
/**
 * The last event that is in it.
 */
seq: number, 
/**
 * Tasks in the order they were planned.
 */
tasks: Array<Task>, 
/**
 * Questions that wait for a person, on the first page.
 */
approvals: Array<Approval>, 
/**
 * Whether tasks come after these.
 */
more: boolean, };

/**
 * How far a task has come.
 */
export type TaskState = { "name": "waiting", 
/**
 * Those that have not.
 */
on: Array<TaskId>, } | { "name": "queued" } | { "name": "running", 
/**
 * The attempt.
 */
attempt: AttemptId, } | { "name": "needs_you", 
/**
 * The attempt.
 */
attempt: AttemptId, 
/**
 * The question.
 */
approval: ApprovalId, } | { "name": "checking", 
/**
 * The attempt.
 */
attempt: AttemptId, } | { "name": "paused", 
/**
 * Why.
 */
why: Pause, 
/**
 * What is kept.
 */
held: Held, } | { "name": "stopping", 
/**
 * What undo returns to.
 */
was: Restorable, 
/**
 * How many processes were found frozen; absent until the operating system confirmed it.
 */
processes: number | null, 
/**
 * When it is killed.
 */
kills_at: string, } | { "name": "interrupted", 
/**
 * What happened.
 */
reason: string, } | { "name": "ready", 
/**
 * What the checks said.
 */
verdict: Verdict, } | { "name": "landing", 
/**
 * What the checks said.
 */
verdict: Verdict, } | { "name": "merging", 
/**
 * The attempt that runs them.
 */
attempt: AttemptId, 
/**
 * What the checks said of the work alone.
 */
verdict: Verdict, } | { "name": "done" } | { "name": "landed", 
/**
 * The branch's commit after it.
 */
commit: string, 
/**
 * What undoing it goes back to; absent where that was not written down.
 */
back?: WayBack, 
/**
 * What brought it in; absent where it landed by itself.
 */
by?: LandedBy, } | { "name": "undoing", 
/**
 * The branch's commit after the landing.
 */
commit: string, 
/**
 * What it goes back to.
 */
back: WayBack, } | { "name": "failed", 
/**
 * Why, and what to do.
 */
failure: Failure, } | { "name": "cancelled", 
/**
 * How many processes were found gone.
 */
processes: number, 
/**
 * How many changed files are kept.
 */
files_kept: number, } | { "name": "skipped", 
/**
 * That task.
 */
dependency: TaskId, } | { "name": "discarded" };

/**
 * A task as it is shown.
 */
export type TaskView = { 
/**
 * Names it.
 */
id: TaskId, 
/**
 * The plan it came with.
 */
plan: PlanId, 
/**
 * A few words.
 */
title: string, 
/**
 * `explorer`, `worker` or `ask first`.
 */
role: string, 
/**
 * The agent, as shown.
 */
agent: string, 
/**
 * The agent it was handed over from, as shown.
 */
before: string | null, 
/**
 * The state in one word.
 */
state: string, 
/**
 * The state with its data.
 */
detail: TaskState, 
/**
 * The isolation in words; absent until an attempt ran.
 */
isolation: string | null, 
/**
 * Whether its agent can read its own login.
 */
reads_login: boolean, 
/**
 * What a person set up for its agent's own program and it does not have, in words.
 */
not_loaded: Array<string>, 
/**
 * Why this task, this role and this agent.
 */
reason: string, 
/**
 * Where its worktree started from, in words: `main@3f2a + 3 uncommitted`.
 */
from: string | null, 
/**
 * Tasks it waits for.
 */
after: Array<TaskId>, 
/**
 * What its work will collide with, as things stand.
 */
clashes: Array<Clash>, 
/**
 * The task whose work it brings together with the branch, if that is what it is for.
 */
resolves: TaskId | null, 
/**
 * The task that brings its work and the branch together, where they did not join.
 */
follow_up: TaskId | null, 
/**
 * The pull request its work went out with.
 */
pull_request: PullRequest | null, 
/**
 * Whether nothing runs for it: the person edits in its worktree.
 */
by_hand: boolean, 
/**
 * Where what it runs is reached now, for a browser.
 */
address?: string, 
/**
 * What it is granted.
 */
capabilities: Array<Capability>, 
/**
 * What a person took from it.
 */
taken: Array<Narrowing>, 
/**
 * Whether its agent asks a model from inside its sandbox: that stays reachable, whatever was taken.
 */
reaches_a_model: boolean, 
/**
 * What can be done with it now.
 */
verbs: Array<Verb>, 
/**
 * When it was planned.
 */
created_at: string, 
/**
 * What it is doing this moment.
 */
activity: Activity | null, };

/**
 * From the controller.
 */
export type ToOrchestrator = { "frame": "hello", 
/**
 * Who.
 */
hello: Hello, } | { "frame": "subscribe", 
/**
 * The last one I have; zero for none.
 */
after: number, } | { "frame": "request", 
/**
 * Minted by the sender; the same id means the same wish.
 */
id: CommandId, 
/**
 * What.
 */
command: Command, };

/**
 * One update.
 */
export type Update = { 
/**
 * When it was made.
 */
at: string, 
/**
 * The journal's number it comes from, if it comes from there.
 */
seq?: number, } & ({ "type": "ready", 
/**
 * The repository messages are about, if it can be worked on.
 */
repository: RepositoryFacts | null, 
/**
 * The controller's model by name; absent when only commands work.
 */
model: string | null, 
/**
 * The newest event the conversation has taken in.
 */
newest: number, } | { "type": "message", 
/**
 * The entry.
 */
message: Message, } | { "type": "message.delta", 
/**
 * The reply.
 */
message: MessageId, 
/**
 * The words to append.
 */
text: string, } | { "type": "message.done", 
/**
 * The reply.
 */
message: MessageId, 
/**
 * All of it.
 */
text: string, 
/**
 * How it ended.
 */
state: ReplyState, 
/**
 * What did not fit into the turn's budget.
 */
left_out: string | null, } | { "type": "plan", 
/**
 * The plan.
 */
plan: PlanId, 
/**
 * Why these tasks, and why this many.
 */
reason: string, 
/**
 * The tasks.
 */
tasks: Array<TaskView>, } | { "type": "task", 
/**
 * Names it.
 */
id: TaskId, 
/**
 * The plan it came with.
 */
plan: PlanId, 
/**
 * A few words.
 */
title: string, 
/**
 * `explorer`, `worker` or `ask first`.
 */
role: string, 
/**
 * The agent, as shown.
 */
agent: string, 
/**
 * The agent it was handed over from, as shown.
 */
before: string | null, 
/**
 * The state in one word.
 */
state: string, 
/**
 * The state with its data.
 */
detail: TaskState, 
/**
 * The isolation in words; absent until an attempt ran.
 */
isolation: string | null, 
/**
 * Whether its agent can read its own login.
 */
reads_login: boolean, 
/**
 * What a person set up for its agent's own program and it does not have, in words.
 */
not_loaded: Array<string>, 
/**
 * Why this task, this role and this agent.
 */
reason: string, 
/**
 * Where its worktree started from, in words: `main@3f2a + 3 uncommitted`.
 */
from: string | null, 
/**
 * Tasks it waits for.
 */
after: Array<TaskId>, 
/**
 * What its work will collide with, as things stand.
 */
clashes: Array<Clash>, 
/**
 * The task whose work it brings together with the branch, if that is what it is for.
 */
resolves: TaskId | null, 
/**
 * The task that brings its work and the branch together, where they did not join.
 */
follow_up: TaskId | null, 
/**
 * The pull request its work went out with.
 */
pull_request: PullRequest | null, 
/**
 * Whether nothing runs for it: the person edits in its worktree.
 */
by_hand: boolean, 
/**
 * Where what it runs is reached now, for a browser.
 */
address?: string, 
/**
 * What it is granted.
 */
capabilities: Array<Capability>, 
/**
 * What a person took from it.
 */
taken: Array<Narrowing>, 
/**
 * Whether its agent asks a model from inside its sandbox: that stays reachable, whatever was taken.
 */
reaches_a_model: boolean, 
/**
 * What can be done with it now.
 */
verbs: Array<Verb>, 
/**
 * When it was planned.
 */
created_at: string, 
/**
 * What it is doing this moment.
 */
activity: Activity | null, } | { "type": "activity", 
/**
 * The task.
 */
task?: TaskId, 
/**
 * One line, control characters made visible.
 */
line: string, 
/**
 * Steps of the agent's own plan that are done.
 */
steps_done: number, 
/**
 * All of its steps; zero if it has said none.
 */
steps: number, 
/**
 * Files touched so far.
 */
files: number, 
/**
 * Tokens used so far, both directions.
 */
tokens: number, 
/**
 * How much of its agent's account is used, window by window, as the agent told it last; absent while it told nothing.
 */
quota?: Array<QuotaWindow>, } | { "type": "result", 
/**
 * The card it stands on.
 */
message: MessageId, 
/**
 * The task.
 */
task: TaskId, 
/**
 * Its title.
 */
title: string, 
/**
 * The word of the state it ended in.
 */
state: string, 
/**
 * The report.
 */
report: Report, } | { "type": "explanation", 
/**
 * The card.
 */
message: MessageId, 
/**
 * What it says.
 */
text: string, } | { "type": "approval", 
/**
 * Names it; what `approve` and `deny` take.
 */
id: ApprovalId, 
/**
 * The title of its task.
 */
title: string, 
/**
 * The question.
 */
approval: Approval, 
/**
 * The answer in words, once there is one.
 */
answered: string | null, } | { "type": "landing", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Its title.
 */
title: string, 
/**
 * What became of it.
 */
outcome: LandingOutcome, } | { "type": "pull_request", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Its title.
 */
title: string, 
/**
 * As it is now.
 */
pull_request: PullRequest, } | { "type": "branched", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Its title.
 */
title: string, 
/**
 * The branch.
 */
branch: string, 
/**
 * The commit it stands on.
 */
commit: string, } | { "type": "understood", 
/**
 * The message.
 */
message: MessageId, 
/**
 * In words: `pause Refactor the auth module`.
 */
text: string, 
/**
 * `pause`, `resume` or `cancel`.
 */
verb: string, 
/**
 * The tasks.
 */
tasks: Array<TaskId>, 
/**
 * How many processes the operating system confirmed.
 */
processes: number, 
/**
 * From the words to the confirmation, in milliseconds.
 */
took_ms: number, } | { "type": "choice", 
/**
 * The card.
 */
message: MessageId, 
/**
 * The question.
 */
question: string, 
/**
 * What can be chosen.
 */
options: Array<ChoiceOption>, } | { "type": "notice", 
/**
 * Stable, snake_case; documented beside the commands that return it.
 */
code: string, 
/**
 * What happened, as a sentence.
 */
message: string, 
/**
 * What to do next, as a sentence. Never empty.
 */
hint: string, } | { "type": "error", 
/**
 * Stable, snake_case; documented beside the commands that return it.
 */
code: string, 
/**
 * What happened, as a sentence.
 */
message: string, 
/**
 * What to do next, as a sentence. Never empty.
 */
hint: string, } | { "type": "show", 
/**
 * The task.
 */
task: TaskId, } | { "type": "counts", 
/**
 * An attempt is under way.
 */
running: number, 
/**
 * Waiting for a slot or another task.
 */
waiting: number, 
/**
 * Paused.
 */
paused: number, 
/**
 * Frozen, to be killed.
 */
stopping: number, 
/**
 * A person is needed.
 */
needs_you: number, 
/**
 * Ready to land.
 */
ready: number, } | { "type": "link", 
/**
 * Whether commands reach it now; if not they wait.
 */
up: boolean, });

/**
 * What an update says.
 */
export type UpdateBody = { "type": "ready", 
/**
 * The repository messages are about, if it can be worked on.
 */
repository: RepositoryFacts | null, 
/**
 * The controller's model by name; absent when only commands work.
 */
model: string | null, 
/**
 * The newest event the conversation has taken in.
 */
newest: number, } | { "type": "message", 
/**
 * The entry.
 */
message: Message, } | { "type": "message.delta", 
/**
 * The reply.
 */
message: MessageId, 
/**
 * The words to append.
 */
text: string, } | { "type": "message.done", 
/**
 * The reply.
 */
message: MessageId, 
/**
 * All of it.
 */
text: string, 
/**
 * How it ended.
 */
state: ReplyState, 
/**
 * What did not fit into the turn's budget.
 */
left_out: string | null, } | { "type": "plan", 
/**
 * The plan.
 */
plan: PlanId, 
/**
 * Why these tasks, and why this many.
 */
reason: string, 
/**
 * The tasks.
 */
tasks: Array<TaskView>, } | { "type": "task", 
/**
 * Names it.
 */
id: TaskId, 
/**
 * The plan it came with.
 */
plan: PlanId, 
/**
 * A few words.
 */
title: string, 
/**
 * `explorer`, `worker` or `ask first`.
 */
role: string, 
/**
 * The agent, as shown.
 */
agent: string, 
/**
 * The agent it was handed over from, as shown.
 */
before: string | null, 
/**
 * The state in one word.
 */
state: string, 
/**
 * The state with its data.
 */
detail: TaskState, 
/**
 * The isolation in words; absent until an attempt ran.
 */
isolation: string | null, 
/**
 * Whether its agent can read its own login.
 */
reads_login: boolean, 
/**
 * What a person set up for its agent's own program and it does not have, in words.
 */
not_loaded: Array<string>, 
/**
 * Why this task, this role and this agent.
 */
reason: string, 
/**
 * Where its worktree started from, in words: `main@3f2a + 3 uncommitted`.
 */
from: string | null, 
/**
 * Tasks it waits for.
 */
after: Array<TaskId>, 
/**
 * What its work will collide with, as things stand.
 */
clashes: Array<Clash>, 
/**
 * The task whose work it brings together with the branch, if that is what it is for.
 */
resolves: TaskId | null, 
/**
 * The task that brings its work and the branch together, where they did not join.
 */
follow_up: TaskId | null, 
/**
 * The pull request its work went out with.
 */
pull_request: PullRequest | null, 
/**
 * Whether nothing runs for it: the person edits in its worktree.
 */
by_hand: boolean, 
/**
 * Where what it runs is reached now, for a browser.
 */
address?: string, 
/**
 * What it is granted.
 */
capabilities: Array<Capability>, 
/**
 * What a person took from it.
 */
taken: Array<Narrowing>, 
/**
 * Whether its agent asks a model from inside its sandbox: that stays reachable, whatever was taken.
 */
reaches_a_model: boolean, 
/**
 * What can be done with it now.
 */
verbs: Array<Verb>, 
/**
 * When it was planned.
 */
created_at: string, 
/**
 * What it is doing this moment.
 */
activity: Activity | null, } | { "type": "activity", 
/**
 * The task.
 */
task?: TaskId, 
/**
 * One line, control characters made visible.
 */
line: string, 
/**
 * Steps of the agent's own plan that are done.
 */
steps_done: number, 
/**
 * All of its steps; zero if it has said none.
 */
steps: number, 
/**
 * Files touched so far.
 */
files: number, 
/**
 * Tokens used so far, both directions.
 */
tokens: number, 
/**
 * How much of its agent's account is used, window by window, as the agent told it last; absent while it told nothing.
 */
quota?: Array<QuotaWindow>, } | { "type": "result", 
/**
 * The card it stands on.
 */
message: MessageId, 
/**
 * The task.
 */
task: TaskId, 
/**
 * Its title.
 */
title: string, 
/**
 * The word of the state it ended in.
 */
state: string, 
/**
 * The report.
 */
report: Report, } | { "type": "explanation", 
/**
 * The card.
 */
message: MessageId, 
/**
 * What it says.
 */
text: string, } | { "type": "approval", 
/**
 * Names it; what `approve` and `deny` take.
 */
id: ApprovalId, 
/**
 * The title of its task.
 */
title: string, 
/**
 * The question.
 */
approval: Approval, 
/**
 * The answer in words, once there is one.
 */
answered: string | null, } | { "type": "landing", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Its title.
 */
title: string, 
/**
 * What became of it.
 */
outcome: LandingOutcome, } | { "type": "pull_request", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Its title.
 */
title: string, 
/**
 * As it is now.
 */
pull_request: PullRequest, } | { "type": "branched", 
/**
 * The task.
 */
task: TaskId, 
/**
 * Its title.
 */
title: string, 
/**
 * The branch.
 */
branch: string, 
/**
 * The commit it stands on.
 */
commit: string, } | { "type": "understood", 
/**
 * The message.
 */
message: MessageId, 
/**
 * In words: `pause Refactor the auth module`.
 */
text: string, 
/**
 * `pause`, `resume` or `cancel`.
 */
verb: string, 
/**
 * The tasks.
 */
tasks: Array<TaskId>, 
/**
 * How many processes the operating system confirmed.
 */
processes: number, 
/**
 * From the words to the confirmation, in milliseconds.
 */
took_ms: number, } | { "type": "choice", 
/**
 * The card.
 */
message: MessageId, 
/**
 * The question.
 */
question: string, 
/**
 * What can be chosen.
 */
options: Array<ChoiceOption>, } | { "type": "notice", 
/**
 * Stable, snake_case; documented beside the commands that return it.
 */
code: string, 
/**
 * What happened, as a sentence.
 */
message: string, 
/**
 * What to do next, as a sentence. Never empty.
 */
hint: string, } | { "type": "error", 
/**
 * Stable, snake_case; documented beside the commands that return it.
 */
code: string, 
/**
 * What happened, as a sentence.
 */
message: string, 
/**
 * What to do next, as a sentence. Never empty.
 */
hint: string, } | { "type": "show", 
/**
 * The task.
 */
task: TaskId, } | { "type": "counts", 
/**
 * An attempt is under way.
 */
running: number, 
/**
 * Waiting for a slot or another task.
 */
waiting: number, 
/**
 * Paused.
 */
paused: number, 
/**
 * Frozen, to be killed.
 */
stopping: number, 
/**
 * A person is needed.
 */
needs_you: number, 
/**
 * Ready to land.
 */
ready: number, } | { "type": "link", 
/**
 * Whether commands reach it now; if not they wait.
 */
up: boolean, };

/**
 * What a model reported as used. Zero where it reported nothing.
 */
export type Usage = { 
/**
 * Tokens sent.
 */
input_tokens: number, 
/**
 * Tokens of those that the provider had cached.
 */
cached_tokens: number, 
/**
 * Tokens received.
 */
output_tokens: number, 
/**
 * Requests made.
 */
requests: number, 
/**
 * What it cost, in millionths of a US dollar, as an agent that tells it counts it by its own list of prices; zero
 * where none was told.
 */
cost_microdollars: number, };

/**
 * What can be done with a task. Each is a verb of the terminal and a button of the window.
 */
export type Verb = "steer" | "rewind" | "pause" | "resume" | "cancel" | "undo" | "land" | "put_on_branch" | "open_pull_request" | "watch" | "unwatch" | "undo_landing" | "run_app" | "show" | "put_back" | "discard" | "restart" | "resolve" | "resolve_by_hand" | "keep_branch" | "keep_work";

/**
 * What the checks say together.
 */
export type Verdict = "green" | "red" | "unchecked" | "untrusted";

/**
 * What undoing a landing goes back to.
 */
export type WayBack = { 
/**
 * The branch it landed on.
 */
branch: string, 
/**
 * The full id of the commit the branch stood on.
 */
from: string, 
/**
 * What the checks had said.
 */
verdict: Verdict, 
/**
 * When it landed.
 */
at: string, };

/**
 * What is to be done.
 */
export type Work = { "kind": "brief", 
/**
 * The words.
 */
text: string, } | { "kind": "command", 
/**
 * The command line.
 */
line: string, } | { "kind": "scan" } | { "kind": "find", 
/**
 * What to look for.
 */
pattern: string, } | { "kind": "app", 
/**
 * That task.
 */
of: TaskId, 
/**
 * How the repository starts it.
 */
line: string, 
/**
 * The port on which it serves, if it does.
 */
port: number | null, } | { "kind": "by_hand" };
