/** Words for accounts and sessions. */
import type { IdentitySummary, StoredSession } from '../../../../sensor/core/rows.ts';
import { count, plural } from './number.ts';

const CONNECTIONS: Readonly<Record<string, string>> = {
  c2s: 'client',
  s2s: 'server link',
  component: 'component',
  serverless: 'serverless',
};

const STARTTLS: Readonly<Record<string, string>> = {
  absent: 'not offered',
  offered: 'offered, not used',
  required: 'required, not used',
  proceeded: 'used',
};

const ENDS: Readonly<Record<string, string>> = {
  closed: 'closed in order',
  reset: 'reset by one side',
  timeout: 'fell silent',
};

/** `c2s` as a word. */
export function connectionWords(connection: string): string {
  return CONNECTIONS[connection] ?? connection;
}

/** What became of the offer of TLS. */
export function starttlsWords(starttls: string): string {
  return STARTTLS[starttls] ?? starttls;
}

export function endWords(endReason: string): string {
  return ENDS[endReason] ?? endReason.replaceAll('_', ' ');
}

/** How many of the sessions went on under TLS. */
export function tlsUse({
  sessions,
  tlsSessions,
}: Pick<IdentitySummary, 'sessions' | 'tlsSessions'>): string {
  if (tlsSessions === 0) return 'never';
  return tlsSessions === sessions ? 'always' : `${tlsSessions} of ${sessions}`;
}

/** Sentence: how readable the account's sessions were. */
export function tlsSentence(row: Pick<IdentitySummary, 'sessions' | 'tlsSessions'>): string {
  const { sessions, tlsSessions } = row;
  const all = plural(sessions, 'session');
  if (tlsSessions === 0) {
    return `Everything of its ${all} could be read on the wire: TLS was never used.`;
  }
  if (tlsSessions === sessions) return `All of its ${all} went on under TLS.`;
  const rest = sessions - tlsSessions;
  return `${count(rest)} of its ${all} could be read on the wire; the others went on under TLS.`;
}

/** Who a session belongs to: the account, else both domains of a link, else the client's address. */
export function sessionParty({ jid, user, domain, peerDomain, clientIp }: StoredSession): string {
  if (jid !== '') return jid;
  if (user !== '') return domain === '' || user.includes('@') ? user : `${user}@${domain}`;
  if (peerDomain !== '') return domain === '' ? peerDomain : `${peerDomain} with ${domain}`;
  return domain === '' ? clientIp : `${clientIp} at ${domain}`;
}

/** How a session was protected, in a word or two. */
export function protectionWords(session: StoredSession): string {
  const { tls, compressed } = session;
  if (tls === 'started') return 'TLS';
  return compressed ? 'in the clear, compressed' : 'in the clear';
}

/** `PLAIN, accepted`; '' without a login. */
export function loginWords({ mechanism, outcome }: StoredSession): string {
  const words: Readonly<Record<string, string>> = {
    success: 'accepted',
    failure: 'refused',
    unanswered: 'no answer seen',
  };
  return [mechanism, words[outcome] ?? outcome].filter((part) => part !== '').join(', ');
}

/** The first of a list, and how many more there are. */
export function few(
  list: readonly string[],
  count = 2,
): { shown: readonly string[]; more: number } {
  return { shown: list.slice(0, count), more: Math.max(0, list.length - count) };
}

/** Page of an account or server, given without a resource: hostile domains hold slashes of their own. */
export function identityPath(bare: string): string {
  return `/identities/${encodeURIComponent(bare)}`;
}
