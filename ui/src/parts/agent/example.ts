/** Where the model of an agent is, and which variable usually holds its key. */
const MODELS: Record<string, [url: string, key: string]> = {
  codex: ["https://api.openai.com/v1", "OPENAI_API_KEY"],
  claude: ["https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"],
  gemini: ["https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY"],
  opencode: ["http://127.0.0.1:8080/v1", "OPENAI_API_KEY"],
};

/** What is missing of an agent in the settings, to begin with. */
export function exampleOf(agent: string): string | null {
  const model = MODELS[agent];
  if (!model) {
    return null;
  }
  const [url, key] = model;
  return `[agents.${agent}.model]\nbase_url = "${url}"\nmodel = "some-model"\napi_key_env = "${key}"\n`;
}
