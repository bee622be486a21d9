/** One form for every spelling of a value, as lists hold it; and what kind of value a bare text is. */
import { domainToASCII } from 'node:url';
import { AddressSet, parseBlock } from '../address-set.ts';
import { jidForms } from '../dataset-values.ts';
import { normalizeUrl } from '../url.ts';
import type { IntelKind } from './items.ts';

/** Longer values are none of these kinds, and no line of a list. */
const MAX_CHARS = 2048;

/** The value as a line of a list; undefined when it is none of its kind. */
export function canonicalValue(kind: IntelKind, text: string): string | undefined {
  const plain = text.trim();
  if (plain === '' || plain.length > MAX_CHARS || /[\r\n\0]/.test(plain)) return undefined;
  switch (kind) {
    case 'domain':
    case 'server':
      return canonicalDomain(refang(plain));
    case 'jid':
      return canonicalJid(refang(plain));
    case 'url': {
      const url = normalizeUrl(plain)?.url;
      return url === undefined || /[\s#]/.test(url.replace(/#.*$/, ''))
        ? undefined
        : url.replace(/#.*$/, '');
    }
    case 'ip':
      return canonicalBlock(refang(plain));
    case 'md5':
      return /^[0-9a-f]{32}$/i.test(plain) ? plain.toLowerCase() : undefined;
    case 'sha256':
    case 'rtbl':
      return /^[0-9a-f]{64}$/i.test(plain) ? plain.toLowerCase() : undefined;
  }
}

/** `hxxp`, `[.]` and the like, in names that are no links. */
export function refang(text: string): string {
  return text
    .replaceAll(/\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)/gi, '.')
    .replaceAll(/\[(:|@|at)\]/gi, (_, mark: string) => (mark === ':' ? ':' : '@'));
}

function canonicalDomain(text: string): string | undefined {
  const name = text.replace(/^\*?\./, '').replace(/\.$/, '');
  if (/[\s/@?#:%,;]/.test(name) || !name.includes('.') || parseBlock(name) !== undefined) {
    return undefined;
  }
  const ascii = domainToASCII(name.toLowerCase());
  const isName =
    ascii.length <= 253 &&
    /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$/.test(ascii);
  return isName ? ascii : undefined;
}

function canonicalJid(text: string): string | undefined {
  const jid = text.replace(/^xmpp:(?:\/\/[^/]*\/)?/i, '').replace(/[?].*$/, '');
  const bare = jid.split('/', 1)[0] ?? '';
  const at = bare.lastIndexOf('@');
  if (at !== bare.indexOf('@') || at === 0 || /[\s"&'<>]/.test(bare)) return undefined;
  const domain = canonicalDomain(bare.slice(at + 1));
  return domain === undefined
    ? undefined
    : jidForms(bare.slice(0, at + 1) + domain + jid.slice(bare.length))[0];
}

function canonicalBlock(text: string): string | undefined {
  const block = parseBlock(text);
  if (block === undefined) return undefined;
  const set = new AddressSet();
  set.add(block);
  let canonical: string | undefined;
  set.forEach((line) => (canonical = line));
  return canonical;
}

/** What a value without a label is: by its form alone. `undefined`: nothing the sensor can look for. */
export function guessKind(text: string): IntelKind | undefined {
  const plain = refang(text.trim());
  if (/^[0-9a-f]{64}$/i.test(plain)) return 'sha256';
  if (/^[0-9a-f]{32}$/i.test(plain)) return 'md5';
  if (parseBlock(plain) !== undefined) return 'ip';
  if (/^xmpp:/i.test(plain)) return 'jid';
  if (/^[a-z*][a-z0-9+.*-]{0,15}:\/\//i.test(plain)) return 'url';
  const at = plain.indexOf('@');
  const slash = plain.indexOf('/');
  if (at > 0 && (slash < 0 || at < slash)) return 'jid';
  if (slash > 0) return canonicalValue('url', plain) === undefined ? undefined : 'url';
  return canonicalValue('domain', plain) === undefined ? undefined : 'domain';
}
