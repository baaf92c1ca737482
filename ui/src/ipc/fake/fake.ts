/**
 * A backend for a plain browser: replays a recorded journal and answers verbs by what plausibly follows. It makes every
 * state reachable; it is in no build that is shipped.
 */
import { now, setClock } from "../../lib/clock";
import { uuidv7 } from "../../lib/uuid";
import { type Act, type Backend, BackendError } from "../backend";
import type { Answers, Counts, Facts, Question, Wish } from "../bridge";
import type {
  AgentFound,
  Command,
  Message,
  MessageBody,
  TaskId,
  TaskState,
  TaskView,
  Update,
  UpdateBody,
} from "../generated/protocol";
import { Conversation } from "../store";
import { parseJournal } from "./journal";
import { thousand } from "./thousand";
import { verbsOf } from "./verbs";

const JOURNALS = import.meta.glob<string>("../../../fixtures/*.jsonl", { query: "?raw", import: "default" });
const FRAME_MS = 16;
/** Where one comes to who opens another repository. */
const OTHER = {
  root: "/home/you/checkout-web",
  name: "checkout-web",
  branch: "main",
  commit: "5b1e0c2",
  uncommitted: 0,
  checks: [],
  app: null,
  trusted: true,
};
const UNDO_MS = 5000;
const WORD_MS = 28;
const DRAFT = "ampersand.draft";

/** What a test may reach through the page. */
export interface FakeHandle {
  /** Every verb that was wished for, in order. */
  acts: Act[];
  push: (updates: UpdateBody[]) => void;
}

declare global {
  interface Window {
    ampersandFake?: FakeHandle;
  }
}

export async function fakeBackend(parameters: URLSearchParams): Promise<Backend> {
  const name = parameters.get("journal") ?? "working";
  const fake = new Fake(Number(parameters.get("speed") ?? "1"));
  if (name === "thousand") {
    fake.load(thousand());
  } else {
    const read = JOURNALS[`../../../fixtures/${name}.jsonl`];
    if (!read) {
      throw new BackendError({
        code: "no_such_journal",
        message: `There is no journal called ${name}.`,
        hint: `There are ${Object.keys(JOURNALS)
          .map((path) => path.replace(/^.*\/(.*)\.jsonl$/, "$1"))
          .join(", ")} and thousand.`,
      });
    }
    fake.load(parseJournal(await read()));
  }
  window.ampersandFake = { acts: fake.acts, push: (updates) => fake.emit(...updates) };
  return fake;
}

class Fake implements Backend {
  readonly acts: Act[] = [];
  private readonly model = new Conversation();
  private readonly answers = new Map<string, unknown>();
  private readonly before = new Map<TaskId, TaskState>();
  private replay: { wait: number; update: Update }[] = [];
  private deliver: ((batch: Update[]) => void) | null = null;
  private queue: Update[] = [];
  private reply: { id: string; stop: () => void } | null = null;
  private facts: Facts = {
    repository: null,
    model: null,
    link: true,
    settings: "~/.config/ampersand/ampersand.toml",
    system: "linux",
  };
  private draft = "";
  private agents: AgentFound[] = [];

  constructor(private readonly speed: number) {}

  load(lines: ReturnType<typeof parseJournal>): void {
    const past: Update[] = [];
    for (const line of lines) {
      if ("now" in line) {
        setClock(Date.parse(line.now));
        Object.assign(this.facts, line.facts);
        this.draft = line.draft ?? "";
        this.agents = line.agents ?? [];
      } else if ("answer" in line) {
        this.answers.set(`${line.answer}:${line.task}`, line.value);
      } else if (line.wait === 0 && this.replay.length === 0) {
        past.push(line.update);
      } else {
        this.replay.push(line);
      }
    }
    this.model.apply(past);
    this.draft = sessionStorage.getItem(DRAFT) ?? this.draft;
  }

  query<Q extends Question>(question: Q): Promise<Answers[Q["kind"]]>;
  async query(question: Question): Promise<unknown> {
    await new Promise((done) => setTimeout(done, 5));
    switch (question.kind) {
      case "history":
        return this.history(question.before, question.limit);
      case "tasks":
        return {
          tasks: this.model.allTasks(),
          approvals: this.model.approvals().map((open) => open.approval),
          counts: this.model.counts(),
        };
      case "draft":
        return this.draft;
      case "facts":
        return this.facts;
      case "agents":
        return this.agents;
      case "sessions":
        return [];
      default: {
        const answer = this.answers.get(`${question.kind}:${question.task}`);
        if (answer !== undefined) {
          return answer;
        }
        if (question.kind === "given" || question.kind === "output") {
          return "";
        }
        throw new BackendError({
          code: "nothing_yet",
          message: "The task has handed nothing back yet.",
          hint: "Look again when it has ended.",
        });
      }
    }
  }

  async confirm(wish: Wish): Promise<boolean> {
    const agreed = window.confirm(`${wish.kind}?`);
    if (agreed && wish.kind === "repository") {
      this.facts = { ...this.facts, repository: OTHER };
      this.emit({ type: "ready", repository: OTHER, model: this.facts.model, newest: 0 });
    } else if (agreed && wish.kind === "trust" && this.facts.repository) {
      this.facts = { ...this.facts, repository: { ...this.facts.repository, trusted: true } };
    } else if (agreed && wish.kind === "accept_reduced") {
      this.answered({ verb: "answer", approval: wish.approval, answer: "allow_for_project" });
    }
    return agreed;
  }

  async subscribe(onBatch: (batch: Update[]) => void): Promise<void> {
    this.deliver = onBatch;
    let at = 200;
    for (const { wait, update } of this.replay) {
      at += wait / this.speed;
      setTimeout(() => this.emit(update), at);
    }
  }

  async act(verb: Act): Promise<void> {
    this.acts.push(verb);
    await new Promise((done) => setTimeout(done, 8));
    switch (verb.kind) {
      case "send":
        this.said(verb.text, verb.id);
        break;
      case "choose":
        this.choose(verb.message, verb.says);
        break;
      case "stop_reply":
        this.reply?.stop();
        break;
      case "set_draft":
        sessionStorage.setItem(DRAFT, verb.text);
        break;
      case "command":
        this.command(verb.command);
        break;
      case "seen":
      case "connect":
      case "reserve":
      case "open_link":
        break;
    }
  }

  /** Sends updates, gathered into one batch a frame as the shell does. */
  emit(...bodies: UpdateBody[]): void {
    const at = new Date(now()).toISOString();
    const updates = bodies.map((body) => ({ at, ...body }));
    this.model.apply(updates);
    if (this.queue.length === 0) {
      setTimeout(() => {
        const batch = this.queue;
        this.queue = [];
        this.deliver?.(batch);
      }, FRAME_MS);
    }
    this.queue.push(...updates);
  }

  private history(before: number | null, limit: number) {
    const all = this.model.messageOrder().flatMap((id) => this.model.message(id) ?? []);
    const older = before === null ? all : all.filter((message) => message.position < before);
    return { messages: older.slice(-limit), earlier: older.length > limit };
  }

  private entry(body: MessageBody, id = uuidv7(), position = this.end()): Message {
    return { id, position, at: new Date(now()).toISOString(), body };
  }

  private end(): number {
    const last = this.model.messageOrder().at(-1);
    return (last === undefined ? 0 : (this.model.message(last)?.position ?? 0)) + 2;
  }

  private said(text: string, id: string): void {
    if (/^fail\b/i.test(text)) {
      throw new BackendError({
        code: "store_full",
        message: "The disk is full, so this was not kept.",
        hint: "Free some space and send it again.",
      });
    }
    const position = this.end();
    const verb = /^(cancel|pause|resume)\b/i.exec(text)?.[1]?.toLowerCase();
    const message = this.entry({ kind: "said", text, understood: null }, id, position);
    this.emit({ type: "message", message });
    if (verb === "cancel" || verb === "pause" || verb === "resume") {
      const tasks = this.model.allTasks().filter((task) => task.verbs.includes(verb));
      const words = `${verb} ${tasks.length === 1 ? tasks[0]?.title : `${tasks.length} tasks`}`;
      this.emit({ type: "understood", message: id, text: words, verb, tasks: [], processes: 9, took_ms: 31 });
      this.override(verb, tasks, false);
    } else if (this.model.place().model === null && this.facts.model === null) {
      this.emit({ type: "message", message: this.entry({ kind: "kept", text, closest: 'find "login"' }) });
    } else {
      this.answer(id, position + 1);
    }
  }

  /** A reply that comes word by word. */
  private answer(to: string, position: number): void {
    const words = REPLY.split(/(?<=\s)/);
    const id = uuidv7();
    this.emit({
      type: "message",
      message: this.entry(
        { kind: "reply", text: "", to, state: { name: "streaming" }, left_out: null },
        id,
        position,
      ),
    });
    let at = 0;
    const end = (name: "done" | "stopped") => {
      clearInterval(timer);
      this.reply = null;
      const text = words.slice(0, at).join("");
      this.emit({ type: "message.done", message: id, text, state: { name }, left_out: null });
    };
    const timer = setInterval(() => {
      const word = words[at];
      if (word === undefined) {
        end("done");
        return;
      }
      at += 1;
      this.emit({ type: "message.delta", message: id, text: word });
    }, WORD_MS / this.speed);
    this.reply = { id, stop: () => end("stopped") };
  }

  private choose(id: string, says: string): void {
    const message = this.model.message(id);
    if (message?.body.kind === "choice") {
      const chosen = message.body.options.find((option) => option.says === says)?.label ?? says;
      this.emit({ type: "message", message: { ...message, body: { ...message.body, chosen } } });
    }
    this.said(says, uuidv7());
  }

  private command(command: Command): void {
    switch (command.verb) {
      case "pause":
      case "resume":
      case "cancel":
        this.override(command.verb, this.those(command.tasks), command.verb === "cancel" && command.now);
        break;
      case "undo":
        this.undo(command.tasks);
        break;
      case "answer":
        this.answered(command);
        break;
      case "land":
        this.land(command.task);
        break;
      case "discard":
        this.move(command.task, { name: "discarded" });
        break;
      case "restart":
        this.move(command.task, { name: "running", attempt: uuidv7(now()) });
        break;
      default:
        break;
    }
  }

  private those(ids: readonly TaskId[]): TaskView[] {
    return ids.flatMap((id) => this.model.task(id) ?? []);
  }

  private move(id: TaskId, detail: TaskState): void {
    const task = this.model.task(id);
    if (task) {
      this.emit({ type: "task", ...task, state: detail.name, detail, verbs: verbsOf(detail) });
      this.emit({ type: "counts", ...this.counted() });
    }
  }

  private counted(): Counts {
    const count = (...names: TaskState["name"][]) =>
      this.model.allTasks().filter((task) => names.includes(task.detail.name)).length;
    return {
      running: count("running", "checking", "landing", "merging"),
      waiting: count("waiting", "queued"),
      paused: count("paused", "interrupted"),
      stopping: count("stopping"),
      needs_you: count("needs_you"),
      ready: this.model
        .allTasks()
        .filter((task) => task.detail.name === "ready" && task.detail.verdict !== "red").length,
    };
  }

  private override(verb: "pause" | "resume" | "cancel", tasks: TaskView[], atOnce: boolean): void {
    const entry = this.entry({
      kind: "override",
      verb,
      tasks: tasks.map((task) => task.id),
      frozen_in_ms: 31,
      outcome: { name: "stands" },
    });
    for (const task of tasks) {
      const known = this.before.get(task.id);
      switch (verb) {
        case "pause":
          this.before.set(task.id, task.detail);
          this.move(task.id, {
            name: "paused",
            why: { cause: "asked" },
            held: { kind: "frozen", attempt: uuidv7(), doing: { kind: "working" }, processes: 5 },
          });
          break;
        case "resume":
          this.move(task.id, known ?? { name: "running", attempt: uuidv7(now()) });
          break;
        case "cancel":
          if (atOnce) {
            this.kill(task.id);
          } else {
            this.before.set(task.id, task.detail);
            this.stopping(task);
          }
      }
    }
    if (!atOnce && tasks.length > 0) {
      this.emit({ type: "message", message: entry });
    }
  }

  private stopping(task: TaskView): void {
    const kills_at = new Date(now() + UNDO_MS).toISOString();
    const was = { kind: "not_started" as const, on: [] };
    this.move(task.id, { name: "stopping", was, processes: 5, kills_at });
    setTimeout(() => {
      const detail = this.model.task(task.id)?.detail;
      if (detail?.name === "stopping" && detail.kills_at === kills_at) {
        this.kill(task.id);
      }
    }, UNDO_MS);
  }

  private kill(id: TaskId): void {
    this.move(id, { name: "cancelled", processes: 5, files_kept: this.model.activity(id)?.files ?? 0 });
  }

  private undo(ids: readonly TaskId[]): void {
    const stopping = this.model.allTasks().filter((task) => task.detail.name === "stopping");
    for (const task of ids.length === 0 ? stopping : this.those(ids)) {
      this.move(task.id, this.before.get(task.id) ?? { name: "running", attempt: uuidv7(now()) });
      this.takeBack(task.id);
    }
  }

  /** What cancelled this task says that it did not. */
  private takeBack(task: TaskId): void {
    for (const id of this.model.messageOrder().toReversed()) {
      const message = this.model.message(id);
      const body = message?.body;
      if (message && body?.kind === "override" && body.verb === "cancel" && body.tasks.includes(task)) {
        const before = body.outcome.name === "undone" ? body.outcome.tasks : [];
        const outcome = { name: "undone" as const, tasks: [...before, task] };
        this.emit({ type: "message", message: { ...message, body: { ...body, outcome } } });
        return;
      }
    }
  }

  private answered(command: Extract<Command, { verb: "answer" }>): void {
    const open = this.model.approvals().find((each) => each.approval.id === command.approval);
    if (!open) {
      throw new BackendError({
        code: "approval_gone",
        message: "This question has been answered already.",
        hint: "Nothing needs to be done.",
      });
    }
    const words = {
      allow: "Allowed once",
      allow_for_task: "Allowed for this task",
      allow_for_project: "Allowed for this repository",
      deny: "Denied",
    }[command.answer];
    const task = this.model.task(open.approval.task);
    this.emit({
      type: "approval",
      id: open.approval.id,
      title: task?.title ?? "",
      approval: open.approval,
      answered: words,
    });
    this.move(open.approval.task, { name: "running", attempt: uuidv7(now()) });
  }

  private land(id: TaskId): void {
    const task = this.model.task(id);
    if (task?.detail.name !== "ready") {
      return;
    }
    const { verdict } = task.detail;
    this.move(id, { name: "landing", verdict });
    setTimeout(() => {
      const [branch, from, to] = ["main", "3f2a91c0d4e5", "9c1d77e0aa31"];
      const back = { branch, from, verdict, at: new Date(now()).toISOString() };
      this.move(id, { name: "landed", commit: to, back });
      const outcome = { name: "landed" as const, branch, from, to };
      this.emit({
        type: "message",
        message: this.entry({ kind: "landing", task: id, title: task.title, outcome }),
      });
    }, 400 / this.speed);
  }
}

const REPLY = `HS256 signs a token with **one shared secret**: whoever can check a token can also make one.

RS256 splits that in two. The server keeps a private key for signing, and everybody else only has the public key.

- Use \`HS256\` inside one service.
- Use \`RS256\` as soon as a second party has to check tokens.

\`\`\`rust
let header = Header::new(Algorithm::RS256);
let token = encode(&header, &claims, &key)?;
\`\`\`

That is the whole difference in practice; the payload is readable by anybody in both.
`;
