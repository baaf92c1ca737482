import { describe, expect, it } from "vitest";
import { taskView } from "../testing/task";
import type { Message, MessageBody, TaskView, UpdateBody } from "./generated/protocol";
import { Conversation } from "./store";

const AT = "2026-11-15T13:42:00Z";

function message(id: string, position: number, body: MessageBody): Message {
  return { id, position, at: AT, body };
}

const said = (id: string, position: number, text = id) =>
  message(id, position, { kind: "said", text, understood: null });
const reply = (id: string, position: number, text = "", name: "streaming" | "done" = "streaming") =>
  message(id, position, { kind: "reply", text, to: "q", state: { name }, left_out: null });

function apply(conversation: Conversation, ...bodies: UpdateBody[]): boolean {
  return conversation.apply(bodies.map((body) => ({ at: AT, ...body })));
}

function put(conversation: Conversation, ...messages: Message[]): void {
  apply(conversation, ...messages.map((each): UpdateBody => ({ type: "message", message: each })));
}

function task(id: string, state: TaskView["detail"] = { name: "queued" }): TaskView {
  return taskView(id, { title: id, detail: state, created_at: AT });
}

/** How often each key was heard of. */
function heard(conversation: Conversation, ...keys: Parameters<Conversation["watch"]>[0][]): () => number[] {
  const counts = keys.map(() => 0);
  keys.forEach((key, index) => {
    conversation.watch(key, () => {
      counts[index] = (counts[index] ?? 0) + 1;
    });
  });
  return () => counts;
}

const text = (conversation: Conversation, id: string) => {
  const body = conversation.message(id)?.body;
  return body?.kind === "reply" ? body.text : undefined;
};

describe("updates", () => {
  it("a word of a reply wakes that reply and nothing else", () => {
    const conversation = new Conversation();
    put(conversation, said("a", 1), reply("b", 2), reply("c", 4));
    const counts = heard(conversation, "message:b", "message:a", "message:c", "order", "streaming", "tasks");
    apply(
      conversation,
      { type: "message.delta", message: "b", text: "one " },
      { type: "message.delta", message: "b", text: "two" },
    );
    expect(text(conversation, "b")).toBe("one two");
    expect(counts()).toEqual([1, 0, 0, 0, 0, 0]);
  });

  it("a reply keeps the place after its question, however late it comes", () => {
    const conversation = new Conversation();
    put(conversation, said("q1", 10), said("q2", 20), reply("a2", 21), reply("a1", 11));
    expect(conversation.messageOrder()).toEqual(["q1", "a1", "q2", "a2"]);
  });

  it("streaming replies are known in the order they began, and only while they stream", () => {
    const conversation = new Conversation();
    put(conversation, reply("a", 1), reply("b", 2), reply("c", 3, "all", "done"));
    expect(conversation.streaming()).toEqual(["a", "b"]);
    apply(conversation, {
      type: "message.done",
      message: "a",
      text: "end",
      state: { name: "stopped" },
      left_out: "x",
    });
    expect(conversation.streaming()).toEqual(["b"]);
    expect(text(conversation, "a")).toBe("end");
  });

  it("an update about an entry that is not known asks for it to be read", () => {
    const conversation = new Conversation();
    expect(apply(conversation, { type: "message.delta", message: "x", text: "…" })).toBe(true);
    expect(
      apply(
        conversation,
        { type: "message.delta", message: "y", text: "…" },
        { type: "message", message: reply("y", 1, "whole") },
      ),
    ).toBe(false);
    expect(text(conversation, "y")).toBe("whole");
  });

  it("a result is taken in once, whether it comes with its card or after it", () => {
    const conversation = new Conversation();
    const report = {
      headline: "h",
      summary: "",
      findings: [],
      diffstat: null,
      checks: [],
      usage: { input_tokens: 0, cached_tokens: 0, output_tokens: 0, requests: 0, cost_microdollars: 0 },
    };
    put(conversation, message("card", 1, { kind: "result", results: [], explanation: null }));
    const update: UpdateBody = {
      type: "result",
      message: "card",
      task: "t",
      title: "T",
      state: "done",
      report,
    };
    apply(conversation, update, update);
    apply(conversation, { type: "explanation", message: "card", text: "means" });
    const body = conversation.message("card")?.body;
    expect(body?.kind === "result" && [body.results.length, body.explanation]).toEqual([1, "means"]);
  });

  it("an answered approval closes on its card and in the list", () => {
    const conversation = new Conversation();
    const approval = { id: "ap", task: "t", question: { kind: "discard" as const, why: "w" }, asked_at: AT };
    put(conversation, message("card", 1, { kind: "needs_you", approval, answered: null }));
    expect(conversation.approvals().map((open) => open.message)).toEqual(["card"]);
    apply(conversation, { type: "approval", id: "ap", title: "T", approval, answered: "Denied" });
    expect(conversation.approvals()).toEqual([]);
    const body = conversation.message("card")?.body;
    expect(body?.kind === "needs_you" && body.answered).toBe("Denied");
  });

  it("activity wakes its own task's row alone", () => {
    const conversation = new Conversation();
    apply(conversation, { type: "task", ...task("t") }, { type: "task", ...task("u") });
    const counts = heard(conversation, "activity:t", "activity:u", "task:t", "tasks");
    apply(conversation, {
      type: "activity",
      task: "t",
      line: "l",
      steps_done: 1,
      steps: 2,
      files: 0,
      tokens: 9,
    });
    expect(conversation.activity("t")?.line).toBe("l");
    expect(counts()).toEqual([1, 0, 0, 0]);
  });
});

describe("what is said from here", () => {
  it("stands at once, and becomes the stored one without standing twice", () => {
    const conversation = new Conversation();
    put(conversation, said("a", 7));
    conversation.echo("mine", "hello", AT);
    expect(conversation.messageOrder()).toEqual(["a", "mine"]);
    expect(conversation.sending("mine")?.state).toBe("sending");
    put(conversation, said("mine", 30, "hello"));
    conversation.settle("mine", null);
    expect(conversation.messageOrder()).toEqual(["a", "mine"]);
    expect(conversation.message("mine")?.position).toBe(30);
    expect(conversation.sending("mine")).toBeUndefined();
  });

  it("says so when it was refused, and keeps the words", () => {
    const conversation = new Conversation();
    conversation.echo("mine", "hello", AT);
    conversation.settle("mine", { code: "store_full", message: "m", hint: "h" });
    expect(conversation.sending("mine")?.state).toBe("refused");
    expect(conversation.messageOrder()).toEqual(["mine"]);
  });
});

describe("pages of history", () => {
  it("older entries come before, and what updates have brought is not overwritten", () => {
    const conversation = new Conversation();
    put(conversation, reply("b", 6, "newer words"));
    conversation.seedHistory({ messages: [said("a", 5), reply("b", 6, "older words")], earlier: true });
    expect(text(conversation, "b")).toBe("newer words");
    expect(conversation.hasEarlier()).toBe(true);
    conversation.seedHistory({ messages: [said("x", 1), said("y", 2)], earlier: false });
    expect(conversation.messageOrder()).toEqual(["x", "y", "a", "b"]);
    expect(conversation.hasEarlier()).toBe(false);
  });

  it("a single older entry known from updates does not hide what lies between", () => {
    const conversation = new Conversation();
    put(conversation, said("old question", 3));
    conversation.seedHistory({ messages: [said("y", 90), said("z", 91)], earlier: true });
    expect([conversation.readDownTo(), conversation.hasEarlier()]).toEqual([90, true]);
    conversation.seedHistory({ messages: [said("x", 89)], earlier: true });
    expect(conversation.readDownTo()).toBe(89);
    conversation.seedHistory({ messages: [said("z", 91)], earlier: true }, true);
    expect(conversation.readDownTo()).toBe(89);
  });

  it("a page that was read while a reply grew does not shorten it", () => {
    const conversation = new Conversation();
    put(conversation, reply("b", 2, "one two three"));
    conversation.seedHistory({ messages: [reply("b", 2, "one two")], earlier: false }, true);
    expect(text(conversation, "b")).toBe("one two three");
    conversation.seedHistory(
      { messages: [reply("b", 2, "one two three four", "done")], earlier: false },
      true,
    );
    expect(text(conversation, "b")).toBe("one two three four");
  });

  it("after a gap the two ends are not joined", () => {
    const conversation = new Conversation();
    conversation.seedHistory({ messages: [said("a", 1), said("b", 2)], earlier: false });
    conversation.seedHistory({ messages: [said("y", 90), said("z", 91)], earlier: true }, true);
    expect(conversation.messageOrder()).toEqual(["y", "z"]);
    expect(conversation.hasEarlier()).toBe(true);
  });
});

it("what stands on a card is not said a second time, whichever comes first", () => {
  const failure = { code: "model_cut", message: "m", hint: "h" };
  const card = message("n", 1, { kind: "notice", failure });
  const after = new Conversation();
  put(after, card);
  apply(after, { type: "error", ...failure });
  expect(after.notices()).toEqual([]);
  const before = new Conversation();
  put(before, reply("r", 1, "begun"));
  apply(before, { type: "error", ...failure });
  expect(before.notices().length).toBe(1);
  apply(before, {
    type: "message.done",
    message: "r",
    text: "begun",
    state: { name: "broken", failure },
    left_out: null,
  });
  expect(before.notices()).toEqual([]);
});

it("the same notice stands once, and only the newest few stand", () => {
  const conversation = new Conversation();
  for (const code of ["a", "b", "b", "c", "d"]) {
    conversation.notice({ code, message: code, hint: "" });
  }
  expect(conversation.notices().map((each) => each.failure.code)).toEqual(["b", "c", "d"]);
  conversation.dismiss(conversation.notices()[0]?.id ?? 0);
  expect(conversation.notices().map((each) => each.failure.code)).toEqual(["c", "d"]);
});
