/**
 * Tokens as elements. Nothing is ever put into the page as HTML: what the reader calls HTML is drawn as text, pictures
 * are named and never loaded, and a link is a button that shows where it leads before anything opens.
 */
import type { MarkedToken, Token, Tokens } from "marked";
import { Fragment, memo, type ReactNode, useEffect, useRef } from "react";
import { strings } from "../../strings/strings";
import { CodeBlock } from "../../ui/CodeBlock";
import { Link } from "../../ui/Link";
import { drawn, drawnProse } from "../../ui/Visible";
import { type Block, BlockReader, LONGEST } from "./blocks";
import { safeAddress } from "./links";
import styles from "./Markdown.module.css";

/** A text that may still grow. `small` sets it in the size of the chrome. */
export function Markdown({ text, small = false }: { text: string; small?: boolean }) {
  const reader = useRef<BlockReader | null>(null);
  reader.current ??= new BlockReader(text);
  // An entry that comes back into view is not read again.
  useEffect(() => () => reader.current?.finish(), []);
  const className = small ? `${styles.text} ${styles.small}` : styles.text;
  if (text.length > LONGEST) {
    return (
      <div className={className}>
        <p className={styles.note}>{strings.log.tooLong}</p>
        <pre className={styles.plain}>{drawn(text)}</pre>
      </div>
    );
  }
  return (
    <div className={className}>
      {reader.current.update(text).map((block) => (
        <BlockView key={block.index} block={block} />
      ))}
    </div>
  );
}

/** One line of Markdown inside a line of chrome: code, emphasis, nothing else. */
export function Inline({ text }: { text: string }) {
  const parts = text.split(/(`[^`]+`)/);
  return parts.map((part, index) =>
    part.length > 2 && part.startsWith("`") && part.endsWith("`") ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a fixed text never move.
      <code key={index} className={styles.code}>
        {drawn(part.slice(1, -1))}
      </code>
    ) : (
      drawnProse(part)
    ),
  );
}

const BlockView = memo(
  function BlockView({ block }: { block: Block }) {
    return draw(block.token);
  },
  (before, after) =>
    before.block === after.block ||
    (before.block.token.type === after.block.token.type && before.block.token.raw === after.block.token.raw),
);

function list(tokens: readonly Token[] | undefined): ReactNode {
  return (tokens ?? []).map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: tokens are drawn in the order of the text and never move.
    <Fragment key={index}>{draw(token)}</Fragment>
  ));
}

/** Prose with its entities resolved, and with what hides written out. */
function prose(text: string): ReactNode {
  return drawnProse(plain(text));
}

/** Text with its entities resolved, exactly as written otherwise. */
function plain(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}

const ENTITIES: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  "#39": "'",
  nbsp: "\u00a0",
};

function isKnown(token: Token): token is MarkedToken {
  return KNOWN.has(token.type);
}

const KNOWN = new Set(
  "space code heading table hr blockquote list list_item checkbox paragraph html text def escape link image strong em codespan br del".split(
    " ",
  ),
);

function draw(token: Token): ReactNode {
  if (!isKnown(token)) {
    return drawn(token.raw);
  }
  switch (token.type) {
    case "paragraph":
      return <p dir="auto">{list(token.tokens)}</p>;
    case "heading":
      return token.depth <= 2 ? (
        <h3 dir="auto">{list(token.tokens)}</h3>
      ) : (
        <h4 dir="auto">{list(token.tokens)}</h4>
      );
    case "code":
      return <CodeBlock text={token.text} language={token.lang ?? ""} closed={isClosed(token)} />;
    case "blockquote":
      return <blockquote dir="auto">{list(token.tokens)}</blockquote>;
    case "list":
      return token.ordered ? (
        <ol start={typeof token.start === "number" ? token.start : 1}>{list(token.items)}</ol>
      ) : (
        <ul>{list(token.items)}</ul>
      );
    case "list_item":
      return (
        <li dir="auto" className={token.task ? styles.task : undefined}>
          {list(token.tokens)}
        </li>
      );
    case "checkbox":
      return token.checked ? "☑ " : "☐ ";
    case "table":
      return <TableView table={token} />;
    case "hr":
      return <hr />;
    case "text":
      return token.tokens ? list(token.tokens) : prose(token.text);
    case "escape":
      return prose(token.text);
    case "strong":
      return <strong>{list(token.tokens)}</strong>;
    case "em":
      return <em>{list(token.tokens)}</em>;
    case "del":
      return <del>{list(token.tokens)}</del>;
    case "codespan":
      return <code className={styles.code}>{drawn(plain(token.text))}</code>;
    case "br":
      return <br />;
    case "link":
      return drawLink(token);
    case "image":
      return <span className={styles.image}>{drawn(strings.log.image(token.text || token.href))}</span>;
    case "html":
      return token.block ? <p className={styles.raw}>{drawn(token.raw.trim())}</p> : drawn(token.raw);
    case "space":
      return null;
    case "def":
      return drawn(token.raw);
  }
}

function drawLink(token: Tokens.Link): ReactNode {
  const address = safeAddress(token.href);
  return address === null ? drawn(token.raw) : <Link address={address}>{list(token.tokens)}</Link>;
}

function isClosed(token: Tokens.Code): boolean {
  if (token.codeBlockStyle === "indented") {
    return true;
  }
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(token.raw)?.[1];
  const last = token.raw.trimEnd().split("\n").at(-1)?.trim() ?? "";
  return fence !== undefined && last !== token.raw.trim() && last.startsWith(fence);
}

function TableView({ table }: { table: Tokens.Table }) {
  const side = (index: number) => styles[table.align[index] ?? "left"];
  return (
    <div className={styles.table}>
      <table>
        <thead>
          <tr>
            {table.header.map((cell, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other name.
              <th key={index} dir="auto" className={side(index)} scope="col">
                {list(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name.
            <tr key={at}>
              {row.map((cell, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other name.
                <td key={index} dir="auto" className={side(index)}>
                  {list(cell.tokens)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
