import { useEffect, useState } from "react";
import { useAmpersand } from "../../ipc/context";
import type { AgentFound } from "../../ipc/generated/protocol";
import { copyText } from "../../lib/copy";
import { strings } from "../../strings/strings";
import { Button } from "../../ui/Button";
import { Glyph } from "../../ui/Glyph";
import styles from "./FirstRun.module.css";

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

/** Agents of others that are installed here, each with what would make it usable. */
export function Agents() {
  const { backend } = useAmpersand();
  const [found, setFound] = useState<readonly AgentFound[]>([]);
  useEffect(() => {
    let wanted = true;
    backend.query({ kind: "agents" }).then(
      (agents) => wanted && setFound(agents),
      // Without the background process nothing is known of them; `doctor` says why.
      () => {},
    );
    return () => {
      wanted = false;
    };
  }, [backend]);
  const here = found.filter((agent) => agent.version !== null);
  return here.map((agent) => <Agent key={agent.name} agent={agent} />);
}

function Agent({ agent }: { agent: AgentFound }) {
  const [copied, setCopied] = useState(false);
  const { missing } = agent;
  const example = missing?.code === "agent_no_model" ? exampleOf(agent.name) : null;
  const login = agent.logged_in === null ? null : strings.first.login(agent.logged_in);
  return (
    <li className={styles.item}>
      <Glyph name={missing === null ? "done" : "plain"} />
      <div className="grow">
        <p className={styles.name}>
          {[agent.name, agent.version, login].filter((part) => part !== null).join(strings.separator)}
        </p>
        <p className={styles.how}>
          {missing === null ? strings.first.usable : `${missing.message} ${missing.hint}`}
        </p>
      </div>
      {example !== null && (
        <Button onClick={() => void copyText(example).then(setCopied)}>
          {copied ? strings.log.copied : strings.first.copyExample}
        </Button>
      )}
    </li>
  );
}
