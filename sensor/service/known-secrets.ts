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
  readonly #guesses = new Set<string>();
  /** Secrets that were said in pieces, without what parts them. */
  readonly #joined = new Set<string>();

  add(text: string): void {
    addTo(this.#texts, text);
  }

  /** What looks random, and may be an id as well as a token. */
  addGuess(text: string): void {
    addTo(this.#guesses, text);
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

  /** Wherever one of them stands, upper and lower case alike, accents apart or not. */
  placesIn(text: string): SecretShape[] {
    return placesOf(this.#texts, text);
  }

  /** Where those stand that are none in the id of a stanza. */
  guessesIn(text: string): SecretShape[] {
    return placesOf(this.#guesses, text);
  }
}

function addTo(secrets: Set<string>, text: string): void {
  const secret = folded(text.trim()).text;
  if (secret.length < MIN_CHARS || secret.length > MAX_CHARS || /^\**$/.test(secret)) return;
  secrets.delete(secret);
  secrets.add(secret);
  if (secrets.size <= MOST) return;
  for (const oldest of secrets) {
    secrets.delete(oldest);
    return;
  }
}

function placesOf(secrets: ReadonlySet<string>, text: string): SecretShape[] {
  if (secrets.size === 0) return [];
  const { text: read, starts } = folded(text);
  const startOf = (at: number): number => (starts === undefined ? at : (starts[at] ?? 0));
  const places: SecretShape[] = [];
  for (const secret of secrets) {
    for (let at = read.indexOf(secret); at >= 0; at = read.indexOf(secret, at + secret.length)) {
      const end = at + secret.length;
      const last = startOf(end - 1);
      places.push({
        start: startOf(at),
        // All of the letter the secret ends in.
        end: starts === undefined ? end : last + letterLength(text, last),
        isWhole: true,
      });
    }
  }
  return places;
}

interface Folded {
  readonly text: string;
  /** Where in the original the letter begins that a unit is made of; undefined where all stand where they stood. */
  readonly starts: readonly number[] | undefined;
}

/** Letters that were folded before; there are some thousand in use. */
const foldedLetters = new Map<string, string>();
const MAX_LETTERS = 16 * 1024;

/** Lower case with accents apart, letter by letter: what surrounds a secret must not change how it is folded. */
function folded(text: string): Folded {
  if (/^[\0-\x7f]*$/.test(text)) return { text: text.toLowerCase(), starts: undefined };
  let read = '';
  const starts: number[] = [];
  let at = 0;
  for (const letter of text) {
    const fold = foldedLetter(letter);
    read += fold;
    for (let unit = 0; unit < fold.length; unit++) starts.push(at);
    at += letter.length;
  }
  return { text: read, starts };
}

function foldedLetter(letter: string): string {
  const known = foldedLetters.get(letter);
  if (known !== undefined) return known;
  const fold = letter.normalize('NFD').toLowerCase().normalize('NFD');
  if (foldedLetters.size < MAX_LETTERS) foldedLetters.set(letter, fold);
  return fold;
}

function letterLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function compact(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
