/**
 * One form for every spelling of a URL, so that a list and the traffic meet: lower-case scheme
 * and host, `hxxp` and `[.]` undone, invisible characters dropped, user and default port removed,
 * host both in punycode and in Unicode. Runs on traffic: plain loops, no regular expressions, and
 * the URL parser of the WHATWG only for the host.
 */
import { domainToUnicode } from 'node:url';

/** Longer ones are cut: what identifies a page stands at the front. */
export const MAX_URL_CHARS = 2048;

export interface NormalUrl {
  /** Host in ASCII (punycode where needed), `scheme://` only when one was written. */
  readonly url: string;
  /** The same with the host in Unicode; equal to `url` for ASCII names. */
  readonly unicodeUrl: string;
  /** Host in ASCII. */
  readonly host: string;
}

/** Spellings that keep a link from being clickable, and what they stand for. */
const DEFANGED: readonly (readonly [string, string])[] = [
  ['[.]', '.'],
  ['(.)', '.'],
  ['{.}', '.'],
  ['[dot]', '.'],
  ['(dot)', '.'],
  ['{dot}', '.'],
  ['[:]', ':'],
  ['[://]', '://'],
  ['[/]', '/'],
];

const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  'http://': '80',
  'https://': '443',
  'ftp://': '21',
};

/**
 * Is it a character that shows nothing, put in to break a word up: soft hyphen, joiners, direction marks, fillers,
 * variation selectors? (threats.md section 10.2)
 */
export function isInvisible(code: number): boolean {
  if (code < 0xad) return false;
  return (
    code === 0xad ||
    code === 0x34f ||
    code === 0x61c ||
    code === 0x115f ||
    code === 0x1160 ||
    code === 0x17b4 ||
    code === 0x17b5 ||
    code === 0x180e ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    (code >= 0xfe00 && code <= 0xfe0f) ||
    code === 0xfeff ||
    (code >= 0xfff9 && code <= 0xfffb) ||
    (code >= 0xe0000 && code <= 0xe007f)
  );
}

/** The normal form, or undefined when `text` holds no host name or address with a dot. */
export function normalizeUrl(text: string): NormalUrl | undefined {
  const plain = refang(dropInvisible(text.slice(0, MAX_URL_CHARS)));
  const scheme = readScheme(plain);
  const rest = plain.slice(scheme.length);
  const pathAt = firstOf(rest, '/?#\\');
  const authority = rest.slice(0, pathAt);
  const hostPort = authority.slice(authority.lastIndexOf('@') + 1);
  const normalScheme = normalizeScheme(scheme);
  const parsed = parseHost(hostPort);
  if (parsed === undefined) return undefined;
  const { host, port } = parsed;
  const isDefault = port === '' || port === (DEFAULT_PORTS[normalScheme] ?? '80');
  const tail = (isDefault ? '' : `:${port}`) + rest.slice(pathAt).replaceAll('\\', '/');
  const unicodeHost = host.includes('xn--') ? domainToUnicode(host) || host : host;
  return {
    url: normalScheme + host + tail,
    unicodeUrl: normalScheme + unicodeHost + tail,
    host,
  };
}

function dropInvisible(text: string): string {
  let result = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (!isInvisible(text.charCodeAt(i))) continue;
    result += text.slice(from, i);
    from = i + 1;
  }
  return from === 0 ? text : result + text.slice(from);
}

function refang(text: string): string {
  let result = text;
  if (text.includes('[') || text.includes('(') || text.includes('{')) {
    for (const [spelling, meaning] of DEFANGED) {
      result = replaceCaseless(result, spelling, meaning);
    }
  }
  return result;
}

function replaceCaseless(text: string, what: string, by: string): string {
  const lower = text.toLowerCase();
  // A few letters change their length in lower case; offsets would no longer fit.
  if (lower.length !== text.length) return text.replaceAll(what, by);
  let result = '';
  let from = 0;
  for (let at = lower.indexOf(what); at >= 0; at = lower.indexOf(what, from)) {
    result += text.slice(from, at) + by;
    from = at + what.length;
  }
  return result + text.slice(from);
}

/** `http://` as written, or '' when there is none. RFC 3986 section 3.1. */
function readScheme(text: string): string {
  const end = text.indexOf('://');
  if (end <= 0 || end > 16) return '';
  for (let i = 0; i < end; i++) {
    if (!isSchemeChar(text.charCodeAt(i))) return '';
  }
  return text.slice(0, end + 3);
}

function isSchemeChar(code: number): boolean {
  const lower = code | 32;
  return (
    (lower >= 97 && lower <= 122) ||
    (code >= 48 && code <= 57) ||
    code === 43 ||
    code === 45 ||
    code === 46 ||
    code === 42
  );
}

/** Lower case, and `hxxp`, `h**p`, `hxxps` as what they mean. */
function normalizeScheme(scheme: string): string {
  const lower = scheme.toLowerCase();
  if (lower === 'hxxp://' || lower === 'h**p://' || lower === 'htxp://') return 'http://';
  if (lower === 'hxxps://' || lower === 'h**ps://' || lower === 'htxps://') return 'https://';
  if (lower === 'fxp://') return 'ftp://';
  return lower;
}

/** Position of the first character out of `set`, or the length. */
function firstOf(text: string, set: string): number {
  for (let i = 0; i < text.length; i++) if (set.includes(text[i] as string)) return i;
  return text.length;
}

/** Host (punycode, lower case, odd IPv4 spellings resolved) and port, by the WHATWG parser. */
function parseHost(hostPort: string): { host: string; port: string } | undefined {
  const parsed = hostPort === '' ? undefined : parseUrl(`https://${hostPort}/`);
  if (parsed === undefined) return undefined;
  const { hostname, port } = parsed;
  const host = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  if (host.startsWith('[')) return { host, port: writtenPort(port, hostPort) };
  if (!host.includes('.') || host.startsWith('.') || host.includes('..')) return undefined;
  return { host, port: writtenPort(port, hostPort) };
}

/**
 * Node's `URL.canParse` takes Latin-1 strings for UTF-8 once V8 has optimised the call, so beyond ASCII its answer
 * is worth nothing. For the rest it spares the error object.
 */
function parseUrl(text: string): URL | undefined {
  if (isAscii(text) && !URL.canParse(text)) return undefined;
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false;
  return true;
}

/** The parser drops 443, the default of https: the port of the host was read with that scheme. */
function writtenPort(port: string, hostPort: string): string {
  return port === '' && hostPort.endsWith(':443') ? '443' : port;
}
