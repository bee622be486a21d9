/**
 * Where a leak goes (threats.md section 4): from inside to outside it weighs in full, inside the organisation one level
 * less, and what comes in is a note. Where the organisation ends is configuration (`dlp.internal_domains`); without it,
 * and where sender or addressee is not known, every leak weighs in full.
 */
import type { Site } from '../correlation/index.ts';
import type { Finding } from '../detect/index.ts';
import type { FlowInfo } from '../flow/index.ts';
import { domainOf } from '../xmpp/index.ts';
import type { Severity } from './types.ts';

export type LeakDirection = 'outbound' | 'internal' | 'inbound';

/** What of the site decides. */
export type Borders = Pick<Site, 'hasDomains' | 'isInternalDomain' | 'isInternal'>;

const LEAKS = 'dlp-';
const LEAST: Severity = 4;

/** Undefined: not a leak, or nobody can say. */
export function leakDirection(
  detection: string,
  finding: Finding,
  { clientIp, serverIp }: FlowInfo,
  borders: Borders,
): LeakDirection | undefined {
  if (!borders.hasDomains || !detection.startsWith(LEAKS)) return undefined;
  const { session, direction, stanza } = finding;
  // A stanza without `to` is for the own account or server (RFC 6120 section 8.1): the same domain.
  const own = session?.connection === 'c2s' ? session.domain : '';
  const isNamed = stanza.from !== '' || stanza.to !== '';
  const isInside = (jid: string, address: string): boolean | undefined => {
    const domain = jid === '' ? own : domainOf(jid);
    if (domain !== '') return borders.isInternalDomain(domain);
    // Bytes of a file may be known by their connection alone. Who is named and puts a file on a server may show anybody.
    return isNamed || address === '' ? undefined : borders.isInternal(address);
  };
  const [sender, receiver] = direction === 0 ? [clientIp, serverIp] : [serverIp, clientIp];
  const isFromInside = isInside(stanza.from, sender);
  const isToInside = isInside(stanza.to, receiver);
  if (isFromInside === undefined || isToInside === undefined) return undefined;
  if (isFromInside) return isToInside ? 'internal' : 'outbound';
  return isToInside ? 'inbound' : undefined;
}

/** What a finding of this severity weighs when it goes there. */
export function weighed(severity: Severity, direction: LeakDirection | undefined): Severity {
  if (direction === 'inbound') return LEAST;
  if (direction !== 'internal' || severity === LEAST) return severity;
  return severity === 1 ? 2 : severity === 2 ? 3 : LEAST;
}
