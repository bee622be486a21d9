/** Runs of characters in binary data, 8-bit (windows-1252) and UTF-16LE, as `strings` gives them: one a line. */

const RUN_MIN = 4;

/** UTF-8; at most `limit` bytes. */
export function textRuns(bytes: Uint8Array, limit: number): Uint8Array {
  const lines: string[] = [];
  let length = 0;
  let at = 0;
  while (at < bytes.length && length < limit) {
    const wide = wideRun(bytes, at);
    const end = wide > at ? wide : narrowRun(bytes, at);
    const isLong = end - at >= (wide > at ? RUN_MIN * 2 : RUN_MIN);
    if (!isLong) {
      at = Math.max(end, at + 1);
      continue;
    }
    const run = Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at);
    const line = wide > at ? run.toString('utf16le') : run.toString('latin1');
    lines.push(line);
    length += line.length + 1;
    at = end;
  }
  return Buffer.from(lines.join('\n')).subarray(0, limit);
}

function narrowRun(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && isText(bytes[at] as number)) at++;
  return at;
}

/** Latin and Cyrillic letters and what stands among them; `from` itself when there are too few. */
function wideRun(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at + 1 < bytes.length) {
    const low = bytes[at] as number;
    const high = bytes[at + 1] as number;
    if (high === 0 ? !isText(low) : high !== 0x04 && high !== 0x03 && high !== 0x20) break;
    at += 2;
  }
  return at - from >= RUN_MIN * 2 ? at : from;
}

function isText(byte: number): boolean {
  return (
    (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d || byte >= 0xc0
  );
}
