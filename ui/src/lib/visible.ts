/**
 * Text that agents, programs and repositories wrote, with nothing in it hidden: characters that are not seen, or that
 * reorder what stands beside them, are written out. By the same rules as `visible.rs` of the core; one table holds both.
 */

/** What hides, by Unicode's own properties. Line feeds and tabs are layout, and do not. */
const HIDES =
  /(?![\t\n])[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u{fff9}-\u{fffb}]/u;
/** Letters of the blocks that emoji are in. */
const EMOJI = /[\u{a9}\u{ae}\u{203c}-\u{3299}\u{1f000}-\u{1faff}]/u;
const KEY = /[0-9#*]/;
const KEYCAP = "\u{20e3}";
/** Letters of scripts in which it is spelling whether two are joined. */
const JOINED = /[\u{600}-\u{1cff}]/u;
const RIGHT_TO_LEFT = /[\u{590}-\u{8ff}]/u;
const ALPHABETIC = /\p{Alphabetic}/u;

/** Part of a text: as it is, or a character that is written out. */
export interface Piece {
  text: string;
  hidden: boolean;
}

/** Whether a character is not seen itself and changes what is. */
export function hides(character: string): boolean {
  return HIDES.test(character);
}

/**
 * A text in pieces. In prose what emoji are made of, and what the spelling of some scripts takes, stays where it does
 * that; in code, commands, names and what programs print nothing does.
 */
export function pieces(text: string, prose = false): Piece[] {
  if (!HIDES.test(text)) {
    return text === "" ? [] : [{ text, hidden: false }];
  }
  const found: Piece[] = [];
  const letters = [...text];
  letters.forEach((letter, at) => {
    if (HIDES.test(letter) && !(prose && spells(letters[at - 1], letter, letters[at + 1]))) {
      found.push({ text: writtenOut(letter), hidden: true });
      return;
    }
    const last = found.at(-1);
    if (last && !last.hidden) {
      last.text += letter;
    } else {
      found.push({ text: letter, hidden: false });
    }
  });
  return found;
}

/** Text of code, commands and names, for where only letters can stand. */
export function visible(text: string): string {
  return joined(text, false);
}

/** What people and models say, for where only letters can stand. */
export function visibleProse(text: string): string {
  return joined(text, true);
}

function joined(text: string, prose: boolean): string {
  return HIDES.test(text)
    ? pieces(text, prose)
        .map((piece) => piece.text)
        .join("")
    : text;
}

function writtenOut(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** Whether a character that hides is part of what is seen there. At an end of the text its neighbour is taken to fit. */
function spells(before: string | undefined, letter: string, after: string | undefined): boolean {
  const is = (side: string | undefined, what: RegExp) =>
    side !== undefined && what.test(side) && !HIDES.test(side);
  const fits = (side: string | undefined, what: RegExp) => side === undefined || is(side, what);
  switch (letter) {
    case "\u{fe0e}":
    case "\u{fe0f}":
      return fits(before, EMOJI) || (is(before, KEY) && (after === undefined || after === KEYCAP));
    case "\u{200c}":
    case "\u{200d}":
      if (letter === "\u{200d}" && is(after, EMOJI)) {
        return fits(before, EMOJI) || before === "\u{fe0e}" || before === "\u{fe0f}";
      }
      return fits(before, JOINED) && fits(after, JOINED);
    case "\u{ad}":
      return fits(before, ALPHABETIC) && fits(after, ALPHABETIC);
    case "\u{200e}":
    case "\u{200f}":
    case "\u{61c}":
      return is(before, RIGHT_TO_LEFT) || is(after, RIGHT_TO_LEFT);
    default:
      return false;
  }
}
