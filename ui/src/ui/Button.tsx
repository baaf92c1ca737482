import type { ButtonHTMLAttributes, ReactNode } from "react";
import styles from "./Button.module.css";

/** How loud it is. One `primary` per card; `danger` is never filled. */
export type Tone = "primary" | "plain" | "quiet" | "link" | "danger";

interface Props extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "className" | "type" | "title"> {
  tone?: Tone;
  /** Why it cannot be pressed now; it stays reachable, so that the reason can be read. */
  blocked?: string | undefined;
  children: ReactNode;
}

export function Button({ tone = "plain", blocked, onClick, children, ...rest }: Props) {
  return (
    <button
      {...rest}
      type="button"
      data-tone={tone}
      className={`${styles.button} ${styles[tone]}`}
      aria-disabled={blocked ? true : undefined}
      title={blocked}
      onClick={blocked ? undefined : onClick}
    >
      {children}
    </button>
  );
}

/** A chip that says what choosing it sends. */
export function Chip({
  mono = false,
  onClick,
  children,
}: {
  mono?: boolean;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <button type="button" className={mono ? `${styles.chip} mono` : styles.chip} onClick={onClick}>
      {children}
    </button>
  );
}

/** A button that is only a drawing; `label` is what it is called. */
export function IconButton({
  label,
  children,
  ...rest
}: { label: string } & Omit<Props, "tone" | "blocked">) {
  return (
    <button {...rest} type="button" className={styles.icon} aria-label={label} title={label}>
      {children}
    </button>
  );
}
