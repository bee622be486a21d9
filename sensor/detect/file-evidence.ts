/**
 * What an alert about a file shows: an excerpt of its text with every secret of the file marked, or of its bytes what
 * matched and nothing around it: in bytes of another encoding nobody can tell what is a secret.
 */
import { NO_EVIDENCE, allPlaces, joinSpans, type Evidence } from './evidence.ts';
import type { FileSecrets, FileSpan } from './file-hits.ts';
import { FILE_DATA, FILE_FOLDED, FILE_TEXT, type FileRegions } from './file-regions.ts';
import { lowerCase } from './plan.ts';
import type { Hit } from './rule-verifier.ts';
import type { FindingMatch, SecretSpan } from './types.ts';

/** Text shown before and behind the first match; alert/ cuts its excerpt from it. */
const AROUND_BYTES = 8 * 1024;
/** Of a match in bytes. */
const SHOWN_BYTES = 256;
const MAX_MATCHES = 64;
/** Secrets looked for in a text other than their own; with more of them nothing is shown. */
const MAX_SECRETS = 1024;
/** Shorter ones stand everywhere by chance. */
const MIN_SECRET_BYTES = 4;

export class FileEvidence {
  readonly #regions: FileRegions;

  constructor(regions: FileRegions) {
    this.#regions = regions;
  }

  /** Evidence of a rule that fired as itself. */
  ofHit({ compiled, places }: Hit, secrets: FileSecrets): Evidence {
    const { evidenceGroup } = compiled;
    const main = places.find(({ group }) => group === evidenceGroup) ?? places[0];
    if (main === undefined) return NO_EVIDENCE;
    const { region, spans } = main;
    const matches: FileSpan[] = [];
    for (let i = 0; i < spans.length; i += 2) {
      matches.push({ region, start: spans[i] as number, end: spans[i + 1] as number });
    }
    matches.sort((a, b) => a.start - b.start);
    return this.ofSpans(matches[0] ?? { region, start: 0, end: 0 }, matches, secrets);
  }

  /**
   * The text around `focus`, with those of `matches` that lie in it. `hidesNumbers`: beside cards stand numbers that
   * belong to them (check values, dates) and look like nothing.
   */
  ofSpans(
    focus: FileSpan,
    matches: readonly FileSpan[],
    secrets: FileSecrets,
    hidesNumbers = false,
  ): Evidence {
    const { region } = focus;
    const memory = this.#regions.memoryOf(region);
    const isText = this.#regions.isText(region);
    const [from, to] = isText
      ? [
          alignForward(memory, Math.max(0, focus.start - AROUND_BYTES)),
          alignBack(memory, Math.min(memory.length, focus.start + AROUND_BYTES)),
        ]
      : [focus.start, Math.min(focus.end, focus.start + SHOWN_BYTES)];
    const place = {
      buffer: this.#bufferOf(region),
      region: this.#regions.ordinals[region] as number,
    };
    const evidence = memory.slice(from, to);
    const hidden = this.#hidden(secrets, evidence, memory, from);
    if (hidden === undefined) return { ...NO_EVIDENCE, ...place };
    const shown = matches
      .filter((match) => match.region === region && match.start >= from && match.end <= to)
      .slice(0, MAX_MATCHES)
      .map(({ start, end }): FindingMatch => ({ ...place, offset: start, length: end - start }));
    const all = hidesNumbers ? withNumbers(hidden, evidence) : hidden;
    return { ...place, evidence, evidenceOffset: from, matches: shown, secrets: all };
  }

  /** Text of a file is told as what it is a part of. */
  #bufferOf(region: number): number {
    const buffer = this.#regions.buffers[region] as number;
    return buffer === FILE_TEXT || buffer === FILE_FOLDED ? FILE_DATA : buffer;
  }

  /** Secret stretches of a copy that begins at `from`; undefined when they cannot be told. */
  #hidden(
    secrets: FileSecrets,
    copy: Uint8Array,
    memory: Uint8Array,
    from: number,
  ): SecretSpan[] | undefined {
    if (secrets.isPartial) return undefined;
    const found: [number, number][] = [];
    const elsewhere = new Map<string, Uint8Array>();
    for (const { region, start, end } of secrets.spans) {
      const own = this.#regions.memoryOf(region);
      if (own === memory) {
        const span: [number, number] = [
          Math.max(0, start - from),
          Math.min(copy.length, end - from),
        ];
        if (span[0] < span[1]) found.push(span);
        continue;
      }
      const value = lowerCase(own.subarray(start, end));
      if (value.length < MIN_SECRET_BYTES) continue;
      elsewhere.set(Buffer.from(value).toString('latin1'), value);
      if (elsewhere.size > MAX_SECRETS) return undefined;
    }
    for (const value of elsewhere.values()) found.push(...allPlaces(copy, value));
    return joinSpans(found);
  }
}

/** Every run of digits from three on is hidden too. */
function withNumbers(hidden: readonly SecretSpan[], text: Uint8Array): SecretSpan[] {
  const spans = hidden.map(({ offset, length }): [number, number] => [offset, offset + length]);
  for (const { index, 0: digits } of Buffer.from(text)
    .toString('latin1')
    .matchAll(/\d{3,}/g)) {
    spans.push([index, index + digits.length]);
  }
  return joinSpans(spans);
}

/** Not into the middle of a UTF-8 character. */
function alignForward(memory: Uint8Array, at: number): number {
  let to = at;
  while (to > 0 && to < memory.length && to < at + 3 && isContinuation(memory[to] as number)) to++;
  return to;
}

function alignBack(memory: Uint8Array, at: number): number {
  let to = at;
  while (to < memory.length && to > at - 3 && isContinuation(memory[to] as number)) to--;
  return to;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
