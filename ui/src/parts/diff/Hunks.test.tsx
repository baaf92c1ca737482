import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import type { DiffFile } from "../../ipc/generated/protocol";
import { strings } from "../../strings/strings";
import { Hunks } from "./Hunks";

/** The names of the elements that a changed file becomes. */
function elements(file: DiffFile): string[] {
  const html = renderToStaticMarkup(<Hunks file={file} />);
  return [...new Set([...html.matchAll(/<([a-z0-9]+)/g)].map(([, name]) => name ?? ""))].sort();
}

function added(path: string, text: string | null): DiffFile {
  const lines = text === null ? [] : [{ kind: "added" as const, old: null, new: 1, text }];
  const hunks = text === null ? [] : [{ header: "@@ -0,0 +1 @@", lines }];
  const counts = { added: lines.length, removed: 0, cut: false };
  return { path, old_path: null, kind: "added", binary: text === null, hunks, ...counts };
}

const BINARY = ["bomb.zip", "bomb.tar.gz", "huge.png", "huge.avif", "bomb.pdf", "film.mp4", "font.woff2"];

for (const path of BINARY) {
  it(`${path} is told of in words and not opened`, () => {
    expect(elements(added(path, null))).toEqual(["p"]);
    expect(renderToStaticMarkup(<Hunks file={added(path, null)} />)).toContain(strings.diff.binary);
  });
}

const TEXT: [string, string][] = [
  ["drawing.svg", '<svg onload="x()"><image href="https://evil.test/a.png"/></svg>'],
  ["page.html", '<img src="https://evil.test/a.png"><script>x()</script><iframe src="//evil.test">'],
  ["book.ipynb", '{"data":{"image/png":"iVBORw0KGgo=","text/html":"<script>x()</script>"}}'],
  ["link.webloc", "<key>URL</key><string>file:///etc/passwd</string>"],
  ["notes.md", "![](https://evil.test/a.png) [x](javascript:x())"],
];

for (const [path, text] of TEXT) {
  it(`${path} is its own text`, () => {
    expect(elements(added(path, text))).toEqual(["div", "span"]);
  });
}
