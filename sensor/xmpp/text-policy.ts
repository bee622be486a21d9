/**
 * Which text of a stanza is human text. The rule is: all of it, also in namespaces nobody has
 * heard of, because a leak or a lure does not care for schemas. The exceptions below are ciphertext,
 * binary data in base64 and machine values: they never match a text rule rightly, they cost the
 * most to scan, and random base64 matches token rules by chance. Files in base64 are decoded
 * and scanned as files instead.
 */
import { NAMES, NAMESPACES, type InternedName, type NamespaceUri } from '../xml/index.ts';
import * as codes from './codes.ts';
import {
  CONTENT_NAMESPACES,
  FILE_NAME_ATTRIBUTES,
  elementIndex,
  setElements,
  type Any,
} from './element-names.ts';

/** Elements whose text is no human text: namespace, local name ('*': every name of it), reason. */
const EXCLUDED_TEXT: readonly (readonly [NamespaceUri, InternedName | Any, string])[] = [
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
  ...CONTENT_NAMESPACES.flatMap((ns): [NamespaceUri, InternedName, number][] => [
    [ns, 'body', codes.POLICY_BODY],
    [ns, 'subject', codes.POLICY_SUBJECT],
    [ns, 'status', codes.POLICY_STATUS],
  ]),
  ['http://jabber.org/protocol/nick', 'nick', codes.POLICY_NICK],
  ['vcard-temp', 'NICKNAME', codes.POLICY_NICK],
  ['urn:ietf:params:xml:ns:vcard-4.0', 'nickname', codes.POLICY_NICK],
  ['http://www.w3.org/1999/xhtml', 'body', codes.POLICY_XHTML],
  ['jabber:iq:oob', 'url', codes.POLICY_OOB_URL],
  ['jabber:x:oob', 'url', codes.POLICY_OOB_URL],
  ['urn:xmpp:jingle:apps:file-transfer:3', 'name', codes.POLICY_FILE_NAME],
  ['urn:xmpp:jingle:apps:file-transfer:4', 'name', codes.POLICY_FILE_NAME],
  ['urn:xmpp:jingle:apps:file-transfer:5', 'name', codes.POLICY_FILE_NAME],
  ['urn:xmpp:file:metadata:0', 'name', codes.POLICY_FILE_NAME],
  ['urn:xmpp:http:upload:0', 'filename', codes.POLICY_FILE_NAME],
  // Told as file.sha256 and file.md5, never as human text.
  ['urn:xmpp:hashes:1', 'hash', codes.POLICY_HASH],
  ['urn:xmpp:hashes:2', 'hash', codes.POLICY_HASH],
];

/** A byte for each (namespace, name): POLICY_, and FILE_ATTRIBUTE where an attribute names a file. */
export const policies = new Uint8Array(NAMESPACES.length * NAMES.length);
for (const [ns, name, policy] of NAMED_TEXT) policies[elementIndex(ns, name)] = policy;
for (const [ns, name] of EXCLUDED_TEXT) setElements(policies, ns, name, codes.POLICY_SKIP);
for (const [ns, element] of FILE_NAME_ATTRIBUTES) {
  const at = elementIndex(ns, element);
  policies[at] = (policies[at] as number) | codes.FILE_ATTRIBUTE;
}
