import { Menu as Base } from "@base-ui/react/menu";
import { memo, useState } from "react";
import type { Action } from "../lib/actions";
import { Icon } from "./icons";
import styles from "./Menu.module.css";

/**
 * Actions behind three dots; they are looked up when it opens. A menu costs a good deal more than a button, and there
 * may be a hundred of them, so each is made when it is first wanted.
 */
export const ActionMenu = memo(function ActionMenu({
  label,
  actions,
}: {
  label: string;
  actions: () => Action[];
}) {
  const [wanted, setWanted] = useState(false);
  if (!wanted) {
    return (
      <button
        type="button"
        className={styles.trigger}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={false}
        onClick={() => setWanted(true)}
      >
        <Icon name="more" />
      </button>
    );
  }
  return (
    <Base.Root modal={false} defaultOpen>
      <Base.Trigger className={styles.trigger} aria-label={label}>
        <Icon name="more" />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className={styles.place} align="end" sideOffset={4}>
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
