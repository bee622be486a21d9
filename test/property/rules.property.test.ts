import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { Database, MATCH_WORDS, Scanner } from 'hyperscan-js';
import { formatAddress } from '../../sensor/core/index.ts';
import { ListDataset, loadRuleSources, normalizeUrl } from '../../sensor/rules/index.ts';
import { parseAddress } from '../../sensor/rules/addresses.ts';
import { translatePcre } from '../../sensor/rules/pcre-syntax.ts';

const PARAMETERS = { numRuns: 300, interruptAfterTimeLimit: 60_000 };

const anyText = fc.string({ unit: 'binary', maxLength: 300 });

describe('the loader', () => {
  it('never throws and points into the file', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 5 }), (lines) => {
        const text = lines.join('\n');
        const { problems } = loadRuleSources([{ file: 'f', text }]);
        for (const { line, column } of problems) {
          assert.ok(line >= 1 && line <= text.split('\n').length && column >= 1);
        }
      }),
      PARAMETERS,
    );
  });

  it('reads back every content it could have written', () => {
    const content = fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 255 }).map((byte) => ({
          text: `|${byte.toString(16).padStart(2, '0')}|`,
          bytes: [byte],
        })),
        fc.constantFrom(';', '"', '\\', ':').map((char) => ({
          text: `\\${char}`,
          bytes: [char.charCodeAt(0)],
        })),
        fc
          .string({ unit: 'grapheme', minLength: 1, maxLength: 3 })
          .filter((text) => !/[;"\\|\r\n]/.test(text))
          .map((text) => ({ text, bytes: [...Buffer.from(text)] })),
      ),
      { minLength: 1, maxLength: 10 },
    );
    fc.assert(
      fc.property(content, (parts) => {
        const text = parts.map((part) => part.text).join('');
        const rule = `alert xmpp any any -> any any (msg:"m"; xmpp.body; content:"${text}"; sid:1;)`;
        const { rules, problems } = loadRuleSources([{ file: 'f', text: rule }]);
        const term = rules[0]?.terms[0];
        assert.ok(term?.kind === 'content', JSON.stringify(problems));
        assert.deepEqual(
          Array.from(term.bytes),
          parts.flatMap(({ bytes }) => bytes),
        );
      }),
      PARAMETERS,
    );
  });
});

describe('addresses', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const [entry] = parseAddress({ text, at: 0 }, new Map()).entries;
        const [a = 0, b = 0, c = 0, d = 0] = entry?.words ?? [];
        // Both spellings name the same address exactly when the URL parser says so.
        const canonical = (address: string): string =>
          new URL(address.includes(':') ? `http://[${address}]/` : `http://[::ffff:${address}]/`)
            .hostname;
        assert.equal(canonical(formatAddress(a, b, c, d)), canonical(text));
      }),
      PARAMETERS,
    );
  });
});

describe('classes of characters outside ASCII', () => {
  it('match what the same class matches on code points', () => {
    const point = fc.oneof(
      fc.integer({ min: 0x80, max: 0x900 }),
      fc.integer({ min: 0xe000, max: 0x10100 }),
      fc.integer({ min: 0x80, max: 0xd7ff }),
      fc.integer({ min: 0xfff0, max: 0x10ffff }),
    );
    const range = fc.tuple(point, point).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(
        fc.array(range, { minLength: 1, maxLength: 3 }),
        fc.array(point, { minLength: 5, maxLength: 20 }),
        (ranges, points) => {
          const hex = (code: number): string => `\\x{${code.toString(16)}}`;
          const source = `[${ranges.map(([from, to]) => `${hex(from)}-${hex(to)}`).join('')}]`;
          const { expression } = translatePcre(source, 0, { caseless: false, extended: false });
          const database = Database.compile([{ expression, id: 0 }]);
          const scanner = new Scanner([database]);
          const out = new Uint32Array(MATCH_WORDS * 8);
          const edges = ranges.flatMap(([from, to]) => [from - 1, from, to, to + 1]);
          for (const code of [...points, ...edges]) {
            if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) continue;
            const isInside = ranges.some(([from, to]) => code >= from && code <= to);
            const count = scanner.scan(0, Buffer.from(String.fromCodePoint(code)), out);
            assert.equal(count > 0, isInside, `${source} on ${hex(code)}`);
          }
          scanner.close();
          database.close();
        },
      ),
      { numRuns: 100, interruptAfterTimeLimit: 60_000 },
    );
  });
});

describe('datasets', () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,5}$/);
  const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));

  it('of domains hold exactly the listed names and those below', () => {
    fc.assert(
      fc.property(
        fc.array(host, { maxLength: 8 }),
        fc.array(host, { maxLength: 20 }),
        (listed, asked) => {
          const dataset = new ListDataset('d', 'domain');
          for (const name of listed) dataset.add(name);
          for (const name of [...asked, ...listed, ...listed.map((name) => `x.${name}`)]) {
            const expected = listed.some((entry) => name === entry || name.endsWith(`.${entry}`));
            assert.equal(dataset.has(name.toUpperCase()), expected, name);
          }
        },
      ),
      PARAMETERS,
    );
  });
});

describe('normalizeUrl', () => {
  it('never throws, and its result is its own normal form', () => {
    const part = fc.oneof(
      fc.constantFrom(
        'http://',
        'hxxp://',
        'a.example',
        'evil[.]example',
        ':80',
        '/',
        '@',
        '?',
        '\u200b',
        'ж.рф',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const normal = normalizeUrl(parts.join(''));
        if (normal === undefined) return;
        const again = normalizeUrl(normal.url);
        assert.equal(again?.host, normal.host);
      }),
      PARAMETERS,
    );
  });
});
