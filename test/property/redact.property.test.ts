/** What is not looked for could not have been there: the traits of a text never leave a secret out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { readingsOf } from '../../sensor/alert/readings.ts';
import { redactIdentifier, redactName, redactText } from '../../sensor/alert/redact.ts';
import { findSecrets } from '../../sensor/alert/secret-shapes.ts';
import { ALL_TRAITS, TRAIT, traitsOf } from '../../sensor/alert/text-traits.ts';

/** Whole secrets, one for each shape, and what they are made of. */
const PIECES = [
  ...[
    '<password>hunter2Zz',
    "<field type='text-private' var='x'>",
    "<field var='muc#roomconfig_roomsecret'>",
    '<desc>code</desc>',
    '<value>Mist',
    'x7Kd92mQpL4vT8zWn3Rb',
    '4539-1488-0343-6467',
    '</password>',
    '<x:auth a="b">QUJD',
    '<token>',
    '&lt;',
    '&#52;',
    '&#x31;',
  ],
  ...['password', 'PIN', 'пароль', 'mot de passe', 'api_key', 'JSESSIONID'],
  ...[':', '=', ' := ', ' is ', ' это ', '"', "'", '«', '»', '“', '`'],
  ...['hunter2Zz', 'http://u:p4ss@h.example/', 'curl -u bob:pw1', '--proxy-user=bob:pw2'],
  ...['Set-Cookie: a=b', 'authorization: Basic QUJD', 'Bearer abcdefgh', 'basic QUJDRA=='],
  ...['-----BEGIN RSA PRIVATE KEY-----', 'MIIEowIBAAKCAQEA', '-----END RSA PRIVATE KEY-----'],
  ...[
    'Private-Lines: 8\nAAAABBBBCCCCDDDDEEEE',
    'AKIAQ7Z2M4N6P3R5T2V4',
    'SK01234567',
    'sk-abcdefgh',
  ],
  ...['dapi01234567', 'eyJhbGciOi.eyJz.Sf', '123456789:AAF0b1c2d3e4f5g6h7i8j9k0l1m2n3o4'],
  ...['bP88Q~rcBcYjzzOhg1Hnn76Wm3jGgakZiZ.8vMgR', 'hooks.slack.com/services/T000/B000'],
  ...['/api/webhooks/12345678', '?sig=abcdefgh', '&key=12345678', '$2y$10$N9qo8uLO'],
  ...['key=12345678-1234-1234-1234-123456789abc', '4111111111111111', '4111 1111-1111.1111'],
  ...['DE89370400440532013000', 'gb82 west 1234 5698 7654 32', '0123456789abcdef0123456789abcdef'],
  ...['Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6', 'abcdefghijKLMNOP1234'],
  ...[
    '\u200b',
    '\u00ad',
    '１',
    '４',
    'Ａ',
    '\u{1d7d2}',
    '\ud83d',
    '\u00a0',
    '\u017f',
    '\u212a',
    '①',
  ],
  ...['<!--', '-->', '<![CDATA[', ']]>', '<b>', '\n', '\t', ' ', '.', '~', '/', '-', '_', '$', '@'],
  ...['1', '12', 'a', 'Z', 'é', 'Жук', '我', 'information', 'alice@example.org'],
];

const piece = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...PIECES) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 3 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...PIECES), fc.nat(40))
      .map(([text, length]) => text.slice(0, length)),
  },
);
const anyText = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(''));

describe('traitsOf()', () => {
  it('leaves out no shape that would have matched', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const kind of ['text', 'identifier', 'name'] as const) {
          const found = findSecrets(text, traitsOf(text), kind);
          assert.deepEqual(found, findSecrets(text, ALL_TRAITS, kind));
        }
      }),
      { numRuns: 4000 },
    );
  });

  it('knows every text that reads differently from how it is written', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        if ((traitsOf(text) & TRAIT.otherReading) !== 0) return;
        for (const reading of readingsOf(text)) assert.equal(reading.text, text);
      }),
      { numRuns: 4000 },
    );
  });

  it('finds a secret in a text that also holds everything else', () => {
    const masked = redactText(PIECES.join(' '));
    for (const secret of ['hunter2Zz', 'Q7Z2M4N6P3R5', '11111111', '3704004405', 'Hnn76Wm3jGga']) {
      assert.ok(!masked.includes(secret), secret);
    }
  });
});

describe('redactIdentifier(), redactName()', () => {
  it('hide nothing that redactText() would show, and show no card that begins like one', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const cards = text.match(/(?<!\d)4111111111111111(?!\d)/g) ?? [];
        for (const redact of [redactIdentifier, redactName]) {
          const shown = redact(text);
          if (redactText(text) === text) assert.equal(shown, text);
          if (cards.length > 0) assert.doesNotMatch(shown, /(?<!\d)4111111111111111(?!\d)/);
        }
      }),
      { numRuns: 4000 },
    );
  });
});
