/** Where host, path and parts of a JID lie in a value, on bytes in place. Memory is large: only the value is looked at. */

const SLASH = 0x2f;
const COLON = 0x3a;
const AT = 0x40;
const DOT = 0x2e;
const HASH = 0x23;
const QUESTION = 0x3f;
/** Bytes that stand before a host or behind it: `/ : @ ? #`. */
const HOST_MARKS = new Uint8Array(256);
for (const byte of [SLASH, COLON, AT, QUESTION, HASH]) HOST_MARKS[byte] = 1;

/** Behind `scheme://`, if there is one before any path. */
export function afterScheme(memory: Uint8Array, start: number, end: number): number {
  for (let i = start; i + 2 < end; i++) {
    const byte = memory[i] as number;
    if (byte === SLASH) return start;
    if (byte === COLON) return memory[i + 1] === SLASH && memory[i + 2] === SLASH ? i + 3 : start;
  }
  return start;
}

/** Is the whole value a host, as where the domain of a JID is asked about? */
export function isPlainHost(memory: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (HOST_MARKS[memory[i] as number] === 1) return false;
  return end > start && memory[end - 1] !== DOT;
}

/** Start of the host in a URL, a JID or a plain host name. */
export function hostStart(memory: Uint8Array, start: number, end: number): number {
  let from = afterScheme(memory, start, end);
  for (let i = from; i < end && !isPathStart(memory[i] as number); i++) {
    if (memory[i] === AT) from = i + 1;
  }
  return from;
}

/** End of the host that starts at `from`: before port, path, query, and a last dot. */
export function hostEnd(memory: Uint8Array, from: number, end: number): number {
  let to = from;
  while (to < end && !isPathStart(memory[to] as number) && memory[to] !== COLON) to++;
  return to > from && memory[to - 1] === DOT ? to - 1 : to;
}

function isPathStart(byte: number): boolean {
  return byte === SLASH || byte === QUESTION || byte === HASH;
}

/** End of a URL without fragment and without slashes at its end. */
export function urlEnd(memory: Uint8Array, from: number, end: number): number {
  let to = from;
  while (to < end && memory[to] !== HASH) to++;
  while (to > from && memory[to - 1] === SLASH) to--;
  return to;
}

/** End of the bare JID. */
export function bareEnd(memory: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) if (memory[i] === SLASH) return i;
  return end;
}

/** Start of the domain of a bare JID. Memory is large: indexOf would go on behind the value. */
export function domainStart(memory: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) if (memory[i] === AT) return i + 1;
  return start;
}
