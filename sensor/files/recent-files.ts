/**
 * Files told lately, by their hash: the last net against telling one file twice (two sides of a proxy, a room that
 * changes the addresses of in-band data) and what keeps an avatar that everybody fetches from being thousands of
 * files. A file that did not come whole has no hash and is told each time.
 */
import { bareJid, normalizeJid } from '../xmpp/index.ts';
import type { FinishedFile } from './types.ts';

/** Ways on which a file passes twice within moments. */
const LEGS_USEC = 60e6;
/** What hangs on an account or text is fetched again and again. */
const CARRIED_USEC = 3600e6;

export class RecentFiles {
  readonly #capacity: number;
  /** When it was told, in order of that. */
  readonly #told = new Map<string, number>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Was it told already? If not, it counts as told now. */
  isRepeat(file: FinishedFile, isCopy: boolean): boolean {
    if (file.sha256 === '') return false;
    const { tsUsec } = file.end;
    const isKnown = isCopy && this.#isFresh(file.sha256, tsUsec, CARRIED_USEC);
    const key = keyOf(file);
    const isCarried = file.road === 'bob' || file.road === 'inline';
    const life = isCarried ? CARRIED_USEC : LEGS_USEC;
    if (isKnown || (key !== '' && this.#isFresh(key, tsUsec, life))) return true;
    this.#note(file.sha256, tsUsec);
    if (key !== '') this.#note(key, tsUsec);
    return false;
  }

  /** Packet time may step back, also by years: the distance counts. */
  #isFresh(key: string, nowUsec: number, lifeUsec: number): boolean {
    const told = this.#told.get(key);
    return told !== undefined && Math.abs(nowUsec - told) <= lifeUsec;
  }

  #note(key: string, nowUsec: number): void {
    this.#told.delete(key);
    this.#told.set(key, nowUsec);
    if (this.#told.size <= this.#capacity) return;
    for (const oldest of this.#told.keys()) {
      this.#told.delete(oldest);
      return;
    }
  }
}

/** What makes two sights one file, beside their bytes; '' when nothing does. */
function keyOf({ sha256, offer }: FinishedFile): string {
  if (offer === undefined) return '';
  const { protocol, sid, from, to } = offer;
  const isHeld = protocol === 'bob' || protocol === 'vcard' || protocol === 'avatar';
  if (isHeld) return `${sha256} ${accountOf(from)}`;
  return sid === '' ? `${sha256} ${accountOf(from)} ${accountOf(to)}` : `${sha256} ${sid}`;
}

function accountOf(jid: string): string {
  return bareJid(normalizeJid(jid));
}
