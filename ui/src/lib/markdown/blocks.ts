/**
 * Markdown as it arrives: finished blocks are read once and kept, only the end is read again.
 *
 * Reference definitions are left out on purpose (they would let the end of a text change its beginning), and HTML is
 * never anything but text. What is drawn from the tokens is decided in `Markdown.tsx`.
 */
import { Marked, type Token } from "marked";

const reader = new Marked({
  gfm: true,
  tokenizer: {
    def: () => undefined,
    reflink: () => undefined,
  },
});

/** One block at the top level. */
export interface Block {
  /** Its place, which names it: a block never moves. */
  index: number;
  token: Token;
}

/** The longest text that is read as Markdown; what is longer is shown as it is. */
export const LONGEST = 200_000;

function read(text: string): Token[] {
  return reader.lexer(text).filter((token) => token.type !== "space");
}

/** All of a text at once. */
export function parse(text: string): Block[] {
  return read(normalise(text)).map((token, index) => ({ index, token }));
}

/** Line ends and tabs as the reader would make them, so that lengths agree. */
function normalise(text: string): string {
  return text.replace(/\r\n|\r/g, "\n");
}

/** Texts of entries that went out of view, as they were read. */
const finished = new Map<string, { at: number; committed: readonly Block[]; shown: readonly Block[] }>();
const FINISHED = 200;

/** A growing text. */
export class BlockReader {
  private committed: Block[] = [];
  private text = "";
  private at = 0;
  private shown: readonly Block[] = [];

  /** Goes on where another reader of the same text ended. */
  constructor(text = "") {
    const next = normalise(text);
    const known = finished.get(next);
    if (known) {
      this.text = next;
      this.at = known.at;
      this.committed = [...known.committed];
      this.shown = known.shown;
    }
  }

  /** Keeps what was read for whoever reads the same text next. */
  finish(): void {
    finished.delete(this.text);
    finished.set(this.text, { at: this.at, committed: [...this.committed], shown: this.shown });
    const oldest = finished.keys().next().value;
    if (finished.size > FINISHED && oldest !== undefined) {
      finished.delete(oldest);
    }
  }

  /** The blocks of `text`. Cheap if it only grew since the last call; otherwise it starts over. */
  update(text: string): readonly Block[] {
    const next = normalise(text);
    if (next === this.text) {
      return this.shown;
    }
    if (!next.startsWith(this.text)) {
      this.committed = [];
      this.at = 0;
    }
    this.text = next;
    this.commit();
    const tail = read(next.slice(this.at)).map((token, offset) => ({
      index: this.committed.length + offset,
      token,
    }));
    this.shown = [...this.committed, ...tail];
    return this.shown;
  }

  /**
   * Keeps what no further text can change. The line that is still being written may turn out to belong to the block
   * before it, so only whole lines are looked at, and the last block among them stays open.
   */
  private commit(): void {
    const end = this.text.lastIndexOf("\n") + 1;
    if (end <= this.at) {
      return;
    }
    const tokens = reader.lexer(this.text.slice(this.at, end));
    let last = tokens.length - 1;
    while (last >= 0 && tokens[last]?.type === "space") {
      last -= 1;
    }
    for (const token of tokens.slice(0, Math.max(0, last))) {
      this.at += token.raw.length;
      if (token.type !== "space") {
        this.committed.push({ index: this.committed.length, token });
      }
    }
  }
}
