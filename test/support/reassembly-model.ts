/**
 * Drives the reassembler in tests, and a naive model of it: a map from stream offset to the byte
 * kept, slow and obvious. What both deliver must be the same.
 */
import { Counters, defaultLimits, eventName, type LimitValues } from '../../sensor/core/index.ts';
import { Reassembler, type OverlapPolicy } from '../../sensor/reassembly/index.ts';

export interface Segment {
  /** Offset of the first byte in the stream, from 0. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** What came out of a half: byte values, and -1 for each byte given up. */
export interface Outcome {
  readonly stream: number[];
  readonly events: string[];
}

export interface HarnessOptions {
  readonly policy?: OverlapPolicy;
  readonly limits?: Partial<LimitValues>;
  /** Sequence number of stream offset 0. */
  readonly firstSeq?: number;
}

/**
 * One half of a reassembler whose deliveries are recorded as text: 'abc', '[3]' for a gap,
 * '!event'.
 */
export class ReassemblyHarness {
  readonly counters = new Counters();
  readonly reassembler: Reassembler;
  readonly half = 3;
  readonly log: string[] = [];
  readonly stream: number[] = [];
  readonly events: string[] = [];
  /** When set, called during each delivery. */
  onBytes: (() => void) | undefined;
  readonly #firstSeq: number;
  /** Segments are handed over from here, which is overwritten after each call. */
  readonly #scratch = new Uint8Array(70_000);

  constructor(options: HarnessOptions = {}) {
    this.#firstSeq = (options.firstSeq ?? 1000) | 0;
    const handler = {
      onBytes: (_half: number, bytes: Uint8Array, offset: number, length: number): void => {
        const part = bytes.slice(offset, offset + length);
        this.stream.push(...part);
        this.log.push(Buffer.from(part).toString('latin1'));
        this.onBytes?.();
      },
      onHole: (_half: number, length: number): void => {
        for (let i = 0; i < length; i++) this.stream.push(-1);
        this.log.push(`[${length}]`);
      },
      onEvent: (_half: number, event: number): void => {
        this.events.push(eventName(event));
        this.log.push(`!${eventName(event)}`);
      },
    };
    const limits = { ...defaultLimits(), ...options.limits };
    this.reassembler = new Reassembler(handler, this.counters, limits, options.policy ?? 'first');
    this.reassembler.reserve(this.half + 1);
    this.reassembler.open(this.half, this.#firstSeq);
  }

  seq(at: number): number {
    return (this.#firstSeq + at) | 0;
  }

  /** Hand over one segment; its bytes are scribbled over after the call, as a capture ring does. */
  send(at: number, data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    const offset = 5;
    this.#scratch.set(bytes, offset);
    this.reassembler.segment(this.half, this.seq(at), this.#scratch, offset, bytes.length);
    this.#scratch.fill(0xee, 0, offset + bytes.length);
  }

  flush(): void {
    this.reassembler.flush(this.half);
  }

  outcome(): Outcome {
    return { stream: this.stream, events: this.events };
  }
}

interface KeptByte {
  value: number;
  from: number;
  to: number;
}

/** The model: everything delivered as soon as it is contiguous, delivered bytes never replaced. */
export class ReassemblyModel {
  readonly stream: number[] = [];
  /** Segments that claimed some byte with another value. */
  conflicts = 0;
  readonly #waiting = new Map<number, KeptByte>();
  readonly #policy: OverlapPolicy;

  constructor(policy: OverlapPolicy) {
    this.#policy = policy;
  }

  send({ at, bytes }: Segment): void {
    const to = at + bytes.length;
    let isConflict = false;
    for (let i = 0; i < bytes.length; i++) {
      const value = bytes[i] ?? 0;
      const position = at + i;
      if (position < this.stream.length) {
        const delivered = this.stream[position];
        if (delivered !== value && delivered !== -1) isConflict = true;
        continue;
      }
      const old = this.#waiting.get(position);
      if (old === undefined) {
        this.#waiting.set(position, { value, from: at, to });
      } else {
        if (old.value !== value) isConflict = true;
        if (this.#replaces(at, to, old)) this.#waiting.set(position, { value, from: at, to });
      }
    }
    if (isConflict) this.conflicts++;
    this.#deliver();
  }

  flush(): void {
    while (this.#waiting.size > 0) {
      this.stream.push(-1);
      this.#deliver();
    }
  }

  #deliver(): void {
    for (;;) {
      const next = this.#waiting.get(this.stream.length);
      if (next === undefined) return;
      this.#waiting.delete(this.stream.length);
      this.stream.push(next.value);
    }
  }

  #replaces(from: number, to: number, old: KeptByte): boolean {
    const beginsBefore = from < old.from;
    switch (this.#policy) {
      case 'first':
        return false;
      case 'last':
        return true;
      case 'bsd':
        return beginsBefore;
      case 'linux':
        return beginsBefore || (from === old.from && to > old.to);
      case 'windows':
        return beginsBefore && to > old.to;
    }
  }
}
