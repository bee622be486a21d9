/**
 * Is a text the start of an XMPP stream? Looks for the root element behind declaration, comments
 * and document type: any prefix, either quote, namespace names written with character references.
 */
import { VERDICT, type Verdict } from './verdict.ts';

const STREAMS = 'http://etherx.jabber.org/streams';
/** Namespaces of stanzas on a stream: client, server, components (XEP-0114). */
const CONTENT = [
  'jabber:client',
  'jabber:server',
  'jabber:component:accept',
  'jabber:component:connect',
];
/** Local names that, on a port of XMPP, need no namespace to be believed. */
const NAMES = ['stream', 'message', 'presence', 'iq', 'handshake'];

const SPACE = /[ \t\r\n]*/y;
const NAME = /[A-Za-z_\u0080-\u00ff][-\w.\u0080-\u00ff]*(?::[-\w.\u0080-\u00ff]*)?/y;
const ATTRIBUTE = /[ \t\r\n]+([^\s=<>"'/]+)[ \t\r\n]*=[ \t\r\n]*(?:"([^"<]*)"|'([^'<]*)')/y;

/**
 * Judge the text from the first character of a half. `isFinal`: no more will come, or no more may
 * be waited for; a text that began like XML is then believed on a stream port.
 */
export function judgeXmlStart(text: string, isStreamPort: boolean, isFinal: boolean): Verdict {
  let at = 0;
  for (;;) {
    at = skip(text, at);
    if (at === text.length) return unfinished(text, isStreamPort, isFinal, '');
    if (text[at] !== '<') return VERDICT.other;
    const isDeclaration = text.startsWith('<?', at);
    if (!isDeclaration && !text.startsWith('<!', at)) break;
    const end = isDeclaration ? endOf(text, at, '?>') : endOfBang(text, at);
    if (end === NEVER) return VERDICT.other;
    if (end < 0) return unfinished(text, isStreamPort, isFinal, '');
    at = end;
  }
  return judgeRoot(text, at, isStreamPort, isFinal);
}

const NEVER = -2;

function judgeRoot(text: string, start: number, isStreamPort: boolean, isFinal: boolean): Verdict {
  NAME.lastIndex = start + 1;
  const name = NAME.exec(text)?.[0] ?? '';
  let at = start + 1 + name.length;
  if (name === '' && at < text.length) return VERDICT.other;
  if (at === text.length) return unfinished(text, isStreamPort, isFinal, '');
  const local = name.slice(name.indexOf(':') + 1);
  if (isStreamPort && NAMES.includes(local)) return VERDICT.xmpp;
  for (;;) {
    ATTRIBUTE.lastIndex = at;
    const match = ATTRIBUTE.exec(text);
    if (match === null) break;
    const [whole, key = '', double, single] = match;
    if (key === 'xmlns' || key.startsWith('xmlns:')) {
      const namespace = decodeReferences(double ?? single ?? '').trim();
      if (namespace === STREAMS || CONTENT.includes(namespace)) return VERDICT.xmpp;
    }
    at += whole.length;
  }
  const isWhole = /^[ \t\r\n]*\/?>/.test(text.slice(at, at + 64));
  if (isWhole) return VERDICT.other;
  return unfinished(text, isStreamPort, isFinal, local);
}

/** XML so far, but the root's start tag is not complete. */
function unfinished(
  text: string,
  isStreamPort: boolean,
  isFinal: boolean,
  rootName: string,
): Verdict {
  if (!isFinal) return VERDICT.more;
  if (rootName !== '') return rootName === 'stream' ? VERDICT.xmpp : VERDICT.other;
  return isStreamPort && text.trimStart().startsWith('<') ? VERDICT.xmpp : VERDICT.other;
}

/** Behind a comment or document type; -1 when its end is missing, NEVER for one that is no XMPP. */
function endOfBang(text: string, at: number): number {
  if (text.startsWith('<!--', at)) return endOf(text, at + 4, '-->');
  if (/^<!doctype\s+html/i.test(text.slice(at, at + 64))) return NEVER;
  let isSubset = false;
  let quote = '';
  for (let i = at + 2; i < text.length; i++) {
    const char = text[i] as string;
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '[') isSubset = true;
    else if (char === ']') isSubset = false;
    else if (char === '>' && !isSubset) return i + 1;
  }
  return -1;
}

function endOf(text: string, at: number, mark: string): number {
  const found = text.indexOf(mark, at);
  return found < 0 ? -1 : found + mark.length;
}

function skip(text: string, at: number): number {
  SPACE.lastIndex = at;
  return at + (SPACE.exec(text)?.[0].length ?? 0);
}

function decodeReferences(value: string): string {
  return value.replace(
    /&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));/g,
    (whole, hex?: string, decimal?: string) => {
      const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
