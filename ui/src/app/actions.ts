/** Every action, once. What is possible comes from the backend; here stand only words, keys and what is sent. */
import type { Act } from "../ipc/backend";
import { failureOf } from "../ipc/backend";
import type { Ampersand } from "../ipc/context";
import type { Command, TaskView, Verb } from "../ipc/generated/protocol";
import type { Action, Actions } from "../lib/actions";
import { visible } from "../lib/visible";
import {
  focusComposer,
  isWide,
  jumpTo,
  type Panel,
  setPane,
  showView,
  togglePanel,
  useWindow,
} from "../lib/window";
import { strings } from "../strings/strings";
import type { Tone } from "../ui/Button";
import type { IconName } from "../ui/icons";

const LOOK: Record<Verb, { icon: IconName; tone?: Tone }> = {
  steer: { icon: "say" },
  rewind: { icon: "undo" },
  pause: { icon: "pause" },
  resume: { icon: "play" },
  cancel: { icon: "square" },
  undo: { icon: "undo" },
  land: { icon: "land" },
  put_on_branch: { icon: "land" },
  open_pull_request: { icon: "land" },
  watch: { icon: "play" },
  unwatch: { icon: "pause" },
  undo_landing: { icon: "undo" },
  run_app: { icon: "play" },
  show: { icon: "folder" },
  put_back: { icon: "undo" },
  discard: { icon: "close", tone: "danger" },
  restart: { icon: "again" },
  resolve: { icon: "play" },
  resolve_by_hand: { icon: "file" },
  keep_branch: { icon: "land" },
  keep_work: { icon: "land" },
};

export function makeActions({ backend, conversation }: Ampersand): Actions {
  const act = (verb: Act) => {
    backend.act(verb).catch((error: unknown) => conversation.notice(failureOf(error)));
  };
  const command = (wish: Command) => act({ kind: "command", command: wish });

  const verbCommand = (
    verb: Exclude<Verb, "steer" | "rewind" | "put_on_branch">,
    tasks: readonly TaskView[],
    now = false,
  ): Command[] => {
    const ids = tasks.map((task) => task.id);
    switch (verb) {
      case "pause":
      case "resume":
        return [{ verb, tasks: ids, by: "person" }];
      case "cancel":
        return [{ verb, tasks: ids, now, by: "person" }];
      case "undo":
        return [{ verb, tasks: ids }];
      case "open_pull_request":
        return ids.map((task) => ({ verb, task, why: "" }));
      case "land":
      case "watch":
      case "unwatch":
      case "undo_landing":
      case "run_app":
      case "show":
      case "put_back":
      case "discard":
      case "restart":
        return ids.map((task) => ({ verb, task }));
      case "resolve":
      case "resolve_by_hand":
        return ids.map((task) => ({ verb: "resolve", task, by_hand: verb === "resolve_by_hand" }));
      case "keep_branch":
      case "keep_work":
        return ids.map((task) => ({
          verb: "keep_side",
          task,
          side: verb === "keep_branch" ? "branch" : "task",
          why: "",
        }));
    }
  };

  const meta = (task: TaskView) => {
    const activity = conversation.activity(task.id);
    const steps =
      activity && activity.steps > 0 ? strings.task.steps(activity.steps_done, activity.steps) : null;
    return [steps, strings.task.agent(task.agent)].filter((part) => part !== null).join(strings.separator);
  };

  const verbAction = (verb: Verb, task: TaskView): Action => {
    const stopsNow = verb === "cancel" && task.detail.name === "stopping";
    const changes = verb === "steer" && task.detail.name === "ready";
    const label = stopsNow
      ? strings.task.verbs.cancelNow
      : changes
        ? strings.landing.askForChanges
        : isOutgoing(verb)
          ? strings.outgoing.verbs[verb]
          : strings.task.verbs[verb];
    return {
      id: stopsNow ? "stop_now" : verb,
      title: strings.task.named(label, visible(task.title)),
      label,
      group: "tasks",
      meta: meta(task),
      ...LOOK[verb],
      run: () => {
        // What is said instead is written where words are.
        if (verb === "steer" || verb === "rewind" || verb === "put_on_branch") {
          togglePanel(task.id, verb === "put_on_branch" ? "branch" : "steer");
        } else {
          for (const wish of verbCommand(verb, [task], stopsNow)) {
            command(wish);
          }
        }
      },
    };
  };

  const panelAction = (panel: Exclude<Panel, "branch">, icon: IconName, task: TaskView): Action => ({
    id: panel,
    title: strings.task.named(strings.task.verbs[panel], visible(task.title)),
    label: strings.task.verbs[panel],
    icon,
    group: "tasks",
    meta: meta(task),
    run: () => togglePanel(task.id, panel),
  });

  const openAction = (within: "editor" | "terminal" | "folder", icon: IconName, task: TaskView): Action => ({
    id: `open_${within}`,
    title: strings.task.named(strings.task.openIn[within], visible(task.title)),
    label: strings.task.openIn[within],
    icon,
    group: "tasks",
    meta: meta(task),
    run: () => act({ kind: "open_worktree", task: task.id, within }),
  });

  const addressAction = (task: TaskView, address: string): Action => ({
    id: "open_app",
    title: strings.task.named(strings.task.openApp, visible(task.title)),
    label: strings.task.openApp,
    icon: "out",
    group: "tasks",
    meta: address,
    run: () => act({ kind: "open_link", url: address }),
  });

  const paneAction = (task: TaskView): Action => ({
    id: "pane",
    title: strings.task.named(strings.task.verbs.pane, visible(task.title)),
    label: strings.task.verbs.pane,
    icon: "pane",
    group: "tasks",
    meta: meta(task),
    run: () => setPane(task.id),
  });

  const forTask = (task: TaskView): Action[] => {
    const begun = task.isolation !== null;
    return [
      ...task.verbs
        .filter((verb) => verb !== "rewind")
        .filter((verb) => verb !== "run_app" || conversation.place().repository?.app != null)
        .map((verb) => verbAction(verb, task)),
      ...(task.address === undefined ? [] : [addressAction(task, task.address)]),
      ...(begun ? [panelAction("given", "file", task), panelAction("output", "output", task)] : []),
      ...(begun && task.detail.name === "ready"
        ? [
            openAction("editor", "file", task),
            openAction("terminal", "output", task),
            openAction("folder", "folder", task),
          ]
        : []),
      ...(isWide() ? [paneAction(task)] : []),
      ...(REPORTED.has(task.detail.name) ? [panelAction("report", "check", task)] : []),
    ];
  };

  const forTasks = (tasks: readonly TaskView[]): Action[] => {
    const found: Action[] = [];
    const add = (
      verb: Exclude<Verb, "steer" | "rewind" | "put_on_branch">,
      id: string,
      label: string,
      which: (task: TaskView) => boolean,
      now = false,
    ) => {
      const those = tasks.filter((task) => task.verbs.includes(verb) && which(task));
      if (those.length > 0) {
        found.push({
          id,
          title: label,
          label,
          group: "tasks",
          ...LOOK[verb],
          run: () => {
            for (const wish of verbCommand(verb, those, now)) {
              command(wish);
            }
          },
        });
      }
    };
    const any = () => true;
    const stopping = (task: TaskView) => task.detail.name === "stopping";
    const several = tasks.length > 1;
    add("pause", "pause", several ? strings.plan.pauseAll : strings.task.verbs.pause, any);
    add("resume", "resume", several ? strings.plan.resumeAll : strings.task.verbs.resume, any);
    add("cancel", "cancel", strings.plan.cancelAll, (task) => !stopping(task));
    add("undo", "undo", strings.task.verbs.undo, any);
    add("cancel", "stop_now", strings.task.verbs.cancelNow, stopping, true);
    add("restart", "restart", strings.override.restartAll, any);
    return found;
  };

  const openRepository = async () => {
    try {
      // What it is about now is said to everybody who looks.
      await backend.confirm({ kind: "repository" });
    } catch (error) {
      conversation.notice(failureOf(error));
    }
  };

  const trust = async () => {
    try {
      if (await backend.confirm({ kind: "trust" })) {
        const facts = await backend.query({ kind: "facts" });
        conversation.setPlace({ repository: facts.repository });
      }
    } catch (error) {
      conversation.notice(failureOf(error));
    }
  };

  const general = (): Action[] => {
    const tasks = conversation.allTasks();
    const counts = conversation.counts();
    const allowing = (verb: Verb) =>
      tasks.filter(
        (task) => task.verbs.includes(verb) && (verb !== "cancel" || task.detail.name !== "stopping"),
      );
    const override = (verb: "pause" | "resume" | "cancel") => () => {
      for (const wish of verbCommand(verb, allowing(verb))) {
        command(wish);
      }
    };
    const running = strings.actions.counts(counts.running, counts.waiting);
    const { repository } = conversation.place();
    const { view } = useWindow.getState();
    const plain = (
      id: string,
      title: string,
      icon: IconName,
      group: Action["group"],
      run: () => void,
      more: Partial<Action> = {},
    ): Action => ({ id, title, label: title, icon, group, run, ...more });
    const only = (list: readonly unknown[], why: string) => (list.length === 0 ? why : undefined);
    const words = strings.actions;
    return [
      plain("cancel_all", words.cancelAll, "square", "tasks", override("cancel"), {
        keys: "mod+shift+.",
        meta: running,
        blocked: only(allowing("cancel"), words.nothingRuns),
      }),
      plain("pause_all", words.pauseAll, "pause", "tasks", override("pause"), {
        meta: running,
        blocked: only(allowing("pause"), words.nothingRuns),
      }),
      plain("resume_all", words.resumeAll, "play", "tasks", override("resume"), {
        blocked: only(allowing("resume"), words.nothingPaused),
      }),
      plain("undo", words.undo, "undo", "tasks", () => command({ verb: "undo", tasks: [] }), {
        blocked: only(allowing("undo"), words.nothingStops),
      }),
      plain("stop_reply", words.stopReply, "stop", "conversation", () => act({ kind: "stop_reply" }), {
        keys: "escape",
        blocked: only(conversation.streaming(), words.noReply),
      }),
      plain("repository", words.openRepository, "folder", "view", () => void openRepository(), {
        label: words.openFolder,
        meta: repository?.name,
      }),
      plain("to_newest", words.toNewest, "arrowDown", "conversation", () => jumpTo("end")),
      plain("compose", words.toComposer, "say", "conversation", focusComposer),
      ...(view === "conversation"
        ? []
        : [plain("conversation", words.showConversation, "say", "view", () => showView("conversation"))]),
      ...(view === "now" ? [] : [plain("now", words.showNow, "clock", "view", () => showView("now"))]),
      ...(view === "agents"
        ? []
        : [
            plain("agents", words.showAgents, "keys", "view", () => showView("agents"), {
              keys: "mod+,",
            }),
          ]),
      plain(
        "keys",
        words.showKeys,
        "keys",
        "view",
        () => useWindow.setState({ keys: true, palette: false }),
        { keys: "?" },
      ),
      plain("palette", words.palette, "search", "view", () => useWindow.setState({ palette: true }), {
        keys: "mod+k",
      }),
      ...(repository && !repository.trusted
        ? [
            plain("trust", words.trust, "check", "tasks", () => void trust(), {
              label: strings.landing.trust,
              meta: repository.name,
            }),
          ]
        : []),
    ];
  };

  return { general, forTask, forTasks };
}

const REPORTED = new Set<TaskView["detail"]["name"]>([
  "ready",
  "landing",
  "merging",
  "done",
  "landed",
  "undoing",
  "failed",
  "cancelled",
  "discarded",
]);

function isOutgoing(verb: Verb): verb is keyof typeof strings.outgoing.verbs {
  return verb in strings.outgoing.verbs;
}
