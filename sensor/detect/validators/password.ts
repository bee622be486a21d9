/**
 * Passwords in prose: `password: hunter2` is one, `password: later` and `password: $DB_PASS` are
 * not. The value decides, because the word alone stands in every second help-desk message.
 */
import {
  byteSet,
  equalsNocase,
  includesNocase,
  indexOfByte,
  isDigit,
  isLower,
  isUpper,
  isWhiteSpace,
  isWord,
  wordList,
} from './bytes.ts';

const MIN_LENGTH = 5;
const MAX_LENGTH = 128;

const COLON = 0x3a;
const EQUALS = 0x3d;
const AT = 0x40;
const QUESTION_MARK = 0x3f;
const AMPERSAND = 0x26;
const INVITATION_KEY = Buffer.from('pwd=');
const INVITING_HOSTS = wordList('zoom.us/', 'zoom.com/', 'zoomgov.com/');

/** Words that stand for a password in documentation. */
const SAMPLE_VALUES = wordList(
  ...['pass', 'password', 'passwd', 'pwd', 'pw', 'passphrase', 'secret', 'token', 'mypass'],
  ...['mypassword', 'yourpassword', 'your_password', 'user_password', 'userpass', 'p', 'xxx'],
);
const SAMPLE_USERS = wordList(
  ...['user', 'username', 'login', 'u', 'name', 'me', 'usr', 'myuser', 'someuser', 'youruser'],
  ...['your_username', 'uname', 'myusername', 'userid'],
);
const SAMPLE_PARTS = wordList(
  'xxxx',
  '...',
  '****',
  'example',
  'placeholder',
  'redacted',
  'your',
  'replace_',
);

/** Punctuation that is no sign of a password: it ends sentences and joins words. */
const WEAK_SYMBOLS = byteSet('-_.,;:\'"`/\\()[]{}<>~?!*');
/** What may stand between the separator and the value: quotes, and the rest of `=>`, `==`, `:=`. */
const OPENING = byteSet(' \t\r\n"\'`=>');
/** What ends a value in a connection string. */
const SETTING_END = byteSet(' \t\r\n"\'`<;&{}');
/** What ends a value. */
const ENDING = byteSet(' \t\r\n"\'`<');
/** Punctuation at the end of a value that belongs to the sentence around it. */
const TRAILING = byteSet('.,;:)]?');
/** First characters of templates: `<password>`, `{pass}`, `[pass]`, `%s`. */
const TEMPLATE = byteSet('<{[%');
/** First characters of paths. */
const PATH = byteSet('/~.');

/**
 * `validate:password;` : the match is a key word, a separator and the whole of a value that looks
 * like a password: a letter, together with a digit, a strong symbol or restless upper case.
 * `validate:password value;` : the same, and the match is the value alone.
 * `validate:password any;` : the value is whatever is no template: behind a label that leaves no doubt.
 * `validate:password pin;` : the value is 4 to 8 digits.
 * `validate:password url;` : the match is `scheme://user:password@` and no template.
 */
export function password(text: Uint8Array, start: number, end: number, argument: string): boolean {
  if (argument === 'any') return isAnyPassword(text, start, end);
  if (argument === 'url') return isUrlPassword(text, start, end);
  // Expressions match at every end inside the value: only the whole value is looked at.
  if (end < text.length && ENDING[text[end] as number] === 0) return false;
  if (argument === 'value' && isInvitation(text, start)) return false;
  const from = argument === 'value' ? start : valueStart(text, start, end);
  let to = end;
  while (to > from && TRAILING[text[to - 1] as number] === 1) to--;
  if (argument === 'pin') return isPin(text, from, to);
  return to - from >= MIN_LENGTH && to - from <= MAX_LENGTH && isStrong(text, from, to);
}

function isAnyPassword(text: Uint8Array, start: number, end: number): boolean {
  if (end < text.length && SETTING_END[text[end] as number] === 0) return false;
  return !isTemplate(text, valueStart(text, start, end), end);
}

/** Where the value begins: after the first `:` or `=`, else after the last white space. */
function valueStart(text: Uint8Array, start: number, end: number): number {
  let from = start;
  while (from < end && text[from] !== COLON && text[from] !== EQUALS) from++;
  if (from === end) while (from > start && !isWhiteSpace(text[from - 1])) from--;
  else from++;
  while (from < end && OPENING[text[from] as number] === 1) from++;
  return from;
}

/** `https://zoom.us/j/5551112222?pwd=...` is made to be passed on: who has the link is invited. */
function isInvitation(text: Uint8Array, value: number): boolean {
  const name = value - INVITATION_KEY.length;
  if (name < 1 || !equalsNocase(text, name, value, INVITATION_KEY)) return false;
  if (text[name - 1] !== QUESTION_MARK && text[name - 1] !== AMPERSAND) return false;
  let start = name;
  while (start > 0 && name - start < MAX_LENGTH && !isWhiteSpace(text[start - 1])) start--;
  return INVITING_HOSTS.some((host) => includesNocase(text, start, name, host));
}

function isPin(text: Uint8Array, from: number, to: number): boolean {
  if (to - from < 4 || to - from > 8) return false;
  for (let i = from; i < to; i++) if (!isDigit(text[i])) return false;
  return true;
}

function isStrong(text: Uint8Array, from: number, to: number): boolean {
  if (isTemplate(text, from, to)) return false;
  let letters = 0;
  let digits = 0;
  let symbols = 0;
  let rises = 0;
  for (let i = from; i < to; i++) {
    const byte = text[i] as number;
    if (isDigit(byte)) digits++;
    else if (isLower(byte) || isUpper(byte) || byte >= 0x80) letters++;
    else if (byte > 0x20 && WEAK_SYMBOLS[byte] === 0) symbols++;
    // A call, a path or an URL is code or a pointer, not a value.
    if (byte === 0x28 || (byte === 0x2f && text[i + 1] === 0x2f)) return false;
    if (isUpper(byte) && isLower(text[i - 1]) && i > from) rises++;
  }
  if (letters === 0) return false;
  return digits > 0 || symbols > 0 || rises >= 3;
}

/** `$VAR`, `${VAR}`, `<password>`, `%s`, `{{x}}`, `[pass]`, `/path`, `~/path`, and sample words. */
function isTemplate(text: Uint8Array, from: number, to: number): boolean {
  const first = text[from] as number;
  if (TEMPLATE[first] === 1 || PATH[first] === 1 || isVariable(text, from, to)) return true;
  for (const part of SAMPLE_PARTS) if (includesNocase(text, from, to, part)) return true;
  return isOneOf(text, from, to, SAMPLE_VALUES);
}

/** `$VAR`, `${VAR}` or `$(command)`; `$ecret!` is not. */
function isVariable(text: Uint8Array, from: number, to: number): boolean {
  if (text[from] !== 0x24) return false;
  if (text[from + 1] === 0x7b || text[from + 1] === 0x28) return true;
  let i = from + 1;
  while (i < to && isWord(text[i])) i++;
  return i === to;
}

function isUrlPassword(text: Uint8Array, start: number, end: number): boolean {
  if (text[end - 1] !== AT) return false;
  const user = indexOfByte(text, COLON, start, end) + 3;
  const colon = indexOfByte(text, COLON, user, end);
  const from = colon + 1;
  const to = end - 1;
  if (colon < 0 || to - from < 2) return false;
  if (TEMPLATE[text[from] as number] === 1 || isVariable(text, from, to)) return false;
  for (const part of SAMPLE_PARTS) if (includesNocase(text, from, to, part)) return false;
  return !isOneOf(text, from, to, SAMPLE_VALUES) || !isOneOf(text, user, colon, SAMPLE_USERS);
}

function isOneOf(
  text: Uint8Array,
  from: number,
  to: number,
  words: readonly Uint8Array[],
): boolean {
  for (const word of words) if (equalsNocase(text, from, to, word)) return true;
  return false;
}
