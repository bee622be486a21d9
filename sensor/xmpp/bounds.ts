/**
 * Resource attacks that show in the pace of a stream: more data before the login than a login needs,
 * and elements that never end. Thresholds follow what servers enforce (threats.md section 9).
 */
import { DIRECTION } from '../core/index.ts';
import type { TapeInfo } from '../xml/index.ts';
import { NAME, NS } from './ids.ts';
import type { Half } from './half.ts';
import type { Session } from './session.ts';
import { EVENT, type Stage } from './stage.ts';

const PREAUTH_STANZA_BYTES = 8 * 1024;
/** SASL tokens (GSSAPI, OAuth) are larger than stanzas before the login. */
const PREAUTH_TOKEN_BYTES = 16 * 1024;
const PREAUTH_ELEMENTS = 32;
const PREAUTH_TOTAL_BYTES = 64 * 1024;

const ENDLESS_PREAUTH_BYTES = 64 * 1024;
const ENDLESS_BYTES = 1024 * 1024;
/** A trickle: open for so long, with so much of it read. Slow mobile links send less. */
const TRICKLE_USEC = 120_000_000;
const TRICKLE_BYTES = 16 * 1024;

/** Only what comes from the initiating side is measured, and only where the start was seen. */
function isMeasured(session: Session, half: Half): boolean {
  if (session.authenticated || !half.inSync) return false;
  return half.direction === DIRECTION.toServer || session.connection === 's2s';
}

function tellBloat(stage: Stage, what: string, limit: number): void {
  const { half } = stage;
  if (half.bloatTold) return;
  half.bloatTold = true;
  stage.raise(EVENT.preauthBloat, { what, limit });
}

/** Told once for an element, however it is noticed. */
function tellEndless(stage: Stage, what: string, limit: number): void {
  const { half } = stage;
  if (half.endlessTold === half.elements) return;
  half.endlessTold = half.elements;
  stage.raise(EVENT.neverEnding, { what, limit });
}

/** The tokenizer says that the element at hand passed 64 KiB or 1 MiB. */
export function onElementSize(stage: Stage, bytes: number): void {
  const isPreauth = !stage.session.authenticated && stage.half.inSync;
  const limit = isPreauth ? ENDLESS_PREAUTH_BYTES : ENDLESS_BYTES;
  if (bytes >= limit) tellEndless(stage, 'bytes', limit);
}

/** A first-level element is complete. */
export function onElementDone(stage: Stage, info: TapeInfo): void {
  const { session, half, tape } = stage;
  half.elementOpen = false;
  if (!isMeasured(session, half)) return;
  const ns = tape.ns(0);
  const name = tape.name(0);
  const isToken =
    (ns === NS.sasl || ns === NS.sasl2) &&
    (name === NAME.auth || name === NAME.response || name === NAME.authenticate);
  const limit = isToken ? PREAUTH_TOKEN_BYTES : PREAUTH_STANZA_BYTES;
  if (info.wireLength > limit) tellBloat(stage, 'element_bytes', limit);
  else if (info.elementCount > PREAUTH_ELEMENTS) tellBloat(stage, 'elements', PREAUTH_ELEMENTS);
}

/** Bytes of one direction were read; `openBytes` of them belong to an element that is still open. */
export function onBytesRead(stage: Stage, length: number, openBytes: number): void {
  const { session, half, tsUsec } = stage;
  if (isMeasured(session, half)) {
    half.preauthBytes += length;
    if (openBytes > PREAUTH_TOKEN_BYTES) {
      tellBloat(stage, 'element_bytes', PREAUTH_TOKEN_BYTES);
    } else if (half.preauthBytes > PREAUTH_TOTAL_BYTES) {
      tellBloat(stage, 'total_bytes', PREAUTH_TOTAL_BYTES);
    }
  }
  if (openBytes === 0) {
    half.elementOpen = false;
    return;
  }
  if (!half.elementOpen) {
    half.elementOpen = true;
    half.openSinceUsec = tsUsec;
  }
  if (!half.inSync || openBytes < TRICKLE_BYTES) return;
  const limit = session.authenticated ? ENDLESS_BYTES : ENDLESS_PREAUTH_BYTES;
  if (openBytes > limit) tellEndless(stage, 'bytes', limit);
  else if (tsUsec - half.openSinceUsec > TRICKLE_USEC) {
    tellEndless(stage, 'seconds', TRICKLE_USEC / 1_000_000);
  }
}
