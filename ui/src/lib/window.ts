/** The window's own small state: what is open and what is being written. Nothing in it is true about the work. */
import { useSyncExternalStore } from "react";
import { create } from "zustand";
import type { MessageId, TaskId } from "../ipc/generated/protocol";

export type View = "conversation" | "now" | "agents";

/** What of a task is open in place, on its card. */
export type Panel = "steer" | "branch" | "given" | "output" | "report";

interface WindowState {
  view: View;
  palette: boolean;
  keys: boolean;
  draft: string;
  /** Raised to put the caret into the composer. */
  focus: number;
  /** What of which task is open. */
  panels: Readonly<Record<TaskId, Panel>>;
  /** Cards, files and folds that the person opened or closed against their nature, by a name of their own. */
  open: Readonly<Record<string, boolean>>;
  /** The task that is pulled out beside the conversation, on windows that are wide enough. */
  pane: TaskId | null;
  /** The card to go to, raised anew for every wish. */
  jump: { message: MessageId | "end"; wish: number } | null;
}

export const useWindow = create<WindowState>(() => ({
  view: "conversation",
  palette: false,
  keys: false,
  draft: "",
  focus: 0,
  panels: {},
  open: {},
  pane: null,
  jump: null,
}));

const set = useWindow.setState;

export function showView(view: View): void {
  set({ view });
}

export function setDraft(draft: string): void {
  set({ draft });
}

/** Begins a message with these words and puts the caret behind them. */
export function begin(draft: string): void {
  set((state) => ({ draft, focus: state.focus + 1 }));
}

export function focusComposer(): void {
  set((state) => ({ focus: state.focus + 1 }));
}

/** Opens a task's panel, or closes it if it is the one that is open. */
export function togglePanel(task: TaskId, panel: Panel): void {
  set(({ panels }) => {
    const { [task]: open, ...others } = panels;
    return { panels: open === panel ? others : { ...others, [task]: panel } };
  });
}

export function setPane(pane: TaskId | null): void {
  set({ pane });
}

const WIDE = "(min-width: 90rem)";

/** Whether there is room for a pane beside the conversation. */
export function isWide(): boolean {
  return window.matchMedia(WIDE).matches;
}

/** The same, kept up to date. */
export function useWide(): boolean {
  return useSyncExternalStore((changed) => {
    const query = window.matchMedia(WIDE);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, isWide);
}

export function setOpen(name: string, open: boolean): void {
  set((state) => ({ open: { ...state.open, [name]: open } }));
}

/** Whether something is open, as the person left it, or as its nature is. */
export function useOpen(name: string, nature = false): [boolean, () => void] {
  const open = useWindow((state) => state.open[name] ?? nature);
  return [open, () => setOpen(name, !open)];
}

export function jumpTo(message: MessageId | "end"): void {
  set((state) => ({ view: "conversation", jump: { message, wish: (state.jump?.wish ?? 0) + 1 } }));
}
