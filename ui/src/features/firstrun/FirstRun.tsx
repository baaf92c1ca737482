import { useState } from "react";
import { useAmpersand, usePlace } from "../../ipc/context";
import { copyText } from "../../lib/copy";
import { begin } from "../../lib/window";
import { strings } from "../../strings/strings";
import { Button } from "../../ui/Button";
import { Glyph } from "../../ui/Glyph";
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
  const place = usePlace();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    setCopied(await copyText(EXAMPLE));
  };
  return (
    <div className={styles.page}>
      <h1>{strings.first.title}</h1>
      <p className={styles.lede}>{place.repository ? strings.first.lede : strings.first.ledeNoRepository}</p>
      <ul className={styles.list}>
        <li className={styles.item}>
          <Glyph name="plain" />
          <div className="grow">
            <p className={styles.name}>{strings.first.endpoint}</p>
            <p className={styles.how}>{strings.first.endpointHow(facts.settings)}</p>
          </div>
          <Button onClick={() => void copy()}>
            {copied ? strings.log.copied : strings.first.copyExample}
          </Button>
        </li>
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
  return (
    <div className={styles.page}>
      <h1>{strings.first.welcome}</h1>
      <p className={styles.lede}>
        {repository ? strings.first.welcomeLede(repository.name) : strings.first.ledeNoRepository}
      </p>
    </div>
  );
}
