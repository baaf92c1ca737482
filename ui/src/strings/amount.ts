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
