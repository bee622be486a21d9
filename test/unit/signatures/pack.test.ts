/** The rule pack as a whole: what every shipped signature must say, and what its files must hold. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { BUFFERS, EVENTS } from '../../../sensor/core/index.ts';
import { validatorProblem } from '../../../sensor/detect/index.ts';
import { loadCases, loadRuleSources, type Rule } from '../../../sensor/rules/index.ts';
import { SIGNATURES, shippedRules } from '../../support/case-player.ts';

const { rules, problems, datasets } = shippedRules();

/** First sid of each file's block (INTERFACE.md section 4). */
const BLOCKS: Readonly<Record<string, number>> = {
  'xml.rules': 1510000,
  'auth.rules': 1520000,
  'abuse.rules': 1530000,
  'spim.rules': 1550000,
  'company.rules': 1560000,
  'dlp.rules': 1560000,
  'files.rules': 1560000,
  'malware.rules': 1570000,
  'policy.rules': 1580000,
  'evasion.rules': 1590000,
  'transport.rules': 1520000,
  'login.rules': 1520000,
  'spoofing.rules': 1530000,
  'services.rules': 1530000,
  'federation.rules': 1540000,
};

/** Detections that must be there: every row of the first two priorities whose logic needs no counting. */
const DETECTIONS = [
  ...['xml-dtd', 'xml-entity-bomb', 'xml-entity-ref', 'xml-comment-pi', 'xml-decl-midstream'],
  ...['utf8-invalid', 'utf8-delim-eat', 'xml-enc-not-utf8', 'xml-ctrl-char', 'xml-dup-attr'],
  ...['xml-unbound-prefix', 'xml-ns-sep-inject', 'xml-not-wellformed', 'xml-depth'],
  ...['stanza-oversize', 'preauth-bloat', 'xml-attr-bloat', 'ws-padding', 'never-ending-element'],
  ...['stream-reopen', 'restart-host-swap', 'stanza-preauth', 'nested-stanza', 'stream-ns-nested'],
  ...['redirect-offlist', 'sasl-plain-clear', 'legacy-auth-clear', 'pol-plaintext-session'],
  ...['dlp-pan', 'dlp-iban', 'dlp-privkey', 'dlp-dev-token', 'dlp-jwt', 'dlp-password'],
  ...['dlp-marking', 'spim-url-ioc', 'spim-jid-ioc', 'spim-lexicon', 'spim-obfus'],
  ...['pol-alien-proto', 'pol-odd-port', 'pol-sensor-blind', 'tcp-evasion'],
  ...['remote-ctrl', 'auth-payload-inject', 'ibr-sensitive', 'ibr-advertised', 'admin-cmd-clear'],
  ...['amplify', 'file-name-trick', 'xhtml-active', 'netleak-link', 'sasl-weak', 'sasl-authzid'],
  ...['spim-type-abuse', 'spim-url-shape', 'spim-jidgen', 'spim-report-seen', 'spim-muc-invite'],
  ...[
    'spim-sub-flood',
    'dlp-natid',
    'dlp-connstring',
    'dlp-wallet',
    'dlp-seclabel',
    'dlp-file-offer',
  ],
  ...[
    'dlp-hash-match',
    'dlp-magic-mismatch',
    'dlp-aesgcm-key',
    'dlp-side-creds',
    'c2-known-string',
  ],
  ...['c2-shell-output', 'c2-blob', 'c2-cred-notify', 'c2-ioc', 'c2-iot-default', 'c2-lure'],
  ...['pol-domain-allow', 'pol-eol-client', 'pol-scanner', 'pol-s2s-plaintext'],
  ...['db-unsolicited', 's2s-domain-mismatch', 'db-fail-burst', 'component-auth', 'jid-enum'],
  ...['harvest', 'muc-join-flood', 'muc-msg-flood', 'muc-takeover', 'nuisance-flood'],
];

/** Families that alert once per stanza instead of by threshold (INTERFACE.md section 3). */
const CONTENT = /^(?:dlp|xml|utf8)-/;

/** Detections of the family whose matched text is no secret: it is what the alert is about. */
const OPEN = new Set([
  ...['dlp-marking', 'dlp-seclabel', 'dlp-file-offer', 'dlp-hash-match', 'dlp-magic-mismatch'],
]);

const TEXT = /^xmpp\.text(?:_folded)?$/;

/** Events that no rule names: they are counted, or what they tell is told by another one. */
const SILENT_EVENTS =
  /^(?:none$|decoder\.(?!payload_truncated)|transport\.(?:tls_direct|starttls_done)$|detect\.)/;

function slug(rule: Rule): string {
  return rule.metadata.get('detection')?.[0] ?? '';
}

describe('the rule pack', () => {
  it('loads without a problem', () => {
    assert.deepEqual(problems, []);
  });
  it('covers the detections it is meant to', () => {
    const slugs = new Set(rules.map(slug));
    assert.deepEqual(
      DETECTIONS.filter((name) => !slugs.has(name)),
      [],
    );
  });
  it('names every event that says something about traffic or the sensor', () => {
    const named = new Set(rules.flatMap((rule) => rule.events));
    const missing = EVENTS.filter(
      (event, id) => !named.has(id) && !SILENT_EVENTS.test(event.name),
    ).map((event) => event.name);
    assert.deepEqual(missing, []);
  });
  it('gives retired numbers to nobody', () => {
    const text = readFileSync(join(SIGNATURES, 'retired.txt'), 'utf8');
    const retired = text.split('\n').flatMap((line) => /^\d+/.exec(line)?.[0] ?? []);
    for (const rule of rules) assert.ok(!retired.includes(String(rule.sid)), String(rule.sid));
  });
});

describe('signatures/README.md', () => {
  const readme = readFileSync(join(SIGNATURES, 'README.md'), 'utf8');
  const fenced = [...readme.matchAll(/^```(\w*)\n(.*?)^```/gms)];

  it('shows a rule that loads', () => {
    const shown = fenced.filter(([, language]) => language === '').map(([, , text]) => text ?? '');
    assert.ok(shown.length > 0);
    for (const text of shown) {
      const file = join(SIGNATURES, 'readme.rules');
      const set = loadRuleSources([{ file, text }], { requireDetection: true, validatorProblem });
      assert.deepEqual(set.problems, []);
      assert.equal(set.rules.length, 1);
    }
  });
  it('shows cases that can be read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cases-'));
    try {
      copyFileSync(join(SIGNATURES, 'cases', 'sessions.yaml'), join(folder, 'sessions.yaml'));
      const shown = fenced.find(([, language]) => language === 'yaml')?.[2] ?? '';
      writeFileSync(join(folder, 'readme.yaml'), shown);
      assert.equal(loadCases(folder).length, 3);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('each signature', () => {
  for (const rule of rules) {
    it(`${rule.sid} says what it must`, () => {
      const block = BLOCKS[basename(rule.file)];
      assert.ok(block !== undefined, `${rule.file} has no block`);
      assert.ok(
        rule.sid >= block && rule.sid < block + 10_000,
        'sid outside the block of its file',
      );
      assert.equal(rule.gid, 1);
      assert.ok(rule.rev >= 1);
      assert.ok(rule.msg.length <= 80, 'msg is too long for a table');
      assert.notEqual(rule.classtype, '');
      assert.equal(rule.metadata.get('detection')?.length, 1);
      for (const technique of rule.metadata.get('mitre_technique_id') ?? []) {
        assert.match(technique, /^T\d{4}(?:\.\d{3})?$/);
      }
      assert.match(rule.metadata.get('confidence')?.join() ?? '', /^(?:high|medium|low)$/);
    });
    it(`${rule.sid} keeps the rules of its family`, () => {
      if (CONTENT.test(slug(rule))) assert.equal(rule.threshold, undefined);
      if (!slug(rule).startsWith('dlp-')) return;
      // A secret stands in human text; where it stands is told by paths, names and types, which are none.
      const inText = rule.terms.map(({ buffer }) => TEXT.test(BUFFERS[buffer] ?? ''));
      const asksOwn = rule.terms.some(
        (term) => term.kind === 'dataset' && datasets.get(term.dataset)?.type === 'hmac',
      );
      const wantsMask = (asksOwn || !OPEN.has(slug(rule))) && inText.includes(true);
      assert.equal(rule.isSecret, wantsMask);
      if (wantsMask) assert.ok(inText.every(Boolean), 'masks what is no secret');
    });
  }
});
