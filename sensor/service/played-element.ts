/** A first-level element as it was read: copied out of the tokenizer's memory, with what rules found in it. */
import type { Direction } from '../core/index.ts';
import type { Finding, FindingMatch } from '../detect/index.ts';
import { ELEMENT_FLAG, TEXT_FLAG, TOKEN, TOKEN_WORDS, type TapeInfo } from '../xml/index.ts';
import { STANZA, type StanzaView } from '../xmpp/index.ts';

const COLON = 0x3a;
const MAX_PREFIX = 256;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** One token of the tape with its texts. */
export type PlayedToken =
  | { readonly kind: 'start'; readonly name: string; readonly namespace: string }
  | {
      readonly kind: 'attribute';
      /** With its prefix, if it has one. */
      readonly name: string;
      readonly value: PlayedValue;
    }
  | { readonly kind: 'declaration'; readonly prefix: string; readonly value: PlayedValue }
  | { readonly kind: 'text'; readonly value: PlayedValue }
  | { readonly kind: 'end' };

/** Decoded text of an attribute or between tags, and where it stood in memory. */
export interface PlayedValue {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

export interface PlayedElement {
  readonly kind: 'stream' | 'message' | 'presence' | 'iq' | 'nonza';
  readonly direction: Direction;
  readonly tsUsec: number;
  readonly serial: number;
  /** Bytes as they came, UTF-16 and the like as UTF-8; what is secret in logins is overwritten. */
  readonly raw: Uint8Array;
  readonly rawOffset: number;
  /** It came in another encoding. */
  readonly isTranscoded: boolean;
  readonly isBroken: boolean;
  /** Not all of it is here. */
  readonly isCapped: boolean;
  /** References, CDATA or comments in it. */
  readonly hasMarkedText: boolean;
  readonly tokens: readonly PlayedToken[];
  /** Place of the regions that rules read, by buffer: pairs of offset and length. */
  readonly regions: ReadonlyMap<number, readonly (readonly [offset: number, length: number])[]>;
  readonly findings: Finding[];
}

const KINDS: Readonly<Record<number, PlayedElement['kind']>> = {
  [STANZA.message]: 'message',
  [STANZA.presence]: 'presence',
  [STANZA.iq]: 'iq',
  [STANZA.header]: 'stream',
};

export function copyElement(view: StanzaView, tape: TapeInfo, memory: Uint8Array): PlayedElement {
  const { rawOffset, rawLength, flags } = tape;
  const regions = new Map<number, [number, number][]>();
  for (let i = 0; i < view.regionCount; i++) {
    const [buffer = 0, offset = 0, length = 0] = view.regions.subarray(3 * i, 3 * i + 3);
    const same = regions.get(buffer);
    if (same === undefined) regions.set(buffer, [[offset, length]]);
    else same.push([offset, length]);
  }
  return {
    kind: KINDS[view.kind] ?? 'nonza',
    ...{ direction: view.direction, tsUsec: view.tsUsec, serial: view.serial, rawOffset },
    raw: memory.slice(rawOffset, rawOffset + rawLength),
    isTranscoded: (flags & ELEMENT_FLAG.capped) === 0 && tape.wireLength > rawLength,
    isBroken: view.isBroken,
    isCapped: (flags & ELEMENT_FLAG.capped) !== 0 || tape.wireLength > 2 * rawLength,
    hasMarkedText: hasMarkedText(tape),
    tokens: copyTokens(tape, memory),
    regions,
    findings: [],
  };
}

function copyTokens({ words, tapeBase, tokenCount }: TapeInfo, memory: Uint8Array): PlayedToken[] {
  const tokens: PlayedToken[] = [];
  for (let i = 0; i < tokenCount; i++) {
    const at = tapeBase + i * TOKEN_WORDS;
    const word = (k: number): number => words[at + k] as number;
    const text = (k: number): string =>
      decoder.decode(memory.subarray(word(k), word(k) + word(k + 1)));
    const value = (): PlayedValue => ({
      offset: word(5),
      bytes: memory.slice(word(5), word(5) + word(6)),
    });
    switch (words[at]) {
      case TOKEN.start:
        tokens.push({ kind: 'start', name: text(3), namespace: text(5) });
        break;
      case TOKEN.attr:
        tokens.push({
          kind: 'attribute',
          name: prefixBefore(memory, word(3)) + text(3),
          value: value(),
        });
        break;
      case TOKEN.nsdecl:
        tokens.push({ kind: 'declaration', prefix: text(3), value: value() });
        break;
      case TOKEN.text:
        tokens.push({ kind: 'text', value: value() });
        break;
      case TOKEN.end:
        tokens.push({ kind: 'end' });
        break;
      default:
        break;
    }
  }
  return tokens;
}

/** Names point into the text of their tag: the prefix stands in front of the colon. */
function prefixBefore(memory: Uint8Array, nameOffset: number): string {
  if (memory[nameOffset - 1] !== COLON) return '';
  let start = nameOffset - 1;
  while (start > 0 && nameOffset - start < MAX_PREFIX && isNameByte(memory[start - 1] as number)) {
    start--;
  }
  return decoder.decode(memory.subarray(start, nameOffset));
}

function isNameByte(byte: number): boolean {
  const lower = byte | 0x20;
  const isLetter = lower >= 0x61 && lower <= 0x7a;
  const isDigit = byte >= 0x30 && byte <= 0x39;
  return isLetter || isDigit || byte === 0x2d || byte === 0x2e || byte === 0x5f || byte >= 0x80;
}

function hasMarkedText({ words, tapeBase, tokenCount }: TapeInfo): boolean {
  const marked = TEXT_FLAG.cdata | TEXT_FLAG.joined | TEXT_FLAG.replaced;
  for (let i = 0; i < tokenCount; i++) {
    const at = tapeBase + i * TOKEN_WORDS;
    const kind = words[at];
    const flags = kind === TOKEN.text ? words[at + 1] : kind === TOKEN.attr ? words[at + 7] : 0;
    if (((flags ?? 0) & marked) !== 0) return true;
  }
  return false;
}

/** Where in memory a match of a finding stands, as [start, end); undefined for text made for the rule. */
export function placeOfMatch(
  { regions }: PlayedElement,
  { buffer, region, offset, length }: FindingMatch,
): readonly [start: number, end: number] | undefined {
  const place = regions.get(buffer)?.[region];
  if (place === undefined || offset + length > place[1]) return undefined;
  return [place[0] + offset, place[0] + offset + length];
}
