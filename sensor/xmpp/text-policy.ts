/**
 * Which text of a stanza is human text. The rule is: all of it, also in namespaces nobody has
 * heard of, because a leak or a lure does not care for schemas. The exceptions below are ciphertext,
 * binary data in base64 and machine values: they never match a text rule rightly, they cost the
 * most to scan, and random base64 matches token rules by chance. Files in base64 are decoded
 * and scanned as files instead.
 */
import {
  NAMES,
  NAMESPACES,
  nameId,
  nsId,
  type InternedName,
  type NamespaceUri,
} from '../xml/index.ts';

/** What becomes of the text inside an element. */
export const POLICY = {
  text: 0,
  skip: 1,
  body: 2,
  subject: 3,
  status: 4,
  nick: 5,
  fileName: 6,
  xhtml: 7,
  oobUrl: 8,
  hash: 9,
} as const;

type Any = '*';

const CONTENT: readonly NamespaceUri[] = [
  'jabber:client',
  'jabber:server',
  'jabber:component:accept',
];

/** Elements whose text is no human text: namespace, local name ('*': every name of it), reason. */
export const EXCLUDED_TEXT: readonly (readonly [NamespaceUri, InternedName | Any, string])[] = [
  ['http://jabber.org/protocol/ibb', 'data', 'file bytes in base64'],
  ['urn:xmpp:bob', 'data', 'file bytes in base64'],
  ['vcard-temp', 'BINVAL', 'image bytes in base64'],
  ['urn:xmpp:avatar:data', 'data', 'image bytes in base64'],
  ['eu.siacs.conversations.axolotl', '*', 'OMEMO ciphertext and keys'],
  ['urn:xmpp:omemo:1', '*', 'OMEMO ciphertext and keys'],
  ['urn:xmpp:omemo:2', '*', 'OMEMO ciphertext and keys'],
  ['urn:xmpp:openpgp:0', '*', 'OpenPGP ciphertext and keys'],
  ['jabber:x:encrypted', '*', 'OpenPGP ciphertext'],
  ['jabber:x:signed', '*', 'OpenPGP signature'],
  ['urn:xmpp:esfs:0', '*', 'file keys'],
  ['urn:xmpp:saslcert:1', '*', 'certificates in base64'],
  ['urn:xmpp:jingle:apps:dtls:0', '*', 'key fingerprint'],
  ['vcard-temp:x:update', '*', 'hash of an avatar'],
  ['urn:xmpp:http:upload:0', 'header', 'authorization token of an upload'],
  ['jabber:iq:auth', '*', 'login, read and scrubbed elsewhere'],
  ['urn:ietf:params:xml:ns:xmpp-sasl', '*', 'login, read and scrubbed elsewhere'],
  ['urn:xmpp:sasl:2', '*', 'login, read and scrubbed elsewhere'],
  ['urn:xmpp:fast:0', '*', 'login token'],
  ['jabber:iq:register', 'password', 'scrubbed'],
  ['jabber:iq:register', 'key', 'scrubbed'],
  ['jabber:client', 'thread', 'identifier'],
  ['jabber:server', 'thread', 'identifier'],
  ['jabber:component:accept', 'thread', 'identifier'],
  ['jabber:client', 'priority', 'number'],
  ['jabber:server', 'priority', 'number'],
  ['jabber:component:accept', 'priority', 'number'],
];

/** Elements whose text also goes to a buffer of its own. */
const NAMED_TEXT: readonly (readonly [NamespaceUri, InternedName, number])[] = [
  ...CONTENT.flatMap((ns): [NamespaceUri, InternedName, number][] => [
    [ns, 'body', POLICY.body],
    [ns, 'subject', POLICY.subject],
    [ns, 'status', POLICY.status],
  ]),
  ['http://jabber.org/protocol/nick', 'nick', POLICY.nick],
  ['vcard-temp', 'NICKNAME', POLICY.nick],
  ['urn:ietf:params:xml:ns:vcard-4.0', 'nickname', POLICY.nick],
  ['http://www.w3.org/1999/xhtml', 'body', POLICY.xhtml],
  ['jabber:iq:oob', 'url', POLICY.oobUrl],
  ['jabber:x:oob', 'url', POLICY.oobUrl],
  ['urn:xmpp:jingle:apps:file-transfer:3', 'name', POLICY.fileName],
  ['urn:xmpp:jingle:apps:file-transfer:4', 'name', POLICY.fileName],
  ['urn:xmpp:jingle:apps:file-transfer:5', 'name', POLICY.fileName],
  ['urn:xmpp:file:metadata:0', 'name', POLICY.fileName],
  ['urn:xmpp:http:upload:0', 'filename', POLICY.fileName],
  // Told as file.sha256 and file.md5, never as human text.
  ['urn:xmpp:hashes:1', 'hash', POLICY.hash],
  ['urn:xmpp:hashes:2', 'hash', POLICY.hash],
];

const NAME_COUNT = NAMES.length;
const policies = new Uint8Array(NAMESPACES.length * NAME_COUNT);
for (const [ns, name, policy] of NAMED_TEXT)
  policies[nsId(ns) * NAME_COUNT + nameId(name)] = policy;
for (const [ns, name] of EXCLUDED_TEXT) {
  const row = nsId(ns) * NAME_COUNT;
  if (name === '*') policies.fill(POLICY.skip, row, row + NAME_COUNT);
  else policies[row + nameId(name)] = POLICY.skip;
}

/** Policy of an element by its interned ids. */
export function textPolicy(ns: number, name: number): number {
  return policies[ns * NAME_COUNT + name] as number;
}

/** What an attribute value means to a reader. */
export const ATTRIBUTE = { none: 0, text: 1, nick: 2, address: 3 } as const;

const HUMAN_ATTRIBUTES: readonly InternedName[] = [
  'name',
  'label',
  'title',
  'alt',
  'desc',
  'href',
  'src',
  'url',
  'reason',
];
/** Attributes that name somebody or some machine: JIDs of items and invitations, hosts of streams to come. */
const ADDRESS_ATTRIBUTES: readonly InternedName[] = ['jid', 'from', 'to', 'host', 'ip'];
const attributes = new Uint8Array(NAME_COUNT);
for (const name of HUMAN_ATTRIBUTES) attributes[nameId(name)] = ATTRIBUTE.text;
for (const name of ADDRESS_ATTRIBUTES) attributes[nameId(name)] = ATTRIBUTE.address;
attributes[nameId('nick')] = ATTRIBUTE.nick;

/** ATTRIBUTE.* of an unprefixed attribute below the stanza itself. */
export function attributePolicy(name: number): number {
  return attributes[name] as number;
}

/** Attributes that carry a file name: namespace and name of the element, name of the attribute. */
const FILE_NAME_ATTRIBUTES: readonly (readonly [NamespaceUri, InternedName, InternedName])[] = [
  ['http://jabber.org/protocol/si/profile/file-transfer', 'file', 'name'],
  ['urn:xmpp:http:upload:0', 'request', 'filename'],
];
const fileNameAttribute = new Int32Array(policies.length);
for (const [ns, element, attribute] of FILE_NAME_ATTRIBUTES) {
  fileNameAttribute[nsId(ns) * NAME_COUNT + nameId(element)] = nameId(attribute);
}

/** Id of the attribute of this element that holds a file name; 0 when it has none. */
export function fileNameAttributeOf(ns: number, name: number): number {
  return fileNameAttribute[ns * NAME_COUNT + name] as number;
}

/** XHTML elements that end a line; others join their text to what stands beside it. */
const BLOCK_NAMES: readonly InternedName[] = [
  'p',
  'br',
  'div',
  'li',
  'tr',
  'td',
  'blockquote',
  'pre',
  'h1',
  'h2',
  'h3',
];
const blocks = new Uint8Array(NAME_COUNT);
for (const name of BLOCK_NAMES) blocks[nameId(name)] = 1;

export function endsLine(name: number): boolean {
  return blocks[name] === 1;
}
