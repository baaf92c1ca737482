import { useState } from "react";
import type { AgentFound } from "../../ipc/generated/protocol";
import { now } from "../../lib/clock";
import { copyText } from "../../lib/copy";
import { Inline } from "../../lib/markdown/Markdown";
import { strings } from "../../strings/strings";
import { Button } from "../../ui/Button";
import { Glyph } from "../../ui/Glyph";
import rows from "../../ui/Rows.module.css";
import { drawn } from "../../ui/Visible";
import styles from "./AgentRow.module.css";
import { exampleOf } from "./example";
import { factsLine } from "./facts";
import { installCommand } from "./here";
import { quotaWords } from "./quota";
import type { AgentDeeds } from "./useAgents";

/** What one click keeps of every window. */
const KEPT = 20;

/** An agent of others: what is here of it, what is left of its account, and the one thing that would make it more. */
export function AgentRow({ agent, deeds, full }: { agent: AgentFound; deeds: AgentDeeds; full: boolean }) {
  const { name, version, missing, keep_percent: kept } = agent;
  const quota = quotaWords(name, agent.quota, now());
  const facts = [
    loginWords(agent),
    full ? (quota?.line ?? null) : null,
    full && kept > 0 ? strings.agents.kept(kept) : null,
  ].filter((part) => part !== null);
  return (
    <li className={rows.item}>
      <Glyph name={missing === null ? "done" : "plain"} />
      <div className="grow">
        <p className={rows.name}>
          {drawn(strings.agents.name(name))}{" "}
          <span className={styles.version}>{drawn(number(version) ?? "")}</span>
        </p>
        <p className={`${rows.how} num`} title={full ? quota?.all : undefined}>
          {facts.join(strings.separator)}
        </p>
        <p className={rows.how}>
          <Inline text={wordsOf(agent)} />
        </p>
        {full ? <p className={rows.how}>{factsLine(agent.facts)}</p> : null}
      </div>
      {full && quota !== null ? <Left left={quota.left} kept={kept} /> : null}
      <Deed agent={agent} deeds={deeds} full={full} />
    </li>
  );
}

/** The number out of what a program says of its version: `codex-cli 0.169.0`. */
function number(version: string | null): string | null {
  return version?.split(/\s+/).find((word) => /^v?\d/.test(word)) ?? version;
}

/** How its login stands; null where there is nothing to say, or it is said in whole sentences. */
function loginWords(agent: AgentFound): string | null {
  const { login, logged_in: loggedIn } = agent;
  if (login === "used") {
    return strings.agents.connected;
  }
  if (login === "read") {
    return strings.agents.reads;
  }
  return loggedIn === null || isOffered(agent) ? null : strings.agents.login(loggedIn);
}

/** Whether consent to its login is all that it lacks. */
function isOffered({ missing }: AgentFound): boolean {
  return missing?.code === "agent_login_found" || missing?.code === "agent_login_readable";
}

function wordsOf(agent: AgentFound): string {
  const { name, missing, login } = agent;
  if (login === "readable" && isOffered(agent)) {
    return strings.agents.readable(name);
  }
  if (login === "offered" && isOffered(agent)) {
    return strings.agents.found(name);
  }
  if (missing === null) {
    return strings.agents.usable;
  }
  const command = installCommand(missing);
  const hint = command === null ? missing.hint : missing.hint.replace(command, () => `\`${command}\``);
  return `${missing.message} ${hint}`;
}

/** What is left, with a mark at what is kept. */
function Left({ left, kept }: { left: number; kept: number }) {
  const isLow = kept > 0 && left <= kept;
  return (
    <div className={styles.bar} role="img" aria-label={strings.agents.bar(left, kept)}>
      <div className={isLow ? `${styles.left} ${styles.low}` : styles.left} style={{ width: `${left}%` }} />
      {kept > 0 ? <div className={styles.mark} style={{ left: `${kept}%` }} /> : null}
    </div>
  );
}

function Deed({ agent, deeds, full }: { agent: AgentFound; deeds: AgentDeeds; full: boolean }) {
  const { name, missing, login, keep_percent: kept } = agent;
  if (login === "readable" && isOffered(agent)) {
    return <Button onClick={() => deeds.letRead(name)}>{strings.agents.askRead}</Button>;
  }
  if (login === "offered" && isOffered(agent)) {
    return (
      <Button tone="primary" onClick={() => deeds.connect(name)}>
        {strings.agents.connect}
      </Button>
    );
  }
  const command = installCommand(missing);
  if (command !== null) {
    return <Copies text={command} label={strings.agents.copyCommand} />;
  }
  const example = missing?.code === "agent_no_model" ? exampleOf(name) : null;
  if (example !== null) {
    return <Copies text={example} label={strings.first.copyExample} />;
  }
  const hasAccount = login === "used" || agent.quota.length > 0 || kept > 0;
  if (full && hasAccount) {
    return (
      <Button tone="quiet" onClick={() => deeds.reserve(name, kept > 0 ? 0 : KEPT)}>
        {kept > 0 ? strings.agents.keepNothing : strings.agents.keep(KEPT)}
      </Button>
    );
  }
  return null;
}

function Copies({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <Button onClick={() => void copyText(text).then(setCopied)}>{copied ? strings.log.copied : label}</Button>
  );
}
