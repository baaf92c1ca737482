import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { safeAddress } from "./links";
import { Markdown } from "./Markdown";

/** The names of the elements that a text becomes, without those of every text. */
function elements(text: string): string[] {
  const html = renderToStaticMarkup(<Markdown text={text} />);
  return [...new Set([...html.matchAll(/<([a-z0-9]+)/g)].map(([, name]) => name ?? ""))].filter(
    (name) => name !== "div" && name !== "p",
  );
}

describe("nothing becomes a live element", () => {
  const CASES: [string, string, string[]][] = [
    ["an image", "![alt](https://evil.test/a.png)", ["span"]],
    ["a reference image", "![alt][x]\n\n[x]: data:image/png;base64,AAAA", []],
    ["an image in HTML", '<img src="https://evil.test/a.png" onerror="x()">', []],
    ["a script", "<script>alert(1)</script>", []],
    ["an svg that loads", "<svg onload=alert(1)><script>alert(1)</script></svg>", []],
    ["a style that imports", "<style>@import url(https://evil.test)</style>", []],
    ["a prefetch", '<link rel="dns-prefetch" href="//evil.test">', []],
    ["a frame", '<iframe src="https://evil.test"></iframe>', []],
    ["a form", '<form action="https://evil.test"><input></form>', []],
    ["a base", '<base href="https://evil.test/">', []],
    ["a comment that hides", "<!--><img src=x onerror=alert(1)>-->", []],
    [
      "nested noise",
      "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1&gt;'>",
      [],
    ],
    ["entities", "&lt;img src=x onerror=alert(1)&gt; &amp;lt;b&amp;gt;", []],
    ["HTML in a table", "| a |\n| - |\n| <img src=x> |", ["table", "thead", "tr", "th", "tbody", "td"]],
    ["HTML in a list", "- <b onclick=x>x</b>", ["ul", "li"]],
  ];
  for (const [name, text, expected] of CASES) {
    it(name, () => {
      expect(elements(text)).toEqual(expected);
    });
  }
});

it("what is called HTML is still there to be read", () => {
  const html = renderToStaticMarkup(<Markdown text={"a <b>c</b>\n\n<div>\nd\n</div>"} />);
  expect(html).toContain("a &lt;b&gt;c&lt;/b&gt;");
  expect(html).toContain("&lt;div&gt;\nd\n&lt;/div&gt;");
});

describe("addresses", () => {
  const CASES: [string, string | null][] = [
    ["https://example.org/a?b#c", "https://example.org/a?b#c"],
    ["http://example.org", "http://example.org/"],
    ["mailto:a@example.org", "mailto:a@example.org"],
    ["https://exämple.org/", "https://xn--exmple-cua.org/"],
    ["javascript:alert(1)", null],
    ["JaVaScRiPt:alert(1)", null],
    ["java\tscript:alert(1)", null],
    [" https://example.org", null],
    ["data:text/html,x", null],
    ["file:///etc/passwd", null],
    ["tauri://localhost/", null],
    ["vscode://open", null],
    ["/relative", null],
    ["//evil.test", null],
    ["https://good.test@evil.test/", null],
    ["", null],
  ];
  for (const [address, expected] of CASES) {
    it(JSON.stringify(address), () => {
      expect(safeAddress(address)).toBe(expected);
    });
  }
});

describe("nothing that hides is drawn", () => {
  const html = (text: string) => renderToStaticMarkup(<Markdown text={text} />);

  it("what reorders is written out, and each block keeps its direction to itself", () => {
    expect(html("run \u{202e}elif\u{202c} **a\u{2066}b**")).toMatch(
      /<p dir="auto">run .*⟨U\+202E⟩.*elif.*⟨U\+202C⟩.*<strong>a.*⟨U\+2066⟩/,
    );
    expect(html("- a\n\n> b\n\n# c\n\n| d |\n| - |\n| e |").match(/dir="auto"/g)?.length).toBeGreaterThan(5);
  });

  it("emoji and the spelling of a script stay whole in prose, and code has neither", () => {
    expect(html("❤\u{fe0f} 👩\u{200d}💻 می\u{200c}خواهم `می\u{200c}خواهم`")).toMatch(
      /❤\u{fe0f} 👩\u{200d}💻 می\u{200c}خواهم <code[^>]*>می<span[^>]*>⟨U\+200C⟩<\/span>خواهم/u,
    );
    expect(html("```\nrm\u{ad}dir ⚠\u{fe0f}\n```")).toMatch(/rm.*⟨U\+00AD⟩.*dir ⚠.*⟨U\+FE0F⟩/);
  });
});
