/** Words about an alert: how sure, what the sensor could not see, who did it to whom. */
import type { StoredAlert } from '../../../../sensor/core/rows.ts';
import { plural } from './number.ts';

/** How sure the rule is, in words. */
export function confidenceText(confidence: string): string {
  switch (confidence) {
    case 'high':
      return 'High confidence: this is rarely anything else';
    case 'medium':
      return 'Medium confidence: look at the evidence before you act';
    case 'low':
      return 'Low confidence: a hint that counts together with others';
    default:
      return 'The rule does not say how sure it is';
  }
}

/** What the sensor saw of the connection, and what that means for the alert; '' outside XMPP. */
export function seenText({ xmpp }: Pick<StoredAlert, 'xmpp'>): string {
  if (xmpp === undefined) return '';
  const { seenPercent } = xmpp;
  if (seenPercent >= 100) return 'The sensor saw the whole connection up to here.';
  const missing = Math.round((100 - seenPercent) * 10) / 10;
  return `The sensor missed ${missing === 0 ? 'a little' : `${missing} %`} of this connection: there may be more than is shown.`;
}

/** Both ends as people name them: JIDs, else accounts, else addresses. Those of a file stand in its facts. */
export function ends(alert: StoredAlert): { readonly from: string; readonly to: string } {
  const { xmpp, context, srcIp, destIp } = alert;
  if (xmpp === undefined && context['file_id'] !== undefined) {
    const { from = '', to = '' } = context;
    return { from: String(from) || srcIp, to: String(to) || destIp };
  }
  return {
    from: xmpp?.from || (alert.direction === 'to_client' ? xmpp?.domain : xmpp?.user) || srcIp,
    to: xmpp?.to || (alert.direction === 'to_client' ? xmpp?.user : xmpp?.domain) || destIp,
  };
}

/** `192.0.2.1:5222`, `[2001:db8::1]:5222`; '' without an address. */
export function endpoint(ip: string, port: number): string {
  if (ip === '') return '';
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** The bare JID: without resource. */
export function bareJid(jid: string): string {
  const slash = jid.indexOf('/');
  return slash < 0 ? jid : jid.slice(0, slash);
}

/** How an alert's protection of the wire reads. */
export function tlsText(tls: string): string {
  switch (tls) {
    case 'none':
      return 'None: plaintext';
    case '':
      return '';
    default:
      return tls;
  }
}

export function timesText(count: number): string {
  return count > 1 ? `fired ${plural(count, 'time')}` : 'fired once';
}

/** References are links only when they are plain web addresses. */
export function isWebLink(reference: string): boolean {
  if (!/^https?:\/\//i.test(reference)) return false;
  try {
    const url = new URL(reference);
    return ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '';
  } catch {
    return false;
  }
}
