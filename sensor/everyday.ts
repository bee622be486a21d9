/**
 * Everyday XMPP: two conversations without anything remarkable, to see what a rule makes of ordinary traffic. Client
 * to server (C2S) and server to server (S2S); `C` is the client or the initiating server.
 */
import type { CaseTurn } from './rules/index.ts';

const C2S: readonly (readonly ['C' | 'S', string])[] = [
  ['C', "<iq type='get' id='r1'><query xmlns='jabber:iq:roster'/></iq>"],
  [
    'S',
    "<iq type='result' id='r1' to='alice@corp.example/desk'><query xmlns='jabber:iq:roster' ver='12'><item jid='bob@corp.example' name='Bob' subscription='both'><group>Team</group></item><item jid='carol@corp.example' name='Carol' subscription='both'/></query></iq>",
  ],
  [
    'C',
    "<presence><priority>5</priority><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://gajim.org' ver='zHyEOgxTrkpSdGcQKH8EFPLsriY='/></presence>",
  ],
  [
    'S',
    "<presence from='bob@corp.example/phone' to='alice@corp.example'><show>away</show><status>in a meeting</status><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://conversations.im' ver='q07IKJEyjvHSyhy//CH0CxmKi8w='/></presence>",
  ],
  ['S', "<presence from='carol@corp.example/laptop' to='alice@corp.example'/>"],
  [
    'C',
    "<iq type='get' id='d1' to='corp.example'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
  ],
  [
    'S',
    "<iq type='result' id='d1' from='corp.example' to='alice@corp.example/desk'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='server' type='im' name='Prosody'/><feature var='urn:xmpp:ping'/><feature var='urn:xmpp:carbons:2'/><feature var='vcard-temp'/></query></iq>",
  ],
  ['C', "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"],
  ['S', "<enabled xmlns='urn:xmpp:sm:3' id='a7f3' resume='true'/>"],
  ['C', "<iq type='set' id='c1'><enable xmlns='urn:xmpp:carbons:2'/></iq>"],
  ['S', "<iq type='result' id='c1' to='alice@corp.example/desk'/>"],
  [
    'C',
    "<message to='bob@corp.example' type='chat' id='m1'><body>Good morning Bob, are you at your desk already?</body><active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/></message>",
  ],
  [
    'S',
    "<message from='bob@corp.example/phone' to='alice@corp.example/desk' type='chat' id='x1'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
  ],
  [
    'S',
    "<message from='bob@corp.example/phone' to='alice@corp.example/desk' id='x2'><received xmlns='urn:xmpp:receipts' id='m1'/></message>",
  ],
  [
    'S',
    "<message from='bob@corp.example/phone' to='alice@corp.example/desk' type='chat' id='x3'><body>On the train, there in 20 minutes. Is the build green?</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>",
  ],
  [
    'C',
    "<message to='bob@corp.example' type='chat' id='m2'><body>Yes, since last night. See https://ci.corp.example/job/main/482/ for the log.</body></message>",
  ],
  [
    'C',
    "<message to='bob@corp.example' type='chat' id='m3'><body>By the way: lunch at 12:30? Dana &amp; Erik come along :)</body></message>",
  ],
  [
    'S',
    "<message from='bob@corp.example/phone' to='alice@corp.example/desk' type='chat' id='x4'><body>Sure!</body></message>",
  ],
  [
    'S',
    "<message from='carol@corp.example/laptop' to='alice@corp.example' type='chat' id='y1'><body>Guten Morgen, schickst du mir bitte das Protokoll von gestern? Die Übersicht fehlt mir noch.</body></message>",
  ],
  [
    'C',
    "<message to='carol@corp.example/laptop' type='chat' id='m4'><body>Natürlich, kommt gleich.</body><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p>Natürlich, kommt <em>gleich</em>.</p></body></html></message>",
  ],
  [
    'S',
    "<message from='ivan@corp.example/home' to='alice@corp.example' type='chat' id='z1'><body>Привет! Ты сегодня будешь на встрече в три часа?</body></message>",
  ],
  ['C', "<r xmlns='urn:xmpp:sm:3'/>"],
  ['S', "<a xmlns='urn:xmpp:sm:3' h='9'/>"],
  [
    'S',
    "<iq type='get' id='p1' from='corp.example' to='alice@corp.example/desk'><ping xmlns='urn:xmpp:ping'/></iq>",
  ],
  ['C', "<iq type='result' id='p1' to='corp.example'/>"],
  [
    'C',
    "<presence to='team@rooms.corp.example/Alice'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='20'/></x></presence>",
  ],
  [
    'S',
    "<presence from='team@rooms.corp.example/Bob' to='alice@corp.example/desk'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' role='participant'/></x></presence>",
  ],
  [
    'S',
    "<message from='team@rooms.corp.example' to='alice@corp.example/desk' type='groupchat' id='t0'><subject>Release 4.2 on Thursday</subject></message>",
  ],
  [
    'C',
    "<message to='team@rooms.corp.example' type='groupchat' id='g1'><body>Ticket 4711 is done, please review: ready for testing on stage 3.</body></message>",
  ],
  [
    'S',
    "<message from='team@rooms.corp.example/Bob' to='alice@corp.example/desk' type='groupchat' id='g2'><body>thanks, I will have a look after the stand-up. Version 4.2.0-rc1, right?</body><stanza-id xmlns='urn:xmpp:sid:0' id='5f3dbc5e-e1d3-4077-a492-693f3769c7ad' by='team@rooms.corp.example'/></message>",
  ],
  [
    'S',
    "<message from='alice@corp.example' to='alice@corp.example/desk' type='chat'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='alice@corp.example/phone' to='bob@corp.example' type='chat' id='k1'><body>running late</body></message></forwarded></sent></message>",
  ],
  [
    'C',
    "<iq type='set' id='mam1'><query xmlns='urn:xmpp:mam:2' queryid='f27'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field><field var='start'><value>2026-11-20T00:00:00Z</value></field></x></query></iq>",
  ],
  [
    'S',
    "<message to='alice@corp.example/desk'><result xmlns='urn:xmpp:mam:2' queryid='f27' id='28482'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-11-20T09:00:00Z'/><message xmlns='jabber:client' from='bob@corp.example/phone' to='alice@corp.example' type='chat'><body>Did you see my mail about the invoice?</body></message></forwarded></result></message>",
  ],
  [
    'S',
    "<iq type='result' id='mam1' to='alice@corp.example/desk'><fin xmlns='urn:xmpp:mam:2' complete='true'><set xmlns='http://jabber.org/protocol/rsm'><count>1</count></set></fin></iq>",
  ],
  ['C', "<iq type='get' id='v1' to='bob@corp.example'><vCard xmlns='vcard-temp'/></iq>"],
  [
    'S',
    "<iq type='result' id='v1' from='bob@corp.example' to='alice@corp.example/desk'><vCard xmlns='vcard-temp'><FN>Bob Baker</FN><NICKNAME>bob</NICKNAME><ORG><ORGNAME>Corp</ORGNAME></ORG><TITLE>Engineer</TITLE></vCard></iq>",
  ],
  [
    'S',
    "<message from='bob@corp.example' to='alice@corp.example/desk' type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:avatar:metadata'><item id='111f4b3c50d7b0df729d299bc6f8e9ef9066971f'><metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='12345' id='111f4b3c50d7b0df729d299bc6f8e9ef9066971f' type='image/png'/></metadata></item></items></event></message>",
  ],
  [
    'S',
    "<message from='bob@corp.example/phone' to='alice@corp.example/desk' type='chat' id='x5'><replace xmlns='urn:xmpp:message-correct:0' id='x4'/><body>Sure, see you there!</body></message>",
  ],
  ['C', '<presence><show>xa</show><status>lunch</status></presence>'],
  ['C', "<presence type='unavailable'/>"],
];

const S2S: readonly (readonly ['C' | 'S', string])[] = [
  [
    'C',
    "<message from='zoe@ext.example/home' to='alice@corp.example' type='chat' id='q1'><body>Hi Alice, the draft of the contract is ready. Shall I send it by mail?</body></message>",
  ],
  ['C', "<presence from='zoe@ext.example/home' to='alice@corp.example'/>"],
  [
    'C',
    "<iq from='zoe@ext.example/home' to='corp.example' type='get' id='q2'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
  ],
  [
    'C',
    "<message from='zoe@ext.example/home' to='alice@corp.example' type='chat' id='q3'><paused xmlns='http://jabber.org/protocol/chatstates'/></message>",
  ],
];

const encoder = new TextEncoder();

function turns(lines: typeof C2S): CaseTurn[] {
  return lines.map(([who, text]) => ({
    kind: 'data',
    direction: who === 'C' ? 0 : 1,
    bytes: encoder.encode(text),
  }));
}

/** Behind which session of signatures/cases/sessions.yaml each conversation stands. */
export const EVERYDAY: readonly {
  readonly session: string;
  readonly turns: readonly CaseTurn[];
}[] = [
  { session: 'scram', turns: turns(C2S) },
  { session: 's2s', turns: turns(S2S) },
];
