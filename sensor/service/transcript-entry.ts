/**
 * One element of a transcript: printed as it was understood and as it was written, with what must not be shown masked in
 * both. What is a secret in one is one in the other: values are matched by their place, and where the raw text does not
 * line up with what was read, nothing of its content is shown.
 */
import {
  redactPlaced,
  type IdentifierSpan,
  type PlacedText,
  type SecretShape,
} from '../alert/index.ts';
import type { TextSpan, TranscriptEntry } from '../api/index.ts';
import { bufferId } from '../core/index.ts';
import type { Finding, FindingMatch } from '../detect/index.ts';
import { placeOfMatch, type PlayedElement } from './played-element.ts';
import {
  isBlank,
  printElement,
  printedPlace,
  textPlace,
  unitsOf,
  type PrintedElement,
  type PrintedValue,
} from './printed-element.ts';
import { rawText, readRaw, readReferences, type RawElement, type RawValue } from './raw-element.ts';
import { KnownSecrets } from './known-secrets.ts';

/** Longest text of an entry. */
const ENTRY_CHARS = 16 * 1024;
/** Of a longer element so much is looked at. */
const READ_CHARS = 256 * 1024;
/** Hidden at that cut: half a secret would not be recognised. */
const EDGE_CHARS = 128;
export const WITHHELD = '********';
const MAX_MARKS = 64;
const RAW_STANZA = bufferId('xmpp.stanza');

/** An element read, before all secrets of the conversation are known. */
export class EntryDraft {
  readonly element: PlayedElement;
  readonly isAlert: boolean;
  readonly #printed: PrintedElement;
  readonly #raw: RawElement;
  /** Values of the print as they are written; undefined where they do not line up. */
  readonly #written: readonly RawValue[] | undefined;
  /** Stretches of the print that rules say are secret, and that the alert's rule matched. */
  readonly #secret: SecretShape[] = [];
  readonly #marks: SecretShape[] = [];

  /** `marked`: findings of the alert's rule on this element. Secrets go into `secrets`. */
  constructor(
    element: PlayedElement,
    isAlert: boolean,
    marked: readonly Finding[],
    secrets: KnownSecrets,
  ) {
    this.element = element;
    this.isAlert = isAlert;
    this.#printed = printElement(element.tokens, element.kind === 'stream');
    this.#raw = readRaw(rawText(element.raw));
    this.#written = alignedValues(this.#printed, this.#raw);
    for (const finding of element.findings) this.#learnSecrets(finding, secrets);
    for (const finding of marked) {
      for (const match of finding.matches.slice(0, MAX_MARKS)) {
        this.#marks.push(...this.#placesOf(finding, match));
      }
    }
    // Shapes as well: what is a password here is one where it stands without its label.
    const { text } = this.#printed;
    const sure = redactLong(text, this.#secret, [{ start: 0, end: text.length }]);
    for (const shape of sure.secrets) secrets.add(this.#said(shape));
    for (const shape of this.#masked([]).secrets) secrets.addGuess(this.#said(shape));
  }

  finish(secrets: KnownSecrets): TranscriptEntry {
    const { element } = this;
    const pieces = this.#words((text) => secrets.isPiece(text));
    const decoded = this.#masked([...this.#known(secrets), ...pieces]);
    const raw = this.#maskedRaw(decoded, secrets);
    const marks = spans(this.#marks, decoded);
    const rawMarks = raw === undefined ? [] : spans(this.#marksInRaw(), raw);
    const shown = windowed(decoded.text, marks);
    const shownRaw = windowed(raw?.text ?? this.#outline(), rawMarks);
    return {
      tsUsec: element.tsUsec,
      direction: element.direction === 0 ? 'to_server' : 'to_client',
      kind: element.kind,
      ...{ decoded: shown.text, marks: shown.marks },
      ...{ raw: shownRaw.text, rawMarks: shownRaw.marks },
      isAlert: this.isAlert,
      isDisguised: element.hasMarkedText || element.isTranscoded || this.#raw.hasOddReferences,
      isCut: shown.isCut || shownRaw.isCut || element.isCapped || raw === undefined,
    };
  }

  /** Nothing of a secret found by a rule is shown, not even its ends. */
  #learnSecrets(finding: Finding, secrets: KnownSecrets): void {
    const { rule, evidence, matches } = finding;
    for (const match of rule.isSecret ? matches : []) {
      const own = this.#placesOf(finding, match);
      if (own.length === 0) {
        this.#secret.push(...this.#words());
        secrets.addJoined(evidence);
      }
      this.#secret.push(...own);
      for (const shape of own) secrets.add(this.#said(shape));
    }
    for (const { offset, length } of finding.secrets) {
      secrets.addBytes(evidence.subarray(offset, offset + length));
    }
  }

  /** Where a match stands in the print; where the rule read a text made for it, wherever the same is written. */
  #placesOf(finding: Finding, match: FindingMatch): SecretShape[] {
    const own = this.#matched(match);
    const { evidence, evidenceOffset, buffer, region } = finding;
    if (own.length > 0 || match.buffer !== buffer || match.region !== region) return own;
    const start = Math.max(0, match.offset - evidenceOffset);
    const same = new KnownSecrets();
    same.addBytes(evidence.subarray(start, match.offset - evidenceOffset + match.length));
    return this.#known(same);
  }

  /** What a stretch of the print says, as it was meant: without what printing adds. */
  #said({ start, end }: SecretShape): string {
    const said = this.#printed.values.flatMap((printed) => {
      const from = Math.max(start, printed.start ?? Infinity);
      const to = Math.min(end, printed.end);
      if (from >= to) return [];
      return [printed.text.slice(textPlace(printed, from), textPlace(printed, to))];
    });
    return said.length > 0 ? said.join('') : this.#printed.text.slice(start, end);
  }

  /**
   * Where secrets stand: in names, and in what the values say, also where one is said in several elements or attributes,
   * one behind the other.
   */
  #known(secrets: KnownSecrets): SecretShape[] {
    const { text, values } = this.#printed;
    const said = values.filter(({ start }) => start !== undefined);
    const words = said.filter(({ isAttribute }) => !isAttribute);
    const attributes = said.filter(({ isAttribute }) => isAttribute);
    const find = (placesIn: PlacesIn): SecretShape[] => [
      ...placesIn(text),
      ...placesInAll(words, placesIn),
      ...placesInAll(attributes, placesIn),
    ];
    const guesses = find((read) => secrets.guessesIn(read));
    return [...find((read) => secrets.placesIn(read)), ...outside(guesses, this.#ids())];
  }

  /** Ids of stanzas and streams are random by nature, and stand in the records of a session as they are. */
  #ids(): IdentifierSpan[] {
    return this.#printed.values.flatMap(({ start, end, isId }) =>
      isId && start !== undefined ? [{ start, end }] : [],
    );
  }

  /** What somebody wrote, for a secret of which nobody can tell where in it it is. */
  #words(isMeant: (text: string) => boolean = () => true): SecretShape[] {
    return this.#printed.values.flatMap(({ text, start, end, isAttribute }) =>
      start === undefined || isAttribute || !isMeant(text) ? [] : [{ start, end, isWhole: true }],
    );
  }

  /** What a rule matched, in the print: of each value it touches the part it covers. */
  #matched(match: FindingMatch): SecretShape[] {
    const place = placeOfMatch(this.element, match);
    if (place === undefined) return [];
    const [from, to] = place;
    // What is written as it reads has one place in memory, which is in the raw bytes: the buffer tells what is meant.
    if (match.buffer === RAW_STANZA) return this.#rawInPrint(from, to);
    return this.#printed.values.flatMap((printed) => {
      const { value } = printed;
      const start = Math.max(from, value.offset);
      const end = Math.min(to, value.offset + value.bytes.length);
      if (start >= end || printed.start === undefined) return [];
      const units = (at: number): number =>
        printedPlace(printed, unitsOf(value, at - value.offset));
      return [{ start: units(start), end: units(end), isWhole: true }];
    });
  }

  /** Bytes of the raw element: the values they belong to, as a whole. */
  #rawInPrint(from: number, to: number): SecretShape[] {
    const { raw, rawOffset } = this.element;
    const start = rawText(raw.subarray(0, from - rawOffset)).length;
    const end = start + rawText(raw.subarray(from - rawOffset, to - rawOffset)).length;
    return (this.#written ?? []).flatMap((written, i) => {
      const printed = this.#printed.values[i];
      if (printed?.start === undefined || written.starts.length === 0) return [];
      const isTouched = (written.starts[0] ?? 0) < end && (written.ends.at(-1) ?? 0) > start;
      return isTouched ? [{ start: printed.start, end: printed.end, isWhole: true }] : [];
    });
  }

  #masked(known: readonly SecretShape[]): PlacedText {
    return redactLong(this.#printed.text, [...this.#secret, ...known], this.#ids());
  }

  /** Undefined where it cannot be told which part of the raw text a secret is. */
  #maskedRaw(decoded: PlacedText, secrets: KnownSecrets): PlacedText | undefined {
    const { text } = this.#raw;
    const ids = this.#idsInRaw();
    const guesses = writtenPlaces(text, (read) => secrets.guessesIn(read));
    const known = writtenPlaces(text, (read) => secrets.placesIn(read));
    known.push(...outside(guesses, ids));
    for (const secret of decoded.secrets) {
      const places = this.#inRaw(secret);
      if (places === undefined) return undefined;
      known.push(...places);
    }
    return redactLong(text, known, ids);
  }

  /** Ids as they are written; one that is written in an odd way may hold what does not show. */
  #idsInRaw(): IdentifierSpan[] {
    return this.#printed.values.flatMap(({ text, isId }, i) => {
      const written = this.#written?.[i];
      const start = written?.starts[0];
      const end = written?.ends.at(-1);
      if (!isId || start === undefined || end === undefined) return [];
      return this.#raw.text.slice(start, end) === text ? [{ start, end }] : [];
    });
  }

  /** Where a stretch of the print is written. */
  #inRaw({ start, end, isWhole }: SecretShape): SecretShape[] | undefined {
    if (this.#written === undefined) return undefined;
    const places: SecretShape[] = [];
    for (const [i, printed] of this.#printed.values.entries()) {
      const written = this.#written[i];
      if (printed.start === undefined || written === undefined) continue;
      const from = Math.max(start, printed.start);
      const to = Math.min(end, printed.end);
      if (from >= to) continue;
      const first = textPlace(printed, from);
      const last = textPlace(printed, to);
      const rawStart = written.starts[first];
      const rawEnd = written.ends[last - 1];
      if (rawStart === undefined || rawEnd === undefined) return undefined;
      const isLiteral = this.#raw.text.slice(rawStart, rawEnd) === printed.text.slice(first, last);
      places.push({ start: rawStart, end: rawEnd, isWhole: isWhole || !isLiteral });
    }
    if (places.length > 0) return places;
    // In a name or a namespace: it is written as it reads, or it cannot be found.
    const secret = this.#printed.text.slice(start, end);
    const at = this.#raw.text.indexOf(secret);
    if (isBlank(secret)) return [];
    return at < 0 ? undefined : [{ start: at, end: at + secret.length, isWhole: true }];
  }

  #marksInRaw(): SecretShape[] {
    return this.#marks.flatMap((mark) => this.#inRaw(mark) ?? []);
  }

  /** All that may be shown of a raw text with secrets nobody can place. */
  #outline(): string {
    const name = /^<[^\s/>=]+/.exec(this.#raw.text)?.[0] ?? '';
    return `${redactPlaced(name).text} ${WITHHELD}`;
  }
}

/** Where secrets stand in a text. */
type PlacesIn = (text: string) => SecretShape[];

function outside(places: readonly SecretShape[], ids: readonly IdentifierSpan[]): SecretShape[] {
  return places.filter(({ start, end }) => !ids.some((id) => start >= id.start && end <= id.end));
}

/** Where secrets stand in values one behind the other; of each value the part that belongs to one. */
function placesInAll(values: readonly PrintedValue[], placesIn: PlacesIn): SecretShape[] {
  const starts: number[] = [];
  let joined = '';
  for (const { text } of values) {
    starts.push(joined.length);
    joined += text;
  }
  const places: SecretShape[] = [];
  for (const { start, end } of placesIn(joined)) {
    for (let i = lastUpTo(starts, start); i < values.length; i++) {
      const printed = values[i];
      const offset = starts[i];
      if (printed === undefined || offset === undefined || offset >= end) break;
      const from = Math.max(0, start - offset);
      const to = Math.min(printed.text.length, end - offset);
      const [first, last] = [printedPlace(printed, from), printedPlace(printed, to)];
      if (first < last) places.push({ start: first, end: last, isWhole: true });
    }
  }
  return places;
}

/** Index of the last of ascending numbers that is not larger. */
function lastUpTo(numbers: readonly number[], most: number): number {
  let low = 0;
  for (let high = numbers.length; high - low > 1;) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? Infinity) <= most) low = middle;
    else high = middle;
  }
  return low;
}

/** Where secrets stand in what was written, also with references, outside of values too (a comment). */
function writtenPlaces(text: string, placesIn: PlacesIn): SecretShape[] {
  const places = placesIn(text);
  if (!text.includes('&')) return places;
  const read = readReferences(text.slice(0, READ_CHARS));
  for (const { start, end } of placesIn(read.text)) {
    const [from, to] = [read.starts[start], read.ends[end - 1]];
    if (from !== undefined && to !== undefined)
      places.push({ start: from, end: to, isWhole: true });
  }
  return places;
}

function redactLong(
  text: string,
  known: readonly SecretShape[],
  identifiers: readonly IdentifierSpan[],
): PlacedText {
  if (text.length <= READ_CHARS) return redactPlaced(text, known, identifiers);
  const kept = text.slice(0, READ_CHARS);
  const inside = known
    .filter(({ start }) => start < READ_CHARS)
    .map((shape) => ({ ...shape, end: Math.min(shape.end, READ_CHARS) }));
  const edge = { start: READ_CHARS - EDGE_CHARS, end: READ_CHARS, isWhole: true };
  const ids = identifiers.map(({ start, end }) => ({ start, end: Math.min(end, READ_CHARS) }));
  return redactPlaced(kept, [...inside, edge], ids);
}

/** The values as they are written, when they are the same ones in the same order. */
function alignedValues(printed: PrintedElement, raw: RawElement): readonly RawValue[] | undefined {
  const { values } = raw;
  const isSame =
    values?.length === printed.values.length &&
    values.every(({ text }, i) => isSameText(text, printed.values[i]));
  return isSame ? values : undefined;
}

/** Characters that are none (lone surrogates, bytes that are no UTF-8) are written in several ways. */
function isSameText(written: string, printed: PrintedValue | undefined): boolean {
  return printed !== undefined && written === printed.text;
}

function spans(marks: readonly SecretShape[], placed: PlacedText): TextSpan[] {
  const found: TextSpan[] = [];
  for (const { start, end } of marks) {
    const offset = placed.placeOf(start);
    const length = Math.min(placed.placeOf(end), placed.text.length) - offset;
    if (length > 0 && !found.some((span) => span.offset === offset)) found.push({ offset, length });
  }
  return found.sort((a, b) => a.offset - b.offset);
}

/** At most ENTRY_CHARS of a text, with the first mark in it. */
function windowed(
  text: string,
  marks: readonly TextSpan[],
): { text: string; marks: TextSpan[]; isCut: boolean } {
  if (text.length <= ENTRY_CHARS) return { text, marks: [...marks], isCut: false };
  const focus = marks[0]?.offset ?? 0;
  const from = Math.max(0, Math.min(focus - ENTRY_CHARS / 4, text.length - ENTRY_CHARS));
  const start = from === 0 ? 0 : Math.floor(from) + 1;
  const end = start + ENTRY_CHARS - 2;
  const kept = marks
    .filter(({ offset }) => offset >= start && offset < end)
    .map(({ offset, length }) => ({
      offset: offset - start + (start > 0 ? 1 : 0),
      length: Math.min(length, end - offset),
    }));
  const cut = `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
  return { text: cut, marks: kept, isCut: true };
}
