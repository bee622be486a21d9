/** Where a URL leads, in the form HTTP requests to it have: to compare what was written with what is asked for. */

export interface UrlPlace {
  /** Name and port in small letters, as `HttpRequest.host`. */
  readonly host: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
}

const MOST_CHARS = 4096;
/** Encrypted files are fetched over HTTPS; the key behind `#` stays with the client (XEP-0454). */
const PORTS: Readonly<Record<string, string>> = {
  'http:': '80',
  'https:': '80',
  'aesgcm:': '80',
};

/** Undefined when it leads nowhere HTTP goes. HTTPS counts as HTTP: behind whoever ends TLS it is. */
export function placeOfUrl(text: string): UrlPlace | undefined {
  if (text.length > MOST_CHARS) return undefined;
  const url = parsed(text.replace(/^aesgcm:/i, 'https:'));
  if (url === undefined) return undefined;
  const port = PORTS[url.protocol];
  if (port === undefined || url.hostname === '') return undefined;
  const host = `${url.hostname}:${url.port === '' ? port : url.port}`;
  return { host, target: url.pathname + url.search };
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

/** The same of a request: a client may encode what a URL leaves as it is. */
export function targetOfRequest(target: string): string {
  if (!target.startsWith('/') || target.length > MOST_CHARS) return target;
  const url = parsed(`http://x${target}`);
  return url === undefined ? target : url.pathname + url.search;
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
