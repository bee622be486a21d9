/** Secrets of one conversation: what is one in a login, or where its label stands, is one wherever it is said again. */
import type { SecretShape } from '../alert/index.ts';

/** Shorter ones stand everywhere by chance. */
const MIN_CHARS = 4;
/** Longer ones are not said twice in full. */
const MAX_CHARS = 4096;
/** The latest so many are looked for. */
const MOST = 256;
/** What parts the fields of logins: RFC 4616, else RFC 7628 and RFC 5802. */
const PLAIN_FIELDS = '\0';
const OTHER_FIELDS = /[\u0001,\s]+/;

/** Pieces of a secret that are hidden where they stand alone; shorter ones are words. */
const MIN_PIECE = 3;

export class KnownSecrets {
  readonly #texts = new Set<string>();
  /** Secrets that were said in pieces, without what parts them. */
  readonly #joined = new Set<string>();

  add(text: string): void {
    const secret = text.trim().toLowerCase();
    if (secret.length < MIN_CHARS || secret.length > MAX_CHARS || /^\**$/.test(secret)) return;
    this.#texts.delete(secret);
    this.#texts.add(secret);
    if (this.#texts.size <= MOST) return;
    for (const oldest of this.#texts) {
      this.#texts.delete(oldest);
      return;
    }
  }

  addBytes(bytes: Uint8Array): void {
    if (bytes.length > 0) this.add(Buffer.from(bytes).toString());
  }

  /** A secret put together from several texts, none of which holds it. */
  addJoined(bytes: Uint8Array): void {
    const secret = compact(Buffer.from(bytes).toString());
    if (this.#joined.size < MOST && secret.length >= MIN_CHARS) this.#joined.add(secret);
  }

  /** Is a whole text a piece of such a secret? */
  isPiece(text: string): boolean {
    if (this.#joined.size === 0) return false;
    const piece = compact(text);
    if (piece.length < MIN_PIECE) return false;
    return [...this.#joined].some((secret) => secret.includes(piece));
  }

  /** A login as it was sent: base64 of several fields, of which the last is the password (RFC 4616). */
  addLogin(text: string): void {
    this.add(text);
    const plain = Buffer.from(text, 'base64').toString();
    const fields = plain.split(plain.includes(PLAIN_FIELDS) ? PLAIN_FIELDS : OTHER_FIELDS);
    this.add(fields.findLast((field) => field !== '') ?? '');
  }

  /** Wherever one of them stands, upper and lower case alike. */
  placesIn(text: string): SecretShape[] {
    const lower = text.toLowerCase();
    // Some letters are longer in lower case: then places would not be those of the text.
    if (lower.length !== text.length) return this.#places(text);
    return this.#places(lower);
  }

  #places(text: string): SecretShape[] {
    const places: SecretShape[] = [];
    for (const secret of this.#texts) {
      for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + secret.length)) {
        places.push({ start: at, end: at + secret.length, isWhole: true });
      }
    }
    return places;
  }
}

function compact(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
