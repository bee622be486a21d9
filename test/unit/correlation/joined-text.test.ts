/** Secrets cut over several messages: what is put together, what is not, and what is left of it in memory. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { join } from 'node:path';
import { loadCases } from '../../../sensor/rules/index.ts';
import { SIGNATURES, shippedPlayer } from '../../support/case-player.ts';
import { leaksOf, playChat, type ChatLine } from '../../support/chat-lab.ts';

const player = shippedPlayer();
after(() => {
  player.close();
});

function leaks(...lines: readonly (string | ChatLine)[]): string[] {
  return leaksOf(
    playChat(
      player,
      lines.map((line) => (typeof line === 'string' ? { text: line } : line)),
    ),
  );
}

const KEY = [
  '-----BEGIN RSA PRIVATE KEY-----',
  'MIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu',
  'KUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQJAIJLixBy2qpFoS4DSmoEm',
  'o3qGy0t6z09AIJtH+5OeRV1be+N4cDYJKffGzDa88vQENZiRm0GRq6a+HPGQMd2k',
  '-----END RSA PRIVATE KEY-----',
];
const TOKEN = 'ghp_9aB3dE5fG7hJ1kL2mN4pQ6rS8tU0vW3xY5zA';

describe('secrets over several messages', () => {
  it('finds a card sent in groups, however it is cut, with talk in between', () => {
    assert.deepEqual(leaks('4111', '1111', '1111', '1111'), ['dlp-pan over 4']);
    assert.deepEqual(leaks('the card is 4111 1111', '1111 1111 exp 10/28'), ['dlp-pan over 2']);
    assert.deepEqual(leaks('41111111', '11111111'), ['dlp-pan over 2']);
    assert.deepEqual(leaks('4012 8888', 'wait', '8888', 'so', ' 1881\n'), ['dlp-pan over 3']);
    assert.deepEqual(leaks('3782', '822463', '10005'), ['dlp-pan over 3']);
  });

  it('finds a token cut at any place behind its first signs', () => {
    for (let at = 'ghp_'.length; at <= TOKEN.length - 3; at++) {
      const found = leaks(TOKEN.slice(0, at), TOKEN.slice(at));
      assert.deepEqual(found, ['dlp-dev-token over 2'], `${at}`);
    }
    const [id, rest] = ['AKIA', 'Y7XK4PWQ2MZN3TBR'];
    assert.deepEqual(leaks(id, rest), ['dlp-dev-token over 2']);
  });

  it('finds a key sent line by line, once', () => {
    assert.deepEqual(leaks(...KEY), ['dlp-privkey over 2']);
    assert.deepEqual(leaks(KEY.slice(0, 1).join('\n'), KEY.slice(1).join('\n')), [
      'dlp-privkey over 2',
    ]);
  });

  it('finds a password behind its label, an account number, a signed token in halves', () => {
    assert.deepEqual(leaks('login root password:', 'Tr0ub4dor&3'), ['dlp-password over 2']);
    assert.deepEqual(leaks('DE89 3704 0044', '0532 0130 00'), ['dlp-iban over 2']);
    const jwt =
      'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';
    assert.deepEqual(leaks(jwt.slice(0, 50), jwt.slice(50)), ['dlp-jwt over 2']);
  });

  it('finds it in a room, for all who hear it once', () => {
    const line = (text: string, id: string): ChatLine[] =>
      ['bob', 'carol'].map((who) => ({
        text,
        id,
        type: 'groupchat',
        from: 'team@rooms.corp.example/alice',
        to: `${who}@ext.example/x`,
      }));
    const groups = ['4111', '1111', '1111', '1111'];
    assert.deepEqual(leaks(...groups.flatMap((text, i) => line(text, `r${i}`))), [
      'dlp-pan over 4',
    ]);
  });

  it('counts a message once that is seen on both its legs', () => {
    const both = loadCases(join(SIGNATURES, 'cases')).find(({ name }) =>
      name.includes('seen on both legs'),
    );
    assert.ok(both !== undefined);
    assert.equal(player.play(both).filter(({ rule }) => rule.sid === 1560010).length, 1);
  });

  it('leaves what one message tells alone to that message', () => {
    assert.deepEqual(leaks('room 4111', '4111111111111111'), ['dlp-pan']);
    assert.deepEqual(leaks('4111111111111111', '1234'), ['dlp-pan']);
  });

  it('counts up to five messages, for a minute', () => {
    const six = ['411', '111', '111', '111', '111', '1'];
    assert.deepEqual(leaks(...six), []);
    assert.deepEqual(leaks(...six.slice(0, 4), '1111'), ['dlp-pan over 5']);
    const at = (seconds: number): string[] =>
      leaks('41111111', { text: '11111111', after: seconds });
    assert.deepEqual(at(59), ['dlp-pan over 2']);
    assert.deepEqual(at(61), []);
  });

  it('keeps people and conversations apart', () => {
    const other = { from: 'carol@corp.example/x' };
    assert.deepEqual(leaks('41111111', { text: '11111111', ...other }), []);
    assert.deepEqual(leaks('41111111', { text: '11111111', to: 'eve@ext.example' }), []);
    const room = 'team@rooms.corp.example';
    const said = { type: 'groupchat', to: 'bob@ext.example/x' };
    assert.deepEqual(
      leaks(
        { text: '41111111', from: `${room}/alice`, ...said },
        { text: '11111111', from: `${room}/carol`, ...said },
      ),
      [],
    );
  });

  it('takes a correction in place of what it corrects', () => {
    const corrected = {
      text: '1111',
      extra: "<replace xmlns='urn:xmpp:message-correct:0' id='m1'/>",
    };
    // 4111 1112 corrected to 4111 1111, then the rest.
    assert.deepEqual(leaks('4111', '1112', corrected, '1111', '1111'), ['dlp-pan over 4']);
  });

  it('says nothing of numbers and words that only stand side by side', () => {
    assert.deepEqual(leaks('call me at 555 1234', '10 minutes?'), []);
    assert.deepEqual(leaks('1234', '5678', '9012', '3456'), []);
    assert.deepEqual(leaks('the password:', 'i forgot it'), []);
    assert.deepEqual(leaks('-----BEGIN RSA PRIVATE KEY-----', 'is how it begins'), []);
    assert.deepEqual(leaks('2026-11-21', '10:30', '12:45'), []);
  });

  it('hides all of it in the alert', () => {
    const [finding] = playChat(
      player,
      KEY.map((text) => ({ text })),
    );
    assert.ok(finding !== undefined);
    const { evidence, secrets } = finding;
    const shown = Buffer.from(evidence).fill(42, secrets[0]?.offset).toString();
    assert.ok(!shown.includes('MII'), shown);
    assert.deepEqual(finding.context, {
      joined_messages: 2,
      joined: 'Cut over 2 messages within 1 second',
    });
  });
});
