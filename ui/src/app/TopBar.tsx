import { useAmpersand, useCounts, usePlace } from "../ipc/context";
import { pickAction, useActions } from "../lib/actions";
import { shown } from "../lib/keys";
import { visible } from "../lib/visible";
import { showView, useWindow } from "../lib/window";
import { strings } from "../strings/strings";
import { Icon } from "../ui/icons";
import { drawn } from "../ui/Visible";
import styles from "./TopBar.module.css";

/** Where we are, what is going on, and the way to everything else. */
export function TopBar() {
  const { facts } = useAmpersand();
  const place = usePlace();
  const view = useWindow((state) => state.view);
  const counts = useCounts();
  const actions = useActions();
  const connected = place.model !== null && place.link;
  const status = place.link
    ? place.model === null
      ? strings.top.disconnected
      : strings.top.connected
    : strings.top.linkDown;
  const branch = place.repository?.branch ?? strings.top.detached;
  const parts = [
    counts.running > 0 ? strings.top.running(counts.running) : null,
    counts.stopping > 0 ? strings.top.stopping(counts.stopping) : null,
    counts.paused > 0 ? strings.top.paused(counts.paused) : null,
    counts.running === 0 && counts.waiting > 0 ? strings.top.waiting(counts.waiting) : null,
  ].filter((part) => part !== null);
  const any = parts.length > 0 || counts.needs_you > 0 || counts.ready > 0;
  return (
    <header className={styles.bar}>
      <span className={styles.where}>
        <span
          className={connected ? styles.dot : `${styles.dot} ${styles.off}`}
          title={status}
          role="img"
          aria-label={status}
        />
        {place.repository ? (
          <>
            <span className="cut" title={visible([place.repository.root, branch].join(strings.separator))}>
              {drawn(place.repository.name)}
            </span>
            <span className={styles.branch}>
              <Icon name="branch" />
              <span className="cut">{drawn(branch)}</span>
            </span>
          </>
        ) : (
          strings.top.noRepository
        )}
      </span>
      <span className="grow" />
      {any || view === "now" ? (
        <button
          type="button"
          className={`${styles.button} num`}
          aria-pressed={view === "now"}
          title={strings.top.now}
          onClick={() => showView(view === "now" ? "conversation" : "now")}
        >
          {parts.map((part) => (
            <span key={part}>{part}</span>
          ))}
          {counts.needs_you > 0 ? (
            <span className={styles.needs}>{strings.top.needsYou(counts.needs_you)}</span>
          ) : null}
          {counts.ready > 0 ? <span>{strings.top.ready(counts.ready)}</span> : null}
          {any ? null : <span>{strings.now.title}</span>}
        </button>
      ) : null}
      <button
        type="button"
        className={styles.button}
        aria-label={strings.top.palette}
        onClick={() => pickAction(actions.general(), "palette")?.run()}
      >
        <Icon name="search" />
        <kbd>{shown("mod+k", facts.system)}</kbd>
      </button>
    </header>
  );
}
