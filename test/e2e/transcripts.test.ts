/** What an analyst reads of an alert's connection: text as it was understood beside text as it was written. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { StoredAlert } from '../../sensor/core/index.ts';
import { PacketLab, XMPP_HEADER, alertEntry, markedTexts } from '../support/packet-lab.ts';
import { tcpConversation, type Turn } from '../support/packets.ts';

const lab = new PacketLab();
after(() => lab.close());

const MESSAGE = "<message to='bob@partner.example' type='chat' id='m1'>";
let port = 40_000;

function opening(): Turn[] {
  return [
    ['C', `<?xml version='1.0'?><stream:stream to='corp.example' ${XMPP_HEADER}`],
    ['S', `<stream:stream from='corp.example' id='s1' ${XMPP_HEADER}<stream:features/>`],
  ];
}

/** The same, and a login with that password. */
function login(password: string): Turn[] {
  const plain = Buffer.from(`\0alice\0${password}`).toString('base64');
  return [
    ...opening(),
    ['C', `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`],
    ['S', "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"],
    ['C', `<stream:stream to='corp.example' ${XMPP_HEADER}`],
    ['S', `<stream:stream from='corp.example' id='s2' ${XMPP_HEADER}<stream:features/>`],
  ];
}

async function alertOf(
  detection: string,
  turns: readonly Turn[],
  segmentSize?: number,
): Promise<StoredAlert> {
  port++;
  const clientPort = port;
  const cut = segmentSize === undefined ? {} : { segmentSize };
  const alerts = await lab.play(tcpConversation(turns, { clientPort, stepUsec: 10_000, ...cut }));
  const found = alerts.find((alert) => alert.detection === detection);
  assert.ok(found, `${detection} among ${alerts.map((alert) => alert.detection).join(', ')}`);
  return found;
}

/** A body whose text is a marking of confidential documents. */
async function marking(body: string, segmentSize?: number) {
  const turns: Turn[] = [
    ...opening(),
    ['C', `${MESSAGE}<body>hello, as agreed</body></message>`],
    ['C', `${MESSAGE}<body>${body}</body></message>`],
    ['S', "<message from='bob@partner.example' type='chat'><body>thanks</body></message>"],
  ];
  const transcript = await lab.service.transcript(await alertOf('dlp-marking', turns, segmentSize));
  const entry = alertEntry(transcript);
  return { transcript, entry, marked: markedTexts(entry) };
}

describe('transcripts', () => {
  it('tell both sides in the order of time, with the place of the alert', async () => {
    const { transcript, entry } = await marking('TLP:RED do not forward');
    assert.equal(transcript.reason, '');
    assert.deepEqual(
      transcript.entries.map(({ direction, kind, isAlert }) => [direction, kind, isAlert]),
      [
        ['to_server', 'stream', false],
        ['to_client', 'stream', false],
        ['to_client', 'nonza', false],
        ['to_server', 'message', false],
        ['to_server', 'message', true],
        ['to_client', 'message', false],
      ],
    );
    assert.equal(entry.isDisguised, false);
    assert.equal(entry.isCut, false);
    assert.match(entry.decoded, /\n {2}<body>TLP:RED do not forward<\/body>\n<\/message>$/);
    assert.equal(entry.raw, `${MESSAGE}<body>TLP:RED do not forward</body></message>`);
  });

  it('mark what the rule matched in both texts', async () => {
    const { marked } = await marking('TLP:RED do not forward');
    assert.deepEqual(marked, { decoded: ['TLP:RED'], raw: ['TLP:RED'] });
  });

  for (const [name, body, raw] of [
    ['references', 'T&#76;P:&#x52;ED do not forward', 'T&#76;P:&#x52;ED'],
    ['CDATA', 'TL<![CDATA[P:R]]>ED do not forward', 'TL<![CDATA[P:R]]>ED'],
    ['comments', 'TLP:R<!-- nothing -->ED do not forward', 'TLP:R<!-- nothing -->ED'],
  ] as const) {
    for (const segment of [undefined, 1460, 7, 1]) {
      it(`show what ${name} hide, in segments of ${segment ?? 'any length'}`, async () => {
        const { entry, marked } = await marking(body, segment);
        assert.match(entry.decoded, /<body>TLP:RED do not forward<\/body>/);
        assert.ok(entry.raw.includes(`<body>${body}</body>`), entry.raw);
        assert.equal(entry.isDisguised, true);
        assert.deepEqual(marked, { decoded: ['TLP:RED'], raw: [raw] });
      });
    }
  }

  it('show references that must be as nothing odd', async () => {
    const { entry } = await marking('TLP:RED &lt;do not forward&gt; &amp; so on');
    assert.equal(entry.isDisguised, false);
    assert.match(entry.decoded, /TLP:RED &lt;do not forward> &amp; so on/);
  });

  it('show UTF-16 as text, and that it was disguised', async () => {
    const wide = (text: string): Buffer => Buffer.from(text, 'utf16le');
    const turns: Turn[] = [
      [
        'C',
        Buffer.concat([
          Buffer.from([0xff, 0xfe]),
          wide(`<stream:stream to='corp.example' ${XMPP_HEADER}`),
        ]),
      ],
      ['S', `<stream:stream from='corp.example' id='s1' ${XMPP_HEADER}<stream:features/>`],
      ['C', wide(`${MESSAGE}<body>TLP:RED do not forward</body></message>`)],
    ];
    const entry = alertEntry(await lab.service.transcript(await alertOf('dlp-marking', turns)));
    assert.match(entry.decoded, /TLP:RED do not forward/);
    assert.match(entry.raw, /<body>TLP:RED do not forward<\/body>/);
    assert.equal(entry.isDisguised, true);
  });

  it('show bytes that are no UTF-8 as what they are', async () => {
    const body = Buffer.concat([
      Buffer.from(`${MESSAGE}<body>TLP:RED caf`),
      Buffer.from([0xe9, 0xff]),
      Buffer.from('</body></message>'),
    ]);
    const turns: Turn[] = [...opening(), ['C', body]];
    const { entries } = await lab.service.transcript(await alertOf('utf8-invalid', turns));
    const said = entries.find(({ raw }) => raw.includes('TLP:RED'));
    assert.match(said?.raw ?? '', /caf\\xe9\\xff/);
  });

  it('tell of bytes that were not seen, and of TLS', async () => {
    const turns: Turn[] = [
      ...opening(),
      ['C', `${MESSAGE}<body>TLP:RED do not forward</body></message>`],
      ['C', `${MESSAGE}<body>lost</body></message>`],
      ['C', `${MESSAGE}<body>found again</body></message>`],
      ['C', "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"],
      ['S', "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"],
    ];
    const packets = tcpConversation(turns, { clientPort: ++port, stepUsec: 10_000 }).filter(
      ({ bytes }) => !Buffer.from(bytes).includes('lost'),
    );
    const alerts = await lab.play(packets);
    const alert = alerts.find(({ detection }) => detection === 'dlp-marking');
    assert.ok(alert);
    const { entries } = await lab.service.transcript(alert);
    const gap = entries.find(({ kind }) => kind === 'gap');
    assert.match(gap?.decoded ?? '', /^\d+ bytes were not seen$/);
    assert.equal(entries.at(-1)?.kind, 'tls');
  });

  it('hide a password of the login wherever it is said again', async () => {
    const turns: Turn[] = [
      ...login('Lanternfish7'),
      ['C', `${MESSAGE}<body>it is Lantern&#102;ish7, remember</body></message>`],
    ];
    const transcript = await lab.service.transcript(await alertOf('sasl-plain-clear', turns));
    const text = JSON.stringify(transcript);
    assert.ok(!text.includes('Lanternfish7'));
    assert.ok(!text.includes('Lantern&#102;ish7'));
    assert.ok(!text.includes(Buffer.from('\0alice\0Lanternfish7').toString('base64')));
    assert.match(text, /it is \*{8}, remember/);
  });

  for (const [name, password, said] of [
    ['with a character that is written as a reference', 'Summer&Rain<77', 'Summer&amp;Rain&lt;77'],
    ['beside a letter that is longer in lower case', 'SummerXRain77', 'İ SummerXRain77'],
    ['with accents apart', 'Sömmer-Räin77', 'Sömmer-Räin77'.normalize('NFD')],
    ['over two elements', 'SummerXRain-77', '<b>SummerX</b><i>Rain-77</i>'],
  ] as const) {
    it(`hide a password that is said again ${name}`, async () => {
      const turns: Turn[] = [
        ...login(password),
        ['C', `${MESSAGE}<body>it is ${said}, remember</body></message>`],
      ];
      const { entries } = await lab.service.transcript(await alertOf('sasl-plain-clear', turns));
      const { decoded = '', raw = '' } = entries.at(-1) ?? {};
      for (const text of [decoded, raw]) {
        assert.doesNotMatch(text, /mmer|R(?:a|ä|a\u0308)in/);
        assert.match(text, /it is/);
        assert.match(text, /, remember/);
      }
    });
  }

  it('hide a password in attributes and comments, with references', async () => {
    const turns: Turn[] = [
      ...login(`Pa"ss'wo&rd9`),
      [
        'C',
        `<message id='Pa&quot;ss&apos;wo&amp;rd9'><body>ok</body><!-- Pa"ss&#39;wo&amp;rd9 --></message>`,
      ],
    ];
    const { entries } = await lab.service.transcript(await alertOf('sasl-plain-clear', turns));
    const { decoded = '', raw = '' } = entries.at(-1) ?? {};
    assert.match(decoded, /id='\*{8}'/);
    assert.match(raw, /id='\*{8}'><body>ok<\/body><!-- \*{8} -->/);
  });

  it('show ids that are random by nature, and hide what is known to be a secret in them', async () => {
    const hex = '5f4dcc3b5aa765d61d8327deb882cf99';
    const uuid = 'd4565fa7-4d72-4749-b3d3-740edbf87770';
    const token = `ghp_${'aB3dE6gH9j'.repeat(4).slice(0, 36)}`;
    const turns: Turn[] = [
      ...login('Lanternfish7'),
      ...[hex, uuid, token, 'Lanternfish7'].map((id): Turn => [
        'C',
        `<message id='${id}'><body>${hex}</body><x id='${hex}'/></message>`,
      ]),
    ];
    const { entries } = await lab.service.transcript(await alertOf('sasl-plain-clear', turns));
    const texts = entries.slice(-4).flatMap(({ decoded, raw }) => [decoded, raw]);
    const ids = texts.map((text) => /^<message(?: xmlns='[^']*')? id='([^']*)'/.exec(text)?.[1]);
    assert.deepEqual(ids.slice(0, 4), [hex, hex, uuid, uuid]);
    assert.ok(!ids.slice(4).some((id) => id === undefined || id === token || /fish/.test(id)));
    for (const text of texts) {
      // Of a body, and of elements further down, nobody says that they are ids.
      assert.doesNotMatch(text, new RegExp(`<body>[^<]*${hex}|<x[^>]*${hex}`));
    }
  });

  it('print the stream as it is opened and closed', async () => {
    const turns: Turn[] = [
      ...opening(),
      ['C', `${MESSAGE}<body>TLP:RED do not forward</body></message>`],
      ['C', '</stream:stream>'],
    ];
    const { entries } = await lab.service.transcript(await alertOf('dlp-marking', turns));
    const { decoded = '' } = entries[0] ?? {};
    assert.match(decoded, /^<stream:stream xmlns:stream='http:\/\/etherx\.jabber\.org\/streams' /);
    assert.match(entries.at(-1)?.decoded ?? '', /^<\/stream:stream>/);
  });

  for (const [name, before, piece, after] of [
    [
      'a password',
      "<iq type='set'><query xmlns='jabber:iq:auth'>",
      'word>hunter2pass</pa',
      '</iq>',
    ],
    ['a login', "<auth mechanism='PLAIN'>", 'AGFsaWNlAFN1bTc=<', '/auth>'],
    ['words', '<message>', 'only what was said', '</message>'],
  ] as const) {
    it(`show nothing of ${name} between bytes that were not seen`, async () => {
      const lost: Turn = ['C', `<!--LOST-->${'x'.repeat(40)}`];
      const turns: Turn[] = [
        ...opening(),
        ['C', `${MESSAGE}<body>TLP:RED do not forward</body></message>`],
        ...[['C', before] as Turn, lost, ['C', piece] as Turn, lost, ['C', after] as Turn],
        ['C', `${MESSAGE}<body>later</body></message>`],
      ];
      const packets = tcpConversation(turns, { clientPort: ++port, stepUsec: 10_000 }).filter(
        ({ bytes }) => !Buffer.from(bytes).includes('LOST'),
      );
      const alert = (await lab.play(packets)).find(({ detection }) => detection === 'dlp-marking');
      assert.ok(alert);
      const { entries } = await lab.service.transcript(alert);
      const loose = entries.filter(({ kind }) => kind === 'other');
      assert.ok(loose.length > 0);
      for (const { decoded, raw } of loose) {
        assert.match(decoded, /^\d+ bytes of no whole element$/);
        assert.equal(raw, '********');
      }
      assert.doesNotMatch(JSON.stringify(entries), /hunter2|AGFsaWNl|only what/);
    });
  }

  it('hide a card number that was said in pieces', async () => {
    const said = (text: string): Turn => [
      'C',
      `<message from='alice@corp.example/desk' to='dave@partner.example/x' type='chat'><body>${text}</body></message>`,
    ];
    const turns = [
      ...login('Lanternfish7'),
      ...['hello', '411111', '11111', '11111', 'done'].map(said),
    ];
    const transcript = await lab.service.transcript(await alertOf('dlp-pan', turns));
    const text = JSON.stringify(transcript);
    assert.match(text, /hello/);
    assert.match(text, /done/);
    assert.doesNotMatch(text, /11111/);
  });

  it('are of the 200 entries around the alert, cut where they are long', async () => {
    const chatter = (count: number): Turn[] =>
      Array.from({ length: count }, (_, i): Turn => [
        'C',
        `<message to='bob@partner.example' type='chat'><body>line ${i}</body></message>`,
      ]);
    const turns: Turn[] = [
      ...opening(),
      ...chatter(500),
      ['C', `${MESSAGE}<body>${'long '.repeat(8000)} TLP:RED do not forward</body></message>`],
      ...chatter(500),
    ];
    const { entries, reason } = await lab.service.transcript(await alertOf('dlp-marking', turns));
    assert.equal(entries.length, 200);
    assert.notEqual(reason, '');
    const at = entries.findIndex(({ isAlert }) => isAlert);
    assert.ok(at > 80 && at < 120, `${at}`);
    const entry = entries[at];
    assert.ok(entry?.isCut === true && entry.decoded.length <= 16 * 1024);
    assert.deepEqual(markedTexts(entry).decoded, ['TLP:RED']);
  });

  it('say why there is none', async () => {
    const alert = await alertOf('dlp-marking', [
      ...opening(),
      ['C', `${MESSAGE}<body>TLP:RED do not forward</body></message>`],
    ]);
    const other = { ...alert, alertId: 'f'.repeat(32), flowId: 999_999, communityId: '1:none' };
    const { entries, reason } = await lab.service.transcript(other);
    assert.deepEqual(entries, []);
    assert.match(reason, /No packets of this connection are kept/);
    const { packets } = await lab.service.kept(other);
    assert.equal(packets, 0);
    assert.equal(await lab.service.pcap(other), undefined);
  });
});
