const UNITS: [number, string][] = [
  [2 ** 30, "GiB"],
  [2 ** 20, "MiB"],
  [2 ** 10, "KiB"],
];

/** Bytes in the largest unit in which they are not less than one, to a tenth: `4 GiB`, `1.5 MiB`. */
export function room(bytes: number): string {
  const unit = UNITS.find(([size]) => bytes >= size);
  if (unit === undefined) {
    return `${bytes} B`;
  }
  return `${Math.floor((bytes * 10) / unit[0]) / 10} ${unit[1]}`;
}

/** A large number, short: `912`, `38k`, `1.2M`. */
export function short(n: number): string {
  if (n < 1000) {
    return String(n);
  }
  if (n < 1_000_000) {
    return `${n < 10_000 ? (n / 1000).toFixed(1).replace(/\.0$/, "") : Math.round(n / 1000)}k`;
  }
  return `${(n / 1_000_000).toFixed(1).replace(/\.0$/, "")}M`;
}

/** Millionths of a US dollar, to the cent: `$0.45`; what is less than one and not nothing is `<$0.01`. */
export function dollars(millionths: number): string {
  return millionths > 0 && millionths < 10_000 ? "<$0.01" : `$${(millionths / 1_000_000).toFixed(2)}`;
}

/** A number and its noun, which is given as one of it. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}
