/**
 * The leak detectors on labelled texts: budget of false alerts, floors of what is found, and the table in
 * signatures/README.md, which says what is measured here (UPDATE_GOLDEN=1 writes it).
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { foldText } from '../../../sensor/xmpp/index.ts';
import { SIGNATURES, shippedPlayer } from '../../support/case-player.ts';
import { leaksOf, playChat, type ChatLine } from '../../support/chat-lab.ts';
import {
  cardTexts,
  collections,
  conversations,
  harmlessSets,
  markingTexts,
  ordinaryChat,
  vendorTokens,
  type LabelledSet,
  type LeakSet,
} from '../../support/leak-sets.ts';
import { makeStanza } from '../../support/stanza-view.ts';

/** Detectors of priority 1 of threats.md section 4 that read text. */
const FIRST = [
  'dlp-pan',
  'dlp-iban',
  'dlp-privkey',
  'dlp-dev-token',
  'dlp-jwt',
  'dlp-password',
  'dlp-marking',
] as const;
/** False alerts in so many benign messages: below one. */
const BUDGET = 10_000;

const player = shippedPlayer();
after(() => {
  player.close();
});

function detectionsOf(text: string): Set<string> {
  const findings = player.stanza(
    makeStanza([
      ['xmpp.body', text],
      ['xmpp.text', text],
      // As xmpp/ does it: ASCII text is its own folded form.
      ['xmpp.text_folded', /[^\x00-\x7f]/.test(text) ? foldText(text) : text],
    ]),
  );
  return new Set(findings.map(({ rule }) => rule.metadata.get('detection')?.[0] ?? ''));
}

interface Counted {
  readonly name: string;
  readonly texts: number;
  readonly alerts: ReadonlyMap<string, number>;
}

function count({ name, texts }: LeakSet): Counted {
  const alerts = new Map<string, number>();
  for (const text of texts) {
    for (const slug of detectionsOf(text)) alerts.set(slug, (alerts.get(slug) ?? 0) + 1);
  }
  return { name, texts: texts.length, alerts };
}

const of = ({ alerts }: Counted, slug: string): number => alerts.get(slug) ?? 0;
const sum = (sets: readonly Counted[], slug: string): number =>
  sets.reduce((total, set) => total + of(set, slug), 0);

const chat = ordinaryChat().map(count);
const lookalikes = [...harmlessSets(), markingTexts().talk];
const harmless = lookalikes.map(count);
const shown = harmless.filter((_, i) => lookalikes[i]?.isMoving !== true);
const { found: labelled, negatives } = collections();
const found: readonly (LabelledSet & { readonly hits: number })[] = [
  cardTexts(),
  markingTexts().marked,
  ...vendorTokens(),
  ...labelled,
].map((set) => ({ ...set, hits: of(count(set), set.detection) }));
const wrong = negatives.map((set) => ({ ...set, hits: of(count(set), set.detection) }));

describe('on benign messages', () => {
  const messages = chat.reduce((total, { texts }) => total + texts, 0);
  for (const slug of FIRST) {
    it(`${slug} stays below one false alert in ${BUDGET}`, () => {
      assert.ok(sum(chat, slug) * BUDGET < messages, `${sum(chat, slug)} in ${messages}`);
    });
  }
  it('no list of addresses or telephone numbers is seen', () => {
    assert.equal(sum(chat, 'dlp-pii-geo'), 0);
  });
});

describe('on texts that only look like secrets', () => {
  /** What is known and accepted: most in 1,000 texts. Everything else is zero. */
  const ACCEPTED: Readonly<Record<string, number>> = {
    // The list of numbers that card schemes publish for tests.
    'dlp-pan source code of this project, 20 lines each': 1,
    // Settings named password, with a value behind them.
    'dlp-password source code of this project, 20 lines each': 1,
    // Amazon's own example is told as a note (1560101).
    'dlp-dev-token values that documentation shows': 20,
  };
  for (const set of harmless) {
    for (const slug of FIRST) {
      it(`${slug} is silent on ${set.name}`, () => {
        const most = ACCEPTED[`${slug} ${set.name}`] ?? 0;
        assert.ok(of(set, slug) * 1000 <= most * set.texts, `${of(set, slug)} of ${set.texts}`);
      });
    }
  }
});

describe('on labelled secrets', () => {
  /** Share that must be found, of each set; all of what is made by rule. */
  const FLOORS: Readonly<Record<string, number>> = {
    // One token in some thousands spells FAKE or TEST by chance, and counts as a sample.
    'dlp-dev-token AWS, made by shape': 0.98,
    'dlp-pan Presidio, cases of its recognisers': 0.85,
    // Issuer ranges no longer in use, 12 digits, 13 and 14 digits without a word about cards.
    'dlp-pan Presidio, synthetic texts': 0.75,
    'dlp-pan validator.js': 0.95,
    // Samples with words in them, shapes no longer given out, keys told by their label alone.
    'dlp-dev-token Gitleaks, vendors of the table': 0.93,
    // Headers that do not decode.
    'dlp-jwt Gitleaks': 0.93,
    'dlp-password Gitleaks, links and command lines': 0.91,
  };
  for (const { detection, name, texts, hits } of found) {
    it(`${detection} finds ${name}`, () => {
      const floor = FLOORS[`${detection} ${name}`] ?? 1;
      assert.ok(texts.length > 0);
      assert.ok(hits >= floor * texts.length, `${hits} of ${texts.length}`);
    });
  }
  for (const { detection, name, texts, hits } of wrong) {
    it(`${detection} refuses what is labelled as none: ${name}`, () => {
      assert.ok(hits === 0, `${hits} of ${texts.length}`);
    });
  }
});

describe('secrets cut over messages', () => {
  it('are hardly ever seen in the lines of one person within a minute', () => {
    const lines = conversations().slice(0, 15_000);
    let minute = -1;
    const said = lines.map(({ room, nick, minute: now, text }, i): ChatLine => {
      const waited = minute < 0 || now === minute ? 0.5 : 30;
      minute = now;
      const from = `${room.replace(/\W/g, '')}@rooms.example/${nick.replace(/\W/g, '')}x`;
      return { text, from, to: 'bob@ext.example/x', type: 'groupchat', id: `i${i}`, after: waited };
    });
    const joined = leaksOf(playChat(player, said)).filter((leak) => leak.includes(' over '));
    assert.ok(joined.length <= 1, joined.join());
  });
});

function share(hits: number, texts: number): string {
  return `${hits.toLocaleString('en')} / ${texts.toLocaleString('en')}`;
}

function table(): string {
  const benign = [...chat, ...shown];
  const slugs: readonly string[] = FIRST;
  const place = (slug: string): number => slugs.indexOf(slug);
  return [
    `| false alerts | texts | ${slugs.map((slug) => `\`${slug}\``).join(' | ')} |`,
    `|---|---|${slugs.map(() => '---').join('|')}|`,
    ...benign.map(
      (set) =>
        `| ${set.name} | ${set.texts.toLocaleString('en')} | ${slugs.map((slug) => of(set, slug)).join(' | ')} |`,
    ),
    '',
    '| detection | labelled secrets | found |',
    '|---|---|---|',
    ...found
      .toSorted((a, b) => place(a.detection) - place(b.detection))
      .map(
        ({ detection, name, hits, texts }) =>
          `| \`${detection}\` | ${name} | ${share(hits, texts.length)} |`,
      ),
    '',
    '| detection | labelled as none | false alerts |',
    '|---|---|---|',
    ...wrong.map(
      ({ detection, name, hits, texts }) =>
        `| \`${detection}\` | ${name} | ${share(hits, texts.length)} |`,
    ),
  ].join('\n');
}

it('signatures/README.md says what is measured', () => {
  const path = join(SIGNATURES, 'README.md');
  const readme = readFileSync(path, 'utf8');
  const block = /(<!-- leaks: begin.*?-->\n)(.*?)(\n<!-- leaks: end -->)/s;
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(
      path,
      readme.replace(block, (_, front: string, __, back: string) => front + table() + back),
    );
  }
  assert.equal(block.exec(readFileSync(path, 'utf8'))?.[2], table(), 'see UPDATE_GOLDEN=1');
});
