/** Whom a rule counts by, and whom a bit belongs to: the value of `track` for one firing, as a key. */
import { formatAddress, sha256 } from '../core/index.ts';
import type { BitTrack, Suppression, ThresholdTrack } from '../rules/index.ts';
import { matchesAddress } from './header-match.ts';
import type { Occasion } from './occasion.ts';

/** Longer values are kept as a hash: an attacker chooses them, and tables hold many. */
const MAX_KEY_CHARS = 256;

/** Values that are not known are one value, '': such firings are counted together. */
export function trackedValue(track: ThresholdTrack, occasion: Occasion): string {
  switch (track) {
    case 'by_rule':
      return '';
    case 'by_flow':
      // Flow indexes are used again, numbers of flows and sessions are not.
      return occasion.session === undefined
        ? `f${occasion.endpoints?.flowId ?? occasion.flow}`
        : `s${occasion.session.sessionId}`;
    case 'by_from_jid':
      return compact(bareJid(occasion.from));
    case 'by_to_jid':
      return compact(bareJid(occasion.to));
    case 'by_domain':
      return compact(domainOf(occasion.from));
    case 'by_room':
      return compact(bareJid(occasion.room === '' ? occasion.to : occasion.room));
    case 'by_src':
      return address(occasion, true);
    case 'by_dst':
      return address(occasion, false);
    case 'by_both':
      return pair(address(occasion, true), address(occasion, false));
  }
}

/** Undefined when it is not known: such a bit is never set. */
export function bitOwner(track: Exclude<BitTrack, 'flow'>, occasion: Occasion): string | undefined {
  switch (track) {
    case 'ip_src':
      return known(address(occasion, true));
    case 'ip_dst':
      return known(address(occasion, false));
    case 'ip_pair':
      return knownPair(address(occasion, true), address(occasion, false));
    case 'by_from_jid':
      return known(compact(bareJid(occasion.from)));
    case 'by_to_jid':
      return known(compact(bareJid(occasion.to)));
    case 'by_jid_pair':
      return knownPair(compact(bareJid(occasion.from)), compact(bareJid(occasion.to)));
  }
}

/** Is the firing one of those the line of threshold.config is about? */
export function isSuppressed(suppression: Suppression, occasion: Occasion): boolean {
  const { track, values } = suppression;
  switch (track) {
    case undefined:
      return true;
    case 'by_src':
      return isAt(suppression, occasion, true);
    case 'by_dst':
      return isAt(suppression, occasion, false);
    case 'by_either':
      return isAt(suppression, occasion, true) || isAt(suppression, occasion, false);
    case 'by_from_jid':
      return isListed(values, occasion.from);
    case 'by_to_jid':
      return isListed(values, occasion.to);
    case 'by_domain':
      return isListed(values, domainOf(occasion.from));
    case 'by_room':
      return isListed(values, bareJid(occasion.room === '' ? occasion.to : occasion.room));
  }
}

/** The full JID, the bare JID, its domain or a domain above that is listed. */
function isListed(values: readonly string[], jid: string): boolean {
  if (jid === '') return false;
  const bare = bareJid(jid);
  const full = bare + jid.slice(bare.length);
  const domain = `.${domainOf(jid)}`;
  return values.some(
    (value) =>
      value === bare || value === full || (!value.includes('@') && domain.endsWith(`.${value}`)),
  );
}

function isAt({ addresses }: Suppression, occasion: Occasion, isSource: boolean): boolean {
  const words = wordsOf(occasion, isSource);
  return addresses !== undefined && words !== undefined && matchesAddress(addresses, words);
}

/** Source and destination are those of the packet: they swap with the direction. */
function wordsOf(
  { endpoints, direction }: Occasion,
  isSource: boolean,
): ArrayLike<number> | undefined {
  return isSource === (direction === 0) ? endpoints?.clientWords : endpoints?.serverWords;
}

function address(occasion: Occasion, isSource: boolean): string {
  const words = wordsOf(occasion, isSource);
  if (words === undefined) return '';
  return formatAddress(
    words[0] as number,
    words[1] as number,
    words[2] as number,
    words[3] as number,
  );
}

/** Both ways between two are one pair. */
function pair(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

function known(value: string): string | undefined {
  return value === '' ? undefined : value;
}

function knownPair(a: string, b: string): string | undefined {
  return a === '' || b === '' ? undefined : pair(a, b);
}

function compact(value: string): string {
  if (value.length <= MAX_KEY_CHARS) return value;
  return sha256(value, 'base64');
}

/** RFC 7622: what stands before the first slash, without regard to ASCII case. */
function bareJid(jid: string): string {
  const slash = jid.indexOf('/');
  return (slash < 0 ? jid : jid.slice(0, slash)).toLowerCase();
}

function domainOf(jid: string): string {
  const bare = bareJid(jid);
  return bare.slice(bare.indexOf('@') + 1);
}
