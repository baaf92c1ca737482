/**
 * What the window asks of the shell: three commands and one channel, and nothing else.
 *
 * - `query({ question })` reads; it changes nothing and may be repeated.
 * - `act({ verb })` wishes; answered with `null` once the wish is stored, or rejected with a `Failure`.
 * - `confirm({ wish })` asks the person outside the page, so that a page that was taken over cannot answer, and carries
 *   out what they agreed to.
 * - The channel is handed over once, as `act({ verb: { kind: "subscribe" }, updates })`; it carries `Update[]`, at most
 *   one batch per frame, in order. A page that was reloaded subscribes again and asks for everything anew.
 */
import type {
  AgentFound,
  Approval,
  ApprovalId,
  Command,
  Diff,
  Message,
  MessageId,
  Picture,
  Report,
  RepositoryFacts,
  SessionFound,
  TaskId,
  TaskView,
  UpdateBody,
} from "./generated/protocol";

/** What can be read. */
export type Question =
  /** Entries below a position, newest last; `before` null means from the newest. `limit` is at most 200. */
  | { kind: "history"; before: number | null; limit: number }
  /** Every task that stands, the open approvals and the counts. */
  | { kind: "tasks" }
  /** A task's whole report. */
  | { kind: "report"; task: TaskId }
  /** A task's diff, bounded by the backend. */
  | { kind: "diff"; task: TaskId }
  /** A changed file before and after, as pictures; `path` is its path as the diff has it. */
  | { kind: "pictures"; task: TaskId; path: string }
  /** What the task's agent was given, word for word. */
  | { kind: "given"; task: TaskId }
  /** The end of what the task's agent printed. */
  | { kind: "output"; task: TaskId }
  /** The text that was in the composer. */
  | { kind: "draft" }
  /** Where we are: repository, model, settings file, system. */
  | { kind: "facts" }
  /** Agents of others: installed, in which version, and what would make them usable. */
  | { kind: "agents" }
  /** Conversations that agents' own programs keep of this repository, the newest first. */
  | { kind: "sessions" };

/** How many tasks there are of each kind that counts. */
export type Counts = Omit<Extract<UpdateBody, { type: "counts" }>, "type">;

/** A page of the conversation. */
export interface HistoryPage {
  /** In order of position, newest last. */
  messages: Message[];
  /** Whether there are older ones. */
  earlier: boolean;
}

/** Everything that stands. */
export interface TasksAnswer {
  /** Tasks in the order they were planned. */
  tasks: TaskView[];
  /** Questions that wait for a person. */
  approvals: Approval[];
  /** The numbers for the top bar. */
  counts: Counts;
}

/** Where we are. */
export interface Facts {
  /** The repository messages are about; null if there is none that can be worked on. */
  repository: RepositoryFacts | null;
  /** The controller's model by name; null when only commands work. */
  model: string | null;
  /** Whether commands reach the orchestrator now; if not they wait. */
  link: boolean;
  /** The settings file, an absolute path. */
  settings: string;
  /** Decides how keys are written. */
  system: "linux" | "macos" | "windows";
}

/** Which answer belongs to which question. */
export interface Answers {
  history: HistoryPage;
  tasks: TasksAnswer;
  report: { title: string; report: Report };
  diff: Diff;
  pictures: { before: Picture; after: Picture };
  given: string;
  output: string;
  draft: string;
  facts: Facts;
  agents: AgentFound[];
  sessions: SessionFound[];
}

/** What can be wished for. */
export type Act =
  /** Send updates from now on; beside it stands the channel, as `updates`. */
  | { kind: "subscribe" }
  /** Say something. `id` is minted by the window, a UUID of version 7; the same id is the same message. */
  | { kind: "send"; text: string; id: MessageId }
  /** A verb on tasks or approvals, exactly as the protocol has it; those that only read or plan are refused. */
  | { kind: "command"; command: Command }
  /** Stop the reply that is being written. */
  | { kind: "stop_reply" }
  /** Keep what is in the composer. */
  | { kind: "set_draft"; text: string }
  /** A chip was chosen: says `says` and marks the card as answered. */
  | { kind: "choose"; message: MessageId; says: string }
  /** This card was in view, so nothing needs to call for it any more. */
  | { kind: "seen"; message: MessageId }
  /** Let the login that an agent's own program keeps be used: what was clicked is the person's consent. */
  | { kind: "connect"; agent: string }
  /** Keep so much of every window of an agent's account for the person, of a hundred. */
  | { kind: "reserve"; agent: string; percent: number }
  /** Open a link outside; `http`, `https` or `mailto`, refused otherwise. The page has asked before. */
  | { kind: "open_link"; url: string }
  /** Open a task's worktree in a program of the person's own. */
  | { kind: "open_worktree"; task: TaskId; within: "editor" | "terminal" | "folder" };

/** What is asked outside the page, and done there if the person agrees. */
export type Wish =
  /** Trust the commands that the repository declares, as they are now. */
  | { kind: "trust" }
  /** Pick a folder; from then on messages are about its repository. */
  | { kind: "repository" }
  /** Let this agent read its own login, which cannot be kept from it. */
  | { kind: "read_login"; agent: string }
  /** Let what writes in a repository run with reduced isolation from now on, as this question says. */
  | { kind: "accept_reduced"; approval: ApprovalId };
