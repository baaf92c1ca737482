/**
 * The conversation as the window knows it: normalised, fed by updates alone, and watched entity by entity, so that a
 * word of a reply wakes that reply and nothing else. Holds no truth of its own: everything can be asked for again.
 */
import type { Counts, HistoryPage, TasksAnswer } from "./bridge";
import { failureOn, isAhead, isSame } from "./entries";
import type {
  Activity,
  Approval,
  ApprovalId,
  Failure,
  Message,
  MessageBody,
  MessageId,
  RepositoryFacts,
  TaskId,
  TaskView,
  Update,
} from "./generated/protocol";
import { Notices, type PassingNotice } from "./notices";
import { Watchers } from "./watchers";

/** What can be watched. */
export type Key =
  | "order"
  | "tasks"
  | "counts"
  | "place"
  | "streaming"
  | "approvals"
  | "notices"
  | `message:${MessageId}`
  | `task:${TaskId}`
  | `activity:${TaskId}`;

/** Where the conversation takes place. */
export interface Place {
  /** Whether the first answers are in. */
  ready: boolean;
  repository: RepositoryFacts | null;
  model: string | null;
  /** Whether commands reach the orchestrator now. */
  link: boolean;
}

/** An open question and the title of its task. */
export interface OpenApproval {
  approval: Approval;
  /** The card it stands on, once that is known. */
  message: MessageId | null;
}

/** How far a message sent from here is: on its way, or refused. */
export type Sending = { state: "sending" } | { state: "refused"; failure: Failure };

const NO_COUNTS: Counts = { running: 0, waiting: 0, paused: 0, stopping: 0, needs_you: 0, ready: 0 };
/** Entries among which the card of a notice is looked for. */
const RECENT = 40;

export class Conversation {
  private messages = new Map<MessageId, Message>();
  private order: readonly MessageId[] = [];
  private tasks = new Map<TaskId, TaskView>();
  private taskOrder: readonly TaskId[] = [];
  private taskList: readonly TaskView[] = [];
  private activities = new Map<TaskId, Activity>();
  private open = new Map<ApprovalId, OpenApproval>();
  private openList: readonly OpenApproval[] = [];
  private sendings = new Map<MessageId, Sending>();
  private streamingIds: readonly MessageId[] = [];
  private countsNow: Counts = NO_COUNTS;
  private placeNow: Place = { ready: false, repository: null, model: null, link: true };
  private passing = new Notices();
  private earlierLeft = false;
  private readTo: number | null = null;
  private watchers = new Watchers<Key>();
  private tasksStale = false;
  private showListeners = new Set<(task: TaskId) => void>();

  /** Calls back whenever what a key names has changed. */
  watch = (key: Key, listener: () => void): (() => void) => this.watchers.watch(key, listener);

  // Reading. Every answer keeps its identity until it changes.

  message = (id: MessageId): Message | undefined => this.messages.get(id);
  messageOrder = (): readonly MessageId[] => this.order;
  task = (id: TaskId): TaskView | undefined => this.tasks.get(id);
  /** Every task, in the order they were planned. */
  allTasks = (): readonly TaskView[] => this.taskList;
  activity = (id: TaskId): Activity | undefined => this.activities.get(id);
  approvals = (): readonly OpenApproval[] => this.openList;
  counts = (): Counts => this.countsNow;
  place = (): Place => this.placeNow;
  notices = (): readonly PassingNotice[] => this.passing.list;
  /** Replies that are being written, oldest first. */
  streaming = (): readonly MessageId[] => this.streamingIds;
  sending = (id: MessageId): Sending | undefined => this.sendings.get(id);
  /** Whether there are older entries than those that were read. */
  hasEarlier = (): boolean => this.earlierLeft;
  /** The place down to which everything was read; single older entries may be known from updates. */
  readDownTo = (): number | null => this.readTo;

  /** Calls back when a task's card is to be put in front of the person. */
  onShow(listener: (task: TaskId) => void): () => void {
    this.showListeners.add(listener);
    return () => this.showListeners.delete(listener);
  }

  // Writing.

  /** Takes in a batch. Returns whether it spoke of entries that are not known, so that they should be asked for. */
  apply(batch: readonly Update[]): boolean {
    const named = new Set<MessageId>();
    for (const update of batch) {
      this.take(update, named);
    }
    this.flush();
    return [...named].some((id) => !this.messages.has(id));
  }

  /** Takes in a page of older or newest entries. What updates have brought already is newer and stays. */
  seedHistory(page: HistoryPage, replace = false): void {
    const oldest = page.messages[0];
    const newest = this.order.at(-1);
    const newestKnown = newest === undefined ? undefined : this.messages.get(newest);
    const parted = replace && oldest && page.earlier && newestKnown && oldest.position > newestKnown.position;
    if (parted) {
      // Too much happened meanwhile to join the two ends: what is older is read again when it is scrolled to.
      this.messages.clear();
      this.streamingIds = [];
    }
    for (const message of page.messages) {
      const known = this.messages.get(message.id);
      if (!known || (replace && !isAhead(known, message))) {
        this.put(message);
      }
    }
    if (!replace || parted || this.readTo === null) {
      this.readTo = oldest?.position ?? this.readTo;
      this.earlierLeft = page.earlier;
    }
    this.sort();
    this.flush();
  }

  /** Takes in everything that stands. */
  seedTasks(answer: TasksAnswer, replace = false): void {
    for (const task of answer.tasks) {
      if (replace || !this.tasks.has(task.id)) {
        this.putTask(task);
      }
    }
    const before = new Map(this.open);
    if (replace) {
      this.open.clear();
    }
    for (const approval of answer.approvals) {
      const message = before.get(approval.id)?.message ?? this.cardOf(approval.id);
      this.open.set(approval.id, { approval, message });
    }
    this.relistApprovals();
    this.countsNow = answer.counts;
    this.touch("counts");
    this.flush();
  }

  /** Where the conversation takes place. */
  setPlace(place: Partial<Place>): void {
    this.placeNow = { ...this.placeNow, ...place };
    this.touch("place");
    this.flush();
  }

  /** A message sent from here stands at once, before anybody has confirmed it. */
  echo(id: MessageId, text: string, at: string): void {
    if (this.messages.has(id)) {
      return;
    }
    const last = this.order.at(-1);
    const position = (last === undefined ? 0 : (this.messages.get(last)?.position ?? 0)) + 1;
    this.sendings.set(id, { state: "sending" });
    this.put({ id, position, at, body: { kind: "said", text, understood: null } });
    this.sort();
    this.flush();
  }

  /** How a message sent from here fared. */
  settle(id: MessageId, failure: Failure | null): void {
    if (failure) {
      this.sendings.set(id, { state: "refused", failure });
    } else {
      this.sendings.delete(id);
    }
    // The entry itself is the same; a new identity tells its watchers.
    const message = this.messages.get(id);
    if (message) {
      this.put({ ...message });
    }
    this.flush();
  }

  /** Something to know that is no entry of the conversation. */
  notice(failure: Failure, kind: PassingNotice["kind"] = "error"): void {
    this.putNotice(failure, kind);
    this.flush();
  }

  dismiss(id: number): void {
    if (this.passing.dismiss(id)) {
      this.touch("notices");
      this.flush();
    }
  }

  private take(update: Update, named: Set<MessageId>): void {
    switch (update.type) {
      case "ready":
        this.placeNow = {
          ...this.placeNow,
          ready: true,
          repository: update.repository,
          model: update.model,
        };
        this.touch("place");
        break;
      case "message":
        this.sendings.delete(update.message.id);
        this.put(update.message);
        this.sort();
        break;
      case "message.delta":
        this.change(update.message, named, (body) =>
          body.kind === "reply" ? { ...body, text: body.text + update.text } : body,
        );
        break;
      case "message.done":
        this.change(update.message, named, (body) =>
          body.kind === "reply"
            ? { ...body, text: update.text, state: update.state, left_out: update.left_out }
            : body,
        );
        break;
      case "plan":
        for (const task of update.tasks) {
          this.putTask(task);
        }
        break;
      case "task":
        this.putTask(update);
        break;
      case "activity":
        if (update.task) {
          this.activities.set(update.task, update);
          this.touch(`activity:${update.task}`);
        }
        break;
      case "result": {
        const { task, title, state, report } = update;
        const entry = { task, title, state, report, seq: update.seq ?? 0 };
        this.change(update.message, named, (body) =>
          body.kind === "result" && !body.results.some((each) => each.task === task)
            ? { ...body, results: [...body.results, entry] }
            : body,
        );
        break;
      }
      case "explanation":
        this.change(update.message, named, (body) =>
          body.kind === "result" ? { ...body, explanation: update.text } : body,
        );
        break;
      case "approval":
        this.takeApproval(update.approval, update.answered);
        break;
      case "understood":
        this.change(update.message, named, (body) =>
          body.kind === "said" ? { ...body, understood: update.text } : body,
        );
        break;
      case "choice":
        named.add(update.message);
        break;
      case "landing":
        // Its card comes as a message of its own.
        break;
      case "notice":
      case "error":
        this.putNotice({ code: update.code, message: update.message, hint: update.hint }, update.type);
        break;
      case "show":
        for (const listener of this.showListeners) {
          listener(update.task);
        }
        break;
      case "counts": {
        const { running, waiting, paused, stopping, needs_you, ready } = update;
        this.countsNow = { running, waiting, paused, stopping, needs_you, ready };
        this.touch("counts");
        break;
      }
      case "link":
        this.placeNow = { ...this.placeNow, link: update.up };
        this.touch("place");
        break;
      default:
        unknown(update);
    }
  }

  /** What stands on a card already is not said a second time. */
  private putNotice(failure: Failure, kind: PassingNotice["kind"]): void {
    const onCard = this.order.slice(-RECENT).some((id) => {
      const body = this.messages.get(id)?.body;
      return body !== undefined && isSame(failureOn(body), failure);
    });
    if (!onCard && this.passing.put(failure, kind)) {
      this.touch("notices");
    }
  }

  private takeApproval(approval: Approval, answered: string | null): void {
    const known = this.open.get(approval.id);
    if (answered === null) {
      this.open.set(approval.id, { approval, message: known?.message ?? null });
    } else {
      this.open.delete(approval.id);
    }
    this.relistApprovals();
    const card = known?.message ?? this.cardOf(approval.id);
    if (card) {
      this.change(card, new Set(), (body) =>
        body.kind === "needs_you" ? { ...body, approval, answered } : body,
      );
    }
  }

  private cardOf(approval: ApprovalId): MessageId | null {
    for (let index = this.order.length - 1; index >= 0; index -= 1) {
      const id = this.order[index];
      const body = id === undefined ? undefined : this.messages.get(id)?.body;
      if (id !== undefined && body?.kind === "needs_you" && body.approval.id === approval) {
        return id;
      }
    }
    return null;
  }

  private change(id: MessageId, named: Set<MessageId>, turn: (body: MessageBody) => MessageBody): void {
    const message = this.messages.get(id);
    if (!message) {
      named.add(id);
      return;
    }
    const body = turn(message.body);
    if (body !== message.body) {
      this.put({ ...message, body });
    }
  }

  private put(message: Message): void {
    this.messages.set(message.id, message);
    this.touch(`message:${message.id}`);
    const { body } = message;
    const failure = failureOn(body);
    if (failure && this.passing.drop(failure)) {
      this.touch("notices");
    }
    const streams = body.kind === "reply" && body.state.name === "streaming";
    if (streams !== this.streamingIds.includes(message.id)) {
      this.streamingIds = streams
        ? [...this.streamingIds, message.id]
        : this.streamingIds.filter((id) => id !== message.id);
      this.touch("streaming");
    }
    if (body.kind === "needs_you") {
      const open = this.open.get(body.approval.id);
      if (body.answered === null && open?.message !== message.id) {
        this.open.set(body.approval.id, { approval: body.approval, message: message.id });
        this.relistApprovals();
      } else if (body.answered !== null && open) {
        this.open.delete(body.approval.id);
        this.relistApprovals();
      }
    }
  }

  private putTask(task: TaskView): void {
    if (!this.tasks.has(task.id)) {
      this.taskOrder = [...this.taskOrder, task.id];
    }
    this.tasks.set(task.id, task);
    this.tasksStale = true;
    this.touch("tasks");
    this.touch(`task:${task.id}`);
    if (task.activity) {
      this.activities.set(task.id, task.activity);
      this.touch(`activity:${task.id}`);
    }
  }

  private relistApprovals(): void {
    this.openList = [...this.open.values()];
    this.touch("approvals");
  }

  private sort(): void {
    const known = this.order.filter((id) => this.messages.has(id));
    if (known.length === this.messages.size && this.inOrder(known)) {
      return;
    }
    this.order = [...this.messages.values()]
      .sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1))
      .map((message) => message.id);
    this.touch("order");
  }

  private inOrder(ids: readonly MessageId[]): boolean {
    let before = Number.NEGATIVE_INFINITY;
    for (const id of ids) {
      const position = this.messages.get(id)?.position ?? 0;
      if (position < before) {
        return false;
      }
      before = position;
    }
    return true;
  }

  private touch(key: Key): void {
    this.watchers.touch(key);
  }

  private flush(): void {
    if (this.tasksStale) {
      this.tasksStale = false;
      this.taskList = this.taskOrder.flatMap((id) => this.tasks.get(id) ?? []);
    }
    this.watchers.flush();
  }
}

/** A newer backend may say things an older window does not know; they are left out. */
function unknown(_: never): void {}
