import { Popover } from "@base-ui/react/popover";
import { type ReactNode, useState } from "react";
import { useAct } from "../ipc/context";
import { strings } from "../strings/strings";
import styles from "./Link.module.css";

/** A link that says where it leads before anything opens. `address` has been found safe by whoever draws it. */
export function Link({ address, children }: { address: string; children: ReactNode }) {
  const [wanted, setWanted] = useState(false);
  if (!wanted) {
    return (
      <button
        type="button"
        className={styles.link}
        title={address}
        aria-haspopup="dialog"
        aria-expanded={false}
        onClick={() => setWanted(true)}
      >
        {children}
      </button>
    );
  }
  return <OpenLink address={address}>{children}</OpenLink>;
}

function OpenLink({ address, children }: { address: string; children: ReactNode }) {
  const act = useAct();
  return (
    <Popover.Root defaultOpen>
      <Popover.Trigger className={styles.link} title={address}>
        {children}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className={styles.place} align="start" sideOffset={6}>
          <Popover.Popup className={styles.popup}>
            <Popover.Title className={styles.title}>{strings.log.linkLeads}</Popover.Title>
            <p className={styles.address}>{address}</p>
            <Popover.Close className={styles.open} onClick={() => act({ kind: "open_link", url: address })}>
              {strings.log.openLink}
            </Popover.Close>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
