/** The five inks of code, and the numbers they travel under. */
export const INKS = ["plain", "keyword", "string", "function", "type", "comment"] as const;

export type Ink = (typeof INKS)[number];

/** Part of a line in one ink. */
export interface Inked {
  text: string;
  ink: Ink;
}

/** What the worker is asked. */
export interface Request {
  id: number;
  text: string;
  language: string;
}

/** What it answers: lines of parts, or null if it does not know the language. */
export interface Response {
  id: number;
  lines: Inked[][] | null;
}
