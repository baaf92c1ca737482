import type { QuotaWindow } from "../../ipc/generated/protocol";
import { absolute, until } from "../../lib/time";
import { strings } from "../../strings/strings";

/** What is left of an account, shortly and in full. */
export interface QuotaWords {
  /** Of the window of which least is left. */
  line: string;
  /** Of every window, for whoever hovers. */
  all: string;
  /** What is left of the scarcest, of a hundred. */
  left: number;
}

/** What is left of an agent's account; null while nothing is known. A window that has begun anew is not known any more. */
export function quotaWords(agent: string, quota: readonly QuotaWindow[], at: number): QuotaWords | null {
  const reset = (window: QuotaWindow) => (window.resets_at === null ? null : Date.parse(window.resets_at));
  const known = quota.filter((window) => (reset(window) ?? at + 1) > at);
  const [scarcest] = [...known].sort((a, b) => b.used_percent - a.used_percent);
  if (!scarcest) {
    return null;
  }
  const leftOf = (window: QuotaWindow) => Math.max(0, 100 - window.used_percent);
  const left = (window: QuotaWindow, when: (at: number) => string) => {
    const resets = reset(window);
    return strings.task.quota(leftOf(window), resets === null ? null : when(resets));
  };
  const whole = (window: QuotaWindow) => {
    const words = left(window, absolute);
    return window.minutes === null ? words : strings.task.quotaWindow(window.minutes, words);
  };
  return {
    line: left(scarcest, (resets) => until(resets, at)),
    all: strings.task.quotas(strings.task.agent(agent), known.map(whole)),
    left: leftOf(scarcest),
  };
}
