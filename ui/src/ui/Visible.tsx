import type { ReactNode } from "react";
import { type Piece, pieces, visible, visibleProse } from "../lib/visible";
import styles from "./Visible.module.css";

/** Above that many, what hides is written out without a look of its own: each would be an element. */
const SET_APART = 500;

/** Code, a command, a name or what a program printed, as it may be drawn: what hides in it is written out, and quiet. */
export function drawn(text: string): ReactNode {
  return draw(pieces(text), () => visible(text));
}

/** The same for what people and models say: emoji and the spelling of every script stay whole. */
export function drawnProse(text: string): ReactNode {
  return draw(pieces(text, true), () => visibleProse(text));
}

function draw(all: readonly Piece[], plainly: () => string): ReactNode {
  const [only] = all;
  if (all.length === 0 || (all.length === 1 && only && !only.hidden)) {
    return only?.text ?? "";
  }
  if (all.length > 2 * SET_APART) {
    return plainly();
  }
  return all.map((piece, index) =>
    piece.hidden ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts are drawn in the order of the text.
      <span key={index} className={styles.hidden}>
        {piece.text}
      </span>
    ) : (
      piece.text
    ),
  );
}
