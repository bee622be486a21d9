import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { foldInto, foldString, foldText } from '../../sensor/xmpp/fold.ts';
import { normalizeJid, splitJid } from '../../sensor/xmpp/jid.ts';
import { JID_FAULT, JidScan } from '../../sensor/xmpp/jid-scan.ts';
import { testReader } from '../support/element-reader.ts';
import { federation, login, play, type Seen, type Turn } from '../support/dialogue.ts';

/** Characters from everywhere, the troublesome ones often. */
const character = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...Array.from('aбγ eE\u0301\u0327\u0337\u200b\u0345\u05bc\u1161\u11a8'),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 0x20, max: 0x2fff }).map((point) => String.fromCodePoint(point)),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
);
const text = fc
  .array(character, { maxLength: 40 })
  .map((all) => Buffer.from(all.join('')).toString());

describe('folding', () => {
  it('is idempotent and does what its definition says', () => {
    fc.assert(
      fc.property(text, (any) => {
        const folded = foldText(any);
        assert.equal(folded, foldString(any));
        assert.equal(foldText(folded), folded);
      }),
      { numRuns: 3000 },
    );
  });

  it('of any bytes stays in its space and gives UTF-8', () => {
    const strict = new TextDecoder('utf-8', { fatal: true });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(200), (bytes, room) => {
        const dst = new Uint8Array(300).fill(0xee);
        const written = foldInto(bytes, 0, bytes.length, dst, 40, room);
        assert.ok(written <= room);
        assert.ok(dst.subarray(0, 40).every((byte) => byte === 0xee));
        assert.ok(dst.subarray(40 + room).every((byte) => byte === 0xee));
        if (written >= 0) strict.decode(dst.subarray(40, 40 + written));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('JIDs', () => {
  it('normalise to a fixed point, whatever they are', () => {
    fc.assert(
      fc.property(text, text, text, (local, domain, resource) => {
        const once = normalizeJid(`${local}@${domain}/${resource}`);
        assert.equal(typeof normalizeJid(once), 'string');
      }),
      { numRuns: 1000 },
    );
    const label = fc.stringMatching(/^[a-zA-Z0-9]{1,10}$/);
    fc.assert(
      fc.property(label, label, text, (local, domain, resource) => {
        const once = normalizeJid(`${local}@${domain}.example/${resource}`);
        assert.equal(normalizeJid(once), once);
      }),
      { numRuns: 1000 },
    );
  });

  it('are cut where splitJid() cuts them', () => {
    const { reader, memory, free } = testReader();
    const scan = new JidScan(reader);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('@', '/', 'a', '.', 'ü', '\u202e', ' '), { maxLength: 20 }),
        (all) => {
          const jid = all.join('');
          const { written } = new TextEncoder().encodeInto(jid, memory.subarray(free));
          scan.scan(free, written);
          const { domain, resource } = splitJid(jid);
          const cut = (from: number, length: number): string =>
            new TextDecoder().decode(memory.subarray(free + from, free + from + length));
          assert.equal(cut(scan.domainOffset, scan.domainLength), domain);
          if (scan.resourceOffset >= 0) {
            assert.equal(cut(scan.resourceOffset, scan.resourceLength), resource);
          } else {
            assert.equal(resource, '');
          }
          if (/^[a.]+@[a.]+$/.test(jid)) assert.equal(scan.fault, JID_FAULT.none);
          if (jid === '' || / .*@|\u202e/.test(jid.split('/')[0] ?? ''))
            assert.notEqual(scan.fault, JID_FAULT.none);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

/** Pieces conversations are made of: every kind of element the phase machine knows, and nonsense. */
const SNIPPETS = [
  ...login().map(([, what]) => what as string),
  ...federation().map(([, what]) => what as string),
  "<message to='b@x.example' id='1'><body>сhеар pi&#108;ls</body><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p>a<b>b</b></p></body></html></message>",
  "<message from='a@x.example/r' to='b@x.example'><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'><body>x</body></message></forwarded></received></message>",
  "<iq type='set' id='a'><query xmlns='jabber:iq:auth'><username>u</username><password>p</password></query></iq>",
  "<iq type='result' id='a'/>",
  "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
  "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
  "<resumed xmlns='urn:xmpp:sm:3'/>",
  "<presence from='@'><c xmlns='http://jabber.org/protocol/caps' node='n'/></presence>",
  "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>evil.example</see-other-host></stream:error>",
  '<message><stream:features/></message>',
  '<message><a></b></message>',
  "<message a='1' a='2'/>",
  '<x/>',
  '</stream:stream>',
  'text',
  ' \n ',
  "<!DOCTYPE x [<!ENTITY a 'b'>]>",
  "<?xml version='1.0'?>",
  '<handshake>00</handshake>',
];
const snippet = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...SNIPPETS) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...SNIPPETS)
      .chain((one) => fc.nat(one.length).map((n) => one.slice(0, n))),
  },
  { weight: 1, arbitrary: fc.constantFrom('<', '>', '&', '\0', '\u0016', 'ü') },
);
const turn: fc.Arbitrary<Turn> = fc.tuple(fc.constantFrom('C' as const, 'S' as const), snippet);
const conversation = fc
  .tuple(fc.nat(10), fc.array(turn, { maxLength: 12 }))
  .map(([prefix, rest]): Turn[] => [...login().slice(0, prefix), ...rest]);

/** Everything that must not depend on the cutting of the bytes. */
function outcome(seen: Seen): unknown {
  return {
    stanzas: seen.stanzas,
    nonzas: seen.nonzas,
    headers: seen.headers,
    // Told as soon as there is enough of an element, which may be before its name is complete.
    events: seen.events.map((event) =>
      /bloat|never_ending/.test(event.name) ? event.name : event,
    ),
    encrypted: seen.encrypted,
    sessions: seen.sessions.map((session) => ({ ...session, flow: 0, sessionId: 0 })),
  };
}

describe('conversations', () => {
  it('mean the same however they are cut', () => {
    fc.assert(
      fc.property(
        conversation,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        (turns, lengths, midstream) => {
          let i = 0;
          const next = (): number => lengths[i++ % lengths.length] as number;
          assert.deepEqual(
            outcome(play(turns, { midstream, segmentation: next })),
            outcome(play(turns, { midstream })),
          );
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('never throw and always end with one record, gaps and random bytes included', () => {
    const wild: fc.Arbitrary<Turn> = fc.oneof(
      { weight: 4, arbitrary: turn },
      {
        weight: 2,
        arbitrary: fc.tuple(
          fc.constantFrom('C' as const, 'S' as const),
          fc.uint8Array({ maxLength: 60 }),
        ),
      },
      {
        weight: 1,
        arbitrary: fc.tuple(
          fc.constantFrom('C' as const, 'S' as const),
          fc.record({ gap: fc.integer({ min: 1, max: 5000 }) }),
        ),
      },
    );
    fc.assert(
      fc.property(
        fc.array(wild, { maxLength: 25 }),
        fc.constantFrom(5222, 5269, 5298, 5347),
        fc.boolean(),
        fc.integer({ min: 1, max: 60 }),
        (turns, serverPort, midstream, segmentation) => {
          const seen = play(turns, { serverPort, midstream, segmentation });
          assert.equal(seen.sessions.length, 1);
          for (const stanza of seen.stanzas) assert.equal(typeof stanza.from, 'string');
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('tell no password of theirs', () => {
    const secret = 'kGb9-secret-17';
    const payload = Buffer.from(`\0alice\0${secret}`).toString('base64');
    const auth = `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${payload}</auth>`;
    fc.assert(
      fc.property(
        fc.nat(4),
        fc.array(turn, { maxLength: 3 }),
        fc.constantFrom<string[]>(
          auth,
          `<iq type='set' id='a'><query xmlns='jabber:iq:auth'><username>alice</username><password>${secret}</password></query></iq>`,
          `<iq type='set' id='r'><query xmlns='jabber:iq:register'><password>${secret}</password></query></iq>`,
        ),
        fc.constantFrom('', '</auth>', '<!-- x -->', '<a', '&nbsp;', "<a b='1' b='2'/>", '\0'),
        fc.integer({ min: 1, max: 50 }),
        (prefix, before, element, broken, segmentation) => {
          // The element, with something put into it in front of its first end tag.
          const at = element.indexOf('</');
          const xml = element.slice(0, at) + broken + element.slice(at);
          const seen = play([...login().slice(0, prefix), ...before, ['C', xml]], { segmentation });
          const all = JSON.stringify([seen.stanzas, seen.nonzas, seen.events, seen.sessions]);
          assert.ok(!all.includes(secret) && !all.includes(payload), all);
        },
      ),
      {
        numRuns: 1500,
        // Found once: a declaration that swallows the start tag of a login, so that its content is text of another.
        examples: [
          [
            1,
            [
              ['C', '<handshake>'],
              ['C', '<!DOCTYPE'],
            ],
            auth,
            '',
            1,
          ],
          [1, [['C', '<message><body><!DOCTYPE']], `${auth}</body></message>`, '', 7],
        ],
      },
    );
  });
});
