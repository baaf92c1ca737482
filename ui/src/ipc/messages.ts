/** The entries of the conversation: in order, each changed alone, and how far those are that were sent from here. */
import type { HistoryPage } from "./bridge";
import { failureOn, isAhead, isSame } from "./entries";
import type { ApprovalId, Failure, Message, MessageBody, MessageId, TaskId } from "./generated/protocol";
import type { Key, Touch } from "./keys";

/** How far a message sent from here is: on its way, or refused. */
export type Sending = { state: "sending" } | { state: "refused"; failure: Failure };

/** Entries among which the card of a notice is looked for. */
const RECENT = 40;

export class Messages {
  order: readonly MessageId[] = [];
  /** Replies that are being written, oldest first. */
  streaming: readonly MessageId[] = [];
  /** Whether there are older entries than those that were read. */
  hasEarlier = false;
  /** The place down to which everything was read; single older entries may be known from updates. */
  readDownTo: number | null = null;
  private known = new Map<MessageId, Message>();
  /** The journal's number of the newest result that came of a task: what came before it is no longer what stands. */
  private results = new Map<TaskId, number>();
  /** The place of the newest entry about a task's landing. */
  private landings = new Map<TaskId, number>();
  private sendings = new Map<MessageId, Sending>();
  private touch: Touch;
  private onPut: (message: Message) => void;

  /** `onPut` hears of every entry that is new or has changed. */
  constructor(touch: Touch, onPut: (message: Message) => void) {
    this.touch = touch;
    this.onPut = onPut;
  }

  get(id: MessageId): Message | undefined {
    return this.known.get(id);
  }

  has(id: MessageId): boolean {
    return this.known.has(id);
  }

  newestResult(task: TaskId): number | undefined {
    return this.results.get(task);
  }

  newestLanding(task: TaskId): number | undefined {
    return this.landings.get(task);
  }

  sending(id: MessageId): Sending | undefined {
    return this.sendings.get(id);
  }

  /** Takes in a page of older or newest entries. What updates have brought already is newer and stays. */
  seed(page: HistoryPage, replace: boolean): void {
    const oldest = page.messages[0];
    const newest = this.newest();
    const parted = replace && oldest && page.earlier && newest && oldest.position > newest.position;
    if (parted) {
      // Too much happened meanwhile to join the two ends: what is older is read again when it is scrolled to.
      this.known.clear();
      this.streaming = [];
    }
    for (const message of page.messages) {
      const known = this.known.get(message.id);
      if (!known || (replace && !isAhead(known, message))) {
        this.put(message);
      }
    }
    if (!replace || parted || this.readDownTo === null) {
      this.readDownTo = oldest?.position ?? this.readDownTo;
      this.hasEarlier = page.earlier;
    }
    this.sort();
  }

  /** An entry as the backend has it. */
  take(message: Message): void {
    this.sendings.delete(message.id);
    this.put(message);
    this.sort();
  }

  /** A message sent from here stands at once, before anybody has confirmed it. */
  echo(id: MessageId, text: string, at: string): void {
    if (this.known.has(id)) {
      return;
    }
    const position = (this.newest()?.position ?? 0) + 1;
    this.sendings.set(id, { state: "sending" });
    this.put({ id, position, at, body: { kind: "said", text, understood: null } });
    this.sort();
  }

  /** How a message sent from here fared. */
  settle(id: MessageId, failure: Failure | null): void {
    if (failure) {
      this.sendings.set(id, { state: "refused", failure });
    } else {
      this.sendings.delete(id);
    }
    // The entry itself is the same; a new identity tells its watchers.
    const message = this.known.get(id);
    if (message) {
      this.put({ ...message });
    }
  }

  /** Turns the body of an entry into another. Whether the entry is known. */
  change(id: MessageId, turn: (body: MessageBody) => MessageBody): boolean {
    const message = this.known.get(id);
    if (!message) {
      return false;
    }
    const body = turn(message.body);
    if (body !== message.body) {
      this.put({ ...message, body });
    }
    return true;
  }

  /** Whether one of the newest entries shows this failure. */
  show(failure: Failure): boolean {
    return this.order.slice(-RECENT).some((id) => {
      const body = this.known.get(id)?.body;
      return body !== undefined && isSame(failureOn(body), failure);
    });
  }

  /** The card an approval stands on. */
  cardOf(approval: ApprovalId): MessageId | null {
    for (let index = this.order.length - 1; index >= 0; index -= 1) {
      const id = this.order[index];
      const body = id === undefined ? undefined : this.known.get(id)?.body;
      if (id !== undefined && body?.kind === "needs_you" && body.approval.id === approval) {
        return id;
      }
    }
    return null;
  }

  private newest(): Message | undefined {
    const id = this.order.at(-1);
    return id === undefined ? undefined : this.known.get(id);
  }

  private put(message: Message): void {
    this.known.set(message.id, message);
    this.touch(`message:${message.id}`);
    const { body } = message;
    if (body.kind === "result") {
      for (const { task, seq } of body.results) {
        this.note(this.results, `result:${task}`, task, seq);
      }
    } else if (body.kind === "landing") {
      this.note(this.landings, `landing:${body.task}`, body.task, message.position);
    }
    const streams = body.kind === "reply" && body.state.name === "streaming";
    if (streams !== this.streaming.includes(message.id)) {
      this.streaming = streams
        ? [...this.streaming, message.id]
        : this.streaming.filter((id) => id !== message.id);
      this.touch("streaming");
    }
    this.onPut(message);
  }

  private note(newest: Map<TaskId, number>, key: Key, task: TaskId, place: number): void {
    if (place > (newest.get(task) ?? -1)) {
      newest.set(task, place);
      this.touch(key);
    }
  }

  private sort(): void {
    const known = this.order.filter((id) => this.known.has(id));
    if (known.length === this.known.size && this.inOrder(known)) {
      return;
    }
    this.order = [...this.known.values()]
      .sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1))
      .map((message) => message.id);
    this.touch("order");
  }

  private inOrder(ids: readonly MessageId[]): boolean {
    let before = Number.NEGATIVE_INFINITY;
    for (const id of ids) {
      const position = this.known.get(id)?.position ?? 0;
      if (position < before) {
        return false;
      }
      before = position;
    }
    return true;
  }
}
