/** Where a URL leads, in the form HTTP requests to it have: to compare what was written with what is asked for. */

export interface UrlPlace {
  /** Name and port in small letters, as `HttpRequest.host`. */
  readonly host: string;
  /** Path and query in the one form all ways to write them have: percent-encoded where that means something. */
  readonly target: string;
}

const MOST_CHARS = 4096;
/** Encrypted files are fetched over HTTPS; the key behind `#` stays with the client (XEP-0454). */
const PORTS: Readonly<Record<string, string>> = {
  'http:': '80',
  'https:': '80',
  'aesgcm:': '80',
};

const ENCODED = /%([0-9a-f]{2})/gi;
const BEYOND_ASCII = /[\u0080-\u00ff]/g;

/** Undefined when it leads nowhere HTTP goes. HTTPS counts as HTTP: behind whoever ends TLS it is. */
export function placeOfUrl(text: string): UrlPlace | undefined {
  if (text.length > MOST_CHARS) return undefined;
  const url = parsed(text.replace(/^aesgcm:/i, 'https:'));
  if (url === undefined) return undefined;
  const port = PORTS[url.protocol];
  if (port === undefined || url.hostname === '') return undefined;
  const host = `${url.hostname}:${url.port === '' ? port : url.port}`;
  return { host, target: targetOf(url) };
}

/** The last part of its path, as people would call the file; '' when that is no file's name. */
export function nameOfUrl({ target }: UrlPlace): string {
  const path = target.replace(/[?].*$/, '');
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (!name.includes('.')) return '';
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** The same of a request, in characters of Latin-1: a client may encode what a URL leaves as it is, or the reverse. */
export function targetOfRequest(target: string): string {
  if (!target.startsWith('/') || target.length > MOST_CHARS) return target;
  const url = parsed(`http://x${target.replace(BEYOND_ASCII, encoded)}`);
  return url === undefined ? target : targetOf(url);
}

/** Servers decode a path before they look for it, and many take several slashes for one. */
function targetOf({ pathname, search }: URL): string {
  const path = pathname.replace(ENCODED, plain).replace(/\/{2,}/g, '/');
  return path + search.replace(ENCODED, plain);
}

/** A character that needs no encoding stands for itself; what needs it is written in capitals. */
function plain(text: string, hex: string): string {
  const code = Number.parseInt(hex, 16);
  const char = String.fromCharCode(code);
  return code > 0x20 && code < 0x7f && !'%?#'.includes(char) ? char : text.toUpperCase();
}

function encoded(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
