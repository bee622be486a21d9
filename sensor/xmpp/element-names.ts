/**
 * What elements and attributes mean, by namespace and local name: the tables the stanza reader looks
 * things up in. Which text is human text stands in text-policy.ts.
 */
import {
  NAMES,
  NAMESPACES,
  nameId,
  nsId,
  type InternedName,
  type NamespaceUri,
} from '../xml/index.ts';
import * as codes from './codes.ts';

/** Every name of a namespace. */
export type Any = '*';

/** A byte for each namespace: NS_ bits. */
export const namespaceBits = new Uint8Array(NAMESPACES.length);
function classify(bit: number, namespaces: readonly NamespaceUri[]): void {
  for (const ns of namespaces) {
    namespaceBits[nsId(ns)] = (namespaceBits[nsId(ns)] as number) | bit;
  }
}

export const CONTENT_NAMESPACES: readonly NamespaceUri[] = [
  'jabber:client',
  'jabber:server',
  'jabber:component:accept',
];
classify(codes.NS_CONTENT, CONTENT_NAMESPACES);
classify(codes.NS_STREAM, [
  'http://etherx.jabber.org/streams',
  'urn:ietf:params:xml:ns:xmpp-tls',
  'urn:ietf:params:xml:ns:xmpp-sasl',
  'urn:xmpp:sasl:2',
]);
// XEP-0297, 0280, 0313, 0355, 0356, 0033, 0131, 0227, 0161: they carry whole stanzas by design.
classify(codes.NS_WRAPPER, [
  'urn:xmpp:forward:0',
  'urn:xmpp:carbons:2',
  'urn:xmpp:mam:tmp',
  'urn:xmpp:mam:0',
  'urn:xmpp:mam:1',
  'urn:xmpp:mam:2',
  'urn:xmpp:delegation:1',
  'urn:xmpp:delegation:2',
  'urn:xmpp:privilege:1',
  'urn:xmpp:privilege:2',
  'http://jabber.org/protocol/address',
  'http://jabber.org/protocol/shim',
  'urn:xmpp:pie:0',
  'urn:xmpp:tmp:abuse',
]);

/** A byte for each local name: NAME_ bits. */
export const nameBits = new Uint8Array(NAMES.length);
function nameAs(bit: number, names: readonly InternedName[]): void {
  for (const name of names) nameBits[nameId(name)] = (nameBits[nameId(name)] as number) | bit;
}
nameAs(codes.NAME_MESSAGE, ['message']);
nameAs(codes.NAME_PRESENCE, ['presence']);
nameAs(codes.NAME_IQ, ['iq']);
/** Unprefixed attributes below the stanza itself that mean something to a reader. */
nameAs(codes.NAME_TEXT, ['name', 'label', 'title', 'alt', 'desc', 'href', 'src', 'url', 'reason']);
nameAs(codes.NAME_NICK, ['nick']);
nameAs(codes.NAME_JID, ['jid']);
/** JIDs of items and invitations, hosts of streams to come. */
nameAs(codes.NAME_ADDRESS, ['jid', 'from', 'to', 'host', 'ip']);
/** XHTML elements that end a line; others join their text to what stands beside it. */
nameAs(codes.NAME_LINE, ['p', 'br', 'div', 'li', 'tr', 'td', 'blockquote', 'pre']);
nameAs(codes.NAME_LINE, ['h1', 'h2', 'h3']);

/** Index of an element in the tables by namespace and name. */
export function elementIndex(ns: NamespaceUri, name: InternedName): number {
  return nsId(ns) * NAMES.length + nameId(name);
}

/** Note a value for an element, or for every name of a namespace. */
export function setElements(
  table: Uint8Array,
  ns: NamespaceUri,
  name: InternedName | Any,
  value: number,
): void {
  const row = nsId(ns) * NAMES.length;
  if (name === '*') table.fill(value, row, row + NAMES.length);
  else table[row + nameId(name)] = value;
}

const CHILDREN: readonly (readonly [NamespaceUri, InternedName | Any, number])[] = [
  ...CONTENT_NAMESPACES.map((ns): [NamespaceUri, InternedName, number] => [
    ns,
    'error',
    codes.CHILD_ERROR,
  ]),
  ['urn:xmpp:delay', '*', codes.CHILD_DELAY],
  ['jabber:x:delay', '*', codes.CHILD_DELAY],
  ['urn:xmpp:carbons:2', '*', codes.CHILD_CARBON],
  ['urn:xmpp:mam:tmp', 'result', codes.CHILD_ARCHIVED],
  ['urn:xmpp:mam:0', 'result', codes.CHILD_ARCHIVED],
  ['urn:xmpp:mam:1', 'result', codes.CHILD_ARCHIVED],
  ['urn:xmpp:mam:2', 'result', codes.CHILD_ARCHIVED],
  ['http://jabber.org/protocol/caps', 'c', codes.CHILD_CAPS],
  ['http://jabber.org/protocol/muc', '*', codes.CHILD_MUC_JOIN],
  ['http://jabber.org/protocol/muc#user', '*', codes.CHILD_MUC_USER],
  ['http://jabber.org/protocol/address', '*', codes.CHILD_ADDRESSES],
];

/** A byte for each (namespace, name): CHILD_, for direct children of a stanza. */
export const childKinds = new Uint8Array(NAMESPACES.length * NAMES.length);
for (const [ns, name, kind] of CHILDREN) setElements(childKinds, ns, name, kind);

/** Attributes that carry a file name: namespace and name of the element, name of the attribute. */
export const FILE_NAME_ATTRIBUTES: readonly (readonly [
  NamespaceUri,
  InternedName,
  InternedName,
])[] = [
  ['http://jabber.org/protocol/si/profile/file-transfer', 'file', 'name'],
  ['urn:xmpp:http:upload:0', 'request', 'filename'],
];
