/** Text rules on real chat and on labelled secrets: the budget of false alerts, and what must be found. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { foldText } from '../../../sensor/xmpp/index.ts';
import { shippedPlayer } from '../../support/case-player.ts';
import { makeStanza } from '../../support/stanza-view.ts';

const DATA = join(process.cwd(), '..', 'shared', 'data');

const player = shippedPlayer();

/** Detections and severities a message raises. */
function ask(text: string): { readonly slugs: Set<string>; readonly severities: number[] } {
  const findings = player.stanza(
    makeStanza([
      ['xmpp.body', text],
      ['xmpp.text', text],
      // As xmpp/ does it: ASCII text is its own folded form.
      ['xmpp.text_folded', /[^\x00-\x7f]/.test(text) ? foldText(text) : text],
    ]),
  );
  return {
    slugs: new Set(findings.map(({ rule }) => rule.metadata.get('detection')?.[0] ?? '')),
    severities: findings.map(({ rule }) => rule.severity),
  };
}

function lines(...path: readonly string[]): string[] {
  const bytes = readFileSync(join(DATA, ...path));
  const text = path.at(-1)?.endsWith('.gz') === true ? gunzipSync(bytes) : bytes;
  return text.toString('utf8').trim().split('\n');
}

function rows<T>(...path: readonly string[]): T[] {
  return lines(...path).map((line) => JSON.parse(line) as T);
}

function textMessages(label: string): string[] {
  return lines('text', 'sms-spam-uci.tsv')
    .map((line) => line.split('\t'))
    .filter(([kind]) => kind === label)
    .map(([, text]) => text ?? '');
}

describe('on ordinary chat', () => {
  const chats = {
    'IRC, 60,000 lines': rows<{ text: string }>('text', 'irc-ham.jsonl.gz').map(({ text }) => text),
    'text messages': textMessages('ham'),
    'Telegram groups': lines('text', 'telegram-ham.txt'),
  };
  for (const [name, messages] of Object.entries(chats)) {
    it(`raises nothing serious: ${name}`, () => {
      let medium = 0;
      for (const message of messages) {
        const { severities } = ask(message);
        assert.ok(
          severities.every((severity) => severity >= 3),
          `severe alert on ${JSON.stringify(message)}`,
        );
        if (severities.includes(3)) medium++;
      }
      // At most one in a thousand; small corpora may hold two that are advertising in truth.
      assert.ok(medium <= Math.max(2, messages.length / 1000), `${medium} medium alerts`);
    });
  }
});

describe('on advertising', () => {
  it('finds four of ten Telegram advertisements by words or disguise', () => {
    const spam = lines('text', 'telegram-spam.txt');
    const found = spam.filter((text) => {
      const { slugs } = ask(text);
      return slugs.has('spim-lexicon') || slugs.has('spim-obfus');
    });
    assert.ok(found.length >= spam.length * 0.4, `${found.length} of ${spam.length}`);
  });
});

interface Finding {
  readonly label: string;
  readonly rule: string;
  readonly text: string;
}

describe('on labelled secrets', () => {
  const gitleaks = rows<Finding>('leak', 'gitleaks-tp-fp.jsonl.gz');

  /** Share of the labelled secrets of some rules that a detection finds. */
  function recall(rules: RegExp, slug: string): number {
    const secrets = gitleaks.filter(({ rule, label }) => label === 'tp' && rules.test(rule));
    assert.ok(secrets.length > 0);
    return secrets.filter(({ text }) => ask(text).slugs.has(slug)).length / secrets.length;
  }

  it('finds vendor tokens', () => {
    const vendors =
      /^(?:1password|azure-ad|databricks|flyio|github|gitlab|grafana|heroku-api-key-v2|huggingface|notion|octopus|openshift|sentry|slack|square|stripe)/;
    assert.ok(recall(vendors, 'dlp-dev-token') > 0.95);
  });
  it('finds signed tokens, key blocks and credentials in links', () => {
    assert.ok(recall(/^jwt$/, 'dlp-jwt') > 0.9);
    assert.equal(recall(/^private-key$/, 'dlp-privkey'), 1);
    assert.equal(recall(/^sidekiq-sensitive-url$/, 'dlp-password'), 1);
  });
  it('finds account numbers and refuses false ones', () => {
    const cases = rows<{ recognizer: string; text: string; expected: number }>(
      'leak',
      'presidio-recognizer-cases.jsonl.gz',
    ).filter(({ recognizer }) => recognizer === 'iban_recognizer');
    for (const { text, expected } of cases) {
      assert.equal(ask(text).slugs.has('dlp-iban'), expected > 0, text);
    }
  });
  it('finds identity numbers that are named, and refuses false ones', () => {
    const named: Readonly<Record<string, string>> = {
      us_ssn_recognizer: 'SSN ',
      uk_nino_recognizer: 'NINO ',
      de_tax_id_recognizer: 'Steuer-ID ',
      es_nif_recognizer: 'NIF ',
      es_nie_recognizer: 'NIE ',
      it_fiscal_code_recognizer: '',
      pl_pesel_recognizer: 'PESEL ',
      se_personnummer_recognizer: 'personnummer ',
      in_aadhaar_recognizer: 'Aadhaar ',
      kr_rrn_recognizer: 'RRN ',
    };
    const cases = rows<{ recognizer: string; text: string; expected: number }>(
      'leak',
      'presidio-recognizer-cases.jsonl.gz',
    ).filter(({ recognizer }) => Object.hasOwn(named, recognizer));
    const hits = (wanted: boolean): number[] =>
      cases
        .filter(({ expected }) => expected > 0 === wanted)
        .map(({ recognizer, text }) =>
          ask(`${named[recognizer] ?? ''}${text}`).slugs.has('dlp-natid') ? 1 : 0,
        );
    const [found, wrong] = [hits(true), hits(false)];
    const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
    assert.ok(sum(found) >= 0.94 * found.length, `${sum(found)} of ${found.length}`);
    assert.ok(sum(wrong) <= 0.07 * wrong.length, `${sum(wrong)} of ${wrong.length}`);
  });
  it('finds connection strings with a password', () => {
    const files = rows<{ rule: string; case: string; text: string }>(
      'leak',
      'secretlint-snapshots.jsonl.gz',
    ).filter(({ rule }) => rule === 'secretlint-rule-database-connection-string');
    const found = files
      .filter((file) => file.case.startsWith('ng.'))
      .flatMap(({ text }) => text.split('\n').filter((line) => line.includes('://')))
      .map((line) => {
        const { slugs } = ask(line);
        return slugs.has('dlp-connstring') || slugs.has('dlp-password');
      });
    assert.ok(found.filter(Boolean).length >= 0.85 * found.length);
  });
});

describe('on opaque and strange text', () => {
  it('calls no labelled text loot, console output or a wallet', () => {
    const texts = rows<Finding>('leak', 'gitleaks-tp-fp.jsonl.gz').map(({ text }) => text);
    for (const text of texts) {
      const { slugs } = ask(text);
      for (const slug of ['c2-cred-notify', 'c2-shell-output', 'c2-known-string', 'dlp-wallet']) {
        assert.ok(!slugs.has(slug), `${slug} on ${text}`);
      }
    }
  });
});
