/**
 * A capture keeps the order within a direction, not between the two. Every way to merge the client's and
 * the server's turns of an honest conversation must give the same events, facts and stanzas.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  PLAIN_FEATURES,
  clientHeader,
  component,
  federation,
  login,
  play,
  plainPayload,
  serverHeader,
  type DialogueOptions,
  type Seen,
  type Turn,
} from '../../support/dialogue.ts';

const sasl = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
const MESSAGE: Turn = ['C', "<message to='bob@corp.example' id='m1'><body>hi</body></message>"];
const REPLY: Turn = [
  'S',
  "<message from='bob@corp.example/x' to='alice@corp.example/desk'><body>ho</body></message>",
];
const b64 = (text: string): string => Buffer.from(text).toString('base64');

/** All merges of two sequences, each in its own order. */
function* merges(a: readonly Turn[], b: readonly Turn[]): Generator<Turn[]> {
  const [first, ...rest] = a;
  const [other, ...others] = b;
  if (first === undefined || other === undefined) {
    yield [...a, ...b];
    return;
  }
  for (const tail of merges(rest, b)) yield [first, ...tail];
  for (const tail of merges(a, others)) yield [other, ...tail];
}

/** What must not depend on the order. */
function facts(seen: Seen): unknown {
  const [session] = seen.sessions;
  return {
    events: seen.names().sort(),
    stanzas: seen.stanzas
      .map(
        ({ name, direction, buffers }) =>
          `${direction} ${name} ${buffers['xmpp.body']?.join() ?? ''}`,
      )
      .sort(),
    encrypted: seen.encrypted,
    session: [
      session?.connection,
      session?.authenticated,
      session?.user,
      session?.domain,
      session?.peerDomain,
      session?.mechanism,
      session?.outcome,
      session?.jid,
      session?.tls,
      session?.summary.logins,
    ],
  };
}

function check(why: string, turns: readonly Turn[], options: DialogueOptions = {}): void {
  it(why, () => {
    const expected = facts(play(turns, options));
    const client = turns.filter(([who]) => who === 'C');
    const server = turns.filter(([who]) => who === 'S');
    let count = 0;
    for (const merged of merges(client, server)) {
      const order = merged.map(([who]) => who).join('');
      assert.deepEqual(facts(play(merged, options)), expected, order);
      count++;
    }
    assert.ok(count > 1);
  });
}

const SUCCESS: Turn = ['S', `<success ${sasl}/>`];
const header: Turn = ['C', clientHeader('corp.example')];
const answer: Turn = ['S', serverHeader('corp.example')];

describe('any merge of the two directions', () => {
  check('of a login by PLAIN', [...login(), MESSAGE, REPLY]);
  check('of a login by SCRAM after a failed one', [
    header,
    answer,
    ['S', PLAIN_FEATURES],
    ['C', `<auth ${sasl} mechanism='PLAIN'>${plainPayload('alice', 'x')}</auth>`],
    ['S', `<failure ${sasl}><not-authorized/></failure>`],
    ['C', `<auth ${sasl} mechanism='SCRAM-SHA-1'>${b64('n,,n=alice,r=x')}</auth>`],
    ['S', `<challenge ${sasl}>cg==</challenge>`],
    ['C', `<response ${sasl}>cg==</response>`],
    SUCCESS,
    header,
    ...login().slice(6, 7),
  ]);
  check(
    'of a dialback',
    [...federation(), ['C', "<message from='a@ext.example' to='b@corp.example'/>"]],
    { serverPort: 5269 },
  );
  check(
    'of a component',
    [...component(), MESSAGE, ['S', '<message to="gateway.corp.example"/>']],
    {
      serverPort: 5347,
    },
  );
  check('of a legacy login', [
    header,
    answer,
    [
      'C',
      "<iq type='set' id='a2'><query xmlns='jabber:iq:auth'><username>leg</username><password>x</password><resource>raw</resource></query></iq>",
    ],
    ['S', "<iq type='result' id='a2'/>"],
    MESSAGE,
    ['S', "<message from='bob@corp.example/x' to='leg@corp.example/raw'/>"],
  ]);
  check('of SASL2', [
    header,
    answer,
    [
      'C',
      `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>${plainPayload('alice', 'x')}</initial-response></authenticate>`,
    ],
    [
      'S',
      "<success xmlns='urn:xmpp:sasl:2'><authorization-identifier>alice@corp.example/d</authorization-identifier><bound xmlns='urn:xmpp:bind:0'/></success>",
    ],
    MESSAGE,
    REPLY,
  ]);
  check('of STARTTLS', [
    header,
    answer,
    ['S', "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"],
    ['C', "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"],
    ['S', "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"],
    ['C', Uint8Array.of(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3)],
    ['S', Uint8Array.of(0x16, 3, 3, 0, 5, 2, 0, 0, 1, 3)],
  ]);
});
