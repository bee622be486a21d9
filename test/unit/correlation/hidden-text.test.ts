/** Secrets with invisible characters between their letters: found once, by the rule itself, and shown by no other alert. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { shippedPlayer } from '../../support/case-player.ts';
import { playChat } from '../../support/chat-lab.ts';

const player = shippedPlayer();
after(() => {
  player.close();
});

/** Between all characters, as the escapes stand: what is invisible here is not in the source. */
const HIDDEN = [
  ...['\u200b', '\u200d', '\u00ad', '\u2060', '\ufeff', '\u202c', '\u200b\u200b', '\u034f'],
  ...['\u061c', '\u115f', '\u1160', '\u17b4', '\u180e', '\ufe0f', '\u200b\ufe0f', '\ufffa'],
  ...['\u{e0001}', '\u{e007f}'],
];
const SECRETS: readonly (readonly [string, string])[] = [
  ['token ghp_9aB3dE5fG7hJ1kL2mN4pQ6rS8tU0vW3xY5zA here', 'dlp-dev-token'],
  ['login password: Tr0ub4dor+3', 'dlp-password'],
  ['git clone https://bob:S3cr3tpw9@git.corp.example/x.git', 'dlp-password'],
  [
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
    'dlp-jwt',
  ],
  ['card 4111111111111111 exp 12/29', 'dlp-pan'],
];

function found(text: string): { slug: string; joined: unknown }[] {
  return playChat(player, [{ text }]).map(({ rule, context }) => ({
    slug: rule.metadata.get('detection')?.[0] ?? '',
    joined: context['joined'],
  }));
}

describe('secrets with invisible characters in them', () => {
  for (const [text, slug] of SECRETS) {
    it(`${slug} in "${text.slice(0, 24)}" is found once, whatever stands between its letters`, () => {
      for (const char of HIDDEN) {
        const slugs = found(Array.from(text).join(char)).map((finding) => finding.slug);
        assert.deepEqual(slugs, [slug], JSON.stringify(char));
      }
    });
  }

  it('one such character in the middle is enough, and is told', () => {
    const token = 'ghp_9aB3dE5fG7hJ1kL2mN4pQ6rS8tU0vW3xY5zA';
    const [finding, ...others] = found(`${token.slice(0, 20)}\u200b${token.slice(20)}`);
    assert.equal(finding?.slug, 'dlp-dev-token');
    assert.equal(finding.joined, 'Written with invisible characters in 1 place');
    assert.deepEqual(others, []);
  });

  it('what is seen without that is told as it always was', () => {
    const token = 'ghp_9aB3dE5fG7hJ1kL2mN4pQ6rS8tU0vW3xY5zA';
    for (const text of [`\ufeff${token}`, `${token}\u200b`, `look\u200bhere ${token}`]) {
      assert.deepEqual(found(text), [{ slug: 'dlp-dev-token', joined: undefined }], text);
    }
  });

  it('is not told of what draws signs', () => {
    const token = 'ghp_9aB3dE5fG7hJ1kL2mN4pQ6rS8tU0vW3xY5zA';
    const flag = '\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}';
    assert.deepEqual(found(`\u2764\ufe0f ${token} ${flag}`), [
      { slug: 'dlp-dev-token', joined: undefined },
    ]);
    assert.deepEqual(found(`${token.slice(0, 20)}\u2764\ufe0f${token.slice(20)}`), []);
  });

  it('is nothing where there is no secret', () => {
    for (const text of [
      'man and boy: \u{1f468}\u200d\u{1f466}, soft\u00adhyphen\u00adated words',
      'Sch\u00adiff\u00adfahrt password: sp\u00e4ter',
      Array.from('nothing here').join('\u200b'),
      '\u200b'.repeat(5000),
      'a\u200b'.repeat(5000),
      'caf\u00e9, na\u00efve, \u65e5\u672c\u8a9e',
    ]) {
      assert.deepEqual(found(text), [], text.slice(0, 20));
    }
  });
});
