/** A new UUID of version 7: sorts by the time it was made. */
export function uuidv7(at: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(at / 2 ** 32));
  view.setUint32(2, at % 2 ** 32);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** When a UUID of version 7 was made, in milliseconds since 1970; null for any other. */
export function timeOf(id: string): number | null {
  if (id.length !== 36 || id[14] !== "7") {
    return null;
  }
  const at = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return Number.isFinite(at) ? at : null;
}
