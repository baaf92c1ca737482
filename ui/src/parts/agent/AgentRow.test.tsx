// @vitest-environment happy-dom
/** What of an agent is offered: one thing at a time, and only what would change something. */
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { AgentFound } from "../../ipc/generated/protocol";
import { agentFound } from "../../testing/agent";
import { AgentRow } from "./AgentRow";
import { factsLine } from "./facts";

let root: Root;
let did: string[];

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  const box = document.createElement("ul");
  document.body.append(box);
  root = createRoot(box);
  did = [];
});

afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

function drawn(agent: Partial<AgentFound>, full = true): HTMLElement {
  const deeds = {
    connect: (name: string) => did.push(`connect ${name}`),
    letRead: (name: string) => did.push(`ask whether ${name} may read`),
    reserve: (name: string, percent: number) => did.push(`reserve ${name} ${percent}`),
  };
  act(() => root.render(<AgentRow agent={agentFound(agent)} deeds={deeds} full={full} />));
  const row = document.querySelector("li");
  if (!row) {
    throw new Error("nothing was drawn");
  }
  return row;
}

function press(row: HTMLElement): string {
  const button = row.querySelector("button");
  act(() => button?.click());
  return button?.textContent ?? "";
}

const FOUND = { code: "agent_login_found", message: "It was found.", hint: "Connect it." };

it("a login that was found is connected by one click", () => {
  const row = drawn({ login: "offered", missing: FOUND }, false);
  expect(row.textContent).toContain("Login found.");
  expect(press(row)).toBe("Connect");
  expect(did).toEqual(["connect codex"]);
});

it("a login that its agent would read is asked about, and told once it may", () => {
  const missing = { code: "agent_login_readable", message: "It was found.", hint: "Let it." };
  const row = drawn({ name: "gemini", login: "readable", missing });
  expect(row.textContent).toContain("only if Gemini CLI itself can read it");
  expect(press(row)).toBe("Connect…");
  expect(did).toEqual(["ask whether gemini may read"]);
  const read = drawn({ name: "gemini", login: "read", missing: null });
  expect(read.textContent).toContain("can read its own login");
});

it("what is left of an account stands there with until when, and a part of it can be kept", () => {
  const quota = [
    { used_percent: 62, minutes: 300, resets_at: new Date(Date.now() + 60_000).toISOString() },
    { used_percent: 5, minutes: 10_080, resets_at: null },
  ];
  const row = drawn({ quota });
  expect(row.textContent).toContain("connected · 38 % left until ");
  expect(row.querySelector("[role=img]")?.getAttribute("aria-label")).toBe("38 % left");
  expect(press(row)).toBe("Keep 20 % for me");
  const kept = drawn({ quota, keep_percent: 20 });
  expect(kept.textContent).toContain("20 % kept for you");
  expect(press(kept)).toBe("Keep nothing");
  expect(did).toEqual(["reserve codex 20", "reserve codex 0"]);
});

it("without a login or an account there is an example to begin with, or nothing to press", () => {
  const missing = { code: "agent_no_model", message: "No model.", hint: "Set one." };
  const row = drawn({ login: "nothing", logged_in: false, missing });
  expect(row.querySelector("button")?.textContent).toBe("Copy an example");
  const usable = drawn({ login: "nothing" });
  expect(usable.querySelector("button")).toBeNull();
});

it("what is true of an agent stands there in words, on its page alone", () => {
  const line = "can be steered while it works · resumes after a crash · no cost told";
  expect(drawn({}).textContent).toContain(line);
  expect(drawn({}, false).textContent).not.toContain("steered");
});

it.each([
  [{ steers: "after_turn", resumes: false }, "can be steered between turns · begins anew after a crash"],
  [{ subagents: true, cost: true }, "starts agents of its own · tells tokens and cost"],
  [{ steers: "never", usage: false, approvals: false }, "never asks first · no tokens or cost told"],
  [{ cancel_kills: false }, "what it starts may outlive it"],
] as const)("says what %j means", (facts, words) => {
  expect(factsLine({ ...agentFound().facts, ...facts })).toContain(words);
});
