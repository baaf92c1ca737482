import styles from "./Glyph.module.css";

const RING = 2 * Math.PI * 5.75;

export type GlyphName =
  | "running"
  | "lease"
  | "after"
  | "plain"
  | "paused"
  | "need"
  | "stopping"
  | "cancelled"
  | "ready"
  | "done"
  | "bad";

/** A state's sign. The shape differs, not only the colour, and words always stand beside it. */
export function Glyph({ name, part = 0 }: { name: GlyphName; part?: number }) {
  return (
    <svg className={`i ${styles[name] ?? ""}`} viewBox="0 0 16 16" aria-hidden="true">
      {shape(name, part)}
    </svg>
  );
}

function shape(name: GlyphName, part: number) {
  switch (name) {
    case "running":
      return (
        <>
          <circle className={styles.track} cx="8" cy="8" r="5.75" strokeWidth="2" />
          {part > 0 ? (
            <circle
              className={styles.arc}
              cx="8"
              cy="8"
              r="5.75"
              strokeWidth="2"
              strokeDasharray={`${(Math.min(1, part) * RING).toFixed(2)} ${RING.toFixed(2)}`}
              transform="rotate(-90 8 8)"
            />
          ) : (
            // Nothing said about steps: a quarter, so that it reads as under way and not as waiting.
            <path className={styles.arc} d="M8 2.25A5.75 5.75 0 0 1 13.75 8" strokeWidth="2" />
          )}
        </>
      );
    case "lease":
      return (
        <>
          <circle cx="8" cy="8" r="5.75" />
          <path d="M8 5v3.2l1.9 1.1" />
        </>
      );
    case "after":
      return <circle cx="8" cy="8" r="5.75" strokeDasharray="2.1 2.42" />;
    case "plain":
      return <circle cx="8" cy="8" r="5.75" />;
    case "paused":
      return (
        <>
          <circle cx="8" cy="8" r="5.75" />
          <path d="M6.6 6v4M9.4 6v4" />
        </>
      );
    case "need":
      return (
        <>
          <circle cx="8" cy="8" r="6.5" fill="currentColor" stroke="none" />
          <path className={styles.out} d="M8 4.75v3.9" strokeWidth="1.75" />
          <circle className={styles.outFill} cx="8" cy="11.15" r=".55" strokeWidth=".7" />
        </>
      );
    case "stopping":
      return (
        <>
          <circle cx="8" cy="8" r="5.75" />
          <rect x="6.1" y="6.1" width="3.8" height="3.8" rx=".6" fill="currentColor" stroke="none" />
        </>
      );
    case "cancelled":
      return (
        <>
          <circle cx="8" cy="8" r="5.75" />
          <path d="M5.6 8h4.8" />
        </>
      );
    case "ready":
      return (
        <>
          <circle cx="8" cy="8" r="5.75" />
          <path d="M8 5.2v5M5.9 8.3 8 10.4l2.1-2.1" />
        </>
      );
    case "done":
      return <path d="m3.25 8.5 3.1 3.1 6.4-7.2" strokeWidth="1.75" />;
    case "bad":
      return (
        <>
          <path d="M8 2.4 14 13H2z" fill="currentColor" strokeWidth="1.2" />
          <path className={styles.out} d="M8 6.4v3" />
          <circle className={styles.out} cx="8" cy="11.3" r=".4" strokeWidth=".8" />
        </>
      );
  }
}
