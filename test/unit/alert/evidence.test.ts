import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { EvidenceBuilder, cutText } from '../../../sensor/alert/evidence.ts';
import { makeFinding, makeRule, type FindingSpec } from './sample.ts';

const KEY = new Uint8Array(32).fill(7);
const builder = new EvidenceBuilder(KEY, 512);
const secretRule = makeRule('dlp-dev-token', { isSecret: true });

type Evidence = NonNullable<ReturnType<EvidenceBuilder['build']>>;

function build(spec: FindingSpec): Evidence {
  const evidence = builder.build(makeFinding(spec));
  assert.ok(evidence !== undefined);
  return evidence;
}

const hmacOf = (text: string): string =>
  createHmac('sha256', KEY).update(text).digest('hex').slice(0, 32);

describe('EvidenceBuilder.build()', () => {
  it('gives nothing for a finding that rests on no text', () => {
    assert.equal(builder.build(makeFinding({})), undefined);
  });

  it('shows clear text around a match that is no secret', () => {
    const rule = makeRule('spim-url-ioc');
    assert.deepEqual(build({ rule, text: 'see «http://bad.example/x» now', buffer: 'xmpp.url' }), {
      buffer: 'xmpp.url',
      excerpt: 'see http://bad.example/x now',
      matches: [
        {
          offset: 4,
          length: 20,
          masked: 'http://bad.example/x',
          hmac: hmacOf('http://bad.example/x'),
        },
      ],
    });
  });

  it('masks the matches of a secret rule, and what belongs to the token around them', () => {
    const { excerpt, matches } = build({
      rule: secretRule,
      text: 'use «zz9_abcdefghijkl»mnopq89== please',
    });
    assert.equal(excerpt, 'use zz9_********89== please');
    assert.deepEqual(matches, [
      { offset: 4, length: 16, masked: 'zz9_********ijkl', hmac: hmacOf('zz9_abcdefghijkl') },
    ]);
  });

  it('shows the hash of a file whole: it is what is looked up elsewhere', () => {
    const hash = '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f';
    const { excerpt, matches } = build({
      rule: makeRule('dlp-hash-match'),
      text: `«${hash}»`,
      buffer: 'file.sha256',
    });
    assert.deepEqual([excerpt, matches[0]?.masked], [hash, hash]);
  });

  it('does not take a padded secret for a label', () => {
    const { excerpt, matches } = build({
      rule: secretRule,
      text: 'key «c2VjcmV0LXNlY3JldC0xMjM0NQ==» ok',
    });
    assert.doesNotMatch(excerpt, /VjcmV0/);
    assert.doesNotMatch(matches[0]?.masked ?? '', /VjcmV0/);
  });

  it('hides passwords as a whole', () => {
    const rule = makeRule('dlp-password', { isSecret: true });
    const labelled = build({
      rule,
      text: 'the «kodeord: Tr0ub4dor&3-xyz» ok',
      secret: 'Tr0ub4dor&3',
    });
    assert.equal(labelled.excerpt, 'the kodeord: ******** ok');
    assert.equal(labelled.matches[0]?.masked, 'kodeord: ********');
    const bare = build({ rule, text: 'the «Tr0ub4dor&3-xyz» ok' });
    assert.equal(bare.excerpt, 'the ******** ok');
    assert.equal(bare.matches[0]?.masked, '********');
  });

  it('hides secrets other rules found on the stanza', () => {
    const rule = makeRule('spim-lexicon');
    const { excerpt, matches } = build({
      rule,
      text: 'cheap «pills» login with Tr0ub4dor&3-xyz today',
      secret: 'Tr0ub4dor&3-xyz',
    });
    assert.equal(excerpt, 'cheap pills login with ******** today');
    assert.equal(matches[0]?.masked, 'pills');
  });

  it('masks a match that lies in a secret, and a secret that begins in a match', () => {
    const rule = makeRule('spim-lexicon');
    const inside = build({
      rule,
      text: 'x Tr0ub4dor«3xyz»Secret y',
      secret: 'Tr0ub4dor3xyzSecret',
    });
    assert.doesNotMatch(JSON.stringify(inside), /Tr0u|3xyz|Secret/);
    const beyond = build({ rule, text: 'x «abc def»ghi Secret y', secret: 'defghi Secret' });
    assert.doesNotMatch(JSON.stringify(beyond), /def|ghi|Secret/);
  });

  it('masks what merely looks like a secret', () => {
    const rule = makeRule('spim-lexicon');
    const { excerpt } = build({ rule, text: 'cheap «pills» pay 4111111111111111' });
    assert.equal(excerpt, 'cheap pills pay 4111********1111');
  });

  it('masks before it cuts: no half secret at the edge of an excerpt', () => {
    for (let pad = 300; pad < 380; pad++) {
      const text = `«pills»${' x'.repeat(pad / 2)} 4111111111111111 ${'y '.repeat(400)}`;
      const { excerpt } = build({ rule: makeRule('spim-lexicon'), text });
      assert.ok(excerpt.length <= 512);
      assert.doesNotMatch(excerpt, /41{4}|1{5}/);
    }
  });

  it('hides text next to an edge the sensor itself cut', () => {
    // The card straddles the end of the stretch that is looked at: only half of it is visible there.
    const text = `«pills» ${'x '.repeat(4087)} 41111111${'2'.repeat(100)}`;
    const wide = new EvidenceBuilder(KEY, 100_000);
    const excerpt = wide.build(makeFinding({ rule: makeRule('spim-lexicon'), text }))?.excerpt;
    assert.ok(excerpt !== undefined && excerpt.length > 7000);
    assert.doesNotMatch(excerpt, /4/);
  });

  it('centres the excerpt on the match and never cuts a character in two', () => {
    for (const pad of [0, 1, 2, 3]) {
      const text = `${'a'.repeat(pad)}${'😀'.repeat(2000)} «pills» ${'😀'.repeat(2000)}`;
      const { excerpt } = build({ rule: makeRule('spim-lexicon'), text });
      assert.ok(excerpt.length <= 512);
      assert.match(excerpt, / pills /);
      assert.match(excerpt, /^….*…$/u);
      assert.doesNotMatch(JSON.stringify(excerpt), /\\u/);
    }
  });

  it('decodes invalid UTF-8 without failing', () => {
    const finding = makeFinding({ rule: makeRule('utf8-invalid'), text: 'a «bcd» e' });
    finding.evidence.set([0xc0, 0xaf, 0xff], 2);
    assert.equal(builder.build(finding)?.excerpt, 'a ��� e');
  });

  it('withholds whatever a login carries, for every element that does', () => {
    const rule = makeRule('', { sid: 9000001 });
    for (const spec of [
      { name: 'auth' },
      { name: 'response' },
      { name: 'authenticate' },
      { name: 'handshake' },
      { name: 'iq', ns: ['jabber:iq:auth'] },
      { name: 'iq', ns: ['jabber:iq:register'] },
    ]) {
      const evidence = build({ rule, text: '<x>«AGFsaWNl»AHMzY3JldA==</x>', ...spec });
      assert.equal(evidence.excerpt, '');
      assert.equal(evidence.matches[0]?.masked, '********');
      assert.doesNotMatch(JSON.stringify(evidence), /AGFs|AHMz/);
    }
    const mechanism = build({
      rule,
      name: 'auth',
      text: '«PLAIN»',
      buffer: 'xmpp.sasl_mechanism',
    });
    assert.equal(mechanism.excerpt, 'PLAIN');
  });

  it('masks the text of password elements in raw stanzas', () => {
    const { excerpt } = build({
      rule: makeRule('', { sid: 9000001 }),
      name: 'presence',
      buffer: 'xmpp.stanza',
      text: `<presence><x><password>cauldronburn</password><«y»/></x></presence>`,
    });
    assert.equal(excerpt, '<presence><x><password>********</password><y/></x></presence>');
  });

  it('ignores matches that lie outside the evidence', () => {
    const finding = makeFinding({ rule: makeRule('dlp-pan'), text: 'ab «cd»' });
    const [match] = finding.matches;
    assert.ok(match !== undefined);
    const far = { ...match, offset: 70_000 };
    const elsewhere = { ...match, region: 3 };
    const evidence = builder.build({ ...finding, matches: [far, elsewhere, match] });
    assert.deepEqual(
      evidence?.matches.map(({ offset }) => offset),
      [3],
    );
  });
});

describe('cutText()', () => {
  it('keeps short text and marks what it cut', () => {
    assert.equal(cutText('abc', 3), 'abc');
    assert.equal(cutText('abcd', 3), 'ab…');
    assert.equal(cutText('a😀b', 3), 'a…');
  });
});
