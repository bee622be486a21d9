/**
 * Files told lately, by their hash: the last net against telling one file twice (two sides of a proxy, a room that
 * changes the addresses of in-band data) and what keeps an avatar that everybody fetches from being thousands of
 * files. A file that did not come whole has no hash and is told each time; so is one that goes on to another domain than
 * those it was told of: what went to a colleague first is still a leak.
 */
import { accountOf } from '../correlation/index.ts';
import { domainOf, normalizeDomain } from '../xmpp/index.ts';
import type { FinishedFile } from './types.ts';

/** Ways on which a file passes twice within moments. */
const LEGS_USEC = 60e6;
/** What hangs on an account or text is fetched again and again. */
const CARRIED_USEC = 3600e6;

/** When a file was told, and the domains it had come to. */
interface Told {
  readonly usec: number;
  readonly domains: readonly string[];
}

export class RecentFiles {
  readonly #capacity: number;
  /** In order of `usec`. */
  readonly #told = new Map<string, Told>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Was it told already? If not, it counts as told now. */
  isRepeat(file: FinishedFile, isCopy: boolean): boolean {
    if (file.sha256 === '') return false;
    const isKnown = isCopy && this.#isFresh(file.sha256, file, CARRIED_USEC);
    const key = keyOf(file);
    const isCarried = file.road === 'bob' || file.road === 'inline';
    const life = isCarried ? CARRIED_USEC : LEGS_USEC;
    if (isKnown || (key !== '' && this.#isFresh(key, file, life))) return true;
    const told = { usec: file.end.tsUsec, domains: domainsOf(file) };
    this.#note(file.sha256, told);
    if (key !== '') this.#note(key, told);
    return false;
  }

  /** Packet time may step back, also by years: the distance counts. */
  #isFresh(key: string, file: FinishedFile, lifeUsec: number): boolean {
    const told = this.#told.get(key);
    if (told === undefined || Math.abs(file.end.tsUsec - told.usec) > lifeUsec) return false;
    return isWithin(file, told.domains);
  }

  #note(key: string, told: Told): void {
    this.#told.delete(key);
    this.#told.set(key, told);
    if (this.#told.size <= this.#capacity) return;
    for (const oldest of this.#told.keys()) {
      this.#told.delete(oldest);
      return;
    }
  }
}

/** Does it come to nobody beyond these domains? What hangs on an account is for whoever looks. */
function isWithin({ offer, road }: FinishedFile, domains: readonly string[]): boolean {
  if (offer === undefined || offer.to === '') return true;
  if (offer.protocol === 'vcard' || offer.protocol === 'avatar') return true;
  // Told of an upload before it was shared: whom it is shared with is told by itself.
  if (road === 'http' && domains.includes('')) return true;
  return domains.includes(normalizeDomain(domainOf(offer.to)));
}

function domainsOf({ offer }: FinishedFile): string[] {
  return [offer?.from ?? '', offer?.to ?? ''].map((jid) => normalizeDomain(domainOf(jid)));
}

/** What makes two sights one file, beside their bytes; '' when nothing does. */
function keyOf({ sha256, offer }: FinishedFile): string {
  if (offer === undefined) return '';
  const { protocol, sid, from, to } = offer;
  const isHeld = protocol === 'bob' || protocol === 'vcard' || protocol === 'avatar';
  if (isHeld) return `${sha256} ${accountOf(from)}`;
  return sid === '' ? `${sha256} ${accountOf(from)} ${accountOf(to)}` : `${sha256} ${sid}`;
}
