import { useState } from "react";
import { failureOf } from "../../ipc/backend";
import { useAmpersand } from "../../ipc/context";
import type { Picture, TaskId } from "../../ipc/generated/protocol";
import { failureText } from "../../lib/failure";
import { strings } from "../../strings/strings";
import { Button } from "../../ui/Button";
import { drawn } from "../../ui/Visible";
import styles from "./Pictures.module.css";

type Shown = Extract<Picture, { name: "shown" }>;

const NAMES = /\.(png|jpe?g|gif|webp)$/i;

/** Whether a file that is not text may be a picture, by its name; what it is tell its first bytes. */
export function mayBePicture(path: string): boolean {
  return NAMES.test(path);
}

/** A changed picture before and after. An agent made it, so it is read and drawn when the person asks for it. */
export function Pictures({ task, path }: { task: TaskId; path: string }) {
  const { backend } = useAmpersand();
  const [sides, setSides] = useState<{ before: Picture; after: Picture } | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  if (sides === null) {
    const fetch = () => {
      setFailure(null);
      backend
        .query({ kind: "pictures", task, path })
        .then(setSides, (error: unknown) => setFailure(failureText(failureOf(error))));
    };
    return (
      <div className={styles.ask}>
        <span>{failure ?? strings.diff.binary}</span>
        <Button tone="link" onClick={fetch}>
          {strings.diff.showPicture}
        </Button>
      </div>
    );
  }
  return (
    <div className={styles.sides}>
      <Side label={strings.diff.before} side={sides.before} />
      <Side label={strings.diff.after} side={sides.after} />
    </div>
  );
}

function Side({ label, side }: { label: string; side: Picture }) {
  if (side.name === "absent") return null;
  return (
    <figure className={styles.side}>
      <figcaption>{side.name === "shown" ? [label, facts(side)].join(strings.separator) : label}</figcaption>
      {side.name === "shown" ? (
        <img
          className={styles.picture}
          src={`data:image/${side.kind};base64,${side.data}`}
          width={side.width}
          height={side.height}
          alt={label}
        />
      ) : (
        <p>{drawn(strings.diff.notShown(side.why))}</p>
      )}
    </figure>
  );
}

function facts(side: Shown): string {
  // Four letters of base64 are three bytes.
  const kilobytes = Math.max(1, Math.round((side.data.length * 3) / 4 / 1024));
  return strings.diff.picture(side.width, side.height, kilobytes);
}
