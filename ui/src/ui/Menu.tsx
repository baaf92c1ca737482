import { Menu as Base } from "@base-ui/react/menu";
import { memo, useState } from "react";
import type { Action } from "../lib/actions";
import button from "./Button.module.css";
import { Icon } from "./icons";
import styles from "./Menu.module.css";

/**
 * Actions behind three dots, or behind words; they are looked up when it opens. A menu costs a good deal more than a button, and there
 * may be a hundred of them, so each is made when it is first wanted.
 */
export const ActionMenu = memo(function ActionMenu({
  label,
  words,
  actions,
}: {
  label: string;
  /** What stands on it instead of the dots. */
  words?: string;
  actions: () => Action[];
}) {
  const [wanted, setWanted] = useState(false);
  const className = words === undefined ? styles.trigger : button.button;
  const content =
    words === undefined ? (
      <Icon name="more" />
    ) : (
      <>
        {words}
        <Icon name="down" />
      </>
    );
  if (!wanted) {
    return (
      <button
        type="button"
        className={className}
        data-tone="plain"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={false}
        onClick={() => setWanted(true)}
      >
        {content}
      </button>
    );
  }
  return (
    <Base.Root modal={false} defaultOpen>
      <Base.Trigger className={className} data-tone="plain" aria-label={label}>
        {content}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner
          className={styles.place}
          align={words === undefined ? "end" : "start"}
          sideOffset={4}
        >
          <Base.Popup className={styles.menu}>
            <Items actions={actions} />
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
});

function Items({ actions }: { actions: () => Action[] }) {
  return actions().map((action) => (
    <Base.Item
      key={action.id}
      className={styles.item}
      data-tone={action.tone}
      disabled={action.blocked !== undefined}
      onClick={action.run}
    >
      <Icon name={action.icon} />
      {action.label}
    </Base.Item>
  ));
}
