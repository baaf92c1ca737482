import { type ReactNode, useState } from "react";
import { useAmpersand, usePlace } from "../../ipc/context";
import { pickAction, useActions } from "../../lib/actions";
import { copyText } from "../../lib/copy";
import { begin } from "../../lib/window";
import { strings } from "../../strings/strings";
import { ActionButton } from "../../ui/ActionButton";
import { Button } from "../../ui/Button";
import { Glyph } from "../../ui/Glyph";
import rows from "../../ui/Rows.module.css";
import { drawn } from "../../ui/Visible";
import { Agents } from "./Agents";
import styles from "./FirstRun.module.css";

const EXAMPLE = `[models.controller]
api = "chat-completions"
base_url = "http://127.0.0.1:8080/v1"
model = "some-model"
api_key_env = "OPENAI_API_KEY"
`;

const COMMANDS = ["scan", "find", "run", "help"] as const;

/** Nothing is connected: what works now, and the one thing that would make it more. */
export function FirstRun() {
  const { facts } = useAmpersand();
  const { repository } = usePlace();
  if (!repository) {
    return <Nowhere />;
  }
  return (
    <div className={styles.page}>
      <h1>{strings.first.title}</h1>
      <p className={styles.lede}>{strings.first.lede}</p>
      <ul className={`${rows.list} ${styles.list}`}>
        <Agents />
        <Missing name={strings.first.endpoint} how={strings.first.endpointHow(facts.settings)}>
          <Copies text={EXAMPLE} label={strings.first.copyExample} />
        </Missing>
      </ul>
      <h2 className={styles.without}>{strings.first.without}</h2>
      <ul className={styles.commands}>
        {COMMANDS.map((command) => (
          <li key={command}>
            <button
              type="button"
              className={styles.command}
              onClick={() => begin(command === "find" || command === "run" ? `${command} ` : command)}
            >
              {command}
            </button>
            <span>{strings.commands[command]}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A model is there and nothing has been said yet. */
export function Welcome() {
  const { repository } = usePlace();
  if (!repository) {
    return <Nowhere />;
  }
  return (
    <div className={styles.page}>
      <h1>{strings.first.welcome}</h1>
      <p className={styles.lede}>{drawn(strings.first.welcomeLede(repository.name))}</p>
    </div>
  );
}

/** There is nothing to work on, so nothing else is offered. */
function Nowhere() {
  const open = pickAction(useActions().general(), "repository");
  return (
    <div className={styles.page}>
      <h1>{strings.first.titleNoRepository}</h1>
      <p className={styles.lede}>{strings.first.ledeNoRepository}</p>
      <ul className={`${rows.list} ${styles.list}`}>
        <Missing name={strings.first.repository} how={strings.first.repositoryHow}>
          <ActionButton action={open} tone="primary" />
        </Missing>
      </ul>
    </div>
  );
}

interface MissingProps {
  name: string;
  how: string;
  children: ReactNode;
}

/** Something that is not there yet, how it comes here, and what to begin with. */
function Missing({ name, how, children }: MissingProps) {
  return (
    <li className={rows.item}>
      <Glyph name="plain" />
      <div className="grow">
        <p className={rows.name}>{name}</p>
        <p className={rows.how}>{how}</p>
      </div>
      {children}
    </li>
  );
}

function Copies({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    setCopied(await copyText(text));
  };
  return <Button onClick={() => void copy()}>{copied ? strings.log.copied : label}</Button>;
}
