/** Actions: each is registered once (in `app/actions.ts`) and is the same thing in the palette, a menu, a key and a button. */
import { createContext, useContext } from "react";
import type { TaskView } from "../ipc/generated/protocol";
import type { Tone } from "../ui/Button";
import type { IconName } from "../ui/icons";

export interface Action {
  id: string;
  /** As it stands in the palette, complete in itself. */
  title: string;
  /** As it stands on a button beside what it is about. */
  label: string;
  icon: IconName;
  group: "tasks" | "conversation" | "view";
  tone?: Tone;
  /** A fact beside the title. */
  meta?: string | undefined;
  /** As `matches` in `keys.ts` reads it: `mod+k`, `mod+shift+.`, `j`. */
  keys?: string | undefined;
  /** Why it cannot be done now. */
  blocked?: string | undefined;
  run: () => void;
}

export interface Actions {
  /** Those that are about the window or all of the work. */
  general(): Action[];
  /** What the backend says can be done with a task now, and what of it can be looked at. */
  forTask(task: TaskView): Action[];
  /** Verbs for several tasks at once; only those at least one of them allows. */
  forTasks(tasks: readonly TaskView[]): Action[];
}

export const ActionsContext = createContext<Actions | null>(null);

export function useActions(): Actions {
  const actions = useContext(ActionsContext);
  if (!actions) {
    throw new Error("outside of ActionsContext");
  }
  return actions;
}

/** One action among several by its id. */
export function pickAction(actions: readonly Action[], id: string): Action | undefined {
  return actions.find((action) => action.id === id);
}
