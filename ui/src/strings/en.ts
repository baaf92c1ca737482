import { agents, first } from "./agents.en";
import { count, room, short } from "./amount";
import { finished } from "./finished.en";
import { outgoing } from "./outgoing.en";

function tokens(n: number): string {
  return n === 1 ? "1 token" : `${short(n)} tokens`;
}

function period(seconds: number): string {
  return seconds >= 60 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

function span(minutes: number): string {
  if (minutes % 1440 === 0) {
    return count(minutes / 1440, "day");
  }
  return minutes % 60 === 0 ? count(minutes / 60, "hour") : count(minutes, "minute");
}

const NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/** What is allowed by one answer, by the tool that asked. */
const KINDS: Record<string, string> = {
  execute: "commands",
  edit: "edits",
  write: "writes",
  delete: "deletions",
  rename: "renames",
  move: "moves",
};

/** Every word the window says. The other languages have the same shape, or do not compile. */
export const en = {
  language: "en",
  app: "Ampersand",
  you: "You",
  assistant: "Ampersand",
  conversation: "Conversation",
  separator: " · ",
  comma: ", ",

  top: {
    running: (n: number) => `${n} running`,
    waiting: (n: number) => `${n} waiting`,
    paused: (n: number) => `${n} paused`,
    stopping: (n: number) => `${n} stopping`,
    needsYou: (n: number) => (n === 1 ? "1 needs you" : `${n} need you`),
    ready: (n: number) => `${n} ready to land`,
    now: "What is going on now",
    palette: "Find an action",
    connected: "Connected",
    disconnected: "Nothing is connected",
    linkDown: "The background process is away; what you ask for waits",
    noRepository: "No repository",
    detached: "detached",
  },

  composer: {
    label: "Message",
    placeholder: "Message",
    placeholderCommands: "scan · find · run",
    tasks: "@ tasks",
    commands: "/ commands",
    allCommands: "/ all commands",
    send: "Send",
    stop: "Stop the reply",
    suggestions: "Suggestions",
    refused: "Not sent.",
    sendAgain: "Send again",
  },

  commands: {
    scan: "languages, size, TODOs, likely secrets",
    find: "text or a file",
    run: "a command, in the background",
    help: "all commands and keys",
  },

  log: {
    newBelow: (n: number) => `${n} new`,
    toEnd: "Go to the newest",
    earlier: "Reading what was said before",
    understood: (text: string) => `Understood as: ${text}`,
    superseded: "Superseded by a later message",
    answering: "Still answering",
    stopped: "Stopped by you",
    leftOut: (text: string) => text,
    showIt: "Show",
    hideIt: "Hide",
    openLink: "Open in the browser",
    linkLeads: "This leads to",
    image: (alt: string) => `Image, not loaded: ${alt}`,
    copy: "Copy",
    copied: "Copied",
    tooLong: "This is too long to be laid out, so it is shown as it is.",
  },

  plan: {
    kind: "Plan",
    tasks: (n: number) => count(n, "task"),
    done: (n: number) => `${n} done`,
    why: (n: number) => (n === 1 ? "Why this task" : `Why ${NUMBERS[n] ?? n}`),
    from: (base: string) => `from ${base}`,
    pauseAll: "Pause all",
    cancelAll: "Cancel",
    resumeAll: "Resume all",
    allDone: (n: number) => `${count(n, "task")} done`,
    toLand: (n: number) => `${n} to land`,
    failed: (n: number) => `${n} failed`,
    cancelled: (n: number) => `${n} cancelled`,
    unfold: "Show the plan",
    fold: "Fold",
    showDone: "Show what is done",
    hideDone: "Hide what is done",
  },

  task: {
    steps: (done: number, all: number) => `${done} of ${all}`,
    files: (n: number) => count(n, "file"),
    tokens: (n: number) => tokens(n),
    /** What is left of its agent's account, and until when. */
    quota: (left: number, until: string | null) => `${left} % left${until ? ` until ${until}` : ""}`,
    /** The same of every window of the account, one after the other. */
    quotas: (agent: string, windows: readonly string[]) => `Account of ${agent}: ${windows.join(", ")}`,
    /** How long one of them is, in minutes, and what is left of it. */
    quotaWindow: (minutes: number, left: string) => `${span(minutes)}: ${left}`,
    processes: (n: number) => count(n, "process", "processes"),
    after: (titles: string) => `after ${titles}`,
    collides: (other: string, places: string) => `Collides with ${other}${places ? ` in ${places}` : ""}`,
    uncommitted: "what is not committed",
    andMore: (places: string, more: number) => `${places} and ${more} more`,
    /** The backend's words for who does it and how far apart from the rest; other languages have their own. */
    role: (shown: string) => shown,
    agent: (shown: string) => shown,
    agentAfter: (agent: string, before: string) => `${agent}, after ${before}`,
    isolation: (shown: string) => shown,
    readsLogin: "can read its own login",
    more: (title: string) => `More for ${title}`,
    state: {
      waiting: "Waiting for another task",
      queued: "Waiting for a free slot",
      running: "Working",
      needsYou: "Waits for your answer",
      checking: "Running the project's checks",
      paused: "Paused",
      pausedNotStarted: "Paused before it started",
      frozen: (n: number | null) =>
        n === null ? "Freezing" : `Paused · ${count(n, "process", "processes")} frozen`,
      worktreeKept: "Paused · its worktree is kept",
      reached: (limit: string) => `Paused at its ${limit} · resume gives as much again`,
      limits: {
        memory: (most: number) => `memory limit of ${room(most)}`,
        processes: (most: number) => `limit of ${count(most, "process", "processes")}`,
        disk: (most: number) => `disk limit of ${room(most)}`,
        room: (most: number) => `limit of ${room(most)} to be left on the disk`,
        watchers: (most: number) => `limit of ${count(most, "folder watcher")}`,
        output: (most: number) => `output limit of ${room(most)}`,
        time: (most: number) => `time limit of ${period(most)}`,
      },
      nextTry: (at: string) => `next try ${at}`,
      stopping: "Stopping",
      frozenNow: "Frozen",
      keptSteps: (done: number, all: number) => `${done} of ${count(all, "step")}`,
      keptFiles: (n: number) => count(n, "changed file"),
      /** What is kept of a task that stops, one thing after the other; the last one counts `of` things. */
      kept: (parts: readonly string[], of: number) =>
        `${parts.join(" and ")} ${parts.length === 1 && of === 1 ? "is" : "are"} kept`,
      interrupted: (reason: string) => `Interrupted · ${reason}`,
      ready: "Ready to land",
      readyRed: "Checks failed",
      readyUnchecked: "Ready to land, no checks declared",
      readyUntrusted: "Ready to land, its checks have not run",
      landing: "Landing",
      merging: "Checking it together with the branch, which has moved since",
      done: "Done",
      landed: (commit: string) => `Landed as ${commit}`,
      landedWith: (title: string) => `Landed with ${title}`,
      byHand: "Yours to edit, then to land",
      undoing: "Undoing its landing",
      failed: "Failed",
      cancelled: (gone: number, kept: number) =>
        `Cancelled, ${count(gone, "process", "processes")} gone${kept ? `, ${count(kept, "changed file")} kept` : ""}`,
      skipped: (title: string) => `Not started, because ${title} did not end well`,
      discarded: "Put aside; its ref is kept",
    },
    verbs: {
      steer: "Steer",
      rewind: "Instead of what was said last",
      pause: "Pause",
      resume: "Resume",
      cancel: "Cancel",
      cancelNow: "Stop now",
      undo: "Undo",
      undoIn: (seconds: number) => `Undo · ${seconds} s`,
      land: "Land",
      undo_landing: "Undo the landing",
      discard: "Discard",
      restart: "Start again from here",
      resolve: "Resolve it",
      resolve_by_hand: "Resolve it myself",
      keep_branch: "Keep the branch's side",
      keep_work: "Keep the work's side",
      landAgain: "Land again",
      run_app: "Run the app",
      show: "Show in my checkout",
      put_back: "Put my checkout back",
      given: "Given",
      output: "Output",
      changes: "Changes",
      report: "Report",
      pane: "Open beside",
    },
    openApp: "Open in my browser",
    openIn: {
      editor: "Open in my editor",
      terminal: "Open a terminal there",
      folder: "Open its folder",
    },
    named: (verb: string, title: string) => `${verb} ${title}`,
    steerLabel: (title: string) => `Tell ${title}`,
    steerPlaceholder: "Keep the public API",
    steerSend: "Tell it",
    close: "Close",
    whyThis: "Why",
    granted: "Granted",
    notLoaded: "Not loaded",
    notLoadedOf: (agent: string, what: string) => `of your set-up of ${agent}: ${what}`,
    taken: "Taken away",
    narrowing: { network: "the network", web_search: "the web", execute: "running commands" },
    modelStays: "its agent's model is still reached, and what that looks up by itself",
    nothingYet: "Nothing yet.",
    loading: "Reading",
    capability: {
      read: "read",
      search: "search",
      write: "write",
      execute: "execute",
      web_search: "web search",
      network: (host: string) => `network to ${host}`,
    },
  },

  result: {
    outdated: "worked on since",
    kind: "Result",
    kinds: "Results",
    tasks: (n: number) => count(n, "task"),
    severity: { high: "High", medium: "Medium", low: "Low", note: "Note" },
    more: (n: number) => `${n} more`,
    moreNotes: (n: number) => count(n, "more note"),
    moreAll: (n: number, severity: string) =>
      n === 1 ? `1 more, ${severity}` : n === 2 ? `2 more, both ${severity}` : `${n} more, all ${severity}`,
    open: "Open report",
    close: "Close report",
    unfold: "Show the result",
    ask: "Ask about this",
    askText: (title: string) => `About “${title}”: `,
    ended: {
      failed: "Could not finish",
      cancelled: "Cancelled",
      skipped: "Not started",
      interrupted: "Interrupted",
    },
    at: (path: string, line: number | null) => (line === null ? path : `${path}:${line}`),
    usage: (n: number) => tokens(n),
    cost: (amount: string) => `${amount} by its own count`,
  },

  need: {
    kind: "Needs you",
    onlyThis: "only this task waits",
    host: (host: string) => `May it reach ${host}?`,
    act: {
      execute: "May it run this?",
      edit: "May it change this?",
      ask: "Yes or no?",
      other: (tool: string) => `May it use ${tool}?`,
    },
    land: (title: string) => `Land ${title}?`,
    landKeeping: {
      branch: (title: string) => `Land ${title} with the branch's side where both changed the same places?`,
      task: (title: string) => `Land ${title} with its own side where both changed the same places?`,
    },
    gives: "Gives up",
    givesUp: {
      branch: "what the work says in these places, and nothing else",
      task: "what the branch says in these places, and nothing else",
    },
    discard: (title: string) => `Put the work of ${title} aside?`,
    reduced: "May it run in reduced isolation?",
    gap: {
      attributes: "changing permissions and timestamps of your other files",
      names: "seeing names and sizes of your other files",
      git_file: "changing the .git file of its own worktree",
      clean_up: "guaranteed clean-up of background processes",
      memory: "a memory limit for all its processes together",
      temporary_space: "a size limit for its temporary files",
      registry: "reading settings that other programs keep in the registry",
      desktop: "reaching the clipboard and other windows of your desktop",
      name_lookups: "looking up names, which can carry data out",
    },
    enforced: "Enforced",
    enforcedStill: "no writes outside the worktree, no network, no new privileges",
    notEnforced: "NOT enforced",
    allowForProject: "Use reduced for this project",
    asks: "Asks for",
    runs: "Runs",
    does: "Does",
    wantsToKnow: "Asks",
    path: "Path",
    why: "Why",
    brings: "Brings",
    allow: "Allow once",
    allowForTask: "Allow for this task",
    /** Everything of this kind that the task asks for from now on. */
    allowAll: (tool: string) => `Allow all ${KINDS[tool] ?? `${tool} requests`} of this task`,
    yes: "Yes",
    no: "No",
    deny: "Deny",
    land1: "Land",
    discard1: "Put aside",
    notNow: "Not now",
    answered: (words: string) => words,
    waits: (since: string) => `waiting ${since}`,
  },

  override: {
    stopping: "Stopping",
    cancelled: "Cancelled",
    paused: "Paused",
    resumed: "Going on",
    narrowed: "Taken away",
    undone: "Undone",
    frozenIn: (tasks: number, ms: number) => `${count(tasks, "task")}, frozen in ${ms} ms`,
    tasks: (n: number) => count(n, "task"),
    gone: (gone: number, kept: number) =>
      `${count(gone, "process", "processes")} gone${kept ? `, ${count(kept, "changed file")} kept` : ""}`,
    restartAll: "Start again from here",
    later: "changed again since",
  },

  choice: { kind: "Which one", chosen: (label: string) => label, nothing: "nothing was done" },

  kept: {
    kind: "Kept",
    needs: "needs a model",
    body: "This starts with one click once a model is connected.",
    bodyClosest: "This starts with one click once a model is connected. Closest command:",
    connect: "Connect a model",
    start: "Start",
    startBody: "A model is connected now.",
  },

  notice: { kind: "Notice", error: "Did not work", dismiss: "Dismiss", brokeOff: "Broke off" },

  first,
  agents,

  now: {
    title: "Now",
    needsYou: "Needs you",
    running: "Running",
    /** Over tasks of which none runs. */
    underWay: "Under way",
    /** How many run, and how many do something else. */
    going: (running: number, others: readonly string[]) =>
      [running > 0 ? `${running}` : null, others.length > 0 ? others.join(", ") : null]
        .filter((part) => part !== null)
        .join(", and "),
    onlyThis: "only this task",
    ready: "Ready to land",
    red: "Checks failed",
    nothing: "Nothing is going on.",
    nothingHint: "Ask for something; what runs, what needs you and what is ready to land stands here.",
    hour: {
      title: "Last hour",
      now: "now",
      working: "working",
      waiting: "waiting",
      needs: "needs you",
      finished: "finished",
    },
    show: "Show",
    open: "Open",
    back: "Back to the conversation",
  },

  palette: {
    label: "Find an action",
    placeholder: "What shall be done?",
    none: "Nothing like that here.",
    choose: "↑↓ choose",
    doIt: "⏎ do it",
    allKeys: "? all keys",
    groups: { tasks: "Tasks", conversation: "Conversation", view: "View", said: "In this conversation" },
  },

  keys: {
    title: "Keys",
    send: "Send",
    newline: "New line",
    stop: "Stop the reply being written",
    editLast: "Edit your last message, in an empty composer",
    next: "Next card",
    previous: "Previous card",
    close: "Close",
  },

  actions: {
    palette: "Find an action",
    showKeys: "Show the keys",
    showNow: "Show what is going on now",
    showAgents: "Show agents and accounts",
    showConversation: "Show the conversation",
    toNewest: "Go to the newest",
    toComposer: "Write a message",
    stopReply: "Stop the reply being written",
    cancelAll: "Cancel all background work",
    pauseAll: "Pause all background work",
    resumeAll: "Resume all background work",
    trust: "Trust this repository's commands",
    openRepository: "Open another repository",
    openFolder: "Open a folder",
    undo: "Undo the last cancel",
    nothingRuns: "Nothing is running.",
    nothingPaused: "Nothing is paused.",
    nothingStops: "Nothing is being stopped.",
    noReply: "No reply is being written.",
    counts: (running: number, waiting: number) => `${running} running, ${waiting} waiting`,
  },

  link: {
    down: "The background process is away. What you ask for is kept and carried out when it is back.",
  },

  time: {
    justNow: "just now",
    minutesAgo: (n: number) => `${n} min ago`,
    minutes: (n: number) => `${n} min`,
    seconds: (n: string) => `${n} s`,
    underMinute: "less than a minute",
    yesterday: (time: string) => `yesterday ${time}`,
  },

  broken: {
    entry: "This entry cannot be shown.",
    start: "The conversation could not be opened.",
    again: "Try again",
  },

  ...finished,

  outgoing,

  noBackend: "This page is the window of Ampersand and needs its shell.",
};

export type Strings = typeof en;
