import { useAmpersand } from "../../ipc/context";
import type { AgentFound } from "../../ipc/generated/protocol";
import { visible } from "../../lib/visible";
import { showView } from "../../lib/window";
import { AgentRow } from "../../parts/agent/AgentRow";
import { whatIsHere } from "../../parts/agent/here";
import { useAgents } from "../../parts/agent/useAgents";
import { strings } from "../../strings/strings";
import { IconButton } from "../../ui/Button";
import { Icon } from "../../ui/icons";
import page from "../../ui/Page.module.css";
import rows from "../../ui/Rows.module.css";
import { drawn } from "../../ui/Visible";
import styles from "./Agents.module.css";
import { Sessions } from "./Sessions";

/** Agents of others and their accounts: what is connected, what is left, what is kept. */
export function Agents() {
  const { facts } = useAmpersand();
  const { found, deeds } = useAgents();
  const { here, elsewhere } = whatIsHere(found ?? []);
  return (
    <div className={page.page}>
      <div className={styles.column}>
        <header className={styles.head}>
          <h1>{strings.agents.title}</h1>
          <p className={`${styles.file} grow cut`} title={facts.settings}>
            {strings.agents.lede(facts.settings)}
          </p>
          <IconButton label={strings.agents.close} onClick={() => showView("conversation")}>
            <Icon name="close" />
          </IconButton>
        </header>
        {found !== null && here.length === 0 ? (
          <>
            <p>{strings.agents.none}</p>
            <p className={styles.quiet}>{strings.agents.noneHow}</p>
          </>
        ) : null}
        {here.length > 0 ? (
          <ul className={`${rows.list} ${styles.list}`}>
            {here.map((agent) => (
              <AgentRow key={agent.name} agent={agent} deeds={deeds} full />
            ))}
          </ul>
        ) : null}
        {here.length > 0 && elsewhere.length > 0 ? <Elsewhere agents={elsewhere} /> : null}
        <Sessions />
      </div>
    </div>
  );
}

/** What could be here, by name; how each comes here is told to whoever points at it. */
function Elsewhere({ agents }: { agents: readonly AgentFound[] }) {
  const names = agents.map(({ name }) => strings.agents.name(name));
  const how = agents.map(({ missing }) => (missing === null ? "" : `${missing.message} ${missing.hint}`));
  return (
    <p className={styles.elsewhere} title={visible(how.join("\n"))}>
      {drawn(strings.agents.elsewhere(names))}
    </p>
  );
}
