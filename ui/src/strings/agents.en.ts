/** What is said where nothing is connected yet. */
export const first = {
  title: "Nothing is connected yet",
  titleNoRepository: "There is no repository here",
  lede: "Commands work now, on this repository, in the background. For an assistant, connect a model.",
  ledeNoRepository: "Work is done in a git repository that has at least one commit.",
  repository: "A repository",
  repositoryHow: "Open its folder here, or start Ampersand in it.",
  endpoint: "A model endpoint",
  endpointHow: (file: string) => `Set [models.controller] in ${file}; read at once.`,
  copyExample: "Copy an example",
  without: "Without a model",
  welcome: "What shall we do?",
  welcomeLede: (repository: string) =>
    `Say what you want done in ${repository}. Work goes on in the background, and its results come back here.`,
};

const NAMES: Record<string, string> = {
  codex: "Codex",
  claude: "Claude Code",
  gemini: "Gemini CLI",
  opencode: "OpenCode",
};

/** What is said of agents of others and of their accounts. */
export const agents = {
  title: "Agents",
  lede: (file: string) => `Kept in ${file}`,
  close: "Close",
  none: "No agent of others is installed here.",
  noneHow: "Codex, Claude Code, Gemini CLI and OpenCode are found where their installers put them.",
  /** Agents of which nothing is here. */
  elsewhere: (names: readonly string[]) => `Not here: ${names.join(", ")}`,
  name: (agent: string): string => NAMES[agent] ?? agent,
  /** A login of its own program. */
  login: (here: boolean): string => (here ? "logged in" : "not logged in"),
  connected: "connected",
  /** Its login could be used. */
  found: (agent: string): string =>
    agent === "codex"
      ? "Login found. Connected, it answers here and does tasks; the login stays where Codex keeps it."
      : "Login found. Connected, it does tasks; the login stays where its program keeps it.",
  connect: "Connect",
  /** Its login could be used, by the agent itself alone. */
  readable: (agent: string): string =>
    `Login found. It works only if ${NAMES[agent] ?? agent} itself can read it.`,
  askRead: "Connect…",
  reads: "can read its own login",
  usable: "Ready. Ask for it by name, or set briefs under [agents].",
  copyCommand: "Copy the command",
  /** What is true of an agent, as parts of one line. */
  facts: {
    steers: {
      mid_turn: "can be steered while it works",
      after_turn: "can be steered between turns",
      never: "cannot be steered",
    },
    resumes: "resumes after a crash",
    beginsAnew: "begins anew after a crash",
    neverAsks: "never asks first",
    subagents: "starts agents of its own",
    tells: {
      both: "tells tokens and cost",
      usage: "no cost told",
      cost: "no tokens told",
      nothing: "no tokens or cost told",
    },
    outlives: "what it starts may outlive it",
  },
  kept: (percent: number) => `${percent} % kept for you`,
  keep: (percent: number) => `Keep ${percent} % for me`,
  keepNothing: "Keep nothing",
  /** For whoever cannot see the bar. */
  bar: (left: number, kept: number) =>
    kept > 0 ? `${left} % left, of which ${kept} % are kept for you` : `${left} % left`,
  sessions: "Earlier conversations",
  sessionsHow: (repository: string) =>
    `Held in ${repository} in the agents' own programs. One that goes on does so as a task, on a copy.`,
  continueIt: "Continue",
  next: "What is to be done next",
  start: "Start",
  cancel: "Cancel",
};
