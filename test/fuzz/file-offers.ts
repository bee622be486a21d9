/**
 * Negotiations, shares and upload slots with parts swapped, doubled and made odd, mixed with connections for what they
 * name: nothing throws, no table outgrows its limit, no text outgrows its cut, and what is told does not depend on how
 * the bytes are cut.
 */
import { connectionName } from '../../sensor/files/offers/bytestreams.ts';
import { ALICE, BOB, FilesLab } from '../support/ledger-lab.ts';
import type { LabFlow } from '../support/correlation-lab.ts';

export const name = 'file-offers';

const LIMITS = {
  filesOffers: 8,
  filesUrls: 16,
  filesConnections: 4,
  filesNews: 50,
  correlationBytestreamEntries: 32,
  flowTableFlows: 64,
};
const TALKS_A_LAB = 24;
const MOST_CHARS = 1024;
const LONG = 'x'.repeat(3000);
const VALUES = [
  ...['', 's1', 's2', '-1', '0', '17', '99999999999999999999', '1e9', ' 5 ', '&#0x;', 'ü', LONG],
  ...['set', 'get', 'result', 'error', 'initiator', 'responder', 'session-initiate', 'content-add'],
  ...['session-accept', 'session-info', 'session-terminate', 'transport-replace', 'sha-256', 'md5'],
  ...[
    'http://u.example:5280/a',
    'https://u.example/b?c#d',
    'aesgcm://u.example/a#00',
    'cid:sha1+00@x',
  ],
  ...[ALICE, BOB, 'u.example', '@', '/', 'proxy', 'AAAA', 'a'.repeat(64)],
];
const TEMPLATES = [
  `<iq type='set' id='o1' to='${BOB}'><si xmlns='http://jabber.org/protocol/si' id='s1' mime-type='text/plain' profile='http://jabber.org/protocol/si/profile/file-transfer'><file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='a.txt' size='17' hash='AAAA'><desc>d</desc><range offset='3' length='4'/></file></si></iq>`,
  `<iq type='result' id='o1' to='${ALICE}' from='${BOB}'><si xmlns='http://jabber.org/protocol/si' id='s1'><file xmlns='http://jabber.org/protocol/si/profile/file-transfer'><range offset='3'/></file></si></iq>`,
  `<iq type='error' id='o1' to='${ALICE}' from='${BOB}'><error type='cancel'/></iq>`,
  `<iq type='set' id='o2' to='${BOB}'><query xmlns='http://jabber.org/protocol/bytestreams' sid='s1'><streamhost jid='p' host='198.51.100.20' port='7777'/></query></iq>`,
  `<iq type='set' id='j1' to='${BOB}'><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s1'><content creator='initiator' name='f' senders='initiator'><description xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><name>a.txt</name><size>17</size><range offset='3'/><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>AAAA</hash><thumbnail xmlns='urn:xmpp:thumbs:1' uri='cid:sha1+00@x'/></file></description><transport xmlns='urn:xmpp:jingle:transports:s5b:1' sid='s2' dstaddr='AAAA'><candidate host='198.51.100.20' port='7777' type='proxy'/></transport></content></jingle></iq>`,
  `<iq type='set' id='j2' to='${ALICE}' from='${BOB}'><jingle xmlns='urn:xmpp:jingle:1' action='session-accept' sid='s1'><content creator='initiator' name='f'><description xmlns='urn:xmpp:jingle:apps:file-transfer:3'><offer><file><name>b</name><size>5</size></file></offer></description><transport xmlns='urn:xmpp:jingle:transports:ibb:1' sid='s1'/></content></jingle></iq>`,
  `<iq type='set' id='j3' to='${BOB}'><jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='s1'><checksum xmlns='urn:xmpp:jingle:apps:file-transfer:5' name='f'><file><hash xmlns='urn:xmpp:hashes:2' algo='md5'>AAAA</hash></file></checksum></jingle></iq>`,
  `<iq type='get' id='u1' to='u.example'><request xmlns='urn:xmpp:http:upload:0' filename='a.txt' size='17' content-type='text/plain'/></iq>`,
  `<iq type='result' id='u1' from='u.example' to='${ALICE}'><slot xmlns='urn:xmpp:http:upload:0'><put url='http://u.example:5280/a'/><get url='http://u.example:5280/a'/></slot></iq>`,
  `<message type='chat' id='m1' to='${BOB}'><body>see http://u.example:5280/a</body><x xmlns='jabber:x:oob'><url>http://u.example:5280/a</url><desc>d</desc></x></message>`,
  `<message type='chat' id='m2' to='${BOB}'><file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><name>a</name><size>17</size></file><sources><url-data xmlns='http://jabber.org/protocol/url-data' target='https://u.example/b'/></sources></file-sharing><reference xmlns='urn:xmpp:reference:0'><media-sharing xmlns='urn:xmpp:sims:1'><file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><size>17</size></file><sources><reference xmlns='urn:xmpp:reference:0' uri='http://u.example:5280/a'/></sources></media-sharing></reference></message>`,
  `<message type='chat' id='m3' to='${BOB}'><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p><img src='cid:sha1+00@x'/></p></body></html></message>`,
  `<iq type='get' id='b1' to='${BOB}'><data xmlns='urn:xmpp:bob' cid='sha1+00@x'/></iq>`,
];

export function fuzz(random: () => number, isOver: () => boolean): { runs: number } {
  let runs = 0;
  let labs = makeLabs(random);
  while (!isOver()) {
    if (runs % TALKS_A_LAB === TALKS_A_LAB - 1) labs = makeLabs(random);
    const acts = Array.from({ length: 12 }, () => act(random));
    const [whole, cut] = labs.map((lab) => lab.play(acts)) as [string, string];
    if (whole !== cut) throw new Error(`cuts change what is told\n${whole}\n${cut}`);
    runs++;
  }
  return { runs };
}

interface Act {
  readonly isServer: boolean;
  readonly text: string;
  /** A connection for this session id; '' for none. */
  readonly sid: string;
}

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

/** One stanza with at most two of its values changed, sometimes a child doubled, sometimes a connection instead. */
function act(random: () => number): Act {
  let text = pick(random, TEMPLATES);
  const changes = Math.floor(random() * 3);
  for (let i = 0; i < changes; i++) {
    const values = [...text.matchAll(/(?<==')[^']*(?=')|(?<=>)[^<>]+(?=<)/g)].filter(
      ([value]) => !/^(?:urn:|http:\/\/(?:jabber|www)|jabber:)/.test(value),
    );
    const { index, 0: old } = pick(random, values);
    text = text.slice(0, index) + pick(random, VALUES) + text.slice(index + old.length);
  }
  const child = /<(content|file|x|put|get|file-sharing)\b.*<\/\1>/.exec(text);
  if (child !== null && random() < 0.2) text = text.replace(child[0], child[0].repeat(20));
  return { isServer: random() < 0.4, text, sid: random() < 0.2 ? pick(random, ['s1', 's2']) : '' };
}

class Lab {
  readonly #lab: FilesLab;
  readonly #flow: LabFlow;

  constructor(pieceBytes: number) {
    this.#lab = new FilesLab({ limits: LIMITS, pieceBytes, peers: true });
    this.#flow = this.#lab.client();
  }

  /** What was told. */
  play(acts: readonly Act[]): string {
    const { files, finished, news } = this.#lab;
    const told = this.#lab.told().length;
    for (const { isServer, text, sid } of acts) {
      if (sid !== '') {
        const socks = this.#lab.socks(connectionName(sid, ALICE, BOB));
        if (socks.isWanted) socks.data(0, 'a file');
        socks.close();
      } else if (isServer) this.#flow.s(text);
      else this.#flow.c(text);
    }
    this.#lab.wait(7);
    for (const { name: table, count, capacity } of files.report()) {
      if (count > capacity) throw new Error(`${table} holds ${count} of ${capacity}`);
    }
    for (const { offer } of news) {
      for (const value of Object.values(offer)) {
        if (typeof value === 'string' && value.length > MOST_CHARS) throw new Error('not cut');
        if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('no number');
      }
    }
    const heard = {
      events: this.#lab.told().slice(told),
      offers: news.map(({ id, offer }) => ({ id, ...offer, tsUsec: 0, flow: 0 })),
      files: finished.map(({ offer, lack, seenBytes }) => [offer?.name, lack, seenBytes]),
    };
    finished.length = 0;
    news.length = 0;
    return JSON.stringify(heard);
  }
}

function makeLabs(random: () => number): readonly [Lab, Lab] {
  return [new Lab(Infinity), new Lab(1 + Math.floor(random() * random() * 500))];
}
