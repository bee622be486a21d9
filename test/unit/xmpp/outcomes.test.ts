import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LoginOutcome } from '../../../sensor/xmpp/index.ts';
import {
  clientHeader,
  component,
  login,
  plainPayload,
  play,
  PLAIN_FEATURES,
  serverHeader,
  type Turn,
} from '../../support/dialogue.ts';

const SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
const OPENING: Turn[] = [
  ['C', clientHeader('corp.example')],
  ['S', serverHeader('corp.example') + PLAIN_FEATURES],
];
const PIECES = [1, 3, 50, Infinity];

function auth(user: string, password = 'secret'): string {
  return `<auth ${SASL} mechanism='PLAIN'>${plainPayload(user, password)}</auth>`;
}

function failure(condition = 'not-authorized'): string {
  return `<failure ${SASL}><${condition}/><text>no</text></failure>`;
}

/** What is told of logins, one line each. */
function told(turns: readonly Turn[], options: object = {}): string[] {
  const results = PIECES.map((segmentation) => {
    const lines: string[] = [];
    const onLogin = (one: LoginOutcome): void => {
      const how = one.succeeded ? 'in' : `out:${one.condition}`;
      lines.push(`${one.kind} ${one.user} ${one.mechanism} ${how} ${one.earlier}`);
    };
    play(turns, { segmentation, handler: { onLogin }, ...options });
    return lines;
  });
  for (const lines of results) assert.deepEqual(lines, results[0]);
  return results[0] ?? [];
}

describe('logins that are answered', () => {
  it('success', () => {
    assert.deepEqual(told(login()), ['sasl alice PLAIN in 0']);
  });

  it('failures, then success', () => {
    const turns: Turn[] = [
      ...OPENING,
      ['C', auth('alice', 'one')],
      ['S', failure()],
      ['C', auth('bob', 'two')],
      ['S', failure('account-disabled')],
      ['C', auth('alice', 'three')],
      ['S', `<success ${SASL}/>`],
    ];
    assert.deepEqual(told(turns), [
      'sasl alice PLAIN out:not-authorized 0',
      'sasl bob PLAIN out:account-disabled 1',
      'sasl alice PLAIN in 2',
    ]);
  });

  it('attempts sent before the first answer each get their own', () => {
    const turns: Turn[] = [
      ...OPENING,
      ['C', auth('a') + auth('b') + auth('c')],
      ['S', failure() + failure('malformed-request') + failure()],
    ];
    assert.deepEqual(told(turns), [
      'sasl a PLAIN out:not-authorized 0',
      'sasl b PLAIN out:malformed-request 1',
      'sasl c PLAIN out:not-authorized 2',
    ]);
  });

  it('an answer captured before its question waits for it', () => {
    const turns: Turn[] = [...OPENING, ['S', failure()], ['C', auth('alice')]];
    assert.deepEqual(told(turns), ['sasl alice PLAIN out:not-authorized 0']);
  });

  it('turns in between (LOGIN, SCRAM)', () => {
    const encoded = (text: string): string => Buffer.from(text).toString('base64');
    const turns: Turn[] = [
      ...OPENING,
      ['C', `<auth ${SASL} mechanism='LOGIN'/>`],
      ['S', `<challenge ${SASL}>${encoded('User Name')}</challenge>`],
      ['C', `<response ${SASL}>${encoded('alice')}</response>`],
      ['S', `<challenge ${SASL}>${encoded('Password')}</challenge>`],
      ['C', `<response ${SASL}>${encoded('secret')}</response>`],
      ['S', failure()],
      ['C', `<auth ${SASL} mechanism='SCRAM-SHA-1'>${encoded('n,,n=alice,r=abc')}</auth>`],
      ['S', `<challenge ${SASL}>${encoded('r=abcd,s=QSXCR+Q6sek8bf92,i=4096')}</challenge>`],
      ['C', `<response ${SASL}>${encoded('c=biws,r=abcd,p=x')}</response>`],
      ['S', failure()],
    ];
    assert.deepEqual(told(turns), [
      'sasl alice LOGIN out:not-authorized 0',
      'sasl alice SCRAM-SHA-1 out:not-authorized 1',
    ]);
  });

  it('jabber:iq:auth, refused after SASL was: the old login must not be tried then', () => {
    const query =
      "<query xmlns='jabber:iq:auth'><username>alice</username><password>x</password><resource>r</resource></query>";
    const refused =
      "<iq type='error' id='a1'><error type='auth'><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";
    const attempt: Turn[] = [
      ['C', `<iq type='set' id='a1'>${query}</iq>`],
      ['S', refused],
    ];
    const turns: Turn[] = [...OPENING, ['C', auth('alice')], ['S', failure()], ...attempt];
    assert.deepEqual(told(turns), [
      'sasl alice PLAIN out:not-authorized 0',
      'legacy alice XEP-0078 plaintext out:not-authorized 1',
    ]);
    assert.equal(play(turns).names('auth.').join(), 'auth.legacy_after_sasl');
    const registration =
      "<query xmlns='jabber:iq:register'><username>zoe</username><password>x</password></query>";
    const taken: Turn[] = [
      ...OPENING,
      ['C', `<iq type='set' id='r1'>${registration}</iq>`],
      ['S', "<iq type='error' id='r1'/>"],
    ];
    for (const before of [OPENING, taken]) {
      assert.deepEqual(play([...before, ...attempt]).names('auth.'), []);
    }
  });

  it('component secrets', () => {
    const refused =
      "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
    const options = { serverPort: 5347 };
    const mechanism = 'XEP-0114 handshake';
    const name = 'gateway.corp.example';
    assert.deepEqual(told(component(), options), [`handshake ${name} ${mechanism} in 0`]);
    assert.deepEqual(told([...component().slice(0, 3), ['S', refused]], options), [
      `handshake ${name} ${mechanism} out:not-authorized 0`,
    ]);
  });

  it('registration and change of a password, as elements or in a form', () => {
    const elements = (user: string): string =>
      `<query xmlns='jabber:iq:register'><username>${user}</username><password>x</password></query>`;
    const form =
      "<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'><field var='username'><value>zoe</value></field><field var='password'><value>y</value></field></x></query>";
    const conflict =
      "<error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    assert.deepEqual(
      told([
        ...OPENING,
        ['C', `<iq type='set' id='r1'>${elements('zoe')}</iq>`],
        ['S', `<iq type='error' id='r1'>${elements('zoe')}${conflict}</iq>`],
        ['C', `<iq type='set' id='r2'>${form}</iq>`],
        ['S', "<iq type='result' id='r2'/>"],
      ]),
      [
        'registration zoe XEP-0077 registration out:conflict 0',
        'registration zoe XEP-0077 registration in 1',
      ],
    );
    const change: Turn[] = [
      ...login(),
      ['C', `<iq type='set' id='p1'>${elements('Alice')}</iq>`],
      ['S', "<iq type='result' id='p1'/>"],
    ];
    assert.equal(told(change)[1], 'password_change Alice XEP-0077 password change in 1');
  });

  it('the session record tells every login, those without an answer too, and tokens', () => {
    const turns: Turn[] = [
      ...OPENING,
      ['C', auth('alice', 'one')],
      ['S', failure()],
      ['C', auth('alice', 'two')],
      ['S', failure('account-disabled')],
      ['C', auth('bob')],
    ];
    assert.deepEqual(play(turns).sessions[0]?.summary.logins, [
      {
        ...{ kind: 'sasl', user: 'alice', mechanism: 'PLAIN', outcome: 'failure' },
        ...{ condition: 'account-disabled', attempts: 2 },
      },
      {
        ...{ kind: 'sasl', user: 'bob', mechanism: 'PLAIN', outcome: 'unanswered' },
        ...{ condition: '', attempts: 1 },
      },
    ]);
    const sasl2: Turn[] = [
      ...OPENING,
      [
        'C',
        `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>${plainPayload('alice', 'x')}</initial-response></authenticate>`,
      ],
      [
        'S',
        "<success xmlns='urn:xmpp:sasl:2'><authorization-identifier>alice@corp.example</authorization-identifier><token xmlns='urn:xmpp:fast:0' token='t' expiry='2026-12-01T00:00:00Z'/></success>",
      ],
    ];
    assert.deepEqual(told(sasl2), ['sasl2 alice PLAIN in 0']);
    assert.equal(play(sasl2).sessions[0]?.summary.tokensIssued, 1);
  });

  it('a hundred thousand attempts without an answer stay bounded', () => {
    const seen = play([...OPENING, ['C', auth('alice').repeat(100_000)]], {});
    assert.equal(seen.sessions[0]?.summary.logins.length, 1);
  });
});
