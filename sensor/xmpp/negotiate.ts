/** Stream features, STARTTLS (RFC 6120 section 5) and stream compression (XEP-0138). */
import { DIRECTION } from '../core/index.ts';
import { NAME, NS } from './ids.ts';
import { onLoginImplied } from './login.ts';
import { SEAM } from './seal.ts';
import type { Stage } from './stage.ts';
import { PHASE } from './types.ts';

/** `<stream:features/>`: what the server offers, and thereby where the session stands. */
export function onFeatures(stage: Stage): void {
  const { session, tape, direction } = stage;
  if (direction !== DIRECTION.toClient) return;
  let hasBind = false;
  for (let child = tape.firstChild(0); child >= 0; child = tape.nextSibling(child, 0)) {
    const ns = tape.ns(child);
    const name = tape.name(child);
    if (ns === NS.tls && name === NAME.starttls) {
      const isRequired = tape.child(child, NS.tls, NAME.required) >= 0;
      session.starttlsOffered = isRequired ? 'required' : 'offered';
      if (session.tls !== 'started') session.tls = session.starttlsOffered;
    } else if (
      (ns === NS.sasl && name === NAME.mechanisms) ||
      (ns === NS.sasl2 && name === NAME.authentication)
    ) {
      for (let at = tape.firstChild(child); at >= 0; at = tape.nextSibling(at, child)) {
        if (tape.is(at, ns, NAME.mechanism)) session.noteMechanism(stage.value(tape.text(at)));
      }
    } else if (ns === NS.compressFeature) {
      session.compressionOffered = true;
    } else if (ns === NS.bind && name === NAME.bind) {
      hasBind = true;
    }
  }
  // Binding is offered only to who is logged in: the answer to the login was lost or is late.
  if (hasBind && !session.authenticated) onLoginImplied(stage);
  session.advance(session.authenticated ? PHASE.bind : PHASE.features);
}

/** Elements of the TLS namespace. */
export function onTls(stage: Stage, name: number): void {
  const { session, direction } = stage;
  if (direction === DIRECTION.toServer) {
    if (name !== NAME.starttls) return;
    if (session.starttlsRefused) {
      session.starttlsRefused = false;
      return;
    }
    session.starttlsSent = true;
    const { seal } = session.toServer;
    // What is not well-formed asks nothing: the server closes the stream.
    if (seal.seam === SEAM.none && !stage.isBroken) seal.ask(stage.endsAt);
    session.advance(PHASE.tls);
  } else if (name === NAME.proceed) {
    onEncrypted(stage, 'starttls');
  } else if (name === NAME.failure) {
    session.starttlsRefused = !session.starttlsSent;
    session.starttlsSent = false;
    session.toServer.seal.begin(SEAM.none);
    stage.release('starttls', true);
    if (session.phase === PHASE.tls) session.phase = PHASE.features;
  }
}

/** Elements of the compression namespace. */
export function onCompression(stage: Stage, name: number): void {
  const { session, direction } = stage;
  if (direction === DIRECTION.toServer) {
    if (name === NAME.compress) session.compressSent = true;
  } else if (name === NAME.compressed) {
    onEncrypted(stage, 'compressed');
  } else if (name === NAME.failure) {
    session.compressSent = false;
    stage.release('starttls', true);
  }
}

/** The bytes of the flow are no longer XML. */
export function onEncrypted(stage: Stage, how: 'starttls' | 'compressed'): void {
  const { session } = stage;
  stage.release('starttls', false);
  if (how === 'starttls') {
    session.tls = 'started';
    session.toServer.seal.proceed(DIRECTION.toServer);
    session.toClient.seal.proceed(DIRECTION.toClient);
    session.advance(PHASE.tls);
  } else {
    session.compressed = true;
  }
  stage.stopBoth();
  stage.handler.onEncrypted(session.flow, how);
}

/**
 * Do these bytes start what an answer the sensor has not seen yet would have announced (a TLS
 * record, a zlib stream)? Packets of the two directions may be captured in the wrong order.
 */
export function startsNextLayer(
  starttlsSent: boolean,
  compressSent: boolean,
  bytes: Uint8Array,
  offset: number,
): boolean {
  const first = bytes[offset];
  // RFC 8446 section 5.1: record type handshake or alert. RFC 1950: deflate with a 32 KiB window.
  return (starttlsSent && (first === 0x16 || first === 0x15)) || (compressSent && first === 0x78);
}
