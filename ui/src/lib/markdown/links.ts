const SCHEMES = new Set(["http:", "https:", "mailto:"]);

/** The address a link may lead to, written out as a browser would take it; null for anything else. */
export function safeAddress(href: string): string | null {
  // A browser drops tabs and line ends inside an address, so a scheme could be hidden behind them.
  if (/[\p{Cc}\s]/u.test(href)) {
    return null;
  }
  try {
    const address = new URL(href);
    if (!SCHEMES.has(address.protocol) || address.username !== "" || address.password !== "") {
      return null;
    }
    return address.href;
  } catch {
    return null;
  }
}
