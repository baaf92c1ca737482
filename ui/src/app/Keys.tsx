import { Dialog } from "@base-ui/react/dialog";
import { useRef } from "react";
import { useAmpersand } from "../ipc/context";
import { useActions } from "../lib/actions";
import { shown } from "../lib/keys";
import { useWindow } from "../lib/window";
import { strings } from "../strings/strings";
import { IconButton } from "../ui/Button";
import { Icon } from "../ui/icons";
import styles from "./Keys.module.css";

/** Every key there is: those of actions, and the few that belong to a place. */
export function Keys() {
  const open = useWindow((state) => state.keys);
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Dialog.Root open={open} onOpenChange={(next) => useWindow.setState({ keys: next })}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.scrim} />
        <Dialog.Popup ref={popup} className={styles.keys} initialFocus={popup}>
          <header className={styles.head}>
            <Dialog.Title className={styles.title}>{strings.keys.title}</Dialog.Title>
            <IconButton label={strings.keys.close} onClick={() => useWindow.setState({ keys: false })}>
              <Icon name="close" />
            </IconButton>
          </header>
          <Rows />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Rows() {
  const { facts } = useAmpersand();
  const actions = useActions();
  const rows: [string, string][] = [
    ...actions
      .general()
      .flatMap((action): [string, string][] => (action.keys ? [[action.keys, action.title]] : [])),
    ["enter", strings.keys.send],
    ["shift+enter", strings.keys.newline],
    ["arrowup", strings.keys.editLast],
    ["j", strings.keys.next],
    ["k", strings.keys.previous],
  ];
  return (
    <dl className={styles.rows}>
      {rows.map(([keys, title]) => (
        <div key={keys}>
          <dt>{title}</dt>
          <dd>
            <kbd>{shown(keys, facts.system)}</kbd>
          </dd>
        </div>
      ))}
    </dl>
  );
}
