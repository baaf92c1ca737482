/**
 * The conversation as the window knows it: normalised, fed by updates alone, and watched entity by entity, so that a
 * word of a reply wakes that reply and nothing else. Holds no truth of its own: everything can be asked for again.
 */
import { Approvals, type OpenApproval } from "./approvals";
import type { Counts, HistoryPage, TasksAnswer } from "./bridge";
import { failureOn } from "./entries";
import type {
  Activity,
  Approval,
  Failure,
  Message,
  MessageBody,
  MessageId,
  RepositoryFacts,
  TaskId,
  TaskView,
  Update,
} from "./generated/protocol";
import type { Key } from "./keys";
import { Messages, type Sending } from "./messages";
import { Notices, type PassingNotice } from "./notices";
import { Tasks } from "./tasks";
import { Watchers } from "./watchers";

/** Where the conversation takes place. */
export interface Place {
  /** Whether the first answers are in. */
  ready: boolean;
  repository: RepositoryFacts | null;
  model: string | null;
  /** Whether commands reach the orchestrator now. */
  link: boolean;
}

const NO_COUNTS: Counts = { running: 0, waiting: 0, paused: 0, stopping: 0, needs_you: 0, ready: 0 };

/** Some tasks, watched together. */
export interface TaskList {
  watch: (listener: () => void) => () => void;
  read: () => readonly TaskView[];
}

export class Conversation {
  private watchers = new Watchers<Key>();
  private touch = (key: Key): void => this.watchers.touch(key);
  private messages = new Messages(this.touch, (message) => this.read(message));
  private tasks = new Tasks(this.touch);
  private open = new Approvals(this.touch);
  private countsNow: Counts = NO_COUNTS;
  private placeNow: Place = { ready: false, repository: null, model: null, link: true };
  private passing = new Notices();
  private showListeners = new Set<(task: TaskId) => void>();

  /** Calls back whenever what a key names has changed. */
  watch = (key: Key, listener: () => void): (() => void) => this.watchers.watch(key, listener);

  // Reading. Every answer keeps its identity until it changes.

  message = (id: MessageId): Message | undefined => this.messages.get(id);
  messageOrder = (): readonly MessageId[] => this.messages.order;
  task = (id: TaskId): TaskView | undefined => this.tasks.get(id);
  /** These tasks as far as they are known: the same list until one of them changes. */
  tasksOf(ids: readonly TaskId[]): TaskList {
    let list: readonly TaskView[] = [];
    return {
      watch: (listener) => {
        const stops = ids.map((id) => this.watch(`task:${id}`, listener));
        return () => {
          for (const stop of stops) {
            stop();
          }
        };
      },
      read: () => {
        const now = ids.flatMap((id) => this.task(id) ?? []);
        if (now.length !== list.length || now.some((task, index) => task !== list[index])) {
          list = now;
        }
        return list;
      },
    };
  }
  /** Every task, in the order they were planned. */
  allTasks = (): readonly TaskView[] => this.tasks.all();
  activity = (id: TaskId): Activity | undefined => this.tasks.activity(id);
  approvals = (): readonly OpenApproval[] => this.open.list;
  counts = (): Counts => this.countsNow;
  place = (): Place => this.placeNow;
  notices = (): readonly PassingNotice[] => this.passing.list;
  /** Replies that are being written, oldest first. */
  newestLanding = (task: TaskId): number | undefined => this.messages.newestLanding(task);
  newestResult = (task: TaskId): number | undefined => this.messages.newestResult(task);
  streaming = (): readonly MessageId[] => this.messages.streaming;
  sending = (id: MessageId): Sending | undefined => this.messages.sending(id);
  /** Whether there are older entries than those that were read. */
  hasEarlier = (): boolean => this.messages.hasEarlier;
  /** The place down to which everything was read; single older entries may be known from updates. */
  readDownTo = (): number | null => this.messages.readDownTo;

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
    this.watchers.flush();
    return [...named].some((id) => !this.messages.has(id));
  }

  /** Takes in a page of older or newest entries. What updates have brought already is newer and stays. */
  seedHistory(page: HistoryPage, replace = false): void {
    this.messages.seed(page, replace);
    this.watchers.flush();
  }

  /** Takes in everything that stands. */
  seedTasks(answer: TasksAnswer, replace = false): void {
    for (const task of answer.tasks) {
      if (replace || !this.tasks.has(task.id)) {
        this.tasks.put(task);
      }
    }
    this.open.seed(answer.approvals, replace, (approval) => this.messages.cardOf(approval));
    this.countsNow = answer.counts;
    this.touch("counts");
    this.watchers.flush();
  }

  /** Where the conversation takes place. */
  setPlace(place: Partial<Place>): void {
    this.placeNow = { ...this.placeNow, ...place };
    this.touch("place");
    this.watchers.flush();
  }

  /** A message sent from here stands at once, before anybody has confirmed it. */
  echo(id: MessageId, text: string, at: string): void {
    this.messages.echo(id, text, at);
    this.watchers.flush();
  }

  /** How a message sent from here fared. */
  settle(id: MessageId, failure: Failure | null): void {
    this.messages.settle(id, failure);
    this.watchers.flush();
  }

  /** Something to know that is no entry of the conversation. */
  notice(failure: Failure, kind: PassingNotice["kind"] = "error"): void {
    this.putNotice(failure, kind);
    this.watchers.flush();
  }

  dismiss(id: number): void {
    if (this.passing.dismiss(id)) {
      this.touch("notices");
      this.watchers.flush();
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
        this.messages.take(update.message);
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
          this.tasks.put(task);
        }
        break;
      case "task":
        this.tasks.put(update);
        break;
      case "activity":
        if (update.task) {
          this.tasks.note(update.task, update);
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
      case "pull_request":
      case "branched":
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

  /** What an entry says beside itself. */
  private read(message: Message): void {
    const failure = failureOn(message.body);
    if (failure && this.passing.drop(failure)) {
      this.touch("notices");
    }
    this.open.read(message);
  }

  /** What stands on a card already is not said a second time. */
  private putNotice(failure: Failure, kind: PassingNotice["kind"]): void {
    if (!this.messages.show(failure) && this.passing.put(failure, kind)) {
      this.touch("notices");
    }
  }

  private takeApproval(approval: Approval, answered: string | null): void {
    const card = this.open.take(approval, answered !== null) ?? this.messages.cardOf(approval.id);
    if (card) {
      this.messages.change(card, (body) =>
        body.kind === "needs_you" ? { ...body, approval, answered } : body,
      );
    }
  }

  private change(id: MessageId, named: Set<MessageId>, turn: (body: MessageBody) => MessageBody): void {
    if (!this.messages.change(id, turn)) {
      named.add(id);
    }
  }
}

/** A newer backend may say things an older window does not know; they are left out. */
function unknown(_: never): void {}
