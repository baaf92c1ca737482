import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

describe("the beat", () => {
  let beat: typeof import("./beat");

  beforeEach(async () => {
    vi.useFakeTimers();
    vi.resetModules();
    beat = await import("./beat");
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("runs what was asked for once, together", () => {
    const run = vi.fn();
    beat.onBeat(run);
    vi.advanceTimersByTime(150);
    beat.onBeat(run);
    vi.advanceTimersByTime(49);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1000);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("waits until the hands rest", () => {
    const run = vi.fn();
    beat.handsMove();
    beat.onBeat(run);
    for (let key = 0; key < 4; key += 1) {
      vi.advanceTimersByTime(100);
      beat.handsMove();
    }
    vi.advanceTimersByTime(149);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("comes after a second beside hands that never rest", () => {
    const run = vi.fn();
    beat.handsMove();
    beat.onBeat(run);
    for (let key = 0; key < 9; key += 1) {
      vi.advanceTimersByTime(100);
      beat.handsMove();
    }
    vi.advanceTimersByTime(99);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
  });
});
