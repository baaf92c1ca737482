import { strings } from "../strings/strings";
import { Button } from "../ui/Button";
import { Glyph } from "../ui/Glyph";
import styles from "./NotOpened.module.css";

/** Nothing could be read at the start: why, and the one thing to do. */
export function NotOpened({ why }: { why: string }) {
  return (
    <main className={styles.page} role="alert">
      <Glyph name="bad" />
      <div>
        <h1>{strings.broken.start}</h1>
        <p>{why}</p>
        <Button tone="primary" onClick={() => location.reload()}>
          {strings.broken.again}
        </Button>
      </div>
    </main>
  );
}
