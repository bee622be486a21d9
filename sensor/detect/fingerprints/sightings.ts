/**
 * What of which document one account has sent so far: pieces are added up over messages, each shingle once, so that the
 * second leg of a message adds nothing and a document pasted in twenty pieces is one. Bounded; the one untouched for
 * longest is forgotten first. Runs only when a text has a piece of a document.
 */
import type { Counters, LimitValues } from '../../core/index.ts';

export interface SightingsOptions {
  readonly counters: Counters;
  readonly limits: Pick<LimitValues, 'dlpSightings' | 'dlpSightingBytes'>;
  readonly windowSeconds: number;
}

/** Addressees that are told apart for one document and sender. */
const MAX_RECIPIENTS = 64;

export interface Sighting {
  readonly seen: Uint32Array;
  /** Shingles found so far. */
  found: number;
  readonly recipients: Set<string>;
  lastUsec: number;
}

export class Sightings {
  readonly #options: SightingsOptions;
  /** In the order of their latest piece. */
  readonly #byKey = new Map<string, Sighting>();
  #bytes = 0;

  constructor(options: SightingsOptions) {
    this.#options = options;
  }

  /** What is known of the document (of `shingles` shingles) and the sender; fresh when the last piece is long ago. */
  open(key: string, shingles: number, nowUsec: number): Sighting {
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      this.#byKey.delete(key);
      if (Math.abs(nowUsec - known.lastUsec) <= this.#options.windowSeconds * 1e6) {
        this.#byKey.set(key, known);
        known.lastUsec = nowUsec;
        return known;
      }
      this.#bytes -= known.seen.byteLength;
    }
    const seen = new Uint32Array(Math.ceil(shingles / 32));
    const fresh = { seen, found: 0, recipients: new Set<string>(), lastUsec: nowUsec };
    this.#byKey.set(key, fresh);
    this.#bytes += seen.byteLength;
    this.#shrink();
    return fresh;
  }

  /** True when the shingle was not found before. */
  static add(sighting: Sighting, ordinal: number): boolean {
    const word = ordinal >>> 5;
    const bit = 1 << (ordinal & 31);
    if (((sighting.seen[word] as number) & bit) !== 0) return false;
    sighting.seen[word] = (sighting.seen[word] as number) | bit;
    sighting.found++;
    return true;
  }

  /** True when it goes to somebody it did not go to before. */
  static addRecipient({ recipients }: Sighting, recipient: string): boolean {
    if (recipients.has(recipient) || recipients.size >= MAX_RECIPIENTS) return false;
    recipients.add(recipient);
    return true;
  }

  /** The latest one stays, whatever its size. */
  #shrink(): void {
    const { dlpSightings, dlpSightingBytes } = this.#options.limits;
    for (const [key, { seen }] of this.#byKey) {
      const isFull = this.#byKey.size > dlpSightings || this.#bytes > dlpSightingBytes;
      if (!isFull || this.#byKey.size === 1) return;
      this.#byKey.delete(key);
      this.#bytes -= seen.byteLength;
      this.#options.counters.add('stateEvictions', 1);
    }
  }
}
