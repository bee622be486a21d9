/**
 * Parts of fingerprinted documents in messages and in files (event dlp.fingerprint). Made only where there are
 * fingerprints; a message shorter than a shingle costs a comparison.
 */
import {
  bufferId,
  eventId,
  type Counters,
  type LimitValues,
  type ThresholdValues,
} from '../../core/index.ts';
import { foldInto, type StanzaView } from '../../xmpp/index.ts';
import type { Detector, EmitEvent, EventContext, Incident } from '../detector.ts';
import type { FileVerdict, FileView } from '../file-types.ts';
import type { FingerprintIndex } from '../fingerprints/fingerprint-index.ts';
import type { FingerprintedDocument } from '../fingerprints/library.ts';
import { MIN_SHINGLE_BYTES } from '../fingerprints/shingles.ts';
import { Sightings } from '../fingerprints/sightings.ts';

export interface FingerprintOptions {
  readonly index: FingerprintIndex;
  readonly counters: Counters;
  readonly limits: Pick<LimitValues, 'dlpSightings' | 'dlpSightingBytes'>;
  readonly thresholds: Pick<ThresholdValues, 'fingerprintShingles' | 'fingerprintSeconds'>;
}

const FOLDED = bufferId('xmpp.text_folded');
const EVENT = eventId('dlp.fingerprint');
const REGION_WORDS = 3;
/** Folding makes a text at most so much longer; what would be longer is read unfolded. */
const MOST_GROWTH = 4;

/** What was found of one document. */
interface Found {
  readonly document: FingerprintedDocument;
  readonly shingles: Set<number>;
}

export function createFingerprintDetector(options: FingerprintOptions): Detector {
  return new FingerprintDetector(options);
}

class FingerprintDetector implements Detector {
  readonly name = 'fingerprints';
  readonly buffers: ReadonlySet<number> = new Set([FOLDED]);
  readonly #index: FingerprintIndex;
  readonly #sightings: Sightings;
  readonly #least: number;

  constructor({ index, counters, limits, thresholds }: FingerprintOptions) {
    this.#index = index;
    this.#least = thresholds.fingerprintShingles;
    const windowSeconds = thresholds.fingerprintSeconds;
    this.#sightings = new Sightings({ counters, limits, windowSeconds });
  }

  stanza(view: StanzaView, emit: EmitEvent): void {
    const { memory, regions, regionCount } = view;
    let found: Map<number, Found> | undefined;
    for (let region = 0; region < regionCount; region++) {
      const at = REGION_WORDS * region;
      if (regions[at] !== FOLDED) continue;
      const length = regions[at + 2] as number;
      if (length < MIN_SHINGLE_BYTES) continue;
      const start = regions[at + 1] as number;
      this.#index.read(memory, start, start + length);
      if (this.#index.hitCount > 0) found = this.#gather(found ?? new Map<number, Found>());
    }
    if (found !== undefined) this.#tell(view, found, emit);
  }

  /** A file is looked at by itself: what one account sends in several is told of each. */
  file({ parts, describe }: FileView): readonly FileVerdict[] {
    const found = new Map<number, Found>();
    for (const { text } of parts) {
      if (text.length < MIN_SHINGLE_BYTES) continue;
      const folded = foldedOf(text);
      this.#index.read(folded, 0, folded.length);
      this.#gather(found);
    }
    return bestOf(found.values(), ({ shingles }) => shingles.size)
      .filter(({ shingles }) => shingles.size >= this.#least)
      .map(({ document, shingles }) => ({
        event: EVENT,
        context: {
          ...contextOf(document, shingles.size),
          summary: describe(partWords(document, shingles.size)),
        },
      }));
  }

  /** Adds what the index has just found. */
  #gather(found: Map<number, Found>): Map<number, Found> {
    const { hits, hitCount, documents } = this.#index;
    for (let i = 0; i < hitCount; i++) {
      const number = hits[2 * i] as number;
      let one = found.get(number);
      if (one === undefined) {
        const document = documents[number] as FingerprintedDocument;
        found.set(number, (one = { document, shingles: new Set() }));
      }
      one.shingles.add(hits[2 * i + 1] as number);
    }
    return found;
  }

  #tell(view: StanzaView, found: Map<number, Found>, emit: EmitEvent): void {
    const from = bare(view.from);
    const to = bare(view.to);
    const grown = [...found.values()].flatMap(({ document, shingles }) => {
      const key = `${document.set}\0${document.name}\0${from}`;
      const sighting = this.#sightings.open(key, document.shingles.length / 2, view.tsUsec);
      let isNew = false;
      for (const ordinal of shingles) isNew = Sightings.add(sighting, ordinal) || isNew;
      const isMuch = sighting.found >= this.#least;
      // A piece that is nothing by itself makes nobody a recipient of the document.
      const isElsewhere = isMuch && Sightings.addRecipient(sighting, to);
      return isMuch && (isNew || isElsewhere) ? [{ document, total: sighting.found, key }] : [];
    });
    for (const { document, total, key } of bestOf(grown, (each) => each.total)) {
      const incident: Incident = { key, contributors: [from, to] };
      const context = contextOf(document, total);
      const told = `${from === '' ? 'Somebody' : from} wrote ${partWords(document, total)}`;
      emit(EVENT, { ...context, summary: told }, undefined, incident);
    }
  }
}

/** Of documents that are versions of each other the one most is found of. */
function bestOf<T extends { readonly document: FingerprintedDocument }>(
  all: Iterable<T>,
  amount: (one: T) => number,
): T[] {
  const best = new Map<number, T>();
  for (const one of all) {
    const before = best.get(one.document.group);
    if (before === undefined || amount(one) > amount(before)) best.set(one.document.group, one);
  }
  return [...best.values()];
}

function contextOf(document: FingerprintedDocument, found: number): EventContext {
  const { name, set } = document;
  const percent = percentOf(document, found);
  return { document: name, set, found_percent: percent, found_shingles: found };
}

function partWords(document: FingerprintedDocument, found: number): string {
  return `${percentOf(document, found)} % of ${document.name} (fingerprints ${document.set})`;
}

function percentOf({ shingles }: FingerprintedDocument, found: number): number {
  return Math.max(1, Math.round((100 * found) / (shingles.length / 2)));
}

function bare(jid: string): string {
  const slash = jid.indexOf('/');
  return slash < 0 ? jid : jid.slice(0, slash);
}

/** Text of a file as texts of stanzas are folded. */
function foldedOf(text: Uint8Array): Uint8Array {
  let isAscii = true;
  for (let i = 0; i < text.length && isAscii; i++) isAscii = (text[i] as number) < 0x80;
  if (isAscii) return text;
  for (let growth = 1; growth <= MOST_GROWTH; growth++) {
    const folded = new Uint8Array(growth * text.length);
    const length = foldInto(text, 0, text.length, folded, 0, folded.length);
    if (length >= 0) return folded.subarray(0, length);
  }
  return text;
}
