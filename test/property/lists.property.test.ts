/** Lists against plain sets of strings that know every spelling by hand. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { fc } from '../support/property.ts';
import { ListDataset, ValueMemo, type ListType } from '../../sensor/rules/index.ts';

const PARAMETERS = { numRuns: 400, interruptAfterTimeLimit: 60_000 };

const label = fc.stringMatching(/^[a-c]{1,2}$/);
const host = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));
const jid = fc
  .tuple(fc.option(label, { nil: '' }), host, fc.option(label, { nil: '' }))
  .map(([local, domain, resource]) =>
    [local === '' ? '' : `${local}@`, domain, resource === '' ? '' : `/${resource}`].join(''),
  );

/** Adds every line in one of the two ways files are read. */
function listOf(type: ListType, lines: readonly string[], exact = false): ListDataset {
  const list = new ListDataset('d', type, { exact });
  lines.forEach((line, i) => {
    const bytes = Buffer.from(`--${line}--`);
    if (i % 2 === 0) list.add(line);
    else list.addBytes(bytes, 2, bytes.length - 2);
  });
  return list;
}

/** Asked in the middle of other bytes, in another spelling. */
function asks(list: ListDataset, value: string): boolean {
  const bytes = Buffer.from(`@a.${value}./a`);
  return list.hasBytes(bytes, 3, 3 + Buffer.byteLength(value));
}

function bareOf(value: string): string {
  return value.split('/')[0] ?? '';
}

function domainOf(value: string): string {
  return bareOf(value).split('@').at(-1) ?? '';
}

describe('lists', () => {
  it('of domains hold the listed names and those below, or exactly the listed ones', () => {
    fc.assert(
      fc.property(fc.array(host), fc.array(host), fc.boolean(), (listed, asked, exact) => {
        const list = listOf('domain', listed, exact);
        for (const name of [...asked, ...listed, ...listed.map((entry) => `x.${entry}`)]) {
          const expected = listed.some(
            (entry) => name === entry || (!exact && name.endsWith(`.${entry}`)),
          );
          for (const spelling of [name, name.toUpperCase(), `http://${name}:80/a`, `u@${name}/r`]) {
            assert.equal(asks(list, spelling), expected, spelling);
          }
        }
      }),
      PARAMETERS,
    );
  });

  it('of JIDs hold full JIDs, bare JIDs and domains', () => {
    fc.assert(
      fc.property(fc.array(jid), fc.array(jid), (listed, asked) => {
        const list = listOf('jid', listed);
        const model = new Set(listed);
        for (const value of [
          ...asked,
          ...listed,
          ...listed.map((entry) => `${bareOf(entry)}/zz`),
        ]) {
          const expected =
            model.has(value) || model.has(bareOf(value)) || model.has(domainOf(value));
          assert.equal(asks(list, value), expected, value);
          assert.equal(asks(list, value.toUpperCase()), expected, value);
        }
      }),
      PARAMETERS,
    );
  });

  it('of hashed JIDs hold what the hashes are of', () => {
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
    fc.assert(
      fc.property(fc.array(jid, { maxLength: 5 }), fc.array(jid), (listed, asked) => {
        const list = listOf(
          'rtbl',
          listed.map((value) => hash(bareOf(value))),
        );
        const model = new Set(listed.map(bareOf));
        // Each twice: the second answer is a remembered one.
        for (const value of [...asked, ...asked, ...listed, ...listed]) {
          const expected = model.has(bareOf(value)) || model.has(domainOf(value));
          assert.equal(asks(list, value.toUpperCase()), expected, value);
        }
      }),
      { numRuns: 100, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('of addresses hold those inside their blocks', () => {
    const block = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }));
    const number = (address: string): bigint =>
      address.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
    fc.assert(
      fc.property(fc.array(block, { maxLength: 6 }), fc.array(fc.ipV4()), (blocks, asked) => {
        const list = listOf(
          'ip',
          blocks.map(([address, bits]) => `${address}/${bits}`),
        );
        for (const address of [...asked, ...blocks.map(([entry]) => entry)]) {
          const expected = blocks.some(
            ([entry, bits]) =>
              number(entry) >> BigInt(32 - bits) === number(address) >> BigInt(32 - bits),
          );
          assert.equal(asks(list, address), expected, address);
          const words = [0, 0, 0xffff, Number(BigInt.asIntN(32, number(address)))];
          assert.equal(list.lookupAddress(words) >= 0, expected);
        }
      }),
      PARAMETERS,
    );
  });

  it('read IPv6 as the URL parser does', () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.ipV6(), (listed, asked) => {
        const canonical = (address: string): string => new URL(`http://[${address}]/`).hostname;
        const list = listOf('ip', [listed]);
        assert.equal(asks(list, listed), true);
        assert.equal(asks(list, canonical(listed).slice(1, -1)), true);
        assert.equal(asks(list, asked), canonical(asked) === canonical(listed));
      }),
      PARAMETERS,
    );
  });

  it('of links take plain lines as they take any other', () => {
    const tail = fc.string({
      unit: fc.constantFrom(...'/a?#.%=-_~:@!b'.split(/(?:)/)),
      maxLength: 8,
    });
    const url = fc
      .tuple(fc.constantFrom('http://', 'https://'), host, fc.constantFrom('', ':80', '.'), tail)
      .map(([scheme, name, mark, path]) => `${scheme}${name}.example${mark}/${path}`);
    fc.assert(
      fc.property(url, url, (line, other) => {
        const bytes = Buffer.from(line);
        const plain = new ListDataset('d', 'url');
        const any = new ListDataset('d', 'url');
        assert.equal(plain.addBytes(bytes, 0, bytes.length), any.add(line));
        for (const value of [line, other, `${line}/`, `${line}#x`]) {
          assert.equal(plain.has(value), any.has(value), `${line} asked ${value}`);
        }
      }),
      PARAMETERS,
    );
  });

  it('of texts, strings and hashes hold whole values', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(value), fc.array(value), (listed, asked) => {
        const texts = listed.filter((text) => text === text.trim());
        const text = listOf('text', texts);
        const string = listOf(
          'string',
          listed.map((entry) => Buffer.from(entry).toString('base64')),
        );
        for (const entry of [...asked, ...listed]) {
          assert.equal(asks(text, entry), texts.includes(entry), entry);
          assert.equal(asks(string, entry), listed.includes(entry), entry);
        }
      }),
      PARAMETERS,
    );
  });
});

describe('ValueMemo', () => {
  it('never gives a value the answer of another', () => {
    const value = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 70 });
    const step = fc.tuple(value, fc.integer({ min: 0, max: 127 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const memo = new ValueMemo(8);
        const model = new Map<string, number>();
        for (const [text, answer] of steps) {
          const bytes = Buffer.from(`xx${text}yy`);
          const [start, end] = [2, 2 + text.length];
          const found = memo.get(bytes, start, end);
          assert.ok(found === 0 || found === model.get(text), text);
          if (answer === 0) continue;
          memo.set(bytes, start, end, answer);
          model.set(text, answer);
          const isKept = text.length >= 4 && text.length <= 64;
          assert.equal(memo.get(bytes, start, end), isKept ? answer : 0);
        }
      }),
      PARAMETERS,
    );
  });
});
