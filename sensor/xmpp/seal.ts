/**
 * The seam between XML and TLS (RFC 6120 section 5.4.3.3): behind `<starttls/>` the client says nothing until the
 * server has answered, and behind `<proceed/>` both say TLS. Whatever else stands there was put in by somebody on
 * the way, to be taken for part of the protected stream (CVE-2011-0411 and its kin). White space is forbidden too,
 * and written by sloppy clients; the end of the stream is how one gives up.
 */
import { DIRECTION, type Direction } from '../core/index.ts';
import type { Stage } from './stage.ts';
import { EVENT } from './stage.ts';

/** Where a half stands at the seam. */
export const SEAM = {
  /** XML, as usual. */
  none: 0,
  /** The client has asked; the server has not answered. */
  asked: 1,
  /** The server said yes: what comes is TLS. */
  sealed: 2,
  /** TLS was seen, or it can no longer be told. */
  over: 3,
} as const;

const LESS = 0x3c;
const SLASH = 0x2f;

/** A half at the seam. */
export class Seal {
  seam: number = SEAM.none;
  hasSpace = false;
  /** Where the client's question ended among the bytes of its half. */
  askedAt = 0;
  /** The first byte that was no white space was '<': the next one tells a start tag from an end tag. */
  #afterLess = false;
  #isDecided = false;

  begin(seam: number): void {
    this.seam = seam;
    this.hasSpace = false;
    this.#afterLess = false;
    this.#isDecided = false;
  }

  ask(askedAt: number): void {
    this.begin(SEAM.asked);
    this.askedAt = askedAt;
  }

  /** The server said yes. What stood between question and answer counts; a question captured late tells nothing. */
  proceed(direction: Direction): void {
    if (this.seam === SEAM.asked) this.seam = SEAM.sealed;
    else if (this.seam === SEAM.none) {
      this.begin(direction === DIRECTION.toClient ? SEAM.sealed : SEAM.over);
    }
  }

  /** @returns true when the bytes show, for the first time, content that has no business here. */
  look(bytes: Uint8Array, from: number, to: number): boolean {
    for (let i = from; i < to && !this.#isDecided; i++) {
      const byte = bytes[i] as number;
      if (this.#afterLess) {
        this.#isDecided = true;
        return byte !== SLASH;
      }
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0) {
        this.hasSpace = true;
      } else if (byte === LESS) {
        this.#afterLess = true;
      } else {
        this.#isDecided = true;
        return true;
      }
    }
    return false;
  }

  get isDecided(): boolean {
    return this.#isDecided;
  }
}

/** TLS record (RFC 8446 section 5.1), or the hello of SSL 2.0. */
function isRecord(byte: number): boolean {
  return (byte >= 0x14 && byte <= 0x17) || byte === 0x80;
}

/** Bytes of the client while its question is open. */
export function onAskedBytes(stage: Stage, bytes: Uint8Array, from: number, to: number): void {
  const { seal } = stage.half;
  if (!isRecord(bytes[from] as number) && seal.look(bytes, from, to)) tellInjected(stage);
}

/** The segment in which `<starttls/>` ended, read already: what stands behind it? */
export function onAskingSegment(stage: Stage, bytes: Uint8Array, from: number, to: number): void {
  const { half } = stage;
  const behind = to - (half.bytes - half.seal.askedAt);
  if (behind >= from && behind < to) onAskedBytes(stage, bytes, behind, to);
}

/** Bytes of a half behind `<proceed/>`. */
export function onSealedBytes(stage: Stage, bytes: Uint8Array, from: number, to: number): void {
  const { half, session } = stage;
  if (from >= to) return;
  if (isRecord(bytes[from] as number)) leaveSeam(stage);
  else if (half.seal.look(bytes, from, to)) tellInjected(stage);
  const { toServer, toClient } = session;
  if (toServer.seal.seam === SEAM.over && toClient.seal.seam === SEAM.over) {
    stage.handler.onSealed?.(session.flow);
  }
}

/** No more will be seen of the seam of this half: white space alone is told now. */
export function leaveSeam(stage: Stage): void {
  const { half, session } = stage;
  const { seal } = half;
  const wasTls = session.tls === 'started';
  if (wasTls && seal.hasSpace && !seal.isDecided && isSure(stage)) {
    stage.raise(EVENT.starttlsSpace, { domain: session.domain, side: sideOf(stage) });
  }
  seal.seam = SEAM.over;
}

/** A capture of one direction, or one with holes, cannot tell. */
function isSure({ session, half }: Stage): boolean {
  return session.sawEverything && session.toClient.headers > 0 && half.headers > 0;
}

function sideOf({ direction }: Stage): string {
  return direction === DIRECTION.toServer ? 'client' : 'server';
}

function tellInjected(stage: Stage): void {
  const { session, half } = stage;
  const isAnswered = half.seal.seam === SEAM.sealed;
  half.seal.seam = SEAM.over;
  if (!isSure(stage)) return;
  const side = sideOf(stage);
  const place = isAnswered ? 'behind <proceed/>' : 'behind <starttls/> before its answer';
  stage.raise(EVENT.starttlsInject, {
    summary: `Text from the ${side}'s side stands ${place}, where only TLS may, in a session with ${session.domain === '' ? 'an unnamed server' : session.domain}`,
    ...{ side, domain: session.domain },
  });
}
