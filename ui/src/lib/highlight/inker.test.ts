/** The worker behind coloured code: there while it is wanted, and gone when it is not. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Request, Response } from "./inks";

let alive = 0;
let started = 0;

class FakeWorker {
  onmessage: ((event: { data: Response }) => void) | null = null;
  onerror: (() => void) | null = null;
  constructor() {
    alive += 1;
    started += 1;
  }
  postMessage({ id, text }: Request) {
    setTimeout(() => this.onmessage?.({ data: { id, lines: [[{ text, ink: "plain" }]] } }), 100);
  }
  terminate() {
    alive -= 1;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("Worker", FakeWorker);
  vi.resetModules();
  alive = 0;
  started = 0;
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("is started once for many, and let go after a while without any", async () => {
  const { findInks } = await import("./inker");
  expect(started).toBe(0);
  const answers = [findInks("a", "rust"), findInks("b", "rust")];
  await vi.advanceTimersByTimeAsync(100);
  expect((await Promise.all(answers)).map((lines) => lines?.[0]?.[0]?.text)).toEqual(["a", "b"]);
  expect([started, alive]).toEqual([1, 1]);
  await vi.advanceTimersByTimeAsync(4900);
  expect(alive).toBe(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(alive).toBe(0);
});

it("is not let go while somebody waits, and is there again when it is wanted", async () => {
  const { findInks } = await import("./inker");
  findInks("a", "rust");
  await vi.advanceTimersByTimeAsync(4950);
  const late = findInks("b", "rust");
  await vi.advanceTimersByTimeAsync(60);
  expect(alive).toBe(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect((await late)?.[0]?.[0]?.text).toBe("b");
  expect([started, alive]).toEqual([1, 0]);
  const again = findInks("c", "rust");
  await vi.advanceTimersByTimeAsync(100);
  expect((await again)?.[0]?.[0]?.text).toBe("c");
  expect([started, alive]).toEqual([2, 1]);
});
