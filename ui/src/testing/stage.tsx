/** A card on an empty page, with everything it hangs on and a backend that only remembers what it was asked. */
import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, vi } from "vitest";
import { makeActions } from "../app/actions";
import type { Act } from "../ipc/backend";
import type { Question, Wish } from "../ipc/bridge";
import { AmpersandProvider } from "../ipc/context";
import type { Update } from "../ipc/generated/protocol";
import { Conversation } from "../ipc/store";
import { ActionsContext } from "../lib/actions";

export class Stage {
  store = new Conversation();
  /** What the page wished for, in order. */
  asked: Act[] = [];
  /** What questions are answered with, by their kind; the others are never answered. */
  answers: Record<string, unknown> = {};
  confirmed: Wish[] = [];
  private root: Root | null = null;

  /** A stage that is new for each test of the file that calls this. */
  static forEach(): Stage {
    const stage = new Stage();
    beforeEach(() => {
      vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
      const box = document.createElement("div");
      document.body.append(box);
      stage.root = createRoot(box);
      stage.store = new Conversation();
      stage.asked = [];
      stage.answers = {};
      stage.confirmed = [];
    });
    afterEach(() => {
      act(() => stage.root?.unmount());
      document.body.replaceChildren();
      vi.unstubAllGlobals();
    });
    return stage;
  }

  apply(...updates: Update[]): void {
    act(() => {
      this.store.apply(updates);
    });
  }

  render(card: ReactNode): void {
    const ampersand = {
      backend: {
        query: ({ kind }: Question) =>
          kind in this.answers ? Promise.resolve(this.answers[kind] as never) : new Promise<never>(() => {}),
        act: (verb: Act) => {
          this.asked.push(verb);
          return Promise.resolve();
        },
        confirm: (wish: Wish) => {
          this.confirmed.push(wish);
          return Promise.resolve(false);
        },
        subscribe: () => Promise.resolve(),
      },
      conversation: this.store,
      facts: { repository: null, model: "m", link: true, settings: "", system: "linux" as const },
    };
    act(() =>
      this.root?.render(
        <AmpersandProvider value={ampersand}>
          <ActionsContext.Provider value={makeActions(ampersand)}>{card}</ActionsContext.Provider>
        </AmpersandProvider>,
      ),
    );
  }

  /** Lets what was asked for arrive. */
  readonly settle = (): Promise<void> => act(async () => {});

  readonly said = (): string => document.body.textContent ?? "";

  readonly buttons = (): (string | null)[] =>
    [...document.querySelectorAll("button")].map((button) => button.textContent);

  readonly press = (label: string): void => {
    const button = [...document.querySelectorAll("button")].find((each) => each.textContent === label);
    act(() => button?.click());
  };
}
