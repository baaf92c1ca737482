/** The clocks of the window: in step with time, and steady. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { everySecond } from "./clock";

const START = 1_700_000_000_000;

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(START);
  vi.stubGlobal("document", { visibilityState: "visible" });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** What is shown at each beat whose timer came at this moment. */
function shown(moments: readonly number[]): number[] {
  const seen: number[] = [];
  const stop = everySecond((at) => seen.push(at - START));
  for (const moment of moments) {
    vi.setSystemTime(START + moment - 1000);
    vi.advanceTimersByTime(1000);
  }
  stop();
  return seen;
}

it("shows every second once, however late its timer comes", () => {
  expect(shown([1040, 2300, 3001, 4120])).toEqual([1000, 2000, 3000, 4000]);
});

it("is in step again after the machine slept", () => {
  expect(shown([1000, 61_400, 62_450])).toEqual([1000, 61_400, 62_400]);
});
