/** Languages by the names that fences use and the endings that files have. */
const LANGUAGES = [
  "bash",
  "c",
  "csharp",
  "css",
  "go",
  "html",
  "java",
  "javascript",
  "json",
  "kotlin",
  "markdown",
  "python",
  "rust",
  "sql",
  "swift",
  "toml",
  "tsx",
  "typescript",
  "yaml",
] as const;

export type Language = (typeof LANGUAGES)[number];

const NAMES: Record<string, Language> = {
  sh: "bash",
  shell: "bash",
  zsh: "bash",
  console: "bash",
  h: "c",
  // Close enough, and a tenth of the size.
  cc: "c",
  cpp: "c",
  cxx: "c",
  hpp: "c",
  "c++": "c",
  cs: "csharp",
  htm: "html",
  svg: "html",
  xml: "html",
  js: "javascript",
  mjs: "javascript",
  cjs: "javascript",
  jsx: "tsx",
  jsonc: "json",
  kt: "kotlin",
  md: "markdown",
  py: "python",
  rs: "rust",
  ts: "typescript",
  mts: "typescript",
  yml: "yaml",
};

/** The language a fence or a file ending names; null for one that stays plain. */
export function languageOf(name: string): Language | null {
  const key =
    name
      .trim()
      .split(/[\s,{]/)[0]
      ?.toLowerCase() ?? "";
  const own = LANGUAGES.find((each) => each === key);
  if (own) {
    return own;
  }
  return Object.hasOwn(NAMES, key) ? (NAMES[key] ?? null) : null;
}

/** The language of a file by its path. */
export function languageOfPath(path: string): Language | null {
  return languageOf(path.split(/[\\/]/).at(-1)?.split(".").at(-1) ?? "");
}
