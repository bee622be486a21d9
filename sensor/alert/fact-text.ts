/** Facts of a finding (`Finding.context`) as they may be shown, each by what it is. */
import { cutText } from './evidence.ts';
import { redactIdentifier, redactJid, redactName, redactText } from './redact.ts';

const FACT_CHARS = 1024;
/** Looked at of one fact; hidden is what a secret cut there could show. */
const READ_CHARS = 2048;
const EDGE_CHARS = 128;

/** Facts that are no prose. Hashes are those the sensor computed: a mask would take them from whoever looks them up. */
const CLEARERS: ReadonlyMap<string, (text: string) => string> = new Map([
  ['file_id', hash],
  ['sha256', hash],
  ['md5', hash],
  ['from', redactJid],
  ['to', redactJid],
  ['name', redactName],
  ['file_name', redactName],
  ['sid', redactIdentifier],
]);

/** Is the fact prose, which the same words often come in? */
export function isProse(key: string): boolean {
  return !CLEARERS.has(key);
}

/** The fact `key` with its secrets masked, at most 1,024 characters. */
export function clearFact(key: string, value: string): string {
  const clear = CLEARERS.get(key) ?? clearProse;
  return cutText(clear(value), FACT_CHARS);
}

function clearProse(value: string): string {
  if (value.length <= READ_CHARS) return redactText(value);
  const edge = { start: READ_CHARS - EDGE_CHARS, end: READ_CHARS, isWhole: true };
  return redactText(cutText(value, READ_CHARS), [edge]);
}

function hash(value: string): string {
  return /^[0-9a-f]{32,64}$/.test(value) ? value : redactText(value);
}
