import type { ReactNode } from "react";
import { visible } from "../lib/visible";
import { strings } from "../strings/strings";
import styles from "./Card.module.css";
import { drawn } from "./Visible";

/** A card; `need` is the only tinted one. `label` is what it is called when moved to. */
export function Card({
  label,
  need = false,
  children,
}: {
  label: string;
  need?: boolean;
  children: ReactNode;
}) {
  return (
    <article
      className={need ? `${styles.card} ${styles.need}` : styles.card}
      aria-label={label}
      data-card=""
      tabIndex={-1}
    >
      {children}
    </article>
  );
}

/** A card that has become one line on the canvas. */
export function Fold({ label, children }: { label: string; children: ReactNode }) {
  return (
    <article className={styles.fold} aria-label={label} data-card="" data-fold="" tabIndex={-1}>
      {children}
    </article>
  );
}

/** What a folded card is about, and what became of it: a long title is cut, never the state. */
export function About({ title, state }: { title: string; state?: string | null | undefined }) {
  return (
    <span className={styles.about}>
      <span className="cut" title={visible(title)}>
        {drawn(title)}
      </span>
      {state ? (
        <span className={styles.state}>
          {title === "" ? null : strings.separator}
          {drawn(state)}
        </span>
      ) : null}
    </span>
  );
}

export function Head({ children }: { children: ReactNode }) {
  return <header className={styles.head}>{children}</header>;
}

export function Kind({ bad = false, children }: { bad?: boolean; children: ReactNode }) {
  return <span className={bad ? `${styles.kind} ${styles.badText}` : styles.kind}>{children}</span>;
}

export function Right({ children }: { children: ReactNode }) {
  return <span className={`${styles.right} num`}>{children}</span>;
}

export function Headline({ children }: { children: ReactNode }) {
  return <h3 className={styles.headline}>{children}</h3>;
}

export function Body({ children }: { children: ReactNode }) {
  return <div className={styles.body}>{children}</div>;
}

/** The row of verbs: filled buttons start on the text edge, and so does the text of quiet ones. */
export function Foot({ bar = false, children }: { bar?: boolean; children: ReactNode }) {
  return <footer className={bar ? `${styles.foot} ${styles.bar}` : styles.foot}>{children}</footer>;
}

export function Acts({ children }: { children: ReactNode }) {
  return <div className={styles.acts}>{children}</div>;
}

export function Fact({ children }: { children: ReactNode }) {
  return <span className={`${styles.fact} num`}>{children}</span>;
}
