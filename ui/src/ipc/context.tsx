import {
  createContext,
  type ReactNode,
  type RefObject,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from "react";
import { offBeat, onBeat } from "../lib/beat";
import { watchView } from "../lib/inView";
import type { OpenApproval } from "./approvals";
import type { Backend } from "./backend";
import { type Act, failureOf } from "./backend";
import type { Counts, Facts } from "./bridge";
import type { Activity, Command, Message, MessageId, TaskId, TaskView } from "./generated/protocol";
import type { Key } from "./keys";
import type { PassingNotice } from "./notices";
import type { Conversation, Place } from "./store";

/** What every part of the window may reach. */
export interface Ampersand {
  backend: Backend;
  conversation: Conversation;
  facts: Facts;
}

const Context = createContext<Ampersand | null>(null);

export function AmpersandProvider({ value, children }: { value: Ampersand; children: ReactNode }) {
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useAmpersand(): Ampersand {
  const value = useContext(Context);
  if (!value) {
    throw new Error("outside of AmpersandProvider");
  }
  return value;
}

function useWatched<T>(key: Key, read: () => T): T {
  const { conversation } = useAmpersand();
  const watch = useCallback((listener: () => void) => conversation.watch(key, listener), [conversation, key]);
  return useSyncExternalStore(watch, read);
}

export function useMessage(id: MessageId): Message | undefined {
  const { conversation } = useAmpersand();
  return useWatched(`message:${id}`, () => conversation.message(id));
}

export function useTask(id: TaskId): TaskView | undefined {
  const { conversation } = useAmpersand();
  return useWatched(`task:${id}`, () => conversation.task(id));
}

/** Whether a later result came of the task, so that this one is not what stands any more. */
export function useIsOutdated(task: TaskId, seq: number): boolean {
  const { conversation } = useAmpersand();
  return useWatched(`result:${task}`, () => (conversation.newestResult(task) ?? seq) > seq);
}

/** Whether a later entry tells of the task's landing. */
export function useIsSuperseded(task: TaskId, position: number): boolean {
  const { conversation } = useAmpersand();
  return useWatched(`landing:${task}`, () => (conversation.newestLanding(task) ?? position) > position);
}

/** Tasks as far as they are known, in the order of `ids`; a change of any other wakes nobody. */
export function useTasksOf(ids: readonly TaskId[]): readonly TaskView[] {
  const { conversation } = useAmpersand();
  const tasks = useMemo(() => conversation.tasksOf(ids), [conversation, ids]);
  return useSyncExternalStore(tasks.watch, tasks.read);
}

/**
 * What a task is doing, as often as it can be read: all rows change together, so that many cost one drawing, and those
 * whose `row` is out of view wait until it is not.
 */
export function useActivity(id: TaskId, row?: RefObject<Element | null>): Activity | undefined {
  const { conversation } = useAmpersand();
  const [activity, setActivity] = useState(() => conversation.activity(id));
  useEffect(() => {
    const take = () => setActivity(conversation.activity(id));
    take();
    const view = row?.current ? watchView(row.current, take) : null;
    const stop = conversation.watch(`activity:${id}`, () => {
      if (view === null || view.inView()) {
        onBeat(take);
      }
    });
    return () => {
      stop();
      view?.stop();
      offBeat(take);
    };
  }, [conversation, id, row]);
  return activity;
}

export function useOrder(): readonly MessageId[] {
  return useWatched("order", useAmpersand().conversation.messageOrder);
}

export function useTasks(): readonly TaskView[] {
  return useWatched("tasks", useAmpersand().conversation.allTasks);
}

export function useApprovals(): readonly OpenApproval[] {
  return useWatched("approvals", useAmpersand().conversation.approvals);
}

export function useCounts(): Counts {
  return useWatched("counts", useAmpersand().conversation.counts);
}

export function usePlace(): Place {
  return useWatched("place", useAmpersand().conversation.place);
}

export function useStreaming(): readonly MessageId[] {
  return useWatched("streaming", useAmpersand().conversation.streaming);
}

export function useNotices(): readonly PassingNotice[] {
  return useWatched("notices", useAmpersand().conversation.notices);
}

/** Wishes, and puts a refusal in front of the person. Resolves to whether it was taken. */
export function useAct(): (verb: Act) => Promise<boolean> {
  const { backend, conversation } = useAmpersand();
  return useCallback(
    async (verb: Act) => {
      try {
        await backend.act(verb);
        return true;
      } catch (error) {
        conversation.notice(failureOf(error));
        return false;
      }
    },
    [backend, conversation],
  );
}

/** The same for a verb of the protocol. */
export function useCommand(): (command: Command) => Promise<boolean> {
  const act = useAct();
  return useCallback((command: Command) => act({ kind: "command", command }), [act]);
}
