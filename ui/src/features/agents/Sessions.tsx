import { type FormEvent, useEffect, useState } from "react";
import { useAmpersand, useCommand, usePlace } from "../../ipc/context";
import type { SessionFound } from "../../ipc/generated/protocol";
import { now } from "../../lib/clock";
import { absolute, ago } from "../../lib/time";
import { visible } from "../../lib/visible";
import { showView } from "../../lib/window";
import { strings } from "../../strings/strings";
import { Button } from "../../ui/Button";
import { Glyph } from "../../ui/Glyph";
import rows from "../../ui/Rows.module.css";
import { drawn } from "../../ui/Visible";
import styles from "./Agents.module.css";

/** Conversations of this repository that agents' own programs keep, each of which can go on as a task. */
export function Sessions() {
  const { backend } = useAmpersand();
  const { repository } = usePlace();
  const [found, setFound] = useState<readonly SessionFound[]>([]);
  useEffect(() => {
    let wanted = true;
    backend.query({ kind: "sessions" }).then(
      (sessions) => wanted && setFound(sessions),
      // Without the background process nothing is known of them.
      () => {},
    );
    return () => {
      wanted = false;
    };
  }, [backend]);
  if (found.length === 0 || repository === null) {
    return null;
  }
  return (
    <section aria-label={strings.agents.sessions} className={styles.section}>
      <h2>{strings.agents.sessions}</h2>
      <p className={styles.quiet}>{drawn(strings.agents.sessionsHow(repository.name))}</p>
      <ul className={`${rows.list} ${styles.list}`}>
        {found.map((session) => (
          <Session key={`${session.agent} ${session.id}`} session={session} repository={repository.root} />
        ))}
      </ul>
    </section>
  );
}

function Session({ session, repository }: { session: SessionFound; repository: string }) {
  const [asked, setAsked] = useState(false);
  const at = Date.parse(session.at);
  return (
    <li className={rows.item}>
      <Glyph name="plain" />
      <div className="grow">
        <p className={`${rows.name} cut`} title={visible(session.title)}>
          {drawn(session.title)}
        </p>
        <p className={`${rows.how} num`} title={absolute(at)}>
          {[strings.agents.name(session.agent), ago(at, now())].join(strings.separator)}
        </p>
        {asked ? <Next session={session} repository={repository} close={() => setAsked(false)} /> : null}
      </div>
      {asked ? null : <Button onClick={() => setAsked(true)}>{strings.agents.continueIt}</Button>}
    </li>
  );
}

function Next({
  session,
  repository,
  close,
}: {
  session: SessionFound;
  repository: string;
  close: () => void;
}) {
  const command = useCommand();
  const [text, setText] = useState("");
  const start = async (event?: FormEvent) => {
    event?.preventDefault();
    if (text.trim() === "") {
      return;
    }
    const { agent, id } = session;
    if (await command({ verb: "continue_session", agent, session: id, repository, text })) {
      close();
      // Its card is there.
      showView("conversation");
    }
  };
  return (
    <form className={styles.next} onSubmit={(event) => void start(event)}>
      <input
        className={styles.field}
        // biome-ignore lint/a11y/noAutofocus: the person has just asked for it.
        autoFocus
        aria-label={strings.agents.next}
        placeholder={strings.agents.next}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            close();
          }
        }}
      />
      <Button tone="primary" onClick={() => void start()}>
        {strings.agents.start}
      </Button>
      <Button tone="quiet" onClick={close}>
        {strings.agents.cancel}
      </Button>
    </form>
  );
}
