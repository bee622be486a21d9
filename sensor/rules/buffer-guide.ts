/** What each sticky buffer holds, for `rules explain` and for signatures/README.md (a test compares the two). */
import type { BufferName } from '../core/index.ts';

export interface BufferGuide {
  /** What stands in it, without a full stop. */
  readonly text: string;
  /** A value as a rule meets it. */
  readonly example: string;
}

export const BUFFER_GUIDE: Readonly<Record<BufferName, BufferGuide>> = {
  'xmpp.stanza': {
    text: 'the raw bytes of the element, as they were sent; passwords are blanked',
    example: "<message to='bob@corp.example'><body>hi</body></message>",
  },
  'xmpp.kind': { text: 'message, presence, iq, nonza or header', example: 'message' },
  'xmpp.type': { text: 'attribute type of the stanza', example: 'groupchat' },
  'xmpp.id': { text: 'attribute id of the stanza', example: 'purple1a2b' },
  'xmpp.from': {
    text: 'sender as written; the bound address where a client leaves it out',
    example: 'Alice@corp.example/desk',
  },
  'xmpp.to': { text: 'addressee as written', example: 'bob@corp.example' },
  'xmpp.from_domain': {
    text: 'domain of the sender, in small letters and Unicode',
    example: 'corp.example',
  },
  'xmpp.to_domain': {
    text: 'domain of the addressee, in small letters and Unicode',
    example: 'ext.example',
  },
  'xmpp.resource': { text: 'resource of the sender', example: 'desk' },
  'xmpp.body': { text: 'text of each body, decoded', example: 'cheap pills' },
  'xmpp.subject': { text: 'subject of a message or room', example: 'Release on Thursday' },
  'xmpp.status': { text: 'status text of a presence', example: 'in a meeting' },
  'xmpp.nick': { text: 'nickname a stanza announces', example: 'Alice' },
  'xmpp.text': {
    text: 'every human text of the stanza, one by one: body, subject, status, XHTML, forms, vCard',
    example: 'cheap pills',
  },
  'xmpp.text_folded': {
    text: 'the same with look-alikes, full-width and invisible characters undone; small letters unless the text is plain ASCII',
    example: 'cheap pills',
  },
  'xmpp.url': {
    text: 'each link of the human text in normal form',
    example: 'http://phish.example/login',
  },
  'xmpp.ns': { text: 'each namespace of the stanza', example: 'urn:xmpp:carbons:2' },
  'xmpp.path': {
    text: 'shape of the stanza: one line for each element, with the names of its attributes',
    example: '/message/x/invite@to',
  },
  'xmpp.stream_header': {
    text: 'raw stream header',
    example: "<stream:stream to='corp.example' version='1.0'>",
  },
  'xmpp.sasl_mechanism': { text: 'mechanism a client logs in with', example: 'PLAIN' },
  'xmpp.sasl_user': { text: 'user name of a login', example: 'alice' },
  'xmpp.client': {
    text: 'software a client says it is: caps node, version, SASL2 agent',
    example: 'https://gajim.org',
  },
  'xmpp.file_name': { text: 'name of a file that is offered', example: 'invoice.pdf.exe' },
  'xmpp.room': { text: 'bare address of the room', example: 'team@rooms.corp.example' },
  'xmpp.attr': {
    text: 'attributes of all elements with their values, one line each',
    example: '/command@node=http://jabber.org/protocol/admin#add-user',
  },
  'xmpp.relation': {
    text: 'how near sender and addressee are: self (one account), local (one domain), foreign',
    example: 'foreign',
  },
  'xmpp.address': {
    text: 'address inside the stanza: jid of items, invites, stream hosts',
    example: 'victim@corp.example',
  },
  'file.sha256': {
    text: 'SHA-256 of a file, as a stanza announces it and as the bytes have it, in hex',
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  },
  'file.md5': {
    text: 'MD5 of a file, as a stanza announces it and as the bytes have it, in hex',
    example: '098f6bcd4621d373cade4e832627b4f6',
  },
  stream: {
    text: 'reassembled bytes of the connection (rules of proto tcp)',
    example: 'GET / HTTP/1.1',
  },
  'file.data': {
    text: 'bytes of a file that was sent, of each member of an archive, and the text found in them',
    example: 'Sub AutoOpen()',
  },
  'file.magic': {
    text: 'what the bytes of a file or member are, in words',
    example: 'PE32 executable',
  },
};
