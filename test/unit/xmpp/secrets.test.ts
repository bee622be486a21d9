/** Passwords, digests and tokens leave no trace in anything that is handed on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StanzaView } from '../../../sensor/xmpp/index.ts';
import {
  clientHeader,
  component,
  login,
  play,
  plainPayload,
  serverHeader,
  type DialogueOptions,
  type Seen,
  type Turn,
} from '../../support/dialogue.ts';

const HEADERS: readonly Turn[] = [
  ['C', clientHeader('corp.example')],
  ['S', serverHeader('corp.example')],
];
const PIECE = 7;

/** Is any of the texts anywhere in the tokenizer's memory while detection looks at an element? */
function watch(texts: readonly string[]): { options: DialogueOptions; found: Set<string> } {
  const found = new Set<string>();
  const look = (view: StanzaView): void => {
    const memory = Buffer.from(view.memory.buffer);
    for (const text of texts) if (memory.includes(text)) found.add(`${view.name}: ${text}`);
  };
  return { options: { handler: { onStanza: look } }, found };
}

function everythingIn(seen: Seen): string {
  return JSON.stringify([seen.stanzas, seen.nonzas, seen.headers, seen.events, seen.sessions]);
}

let count = 0;

interface Scrubbed {
  readonly turns: readonly Turn[];
  /** What must be gone, and what must still be there. */
  readonly gone: readonly string[];
  readonly kept: readonly string[];
}

/** `make` gets a password of its own, so that no other conversation left it in memory. */
function check(
  why: string,
  make: (secret: string) => Scrubbed,
  options: DialogueOptions = {},
): void {
  it(why, () => {
    const { turns, gone, kept } = make(`Tr0ub4dor-and-${++count}`);
    // The first run feeds pieces that are shorter than any secret: its memory can be searched.
    for (const segmentation of [PIECE, 1, 2, 3, 64, Infinity]) {
      const watching = watch(segmentation === PIECE ? gone : []);
      const seen = play(turns, { ...options, ...watching.options, segmentation });
      const all = everythingIn(seen);
      for (const text of gone) {
        assert.ok(!all.includes(text), `${text} in pieces of ${segmentation}: ${all}`);
      }
      for (const text of kept) assert.ok(all.includes(text), `${text} is gone`);
      assert.deepEqual([...watching.found], []);
    }
  });
}

const sasl = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
const b64 = (text: string): string => Buffer.from(text).toString('base64');
const split = (text: string): string => `${text.slice(0, 9)}<!-- x -->${text.slice(9)}`;
const legacy = (inner: string, attributes = "type='set' id='a'"): string =>
  `<iq ${attributes}><query xmlns='jabber:iq:auth'><username>leg</username>${inner}<resource>raw</resource></query></iq>`;

describe('scrubbing', () => {
  check('SASL PLAIN', (secret) => ({
    turns: [
      ...HEADERS,
      ['C', `<auth ${sasl} mechanism='PLAIN'>${plainPayload('alice', secret)}</auth>`],
    ],
    gone: [secret, plainPayload('alice', secret)],
    kept: ['alice', "mechanism='PLAIN'>***"],
  }));
  check('SASL PLAIN with a comment in the middle, in a CDATA section, in references', (secret) => ({
    turns: [
      ...HEADERS,
      ['C', `<auth ${sasl} mechanism='PLAIN'>${split(plainPayload('alice', secret))}</auth>`],
      ['C', `<auth ${sasl} mechanism='PLAIN'><![CDATA[${plainPayload('alice', secret)}]]></auth>`],
      [
        'C',
        `<auth ${sasl} mechanism='PLAIN'>&#65;${plainPayload('alice', secret).slice(1)}</auth>`,
      ],
    ],
    gone: [secret, plainPayload('alice', secret).slice(9)],
    kept: ['alice'],
  }));
  check('LOGIN, SCRAM and DIGEST payloads of both sides', (secret) => ({
    turns: [
      ...HEADERS,
      ['C', `<auth ${sasl} mechanism='LOGIN'>${b64('alice')}</auth>`],
      ['S', `<challenge ${sasl}>${b64(`r=${secret}`)}</challenge>`],
      ['C', `<response ${sasl}>${b64(secret)}</response>`],
      ['S', `<success ${sasl}>${b64(`v=${secret}`)}</success>`],
    ],
    gone: [secret, b64(secret), b64(`r=${secret}`), b64(`v=${secret}`)],
    kept: ['alice'],
  }));
  check('SASL2 and FAST tokens', (secret) => ({
    turns: [
      ...HEADERS,
      [
        'C',
        `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>${plainPayload('alice', secret)}</initial-response><user-agent><software>Dino</software></user-agent></authenticate>`,
      ],
      [
        'S',
        `<success xmlns='urn:xmpp:sasl:2'><additional-data>${b64(`v=${secret}`)}</additional-data><authorization-identifier>alice@corp.example</authorization-identifier><token xmlns='urn:xmpp:fast:0' expiry='2026-12-01T00:00:00Z' token='${secret}'/></success>`,
      ],
    ],
    gone: [secret, plainPayload('alice', secret), b64(`v=${secret}`)],
    kept: ['Dino', 'alice@corp.example'],
  }));
  check('legacy passwords and digests, with the names kept', (secret) => ({
    turns: [
      ...HEADERS,
      ['C', legacy(`<password>${secret}</password>`)],
      ['C', legacy(`<digest>${secret}</digest>`)],
      ['C', legacy(`<p:password xmlns:p='jabber:iq:auth'>${secret}</p:password>`)],
    ],
    gone: [secret],
    kept: ['<username>leg</username><password>***', '<resource>raw</resource>'],
  }));
  check('a refused legacy login that the server echoes', (secret) => ({
    turns: [...HEADERS, ['S', legacy(`<password>${secret}</password>`, "type='error' id='a'")]],
    gone: [secret],
    kept: ['leg'],
  }));
  check('a legacy login that is cut short, by the end or by an error', (secret) => ({
    turns: [
      ...HEADERS,
      [
        'C',
        `<iq type='set' id='a'><query xmlns='jabber:iq:auth'><username>leg</username><password>${secret}</username>`,
      ],
      ['C', `<iq type='set' id='b'><query xmlns='jabber:iq:auth'><password>${secret}`],
    ],
    gone: [secret],
    kept: [],
  }));
  check('registration: the fields, and the same in a form', (secret) => ({
    turns: [
      ...HEADERS,
      [
        'C',
        `<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>new</username><password>${secret}</password><email>new@x.example</email></query></iq>`,
      ],
      [
        'C',
        `<iq type='set' id='r'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'><field var='username'><value>newer</value></field><field var='password'><value>${secret}</value></field></x></query></iq>`,
      ],
      [
        'C',
        `<iq type='set' id='r'><command xmlns='http://jabber.org/protocol/commands' node='http://jabber.org/protocol/admin#add-user'><x xmlns='jabber:x:data' type='submit'><field var='accountjid'><value>x@corp.example</value></field><field var='password'><value>${secret}</value></field><field var='password-verify'><value>${secret}</value></field></x></command></iq>`,
      ],
    ],
    gone: [secret],
    kept: ['new@x.example', 'newer', 'x@corp.example'],
  }));
  check(
    'the digest of a component',
    () => ({
      turns: component(),
      gone: ['aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e'],
      kept: ['gateway.corp.example'],
    }),
    { serverPort: 5347 },
  );
});

describe('what is not scrubbed', () => {
  it('is the password of a room, which detection is to find', () => {
    const seen = play([
      ...login(),
      [
        'C',
        "<presence to='r@muc.example/n'><x xmlns='http://jabber.org/protocol/muc'><password>open-sesame</password></x></presence>",
      ],
    ]);
    assert.deepEqual(seen.stanzas.at(-1)?.buffers['xmpp.text'], ['open-sesame']);
  });

  it('is an element that is only called password', () => {
    const seen = play([
      ...login(),
      ['C', "<message to='b@x.example'><password xmlns='urn:example'>x1</password></message>"],
    ]);
    assert.deepEqual(seen.stanzas.at(-1)?.buffers['xmpp.text'], ['x1']);
  });
});
