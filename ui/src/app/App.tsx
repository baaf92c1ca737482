import { useEffect, useMemo, useState } from "react";
import { Agents } from "../features/agents/Agents";
import { Composer } from "../features/composer/Composer";
import { Announcer } from "../features/conversation/Announcer";
import { Conversation } from "../features/conversation/Conversation";
import { FirstRun, Welcome } from "../features/firstrun/FirstRun";
import { Now } from "../features/now/Now";
import { Pane } from "../features/pane/Pane";
import { type Ampersand, AmpersandProvider, useOrder, usePlace } from "../ipc/context";
import { ActionsContext } from "../lib/actions";
import { visible } from "../lib/visible";
import { useWide, useWindow, type View } from "../lib/window";
import { strings } from "../strings/strings";
import styles from "./App.module.css";
import { makeActions } from "./actions";
import { Keys } from "./Keys";
import { Notices } from "./Notices";
import { Palette } from "./Palette";
import { TopBar } from "./TopBar";
import { useKeys } from "./useKeys";

export function App({ ampersand }: { ampersand: Ampersand }) {
  const actions = useMemo(() => makeActions(ampersand), [ampersand]);
  return (
    <AmpersandProvider value={ampersand}>
      <ActionsContext.Provider value={actions}>
        <Window />
      </ActionsContext.Provider>
    </AmpersandProvider>
  );
}

function Window() {
  const view = useWindow((state) => state.view);
  const wide = useWide();
  const pulled = useWindow((state) => state.pane);
  const pane = wide ? pulled : null;
  useKeys();
  useTitle();
  return (
    <div className={pane ? `${styles.window} ${styles.beside}` : styles.window}>
      <TopBar />
      <main className={styles.main} aria-label={TITLES[view]}>
        {/* The conversation stays where it was read while something is in front of it. */}
        <div className={view === "conversation" ? styles.here : styles.away}>
          <Main />
        </div>
        {view === "now" ? <Now /> : null}
        {view === "agents" ? <Agents /> : null}
      </main>
      <footer className={styles.dock}>
        <Notices />
        <Composer />
      </footer>
      {pane ? (
        <div className={styles.pane}>
          <Pane key={pane} id={pane} />
        </div>
      ) : null}
      <Announcer />
      <Palette />
      <Keys />
    </div>
  );
}

const TITLES: Record<View, string> = {
  conversation: strings.conversation,
  now: strings.now.title,
  agents: strings.agents.title,
};

function Main() {
  const order = useOrder();
  const place = usePlace();
  // What stood first at the start stays: it scrolls away like everything else, and nothing jumps when a model comes.
  const [few] = useState(order.length < 4);
  const opening = !few ? null : place.model === null ? <FirstRun /> : order.length === 0 ? <Welcome /> : null;
  return <Conversation opening={opening} />;
}

function useTitle(): void {
  const { repository } = usePlace();
  useEffect(() => {
    document.title = repository ? `${visible(repository.name)} · ${strings.app}` : strings.app;
  }, [repository]);
}
