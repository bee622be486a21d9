/**
 * Stream headers: who talks to whom, what kind of connection it is, and whether this header may
 * stand here (RFC 6120 sections 4.2, 4.3.3, 4.7, 4.8).
 */
import { DIRECTION } from '../core/index.ts';
import { TOKEN } from '../xml/index.ts';
import { NAME, NS } from './ids.ts';
import { isAddressLiteral, normalizeDomain, splitJid } from './jid.ts';
import type { Session } from './session.ts';
import { EVENT, type Stage } from './stage.ts';
import { PHASE, type ConnectionKind } from './types.ts';

const S2S_PORTS = [5269, 5270];
const COMPONENT_PORTS = [5275, 5347, 8888];
const SERVERLESS_PORT = 5298;

/** What the port suggests, until the content namespace says it. */
export function connectionByPort(port: number): ConnectionKind {
  if (S2S_PORTS.includes(port)) return 's2s';
  if (COMPONENT_PORTS.includes(port)) return 'component';
  return port === SERVERLESS_PORT ? 'serverless' : 'c2s';
}

/** Id of the default namespace the header declares; 0 when it declares none we know. */
function contentNamespace(stage: Stage): number {
  const { tape } = stage;
  for (let i = 1; i < tape.count; i++) {
    const kind = tape.kind(i);
    if (kind === TOKEN.nsdecl) {
      if (tape.word(i, 4) === 0) return tape.ns(i);
    } else if (kind !== TOKEN.attr) {
      break;
    }
  }
  return 0;
}

function connectionOf(contentNs: number, to: string, session: Session): ConnectionKind {
  if (contentNs === NS.server) return 's2s';
  if (contentNs === NS.component || contentNs === NS.componentConnect) return 'component';
  if (contentNs !== NS.client) return session.connection;
  // XEP-0174: both ends are users; a client of a server asks for a domain.
  if (session.serverPort === SERVERLESS_PORT || to.includes('@')) return 'serverless';
  return 'c2s';
}

/** Names for the account or the servers behind this session. */
function noteParties(session: Session, direction: number, to: string, from: string): void {
  const asked = direction === DIRECTION.toServer ? to : from;
  const asking = direction === DIRECTION.toServer ? from : to;
  if (asked !== '') session.domain = normalizeDomain(splitJid(asked).domain);
  if (asking === '') return;
  if (session.connection === 's2s') session.peerDomain = normalizeDomain(asking);
  if (session.connection === 'serverless') session.setJid(asking);
}

/** A header on a half that had one already, without a restart the tokenizer was told of. */
function onReopen(stage: Stage): void {
  const { session, direction, half } = stage;
  if (!half.inSync) return;
  const context = { depth: 0 };
  if (direction === DIRECTION.toServer && session.loginOpen && !session.earlyHeader) {
    // The client restarts after success; its packet may have been captured before the server's.
    session.earlyHeader = true;
    stage.hold('sasl', EVENT.streamReopen, context);
    return;
  }
  stage.raise(EVENT.streamReopen, context);
}

function checkHost(stage: Stage, host: string): void {
  const { half } = stage;
  if (host === '') return;
  const now = normalizeDomain(splitJid(host).domain);
  const first = half.host;
  if (first === '' || isAddressLiteral(first)) {
    half.host = now;
  } else if (first !== now && half.inSync) {
    stage.raise(EVENT.restartHostSwap, { first, now });
    // Once per change, not for each header that follows.
    half.host = now;
  }
}

/** Everything RFC 6120 section 4.7 asks of a header; one event names all that is wrong. */
function faults(stage: Stage, isStream: boolean, contentNs: number, hadNs: boolean): string {
  const { session, direction } = stage;
  const wrong: string[] = [];
  if (!isStream) wrong.push('root');
  const version = stage.attr(0, NAME.version);
  const isComponent = session.connection === 'component';
  if (version === '' ? direction === DIRECTION.toServer && !isComponent : version !== '1.0') {
    wrong.push('version');
  }
  const needsTo = session.connection === 'c2s' || isComponent;
  if (direction === DIRECTION.toServer && needsTo && stage.tape.attr(0, NAME.to) < 0) {
    wrong.push('to');
  }
  if (
    direction === DIRECTION.toClient &&
    session.connection !== 'serverless' &&
    stage.attr(0, NAME.id) === ''
  ) {
    wrong.push('id');
  }
  const byPort = connectionByPort(session.serverPort);
  const isOddPort = byPort !== 'c2s' && byPort !== session.connection;
  const isServerOnClientPort = session.serverPort === 5222 && session.connection !== 'c2s';
  if (contentNs === 0 || !hadNs || isOddPort || isServerOnClientPort) wrong.push('content_ns');
  return wrong.join(',');
}

/**
 * A root element came. `wasOpen`: a root was open on this half and no restart had been announced.
 */
export function onHeader(stage: Stage, wasOpen: boolean): void {
  const { session, direction, half, tape } = stage;
  if (half.ended && half.inSync) {
    stage.raise(EVENT.outOfStream, { name: stage.localName(0) });
  }
  const isStream = tape.is(0, NS.streams, NAME.stream);
  const count = half.headers + 1;
  half.headers = count;
  half.ended = false;
  half.rootOpen = true;

  const contentNs = contentNamespace(stage);
  const to = stage.attr(0, NAME.to);
  const from = stage.attr(0, NAME.from);
  const known =
    contentNs === NS.client ||
    contentNs === NS.server ||
    contentNs === NS.component ||
    contentNs === NS.componentConnect;
  const asked = direction === DIRECTION.toServer ? to : from;
  if (known) session.connection = connectionOf(contentNs, asked, session);
  noteParties(session, direction, to, from);

  if (wasOpen) onReopen(stage);
  checkHost(stage, asked);
  if (half.inSync) {
    const wrong = faults(stage, isStream, contentNs, known);
    if (wrong !== '') stage.raise(EVENT.headerBad, { wrong });
  }

  if (direction === DIRECTION.toServer) {
    // Whatever login step the client half was to restart at is behind it now.
    if (wasOpen) session.restartAtStep = 0;
  } else {
    // The server speaks: stanzas sent before any login were sent to a real server.
    stage.release('peer', !session.authenticated);
  }
  if (
    session.isMidstream &&
    session.toServer.elements + session.toClient.elements === 0 &&
    count === 1
  ) {
    // The flow was picked up late, but not too late: the session starts here.
    session.authenticated = false;
    session.phase = PHASE.header;
  }
  session.advance(PHASE.header);
  if (session.connection === 'serverless') {
    session.authenticated = true;
    session.advance(PHASE.session);
  }
}
