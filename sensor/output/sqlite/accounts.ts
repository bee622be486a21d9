/** Whom a session shows, as the tables of people and logins name them. */
import { bareJid, type SessionRecord } from '../../alert/index.ts';

/** `user@domain`; users give their domain themselves at times, components have no user. */
export function accountOf(user: string, domain: string): string {
  if (user === '') return domain.toLowerCase();
  return (user.includes('@') || domain === '' ? user : `${user}@${domain}`).toLowerCase();
}

/** The bound JID, a login that succeeded, or the server that opened a federation link; '' for nobody. */
export function identityOf(record: SessionRecord): string {
  if (record.jid !== '') return bareJid(record.jid);
  if (record.connection === 's2s') return record.peerDomain.toLowerCase();
  return record.outcome === 'success' ? accountOf(record.user, record.domain) : '';
}
